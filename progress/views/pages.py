"""The roadmap and its skills as a learner sees them."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from progress import drawing, journey, learners
from progress.models import Mark, State
from progress.views import trail
from progress.views.filters import Filters
from progress.views.guards import skill_or_404
from roadmap import outline
from roadmap.models import Roadmap
from roadmap.tree import Outline, Place, Skill
from roadmap.views import outline_or_404
from web.http import Request


@login_not_required
@require_safe
def home(request: Request) -> HttpResponse:
    if request.user.is_authenticated:
        current = learners.current(learners.of(request))
        roadmap = Roadmap.objects.published().filter(**({"pk": current} if current else {})).first()
        return redirect(roadmap or "roadmaps")
    shown = next(iter(outline.published()), None)
    if shown is None:
        return redirect("roadmaps")
    context = {
        "outline": shown,
        "phases": shown.phases,
        "stretch": trail.stretch(shown),
        "ridge": drawing.ridge([phase.hours for phase in shown.phases]),
    }
    return render(request, "progress/home.html", context)


@login_not_required
@require_safe
def roadmap(request: Request, roadmap: str) -> HttpResponse:
    shown = outline_or_404(roadmap)
    if shown.slug != roadmap:
        return redirect("roadmap", shown.slug, permanent=True)
    filters = Filters.parse(request.META["QUERY_STRING"])
    trip = journey.of(shown, states(request))
    context = trail.context(trip, filters) | {"phases": trail.phases(trip, filters)}
    return render(request, "progress/roadmap.html", context)


@login_not_required
@require_safe
def skill(request: Request, roadmap: str, skill: str) -> HttpResponse:
    shown = outline_or_404(roadmap)
    found = skill_or_404(shown, skill)
    if (shown.slug, found.slug) != (roadmap, skill):
        return redirect("skill", shown.slug, found.slug, permanent=True)
    filters = Filters.parse(request.META["QUERY_STRING"])
    learner = learners.of(request)
    marks = {mark.skill_id: mark for mark in Mark.objects.filter(learner=learner)} if learner else {}
    mark = marks.get(found.id)
    place = shown.by_id.get(found.id)
    if place is None:
        context = {"outline": shown, "skill": found, "mark": mark}
        return render(request, "progress/skill_retired.html", context, status=200 if mark else 410)
    trip = journey.of(shown, {pk: mark.state for pk, mark in marks.items()})
    before, after = shown.neighbours(place)
    context = control(shown, place, trip.state(found.id), mark) | {
        "filters": filters,
        "page": request.path + filters.query(),
        "resources": [resource for resource in found.resources if resource.free or not filters.free],
        "needs": _around(trip, shown.before[found.id]),
        "opens": _around(trip, shown.opens.get(found.id, ())),
        "previous": before,
        "next": after,
    }
    return render(request, "progress/skill.html", context)


def states(request: Request) -> dict[int, str]:
    """The states of whoever asks; nobody is asked about for a visitor."""
    learner = learners.of(request)
    return Mark.objects.filter(learner=learner).states() if learner else {}


def control(shown: Outline, place: Place, state: str, mark: Mark | None) -> dict[str, object]:
    """For the state control of a skill's page."""
    return {
        "outline": shown,
        "place": place,
        "skill": place.skill,
        "state": state,
        "mark": mark,
        "state_labels": State.choices,
        "mark_url": reverse("mark", args=[shown.slug, place.skill.slug]),
    }


def _around(trip: journey.Journey, skills: tuple[int, ...]) -> list[tuple[Skill, str, str]]:
    states = [(trip.outline.by_id[pk].skill, trip.state(pk)) for pk in skills]
    return [(skill, state, State(state).label) for skill, state in states]
