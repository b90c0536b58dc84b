"""What every answer owes to caches and to htmx, decided once."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

from web import htmx
from web.http import is_cookieless, noted, refuse_twice

View = Callable[[HttpRequest], HttpResponse]
DRAINED = 100 * 2**20
"""Bytes."""


def for_this_site_only(get_response: View) -> View:
    """No other site builds an answer into its pages, but for those that say that it may."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


def without_trace(get_response: View) -> View:
    """No view of ours wants TRACE, and to Django it is as good as GET."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"]) if request.method == "TRACE" else get_response(request)

    return middleware


def private_by_default(get_response: View) -> View:
    """Pages made for somebody are stored nowhere; a visitor's may be kept by the browser, and asked about again."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-cache" if request.session.is_empty() else "private, no-store"
        return response

    return middleware


class LoginRequired(LoginRequiredMiddleware):
    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., Any],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        return None if is_cookieless(view_func) else super().process_view(request, view_func, view_args, view_kwargs)


def weighed(get_response: View) -> View:
    """Refuses what is too large before anybody reads it: looking for the token that a form carries reads all of it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: Any, view: Callable[..., HttpResponse], *arguments: Any) -> HttpResponse | None:
        most, refuse = getattr(view, "at_most", (settings.DATA_UPLOAD_MAX_MEMORY_SIZE, _too_large))
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        if size <= most:
            return None
        # A browser that is still sending does not listen: what is not much too large is read, and forgotten.
        left = min(size, DRAINED)
        while left > 0 and (part := request.read(min(left, 2**16))):
            left -= len(part)
        answer: HttpResponse = (refuse if request.user.is_authenticated else _too_large)(request)
        return answer

    return noted(middleware, process_view=process_view)


def fields_once(get_response: View) -> View:
    """Stands before every form of ours and of allauth's; several values of one name are the admin's custom only."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, view: Callable[..., HttpResponse], *arguments: Any) -> None:
        admin = request.resolver_match is not None and request.resolver_match.app_name == "admin"
        if request.method == "POST" and not admin:
            refuse_twice(request, but=getattr(view, "repeats", ()))

    return noted(middleware, process_view=process_view)


def htmx_edges(get_response: View) -> View:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        patch_vary_headers(response, ["HX-Request"])
        if not htmx.target(request):  # type: ignore[arg-type]  # django_htmx has put its details on the request
            return response
        if isinstance(response, HttpResponseRedirect) and _leads_to_sign_in(response):
            return _sign_in_and_back(request)
        shown = response.status_code < 300 and response.status_code != 204  # which has no body to show messages in
        if shown and not response.content.startswith(b"<!doctype"):
            told = {"messages": messages.get_messages(request), "oob": True}
            response.content += render_to_string("components/toasts.html", told).encode()
        return response

    return middleware


def _too_large(request: Any) -> HttpResponse:
    sentence = "What you sent is larger than anything that belongs here. Nothing was saved."
    return htmx.refuse(request, 413, "Too large", sentence, "/")


def _leads_to_sign_in(response: HttpResponseRedirect) -> bool:
    return urlsplit(response.url).path == resolve_url(settings.LOGIN_URL)


def _sign_in_and_back(request: HttpRequest) -> HttpResponse:
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    back = page._replace(scheme="", netloc="").geturl() or "/"
    path = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}"
    return HttpResponse(status=204, headers={"HX-Redirect": path})
