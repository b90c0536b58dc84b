from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import sessions
from accounts.models import User
from web.http import is_cookieless, noted

View = Callable[[HttpRequest], HttpResponse]


def session_age(get_response: View) -> View:
    """Signs out whose session is too old; stands before whatever asks who is there."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if getattr(request, "signed_out", False):
            response["Clear-Site-Data"] = '"storage"'  # drafts of notes
        return response

    def process_view(request: HttpRequest, view: Callable[..., HttpResponse], *arguments: Any) -> None:
        user = _signed_in(request, view)
        if user and sessions.is_over(request, user):
            logout(request)

    return noted(middleware, process_view=process_view)


def time_zone(get_response: View) -> View:
    """Days and times on a page are its reader's own; a guest's are in UTC."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with timezone.override(None):
            return get_response(request)

    def process_view(request: HttpRequest, view: Callable[..., HttpResponse], *arguments: Any) -> None:
        if user := _signed_in(request, view):
            timezone.activate(ZoneInfo(user.time_zone))

    return noted(middleware, process_view=process_view)


def _signed_in(request: HttpRequest, view: Callable[..., HttpResponse]) -> User | None:
    # Without a session there is nobody to ask the database for.
    if is_cookieless(view) or request.session.is_empty():
        return None
    return request.user if isinstance(request.user, User) else None
