"""The way in, and the roadmap as a learner sees it."""

from functools import partial

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from progress import drawing, journey, learners, reviews
from progress.querysets import Standing
from progress.views import trail
from progress.views.filters import Filters
from roadmap import outline
from roadmap.tree import Outline
from roadmap.views import outline_or_404
from web import kept
from web.http import Request
from web.replica import may_be_old


@may_be_old
@login_not_required
@require_safe
def home(request: Request) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("dashboard")
    shown = _first()
    if shown is None:
        return redirect("roadmaps")

    def context() -> dict[str, object]:
        return {
            "outline": shown,
            "page": request.path,
            "phases": shown.phases,
            "stretch": trail.stretch(shown),
            "ridge": drawing.ridge([phase.hours for phase in shown.phases]),
        }

    return kept.render(request, shown, "home", "progress/home.html", context, now=_first)


def _first() -> Outline | None:
    return next(iter(outline.published()), None)


@may_be_old
@login_not_required
@require_safe
def roadmap(request: Request, roadmap: str) -> HttpResponse:
    shown = outline_or_404(roadmap, request)
    if shown.slug != roadmap:
        return redirect("roadmap", shown.slug, permanent=True)
    filters = Filters.parse(request.META["QUERY_STRING"])
    marks, fading = record(request)
    whose = (learners.of(request), tuple(marks.items()), frozenset(fading))

    def context() -> dict[str, object]:
        trip = journey.of(shown, {skill: mark.state for skill, mark in marks.items()}, fading)
        return trail.context(trip, filters) | {"trail": trail.render(trip, filters, marks)}

    now = partial(outline.get, shown.slug)
    return kept.render(request, shown, ("roadmap", filters), "progress/roadmap.html", context, whose, now)


def record(request: Request) -> tuple[dict[int, Standing], set[int]]:
    """Marks, and what fades, of whoever asks; nobody is asked about for a visitor."""
    learner = learners.of(request)
    return reviews.marks_and_fading(learner, timezone.localdate()) if learner else ({}, set())


def trip_of(request: Request, shown: Outline) -> journey.Journey:
    """The roadmap as whoever asks stands to it."""
    marks, fading = record(request)
    return journey.of(shown, {skill: mark.state for skill, mark in marks.items()}, fading)


def states(request: Request) -> dict[int, str]:
    """The states of whoever asks; nobody is asked about for a visitor."""
    learner = learners.of(request)
    return learners.states(learner) if learner else {}
