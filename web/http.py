"""Requests and redirects."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """What views are given, behind the middleware."""

    htmx: HtmxDetails
    preview: bool
    """Set where what is shown is not published yet."""
    signed_out: bool
    """Set where somebody just did."""
    retry_after: int
    """Seconds; set where that is not the limit's own."""


def own_path(request: HttpRequest, target: str, default: str) -> str:
    """The target if it is a path of this site, else the default: nobody is sent elsewhere by a link to us."""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if not safe:
        return default
    path = urlsplit(target)._replace(scheme="", netloc="").geturl()
    # Without its host, https://this.site//another.site/ names another one.
    return path if path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None) else default


def next_path(request: HttpRequest, default: str) -> str:
    return own_path(request, request.POST.get("next") or request.GET.get("next", ""), default)


View = TypeVar("View", bound=Callable[..., HttpResponse])


def noted(view: View, **notes: object) -> View:
    """Leaves notes on a view for the middleware, or on a middleware for Django."""
    vars(view).update(notes)
    return view


def refuse_twice(request: HttpRequest, but: Collection[str] = ()) -> None:
    """A form that says something twice, where one value is meant, is refused: who is to know which was?"""
    if any(len(values) > 1 and name not in but for name, values in request.POST.lists()):
        raise BadRequest("A field of this form was sent twice. Load the page again, then send it once more.")


def repeats(*names: str) -> Callable[[View], View]:
    """Names the fields of which a view takes several values."""
    return lambda view: noted(view, repeats=names)


def at_most(size: int, refuse: Callable[[Request], HttpResponse]) -> Callable[[View], View]:
    """Names how many bytes a view takes, and its answer to more: for views that take files."""
    return lambda view: noted(view, at_most=(size, refuse))


def cacheable(request: HttpRequest, content: bytes, kind: str, headers: Mapping[str, str]) -> HttpResponse:
    """For anybody's cache, the same for everybody who asks; 304 where it is known."""
    response = HttpResponse(content, content_type=kind)
    response["Cache-Control"] = "public, max-age=300"
    response["ETag"] = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    answer = get_conditional_response(request, etag=response["ETag"], response=response) or response
    for name, value in headers.items():
        answer[name] = value
    return answer


def cookieless(view: View) -> View:
    """Marks a view whose answer is everybody's: no middleware of ours looks at who asks."""
    return noted(view, cookieless=True)


def is_cookieless(view: Callable[..., HttpResponse]) -> bool:
    return getattr(view, "cookieless", False)
