"""Where a signed-in learner lands: how far, what next, what was done; and the history of it all."""

import datetime as dt
from collections import Counter
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.db.models import BigIntegerField, Count, DateField, DateTimeField, Exists, Max, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from progress import activity, drawing, journey, learners, plans, recall, reviews, suggestions
from progress.learners import Followed
from progress.marks import UNDO_AGE
from progress.models import Change, Learner, State
from progress.querysets import Standing
from progress.views.guards import current_or_404, filled_in_as_oneself
from roadmap import listings
from roadmap.tree import Outline
from roadmap.views import outline_or_404
from web import kept
from web.http import Request, next_path
from web.prepared import prepared

SUGGESTED = 3
ACTS_A_PAGE = 20


class Wants(NamedTuple):
    has_answers: bool = False
    """Whether a suggestion was answered lately."""
    reviewed: int = 0
    reviews_a_day: int = 0
    retention: float = recall.RETENTION


@require_safe
def dashboard(request: Request) -> HttpResponse:
    """?roadmap= shows another roadmap on this page only; ?another=N leaves out the first N suggestions."""
    learner = learners.of(request)
    follows = learners.follows(learner)
    shown = current_or_404(request, follows)
    if shown is None:
        return redirect("roadmaps")
    today, another = timezone.localdate(), _whole_number(request.GET.get("another", ""))
    marks, wants = _marks_and_wants(learner, today)
    memories = reviews.remembered(learner)
    days = learners.active_days(learner)
    plan = plans.of(learner, shown.id)

    def context() -> dict[str, object]:
        deck = reviews.Deck(
            reviews.deal(shown, marks, memories), today, wants.reviewed, None, wants.reviews_a_day, wants.retention
        )
        trip = journey.of(shown, {skill: mark.state for skill, mark in marks.items()}, deck.fading)
        due = Counter(deck.cards[question].skill for question in deck.queue)
        schedule = plans.schedule(plan, trip, today) if plan else None
        heatmap = activity.heatmap(days, today)
        steps = trip.next_up
        skipped = another % len(steps) if steps else 0
        return {
            "outline": shown,
            "journey": trip,
            "page": request.path + (f"?roadmap={shown.slug}" if "roadmap" in request.GET else ""),
            "ridge": drawing.ridge([phase.hours for phase in shown.phases], trip.overall.hours_done),
            "stones": drawing.cairn([trip.phases[phase.id].percent or 0 for phase in shown.phases]),
            "cairn_height": drawing.STONE * len(shown.phases),
            "phases": [(phase, trip.phases[phase.id]) for phase in reversed(shown.phases)],
            "steps": [
                (step, marks.get(step.place.skill.id), reverse("mark", args=[shown.slug, step.place.skill.slug]))
                for step in steps[skipped : skipped + SUGGESTED]
            ],
            "another": (skipped + SUGGESTED) % len(steps) if len(steps) > SUGGESTED else None,
            "streaks": activity.streaks(days, today),
            "heatmap": heatmap,
            "cells": SafeString("".join(f'<rect class="h{c.level}" x="{c.x}" y="{c.y}"/>' for c in heatmap.cells)),
            "left_url": f"{reverse('roadmap', args=[shown.slug])}?state=left",
            "all_url": reverse("mark_all", args=[shown.slug]),
            "started": min((mark.since for mark in marks.values() if mark.state == State.DONE), default=None),
            "plan": plan,
            "finish": schedule.finish if schedule else None,
            "week": sum(plan.weekdays) if plan else 0,
            "deck": deck,
            "reviewed": [
                (place.skill, due[place.skill.id], trip.fades(place.skill.id))
                for place in shown.places
                if due[place.skill.id] or trip.fades(place.skill.id)
            ],
            "others": [(follow.slug, follow.short_title) for follow in follows],
            "news": _news(shown, next((follow for follow in follows if follow.id == shown.id), None)),
            "has_answers": wants.has_answers,
            "is_current": not follows or follows[0].slug == shown.slug,
        }

    name = ("dashboard", another, "roadmap" in request.GET)
    planned = plan and (plan.pk, plan.updated_at)  # every write of a plan dates it
    whose = (learner, today, follows, tuple(marks.items()), wants, memories, tuple(days.items()), planned)
    return kept.render(request, shown, name, "progress/dashboard.html", context, whose)


@require_POST
@filled_in_as_oneself
def make_current(request: Request, roadmap: str) -> HttpResponse:
    shown, learner = outline_or_404(roadmap), learners.of(request)
    if learner is not None:
        learners.follow(learner=learner, roadmap=shown.id, at=timezone.now())
    return redirect(next_path(request, reverse("dashboard")))


@require_POST
@filled_in_as_oneself
def seen(request: Request, roadmap: str) -> HttpResponse:
    """until: the moment of the last change that was shown; what came after it is shown next time."""
    shown, learner = outline_or_404(roadmap), learners.of(request)
    until = _moment(request.POST.get("until", ""))
    if learner is not None and until is not None:
        learners.see_news(learner=learner, roadmap=shown.id, until=min(until, timezone.now()))
    return redirect(next_path(request, reverse("dashboard")))


@require_safe
def history(request: Request) -> HttpResponse:
    """Acts, newest first. An act's changes share everything but the skill."""
    learner, now = learners.of(request), timezone.now()
    acts = (
        Change.objects.filter(learner=learner)
        .values("batch", "at", "cause", "undone_at")
        .annotate(size=Count("id"), latest=Max("id"))
        .order_by("-latest")
    )
    page = Paginator(acts, ACTS_A_PAGE).get_page(request.GET.get("page"))
    batches = [act["batch"] for act in page.object_list]
    changes: dict[object, list[Change]] = {batch: [] for batch in batches}
    for change in (
        Change.objects.filter(learner=learner, batch__in=batches).select_related("skill").order_by("skill__title", "id")
    ):
        changes[change.batch].append(change)
    shown = current_or_404(request, learners.follows(learner))
    context = {
        "acts": [(act, changes[act["batch"]], _may_undo(act["at"], act["undone_at"], now)) for act in page.object_list],
        "pages": page,
        "page": request.path + (f"?page={page.number}" if page.number > 1 else ""),
        "outline": shown,
        "all_url": reverse("mark_all", args=[shown.slug]) if shown else "",
    }
    return render(request, "progress/history.html", context)


def _news(shown: Outline, follow: Followed | None) -> listings.News | None:
    """What changed since its learner was told last. Asks nothing while nothing changed at all."""
    seen = (follow.changes_seen_at or follow.since) if follow else shown.updated_at
    return listings.news(shown.id, seen) if seen < shown.updated_at else None


@prepared(learner=BigIntegerField(), today=DateField(), lately=DateTimeField())
def _found(learner: int, today: dt.date, lately: dt.datetime) -> "QuerySet[Learner, tuple[Any, ...]]":
    """A row a mark, or one without."""
    return Learner.objects.filter(pk=learner).values_list(
        *(f"marks__{name}" for name in ("skill", "state", "since", "credited_from")),
        Exists(suggestions.answered(learner, lately)),
        reviews.answered_on(today),
        "reviews_a_day",
        "retention",
    )


def _marks_and_wants(learner: int | None, today: dt.date) -> tuple[dict[int, Standing], Wants]:
    """Marks by skill id, and the rest of the learner's row. One query, marks or not."""
    rows = _found(learner=learner, today=today, lately=timezone.now() - suggestions.LATELY)
    marks = {skill: Standing(state, since, titles) for skill, state, since, titles, *_ in rows if skill is not None}
    return marks, Wants(*rows[0][4:]) if rows else Wants()


def _may_undo(at: dt.datetime, undone_at: dt.datetime | None, now: dt.datetime) -> bool:
    return undone_at is None and now - at <= UNDO_AGE


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if timezone.is_aware(moment) else None


def _whole_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
