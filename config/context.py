"""What base.html wants to know on every page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from progress import learners

THEMES = {"auto": "Auto", "light": "Light", "dark": "Dark"}


def site(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    return {
        "site_url": settings.SITE_URL,
        "theme": theme if theme in THEMES else "auto",
        "themes": THEMES,
        # An address refused early never came to know who asks.
        "learner": learners.of(request) if hasattr(request, "user") else None,
        # Where forms lead back to. Views whose query matters say so; another's is reflected nowhere.
        "page": request.path,
        "navigation": [{"url": reverse("roadmaps"), "name": "Roadmaps"}],
    }
