"""Pages of content alone; those that show a learner's states are in progress."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from roadmap import outline, preview
from roadmap.models import OldSlug
from roadmap.tree import Outline
from web import kept
from web.generic import Sitemap
from web.http import Request
from web.replica import may_be_old


@may_be_old
@login_not_required
@require_safe
def roadmaps(request: Request) -> HttpResponse:
    tag = request.GET.get("tag", "")
    shown = [roadmap for roadmap in outline.published() if not tag or tag in roadmap.tags]
    return render(request, "roadmap/roadmaps.html", {"outlines": shown, "tag": tag})


@may_be_old
@login_not_required
@require_safe
def faq(request: Request, roadmap: str) -> HttpResponse:
    shown = outline_or_404(roadmap, request)
    if shown.slug != roadmap:
        return redirect("faq", shown.slug, permanent=True)
    context = {"outline": shown, "page": request.path}
    now = partial(outline.get, shown.slug)
    return kept.render(request, shown, "faq", "roadmap/faq.html", lambda: context, now=now)


@login_not_required
@require_safe
def open_preview(request: Request, token: str) -> HttpResponse:
    """From now on this browser sees the roadmap with its drafts."""
    found = preview.roadmap_of(token)
    if found is None:
        messages.warning(request, "That link to a preview is over. Ask whoever sent it for a new one.")
        return redirect("roadmaps")
    response = redirect("roadmap", found.slug)
    age = int(preview.AGE.total_seconds())
    response.set_cookie(preview.COOKIE, token, max_age=age, secure=settings.TLS, httponly=True, samesite="Lax")
    return response


@login_not_required
@require_POST
def leave_preview(request: Request) -> HttpResponse:
    response = redirect("roadmaps")
    response.delete_cookie(preview.COOKIE)
    return response


def outline_or_404(slug: str, request: Request | None = None) -> Outline:
    """By its slug or by one that it had once. For a page to look at, with its request, also a preview."""
    if request is not None and (found := preview.outline_of(request, slug)):
        request.preview = True
        return found
    found = outline.get(slug)
    if found is None and (new := outline.moved(OldSlug.Kind.ROADMAP, slug)):
        found = outline.get(new)
    if found is None:
        raise Http404("There is no such roadmap.")
    return found


class Pages(Sitemap):
    """Every public page that is at home under its own address."""

    def items(self) -> list[tuple[str, Outline | None]]:
        pages: list[tuple[str, Outline | None]] = [(reverse(name), None) for name in ("home", "roadmaps", "privacy")]
        for roadmap in outline.published():
            pages += [(reverse(name, args=[roadmap.slug]), roadmap) for name in ("roadmap", "map", "book", "faq")]
            skills = (place.skill for place in roadmap.places)
            pages += [
                (reverse("skill", args=[roadmap.slug, skill.slug]), roadmap)
                for skill in skills
                if skill.home == roadmap.slug
            ]
        return pages

    def location(self, item: tuple[str, Outline | None]) -> str:
        return item[0]

    def lastmod(self, item: tuple[str, Outline | None]) -> object:
        return item[1].updated_at if item[1] else None
