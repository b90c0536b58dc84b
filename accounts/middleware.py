from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import sessions
from web.http import is_cookieless

View = Callable[[HttpRequest], HttpResponse]


def session_age(get_response: View) -> View:
    """Signs out whose session is too old; stands before whatever asks who is there."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if getattr(request, "signed_out", False):
            response["Clear-Site-Data"] = '"storage"'  # drafts of notes
        return response

    def process_view(request: HttpRequest, view: Callable[..., HttpResponse], *arguments: Any) -> None:
        if _is_signed_in(request, view) and sessions.is_over(request, request.user):  # type: ignore[arg-type]  # so it is a User
            logout(request)

    middleware.process_view = process_view  # type: ignore[attr-defined]  # Django looks for it
    return middleware


def time_zone(get_response: View) -> View:
    """Days and times on a page are its reader's own; a guest's are in UTC."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with timezone.override(None):
            return get_response(request)

    def process_view(request: HttpRequest, view: Callable[..., HttpResponse], *arguments: Any) -> None:
        if _is_signed_in(request, view):
            timezone.activate(ZoneInfo(request.user.time_zone))  # type: ignore[union-attr]  # signed in: a User

    middleware.process_view = process_view  # type: ignore[attr-defined]  # Django looks for it
    return middleware


def _is_signed_in(request: HttpRequest, view: Callable[..., HttpResponse]) -> bool:
    # Without a session there is nobody to ask the database for.
    return not is_cookieless(view) and not request.session.is_empty() and request.user.is_authenticated
