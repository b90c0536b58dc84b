"""What base.html wants to know on every page."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from progress import learners
from web.http import own_path

VISITORS = (("roadmaps", "Roadmaps"), ("search", "Search"))
LEARNERS = (
    ("dashboard", "Dashboard"),
    ("roadmaps", "Roadmaps"),
    ("review", "Review"),
    ("plan", "Plan"),
    ("history", "History"),
    ("notes", "Notes"),
    ("search", "Search"),
)
THEMES = dict(User.Appearance.choices)


def site(request: HttpRequest) -> dict[str, Any]:
    # An address refused early (a foreign host) never came to know who asks, or where it is.
    refused = not hasattr(request, "user")
    user = None
    if not refused and not request.session.is_empty() and isinstance(request.user, User):
        user = request.user
    # A visitor's colours are this browser's, somebody's own go along with the account.
    theme = user.appearance if user else request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return {
        "site_url": settings.SITE_URL,
        "theme": theme if theme in THEMES else "auto",
        "themes": THEMES,
        "learner": None if refused else learners.of(request),
        "page": "/" if refused else _page(request),
        "navigation": [(reverse(name), label) for name, label in (LEARNERS if user else VISITORS)],
    }


def _page(request: HttpRequest) -> str:
    """Where forms lead back to. Of a query only `next` stays; views in which more of it matters say so themselves."""
    try:
        target = own_path(request, request.GET.get("next", ""), "")
    except TooManyFieldsSent:  # the page that says so has a foot, too
        return request.path
    return f"{request.path}?{urlencode({'next': target})}" if target else request.path
