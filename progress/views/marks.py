"""Marking, many at once, and undo: a plain form is answered with a redirect, htmx with what changed on its page."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import resolve, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from progress import journey as journeys
from progress import learners, marks
from progress.forms import AllForm, MarkForm
from progress.journey import Journey
from progress.models import Mark
from progress.views import trail
from progress.views.filters import Filters
from progress.views.guards import filled_in_as_oneself, skill_or_404
from progress.views.pages import trip_of
from progress.views.skills import control
from roadmap.models import Skill
from roadmap.tree import Outline
from roadmap.views import outline_or_404
from web import htmx
from web.http import Request, next_path, repeats

SAID = {"todo": "is to do again", "learning": "marked learning", "done": "marked done", "skipped": "marked skipped"}


@login_not_required
@require_POST
@filled_in_as_oneself
def mark(request: Request, roadmap: str, skill: str) -> HttpResponse:
    outline = outline_or_404(roadmap)
    found = skill_or_404(outline, skill)
    back = next_path(request, reverse("skill", args=[outline.slug, found.slug]))
    if found.id not in outline.by_id:
        sentence = f"“{found.title}” is no longer on this roadmap. What you marked before stays in your record."
        return htmx.refuse(request, 409, "Not marked", sentence, reverse("roadmap", args=[outline.slug]))
    form = MarkForm(request.POST)
    if not form.is_valid():
        return htmx.refuse(request, 422, "Not marked", str(form.errors["state"][0]), back)
    state, now = form.cleaned_data["state"], timezone.now()
    was_visitor = learners.of(request) is None
    act = marks.set_state(
        learner=learners.of_or_new(request, now),
        roadmap=outline.id,
        skill=found.id,
        state=state,
        at=now,
        day=timezone.localdate(now),
    )
    if act.batch:
        _say(request, found.title, SAID[state], act.batch)
    trip = journeys.of(outline, act.states, act.fading)
    return _answer(request, trip, found.id, back, was_visitor, fresh=True)


@login_not_required
@require_POST
@filled_in_as_oneself
def credit(request: Request, roadmap: str, skill: str) -> HttpResponse:
    """action: keep or clear what came from a skill whose place this one took."""
    outline = outline_or_404(roadmap)
    found = skill_or_404(outline, skill)
    if found.id not in outline.by_id:
        raise Http404("It is no longer on this roadmap.")
    learner, now = learners.of(request), timezone.now()
    back = next_path(request, reverse("skill", args=[outline.slug, found.slug]))
    action = request.POST.get("action")
    if action not in ("keep", "clear"):
        return htmx.refuse(request, 422, "Not changed", "Keep the credit, or take it off.", back)
    day = timezone.localdate(now)
    if learner is not None and action == "keep":
        if marks.keep_credit(learner=learner, roadmap=outline.id, skill=found.id, at=now, day=day):
            _say(request, found.title, "is yours to keep.", None)
    elif learner is not None and marks.clear_credit(
        learner=learner, roadmap=outline.id, skill=found.id, at=now, day=day
    ):
        _say(request, found.title, "is as it was before the credit.", None)
    return _answer(request, trip_of(request, outline), found.id, back)


@repeats("scope")
@login_not_required
@require_POST
@filled_in_as_oneself
def mark_all(request: Request, roadmap: str) -> HttpResponse:
    outline = outline_or_404(roadmap)
    back = next_path(request, reverse("roadmap", args=[outline.slug]))
    data = request.GET.copy()
    data.update(request.POST)
    form = AllForm(data, outline)
    if not form.is_valid():
        return htmx.refuse(request, 422, "Not marked", " ".join(str(e[0]) for e in form.errors.values()), back)
    title, sections = form.chosen()
    now = timezone.now()
    learner = learners.of_or_new(request, now)
    groups = [group for section in sections for group in section.groups]
    state = form.cleaned_data["state"]
    skills = (
        journeys.of(outline, {}).markable(*sections)
        if state == "done"
        else [placement.skill.id for group in groups for placement in group.placements]
    )
    act = marks.set_many(
        learner=learner, roadmap=outline.id, skills=skills, state=state, at=now, day=timezone.localdate(now)
    )
    text = f"in “{title}” {'marked done' if state == 'done' else 'back to do'}."
    chosen = journeys.of(outline, act.states).groups
    to_pick = [g.title for g in groups if g.pick_one and not g.optional and chosen[g.id] != "done"]
    if state == "done" and to_pick:
        text += f" Left for you to pick: {', '.join(to_pick)}."
    count = len(act.changed)
    _say(request, f"{count} skill{'' if count == 1 else 's'}", text, act.batch)
    return _page_again(request, f"{back.partition('#')[0]}#{form.cleaned_data['scope'][0]}")


@login_not_required
@require_POST
@filled_in_as_oneself
def undo(request: Request, batch: uuid.UUID) -> HttpResponse:
    learner, back = learners.of(request), next_path(request, "/")
    if learner is None:
        raise Http404("There is no such act of yours.")
    try:
        skills = marks.undo(learner=learner, batch=batch, at=timezone.now())
    except marks.Missing:
        raise Http404("There is no such act of yours.") from None
    except marks.Refused as refused:
        return htmx.refuse(request, 409, "Not undone", str(refused), back)
    named = Skill.objects.get(pk=skills[0]).title if len(skills) == 1 else f"{len(skills)} skills"
    _say(request, named, "as before." if len(skills) == 1 else "as they were before.", None)
    if len(skills) == 1 and (outline := _page(back)) and skills[0] in outline.by_id:
        return _answer(request, trip_of(request, outline), skills[0], back)
    return _page_again(request, back)


def _answer(
    request: Request,
    journey: Journey,
    skill: int,
    back: str,
    was_visitor: bool = False,
    *,
    fresh: bool = False,
) -> HttpResponse:
    """What one skill's change changes: its row and the numbers over it, or the control of its own page."""
    outline, target = journey.outline, htmx.target(request)
    place = outline.by_id[skill]
    learner = {"new_learner": was_visitor, "page": back}
    if target.startswith("state-"):
        mark = Mark.objects.filter(learner=learners.of(request), skill=skill).standings().get(skill)
        context = control(outline, place, journey.state(skill), mark) | learner
        return render(request, "progress/skill.html#marked", context)
    if target.startswith("skill-"):
        filters = Filters.parse(back.partition("?")[2].partition("#")[0])
        # Whoever marks a skill has their own word on it; an undo may bring a credit back.
        own = None if fresh else Mark.objects.filter(learner=learners.of(request), skill=skill).standings().get(skill)
        parts = [trail.changed(journey, place, filters, own)]
        if was_visitor:
            parts.append(render_to_string("components/marks.html", learner | {"oob": True}, request))
        return HttpResponse("".join(parts))
    return _page_again(request, f"{back.partition('#')[0]}#skill-{place.skill.slug}")


def _page_again(request: Request, back: str) -> HttpResponse:
    """Where much has changed: htmx, too, takes the page's main part from the redirect's end."""
    if htmx.target(request) in ("", "main"):
        return HttpResponseRedirect(back)
    return htmx.lead(request, back)


def _page(path: str) -> Outline | None:
    """The roadmap that the page at this path shows."""
    try:
        slug = resolve(path.partition("?")[0].partition("#")[0]).kwargs.get("roadmap")
        return outline_or_404(slug) if slug else None
    except Http404:
        return None


def _say(request: Request, subject: str, text: str, batch: uuid.UUID | None) -> None:
    """A line at the foot of the page, with undo where there is something to undo."""
    undo = batch and reverse("undo", args=[batch])
    context = {"subject": subject, "text": text, "undo": undo, "target": htmx.target(request)}
    messages.success(request, render_to_string("components/said.html", context))
