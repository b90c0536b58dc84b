"""Pages kept as they go over the wire: all visitors see them alike, and each learner for as long as what is in them
stays the same. The token goes in when they go out: of that, each has their own.

Whose request says nothing but what a visitor's says is answered before anybody asks for a session (visitors).
"""

import hashlib
import secrets
import weakref
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render as rendered
from django.template.loader import render_to_string
from django.urls import ResolverMatch
from django.utils import timezone
from django.utils.cache import get_conditional_response

from web import replica
from web.http import Request

MOST = 200
"""Pages of one kind that are kept with what they show, visitors' and learners' apart; addresses that visitors know."""
SLOT = secrets.token_hex(16).encode()
"""Stands for the token in what is kept; nobody knows it who might write it into a page."""
FIELD = b'name="csrfmiddlewaretoken"'
GZIP = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
"""Its header: deflated, no name, no time."""
VARY = "Cookie, HX-Request, Accept-Encoding"
VISITORS_COOKIES = {settings.CSRF_COOKIE_NAME, settings.THEME_COOKIE_NAME}


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


class Shown(Protocol):
    """What pages are made of: another object once it is otherwise, and gone with all that was made of it."""

    @property
    def derived(self) -> dict[Any, Any]: ...


class Address(NamedTuple):
    """All that settles what a visitor is shown, where nothing else is asked for."""

    path: str
    colours: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    page: Page
    shown: "weakref.ref[Shown]"
    now: Callable[[], Shown | None]
    match: ResolverMatch


_answers: dict[Address, Answer] = {}


def visitors(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Gives a visitor the page that was given to another one, if what it shows is still so: one query.

    Stands before whatever asks who somebody is, and after what every answer goes through, the token's cookie included.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        address = _address(request)
        answer = _answers.get(address) if address else None
        if address is None or answer is None:
            return get_response(request)
        shown = replica.read(request, answer.match.func, answer.now)
        if shown is None or shown is not answer.shown():
            _answers.pop(address, None)
            return get_response(request)
        request.resolver_match = answer.match
        return _to_visitor(request, answer.page)

    return middleware


def forget() -> None:
    """For tests, whose roadmaps come and go within one process."""
    _answers.clear()


def render(
    request: Request,
    shown: Shown,
    name: object,
    template: str,
    context: Callable[[], dict[str, object]],
    whose: object = None,
    now: Callable[[], Shown | None] | None = None,
) -> HttpResponse:
    """The page, kept with what it shows, and so for as long as that is so; 304 to a visitor who has it.

    name tells apart what of the request the page depends on; its context says where forms lead back to (page).
    whose: all that the page shows of a learner beside what base.html does. Without it, it is rendered for each of them.
    now: what this address shows, asked anew; pages with one are visitors', too, before a view is asked.
    """
    is_visitor = request.session.is_empty()
    is_special = request.htmx or getattr(request, "preview", False) or len(messages.get_messages(request))
    if is_special or (whose is None and not is_visitor):
        return rendered(request, template, context())
    pages: dict[object, Page] = shown.derived.setdefault((template, "visitors" if is_visitor else "learners"), {})
    key = (name, whose, _reader(request))
    page = pages.get(key)
    if page is None:
        content = render_to_string(template, context() | {"csrf_token": SLOT.decode()}, request).encode()
        if content.count(FIELD) != content.count(SLOT):  # there is somebody's own token in it
            return rendered(request, template, context())
        page = _cut(content, level=9 if is_visitor else 6)
        _keep(pages, key, page)
    if not is_visitor:
        response = _with_token(request, page)
        response["Vary"] = VARY
        return response
    if now and request.resolver_match and (address := _address(request)):
        _keep(_answers, address, Answer(page, weakref.ref(shown), now, request.resolver_match))
    return _to_visitor(request, page)


def _address(request: HttpRequest) -> Address | None:
    """None if there is anything that an answer might depend on: a query, a body, htmx, a cookie that is not every
    visitor's."""
    meta = request.META
    said = meta.get("QUERY_STRING") or meta.get("CONTENT_LENGTH") not in (None, "", "0") or "HTTP_HX_REQUEST" in meta
    if said or request.method not in ("GET", "HEAD") or not request.COOKIES.keys() <= VISITORS_COOKIES:
        return None
    return Address(request.path, _colours(request))


def _keep(kept: dict[Any, Any], key: object, value: object) -> None:
    while len(kept) >= MOST and key not in kept:
        for oldest in list(kept)[:1]:  # another thread may be at it, too
            kept.pop(oldest, None)
    kept[key] = value


def _to_visitor(request: HttpRequest, page: Page) -> HttpResponse:
    known = "CSRF_COOKIE" in request.META  # Django's middleware puts it there if it is one
    response = get_conditional_response(request, etag=_etag(request, page)) if known else None
    response = response or _with_token(request, page)
    response["ETag"] = _etag(request, page)
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = VARY
    return response


def _with_token(request: HttpRequest, page: Page) -> HttpResponse:
    token = get_token(request).encode()
    response = HttpResponse()
    if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        response.content = page.zipped(token)
        response["Content-Encoding"] = "gzip"
    else:
        response.content = page.plain(token)
    return response


def _reader(request: Request) -> object:
    """What base.html shows of whoever asks; for a visitor that is the colours."""
    user = request.user if not request.session.is_empty() and request.user.is_authenticated else None
    if user is None:
        return _colours(request)
    zone = timezone.get_current_timezone_name()
    return user.pk, user.get_short_name(), user.appearance, user.shortcuts, user.is_staff, zone


def _colours(request: HttpRequest) -> str | None:
    chosen = request.COOKIES.get(settings.THEME_COOKIE_NAME)
    return chosen if chosen and chosen in get_user_model().Appearance.values else None


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


def _etag(request: HttpRequest, page: Page) -> str:
    """Over what is shown (version, filters, colours, our own release) and whose token is in it. Weak: masks differ."""
    return f'W/"{hashlib.sha256(page.digest + request.META["CSRF_COOKIE"].encode()).hexdigest()[:32]}"'
