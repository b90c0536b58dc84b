from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone


def time_zone(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Days and times on a page are its reader's own; a guest's are in UTC."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Without a session there is nobody to ask the database for.
        if not request.session.is_empty() and request.user.is_authenticated:
            with timezone.override(ZoneInfo(request.user.time_zone)):
                return get_response(request)
        return get_response(request)

    return middleware
