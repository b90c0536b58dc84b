"""Pages kept as they go over the wire: all visitors see them alike, and each learner for as long as what is in them
stays the same. The token goes in when they go out: of that, each has their own."""

import hashlib
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render as rendered
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers

from web.http import Request

MOST = 200
"""Pages of one kind in one room: of visitors, of learners."""
SLOT = secrets.token_hex(16).encode()
"""Stands for the token in what is kept; nobody knows it who might write it into a page."""
FIELD = b'name="csrfmiddlewaretoken"'
GZIP = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
"""Its header: deflated, no name, no time."""


@dataclass(frozen=True, slots=True)
class Page:
    """Pieces between which the token stands. Whole pages of hundreds of people are kept deflated only."""

    first: bytes
    """Deflated; by far the largest."""
    check: int
    """CRC of the first piece."""
    size: int
    """Bytes of the first piece as it is."""
    others: tuple[tuple[bytes, bytes], ...]
    """As they are and deflated."""
    digest: bytes

    def plain(self, token: bytes) -> bytes:
        first = zlib.decompressobj(wbits=-15).decompress(self.first)
        return token.join([first, *(plain for plain, _ in self.others)])

    def zipped(self, token: bytes) -> bytes:
        """The token is stored as it is: no length of a compressed answer tells of it (BREACH)."""
        size = len(token).to_bytes(2, "little")
        stored = b"\0" + size + bytes(255 - each for each in size) + token
        check, length = self.check, self.size
        for plain, _ in self.others:
            check, length = zlib.crc32(plain, zlib.crc32(token, check)), length + len(token) + len(plain)
        body = stored.join([self.first, *(deflated for _, deflated in self.others)])
        return GZIP + body + check.to_bytes(4, "little") + length.to_bytes(4, "little")


def render(
    request: Request,
    room: dict[str, Any],
    name: object,
    template: str,
    context: Callable[[], dict[str, object]],
    whose: object = None,
) -> HttpResponse:
    """The page, kept in the room, which goes when what it shows is another version; 304 to a visitor who has it.

    name tells apart what of the request the page depends on; its context says where forms lead back to (page).
    whose: all that the page shows of a learner beside what base.html does. Without it, it is rendered for each of them.
    """
    is_visitor = request.session.is_empty()
    is_special = request.htmx or getattr(request, "preview", False) or len(messages.get_messages(request))
    if is_special or (whose is None and not is_visitor):
        return rendered(request, template, context())
    pages: dict[object, Page] = room.setdefault("pages" if is_visitor else "learners' pages", {})
    key = (name, whose, _reader(request))
    page = pages.get(key)
    if page is None:
        content = render_to_string(template, context() | {"csrf_token": SLOT.decode()}, request).encode()
        if content.count(FIELD) != content.count(SLOT):  # there is somebody's own token in it
            return rendered(request, template, context())
        while len(pages) >= MOST:
            pages.pop(next(iter(pages)), None)
        page = pages[key] = _cut(content, level=9 if is_visitor else 6)
    known = is_visitor and "CSRF_COOKIE" in request.META  # Django's middleware puts it there if it is one
    response = get_conditional_response(request, etag=_etag(request, page)) if known else None
    if response is None:
        token = get_token(request).encode()
        response = HttpResponse()
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.content = page.zipped(token)
            response["Content-Encoding"] = "gzip"
        else:
            response.content = page.plain(token)
    if is_visitor:
        response["ETag"] = _etag(request, page)
    patch_vary_headers(response, ["Cookie", "HX-Request", "Accept-Encoding"])
    return response


def _reader(request: Request) -> object:
    """What base.html shows of whoever asks; for a visitor that is the colours."""
    user = request.user if not request.session.is_empty() and request.user.is_authenticated else None
    if user is None:
        chosen = request.COOKIES.get(settings.THEME_COOKIE_NAME)
        return chosen if chosen in get_user_model().Appearance.values else None
    zone = timezone.get_current_timezone_name()
    return user.pk, user.get_short_name(), user.appearance, user.shortcuts, user.is_staff, zone


def _cut(content: bytes, level: int) -> Page:
    plain = content.split(SLOT)
    flushes = [zlib.Z_FULL_FLUSH] * (len(plain) - 1) + [zlib.Z_FINISH]
    pieces = []
    for piece, flush in zip(plain, flushes, strict=True):
        deflate = zlib.compressobj(level, wbits=-15)
        pieces.append((piece, deflate.compress(piece) + deflate.flush(flush)))
    (first, deflated), *others = pieces
    digest = hashlib.sha256(b"\0".join(plain)).digest()
    return Page(deflated, zlib.crc32(first), len(first), tuple(others), digest)


def _etag(request: Request, page: Page) -> str:
    """Over what is shown (version, filters, colours, our own release) and whose token is in it. Weak: masks differ."""
    return f'W/"{hashlib.sha256(page.digest + request.META["CSRF_COOKIE"].encode()).hexdigest()[:32]}"'
