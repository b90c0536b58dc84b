"""A signed link shows a roadmap with its drafts, as a learner will see it, to whoever has the link, for a week."""

import datetime as dt

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.urls import reverse

from roadmap import outline
from roadmap.models import Roadmap
from roadmap.tree import Outline

AGE = dt.timedelta(days=7)
COOKIE = settings.PREVIEW_COOKIE_NAME
SALT = "roadmap.preview"


def link(roadmap: Roadmap) -> str:
    return reverse("preview", args=[signing.dumps(str(roadmap.uid), salt=SALT)])


def roadmap_of(token: str) -> Roadmap | None:
    """None once the link is a week old, or was never ours."""
    try:
        uid = signing.loads(token, salt=SALT, max_age=AGE)
    except signing.BadSignature:
        return None
    return Roadmap.objects.filter(uid=uid).first()


def of(request: HttpRequest, slug: str | None) -> Roadmap | None:
    """The roadmap of this slug, if this browser has followed a link to it."""
    found = roadmap_of(request.COOKIES[COOKIE]) if slug and COOKIE in request.COOKIES else None
    return found if found and found.slug == slug else None


def outline_of(request: HttpRequest, slug: str) -> Outline | None:
    """With drafts, read anew each time."""
    found = of(request, slug)
    return outline.load(found.pk, found.version, drafts=True) if found else None
