"""Everything on one page, to print or to keep."""

from collections import defaultdict
from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from progress import journey, learners
from progress.models import Evidence, Mark, Note
from progress.views.filters import Filters
from progress.views.kept import kept
from roadmap import tree
from roadmap.views import outline_or_404
from web import markdown
from web.http import Request
from web.replica import may_be_old


@dataclass(frozen=True, slots=True)
class Own:
    """What a learner has on a skill."""

    mark: Mark | None
    note: SafeString | None
    evidence: tuple[Evidence, ...]


NOTHING = Own(None, None, ())


@may_be_old
@login_not_required
@require_safe
def book(request: Request, roadmap: str) -> HttpResponse:
    shown = outline_or_404(roadmap, request)
    filters = Filters.parse(request.META["QUERY_STRING"])
    if shown.slug != roadmap:
        return redirect(reverse("book", args=[shown.slug]) + filters.free_only, permanent=True)
    learner = learners.of(request)
    own = _own(learner) if learner else {}
    states = {skill: of_skill.mark.state for skill, of_skill in own.items() if of_skill.mark}
    context = {
        "outline": shown,
        "filters": filters,
        "page": request.path + filters.free_only,
        "journey": journey.of(shown, states),
        "left_url": reverse("roadmap", args=[shown.slug]) + filters.query(state=journey.LEFT),
        "phases": [
            (
                phase,
                [
                    (section, [_group(shown, group, own, filters) for group in section.groups])
                    for section in phase.sections
                ],
            )
            for phase in shown.phases
        ],
        "retired": [(skill, own[skill.id]) for skill in shown.retired if skill.id in own],
    }
    return render(request, "progress/book.html", context)


def _own(learner: int) -> dict[int, Own]:
    """Skill id -> what this learner has on it, in three queries."""
    marks = {mark.skill_id: mark for mark in Mark.objects.filter(learner=learner)}
    notes = {note.skill_id: markdown.render(note.text) for note in Note.objects.filter(learner=learner)}
    evidence: defaultdict[int, list[Evidence]] = defaultdict(list)
    for link in Evidence.objects.filter(learner=learner).order_by("added_at", "id"):
        evidence[link.skill_id].append(link)
    return {
        skill: Own(marks.get(skill), notes.get(skill), tuple(evidence.get(skill, ())))
        for skill in {*marks, *notes, *evidence}
    }


def _group(
    shown: tree.Outline, group: tree.Group, own: dict[int, Own], filters: Filters
) -> tuple[tree.Group, list[tuple[tree.Skill, SafeString, Own]]]:
    skills = [shown.by_id[placement.skill.id] for placement in group.placements]
    return group, [(place.skill, _text(shown, place, filters), own.get(place.skill.id, NOTHING)) for place in skills]


def _text(shown: tree.Outline, place: tree.Place, filters: Filters) -> SafeString:
    skill = place.skill
    return kept(
        shown,
        "progress/book.html#text",
        *(place.placement.id, filters.free),
        place=place,
        skill=skill,
        needs=[shown.by_id[other].skill for other in shown.before[skill.id]],
        resources=[resource for resource in skill.resources if resource.free or not filters.free],
    )
