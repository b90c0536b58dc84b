from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from web.http import is_cookieless


def time_zone(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Days and times on a page are its reader's own; a guest's are in UTC."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with timezone.override(None):
            return get_response(request)

    def process_view(request: HttpRequest, view: Callable[..., HttpResponse], *arguments: Any) -> None:
        # Without a session there is nobody to ask the database for.
        if not is_cookieless(view) and not request.session.is_empty() and request.user.is_authenticated:
            timezone.activate(ZoneInfo(request.user.time_zone))

    middleware.process_view = process_view  # type: ignore[attr-defined]  # Django looks for it
    return middleware
