"""Pages that all visitors see alike: kept as they go over the wire, but for the token, of which each has their own."""

import hashlib
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render as rendered
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response, patch_vary_headers

from web.http import Request

MOST = 200
"""Pages in one room."""
SLOT = secrets.token_hex(16).encode()
"""Stands for the token in what is kept; nobody knows it who might write it into a page."""
FIELD = b'name="csrfmiddlewaretoken"'
GZIP = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
"""Its header: deflated, no name, no time."""


@dataclass(frozen=True, slots=True)
class Page:
    pieces: tuple[tuple[bytes, bytes], ...]
    """As it is and deflated. Between two of them stands the token."""
    digest: bytes
    check: int
    """CRC of the first piece, by far the largest."""

    def plain(self, token: bytes) -> bytes:
        return token.join(plain for plain, _ in self.pieces)

    def zipped(self, token: bytes) -> bytes:
        """The token is stored as it is: no length of a compressed answer tells of it (BREACH)."""
        size = len(token).to_bytes(2, "little")
        stored = b"\0" + size + bytes(255 - each for each in size) + token
        check, length = self.check, len(self.pieces[0][0])
        for plain, _ in self.pieces[1:]:
            check, length = zlib.crc32(plain, zlib.crc32(token, check)), length + len(token) + len(plain)
        body = stored.join(deflated for _, deflated in self.pieces)
        return GZIP + body + check.to_bytes(4, "little") + length.to_bytes(4, "little")


def render(
    request: Request, room: dict[str, Any], name: object, template: str, context: Callable[[], dict[str, object]]
) -> HttpResponse:
    """The page; to a visitor from the room, which goes when what it shows is another version, or 304.

    name tells apart what of the request the page depends on; its context says where forms lead back to (page).
    """
    if not _is_alike(request):
        return rendered(request, template, context())
    chosen = request.COOKIES.get("theme")
    key = (name, chosen if chosen in get_user_model().Appearance.values else None)
    pages: dict[object, Page] = room.setdefault("pages", {})
    page = pages.get(key)
    if page is None:
        content = render_to_string(template, context() | {"csrf_token": SLOT.decode()}, request).encode()
        if content.count(FIELD) != content.count(SLOT):  # there is somebody's own token in it
            return rendered(request, template, context())
        while len(pages) >= MOST:
            pages.pop(next(iter(pages)))
        page = pages[key] = _cut(content)
    known = "CSRF_COOKIE" in request.META  # Django's middleware puts it there if it is one
    response = get_conditional_response(request, etag=_etag(request, page)) if known else None
    if response is None:
        token = get_token(request).encode()
        response = HttpResponse()
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.content = page.zipped(token)
            response["Content-Encoding"] = "gzip"
        else:
            response.content = page.plain(token)
    response["ETag"] = _etag(request, page)
    patch_vary_headers(response, ["Cookie", "HX-Request", "Accept-Encoding"])
    return response


def _is_alike(request: Request) -> bool:
    """Whether nothing in the page is this reader's own but the colours and the token."""
    private = not request.session.is_empty() or getattr(request, "preview", False)
    return not (private or request.htmx or len(messages.get_messages(request)))


def _cut(content: bytes) -> Page:
    plain = content.split(SLOT)
    flushes = [zlib.Z_FULL_FLUSH] * (len(plain) - 1) + [zlib.Z_FINISH]
    pieces = []
    for piece, flush in zip(plain, flushes, strict=True):
        deflate = zlib.compressobj(9, wbits=-15)
        pieces.append((piece, deflate.compress(piece) + deflate.flush(flush)))
    return Page(tuple(pieces), hashlib.sha256(b"\0".join(plain)).digest(), zlib.crc32(plain[0]))


def _etag(request: Request, page: Page) -> str:
    """Over what is shown (version, filters, colours, our own release) and whose token is in it. Weak: masks differ."""
    return f'W/"{hashlib.sha256(page.digest + request.META["CSRF_COOKIE"].encode()).hexdigest()[:32]}"'
