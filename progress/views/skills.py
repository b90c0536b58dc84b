"""A skill's page: what it holds, what stands around it, and what its reader did with it."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from progress import journey, learners, notes
from progress.forms import EvidenceForm, NoteForm
from progress.models import CheckpointTick, Evidence, Mark, Note, Report, State
from progress.views import trail
from progress.views.filters import Filters
from progress.views.guards import skill_or_404
from roadmap import outline
from roadmap.tree import Outline, Place, Resource, Skill
from roadmap.views import outline_or_404
from web import kept
from web.http import Request
from web.replica import may_be_old


@may_be_old
@login_not_required
@require_safe
def skill(request: Request, roadmap: str, skill: str) -> HttpResponse:
    shown = outline_or_404(roadmap, request)
    found = skill_or_404(shown, skill)
    if (shown.slug, found.slug) != (roadmap, skill):
        return redirect("skill", shown.slug, found.slug, permanent=True)
    if found.id not in shown.by_id:
        return retired(request, shown, found)
    place, filters = shown.by_id[found.id], Filters.parse(request.META["QUERY_STRING"])
    return kept.render(
        request,
        shown,
        ("skill", found.id, filters),
        "progress/skill.html",
        lambda: context(request, shown, place, filters),
        now=partial(outline.get, shown.slug),
    )


def page(
    request: Request, shown: Outline, place: Place, filters: Filters, *, status: int, instead: dict[str, Any]
) -> HttpResponse:
    """instead: what a form that was not accepted shows in place of what is stored."""
    return render(request, "progress/skill.html", context(request, shown, place, filters) | instead, status=status)


def context(request: Request, shown: Outline, place: Place, filters: Filters) -> dict[str, object]:
    skill, learner = place.skill, learners.of(request)
    marks = {mark.skill_id: mark for mark in Mark.objects.filter(learner=learner)} if learner else {}
    trip = journey.of(shown, {pk: mark.state for pk, mark in marks.items()})
    before, after = shown.neighbours(place)
    return {
        **control(shown, place, trip.state(skill.id), marks.get(skill.id)),
        **checkpoints(shown, place, ticked(learner, skill), trip.state(skill.id)),
        **note(shown, skill, stored_note(learner, skill)),
        **evidence(shown, skill, learner),
        "filters": filters,
        "page": reverse("skill", args=[shown.slug, skill.slug]) + filters.query(),
        "resources": resources([each for each in skill.resources if each.free or not filters.free], learner),
        "needs": _around(trip, shown.before[skill.id]),
        "opens": _around(trip, shown.opens.get(skill.id, ())),
        "previous": before,
        "next": after,
    }


def retired(request: Request, shown: Outline, skill: Skill) -> HttpResponse:
    """For whoever has something on it, what that is; others are led to what took its place, or told that it is gone."""
    learner = learners.of(request)
    mark = Mark.objects.filter(learner=learner, skill=skill.id).first() if learner else None
    own = Note.objects.filter(learner=learner, skill=skill.id).first() if learner else None
    links = _evidence(learner, skill)
    heirs = trail.heirs(shown, skill)
    if heirs and not (mark or own or links):
        return redirect("skill", shown.slug, heirs[0].slug, permanent=True)
    what = {"outline": shown, "skill": skill, "mark": mark, "note": own, "links": links, "heirs": heirs}
    return render(request, "progress/skill_retired.html", what, status=200 if mark or own or links else 410)


def control(shown: Outline, place: Place, state: str, mark: Mark | None) -> dict[str, object]:
    """For the state control."""
    return {
        "outline": shown,
        "place": place,
        "skill": place.skill,
        "state": state,
        "mark": mark,
        "state_labels": State.choices,
        "mark_url": reverse("mark", args=[shown.slug, place.skill.slug]),
        "credit_url": reverse("credit", args=[shown.slug, place.skill.slug]),
    }


def checkpoints(shown: Outline, place: Place, ticks: set[int], state: str) -> dict[str, object]:
    skill = place.skill
    return {
        "outline": shown,
        "place": place,
        "skill": skill,
        "checkpoints": [
            (point, point.id in ticks, reverse("tick", args=[shown.slug, skill.slug, point.id]))
            for point in skill.checkpoints
        ],
        "ticked": len(ticks),
        "offer_done": bool(skill.checkpoints) and len(ticks) == len(skill.checkpoints) and state != State.DONE,
        "mark_url": reverse("mark", args=[shown.slug, skill.slug]),
    }


def ticked(learner: int | None, skill: Skill) -> set[int]:
    """Ids of the skill's checkpoints that are ticked."""
    if learner is None or not skill.checkpoints:
        return set()
    points = [point.id for point in skill.checkpoints]
    return set(
        CheckpointTick.objects.filter(learner=learner, checkpoint__in=points).values_list("checkpoint", flat=True)
    )


def stored_note(learner: int | None, skill: Skill) -> notes.Saved:
    stored = Note.objects.filter(learner=learner, skill=skill.id).first() if learner else None
    return notes.Saved(stored.text, stored.version, stored.updated_at) if stored else notes.NEVER


def note(
    shown: Outline, skill: Skill, saved: notes.Saved, form: NoteForm | None = None, **more: object
) -> dict[str, object]:
    return {
        "outline": shown,
        "skill": skill,
        "note": saved,
        "note_form": form or NoteForm(initial={"text": saved.text, "version": saved.version}),
        "note_url": reverse("save_note", args=[shown.slug, skill.slug]),
        **more,
    }


def evidence(shown: Outline, skill: Skill, learner: int | None, form: EvidenceForm | None = None) -> dict[str, object]:
    return {
        "outline": shown,
        "skill": skill,
        "evidence": _evidence(learner, skill),
        "evidence_form": form or EvidenceForm(),
        "evidence_url": reverse("add_evidence", args=[shown.slug, skill.slug]),
    }


def _evidence(learner: int | None, skill: Skill) -> list[Evidence]:
    """The newest first."""
    return (
        list(Evidence.objects.filter(learner=learner, skill=skill.id).order_by("-added_at", "-id")) if learner else []
    )


def resources(shown: Sequence[Resource], learner: int | None) -> list[dict[str, object]]:
    """Each with what this learner said of it."""
    said = Report.objects.filter(learner=learner, resource__in=[each.id for each in shown]) if learner and shown else ()
    reports = {report.resource_id: report for report in said}
    return [reporting(resource, reports.get(resource.id)) for resource in shown]


def reporting(resource: Resource, report: Report | None) -> dict[str, object]:
    return {"resource": resource, "report": report, "report_url": reverse("report", args=[resource.uid])}


def _around(trip: journey.Journey, skills: tuple[int, ...]) -> list[tuple[Skill, str, str]]:
    states = [(trip.outline.by_id[pk].skill, trip.state(pk)) for pk in skills]
    return [(skill, state, State(state).label) for skill, state in states]
