"""A skill's page: what it holds, what stands around it, and what its reader did with it."""

import datetime as dt
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.db.models import BigIntegerField, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from progress import learners, notes
from progress.forms import EvidenceForm, NoteForm
from progress.models import CheckpointTick, Evidence, Mark, Note, Report, State
from progress.querysets import Standing
from progress.views import trail
from progress.views.filters import Filters
from progress.views.guards import skill_or_404
from progress.views.pages import record
from roadmap import outline
from roadmap.tree import Outline, Place, Resource, Skill
from roadmap.views import outline_or_404
from web import kept
from web.http import Request
from web.prepared import prepared
from web.replica import may_be_old


class Link(NamedTuple):
    """A piece of evidence."""

    uid: uuid.UUID
    title: str
    url: str
    is_public: bool


class Reported(NamedTuple):
    at: dt.datetime
    settled_at: dt.datetime | None


class Own(NamedTuple):
    """What a learner did with one skill, beside marking it."""

    ticks: frozenset[int] = frozenset()
    """Ids of its checkpoints."""
    note: notes.Saved = notes.NEVER
    links: tuple[Link, ...] = ()
    """The newest first."""
    reports: tuple[tuple[int, Reported], ...] = ()
    """Each after the id of the resource."""


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
    learner, marks = learners.of(request), _marks_around(request, shown, found)
    own = own_of(learner, found)
    return kept.render(
        request,
        shown,
        ("skill", found.id, filters),
        "progress/skill.html",
        lambda: context(shown, place, filters, marks, own),
        whose=(learner, tuple(marks.items()), own),
        now=partial(outline.get, shown.slug),
    )


def page(
    request: Request, shown: Outline, place: Place, filters: Filters, *, status: int, instead: dict[str, Any]
) -> HttpResponse:
    """instead: what a form that was not accepted shows in place of what is stored."""
    marks, own = _marks_around(request, shown, place.skill), own_of(learners.of(request), place.skill)
    what = context(shown, place, filters, marks, own) | instead
    return render(request, "progress/skill.html", what, status=status)


def context(
    shown: Outline, place: Place, filters: Filters, marks: Mapping[int, Standing], own: Own
) -> dict[str, object]:
    """marks: of the skills around this one, and its own."""
    skill, reports = place.skill, dict(own.reports)
    states = {pk: mark.state for pk, mark in marks.items()}
    state = states.get(skill.id, State.TODO)
    before, after = shown.neighbours(place)
    return {
        **control(shown, place, state, marks.get(skill.id)),
        **checkpoints(shown, place, own.ticks, state),
        **note(shown, skill, own.note),
        **evidence(shown, skill, own.links),
        "filters": filters,
        "page": reverse("skill", args=[shown.slug, skill.slug]) + filters.query(),
        "resources": [
            reporting(resource, reports.get(resource.id))
            for resource in skill.resources
            if resource.free or not filters.free
        ],
        "needs": _around(shown, shown.before[skill.id], states),
        "opens": _around(shown, shown.opens.get(skill.id, ()), states),
        "previous": before,
        "next": after,
    }


def retired(request: Request, shown: Outline, skill: Skill) -> HttpResponse:
    """For whoever has something on it, what that is; others are led to what took its place, or told that it is gone."""
    learner = learners.of(request)
    mark = Mark.objects.filter(learner=learner, skill=skill.id).first() if learner else None
    own = Note.objects.filter(learner=learner, skill=skill.id).first() if learner else None
    links = links_of(learner, skill)
    heirs = trail.heirs(shown, skill)
    if heirs and not (mark or own or links):
        return redirect("skill", shown.slug, heirs[0].slug, permanent=True)
    what = {"outline": shown, "skill": skill, "mark": mark, "note": own, "links": links, "heirs": heirs}
    return render(request, "progress/skill_retired.html", what, status=200 if mark or own or links else 410)


def control(shown: Outline, place: Place, state: str, mark: Standing | None) -> dict[str, object]:
    """For the state control."""
    return {
        "outline": shown,
        "place": place,
        "skill": place.skill,
        "state": state,
        "label": State(state).label,
        "mark": mark,
        "state_labels": State.choices,
        "mark_url": reverse("mark", args=[shown.slug, place.skill.slug]),
        "credit_url": reverse("credit", args=[shown.slug, place.skill.slug]),
    }


def checkpoints(shown: Outline, place: Place, ticks: frozenset[int], state: str) -> dict[str, object]:
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


@prepared(learner=BigIntegerField(), skill=BigIntegerField())
def _ticks(learner: int, skill: int) -> "QuerySet[CheckpointTick, tuple[int]]":
    return CheckpointTick.objects.filter(learner=learner, checkpoint__skill=skill).values_list("checkpoint")


@prepared(learner=BigIntegerField(), skill=BigIntegerField())
def _note(learner: int, skill: int) -> "QuerySet[Note, tuple[str, int, dt.datetime]]":
    return Note.objects.filter(learner=learner, skill=skill).values_list("text", "version", "updated_at")


@prepared(learner=BigIntegerField(), skill=BigIntegerField())
def _links(learner: int, skill: int) -> "QuerySet[Evidence, tuple[Any, ...]]":
    newest_first = Evidence.objects.filter(learner=learner, skill=skill).order_by("-added_at", "-id")
    return newest_first.values_list(*Link._fields)


@prepared(learner=BigIntegerField(), skill=BigIntegerField())
def _reports(learner: int, skill: int) -> "QuerySet[Report, tuple[Any, ...]]":
    made = Report.objects.filter(learner=learner, resource__skill=skill).order_by("id")
    return made.values_list("resource", *Reported._fields)


def own_of(learner: int | None, skill: Skill) -> Own:
    """At most one query each."""
    if learner is None:
        return Own()
    made = _reports(learner=learner, skill=skill.id) if skill.resources else ()
    reports = tuple((resource, Reported(*rest)) for resource, *rest in made)
    return Own(ticked(learner, skill), stored_note(learner, skill), links_of(learner, skill), reports)


def ticked(learner: int | None, skill: Skill) -> frozenset[int]:
    """Ids of the skill's checkpoints that are ticked."""
    if learner is None or not skill.checkpoints:
        return frozenset()
    ticks = {checkpoint for (checkpoint,) in _ticks(learner=learner, skill=skill.id)}
    return frozenset(point.id for point in skill.checkpoints if point.id in ticks)


def stored_note(learner: int | None, skill: Skill) -> notes.Saved:
    stored = _note(learner=learner, skill=skill.id) if learner else ()
    return notes.Saved(*stored[0]) if stored else notes.NEVER


def links_of(learner: int | None, skill: Skill) -> tuple[Link, ...]:
    return tuple(map(Link._make, _links(learner=learner, skill=skill.id))) if learner else ()


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


def evidence(
    shown: Outline, skill: Skill, links: tuple[Link, ...], form: EvidenceForm | None = None
) -> dict[str, object]:
    return {
        "outline": shown,
        "skill": skill,
        "evidence": links,
        "evidence_form": form or EvidenceForm(),
        "evidence_url": reverse("add_evidence", args=[shown.slug, skill.slug]),
    }


def reporting(resource: Resource, report: Reported | Report | None) -> dict[str, object]:
    """For a resource, and what this learner said of it."""
    return {"resource": resource, "report": report, "report_url": reverse("report", args=[resource.uid])}


def _marks_around(request: Request, shown: Outline, skill: Skill) -> dict[int, Standing]:
    """Of the skill, what to know first and what it opens: all that its page shows."""
    marks, _ = record(request)
    around = (skill.id, *shown.before[skill.id], *shown.opens.get(skill.id, ()))
    return {pk: marks[pk] for pk in around if pk in marks}


def _around(shown: Outline, skills: tuple[int, ...], states: Mapping[int, str]) -> list[tuple[Skill, str, str]]:
    found = [(shown.by_id[pk].skill, states.get(pk, State.TODO)) for pk in skills]
    return [(skill, state, State(state).label) for skill, state in found]
