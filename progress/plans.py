"""A plan, kept and laid out: what a learner said about the time there is, beside what is left of the journey."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, QuerySet

from progress import learners, planner
from progress.journey import Journey
from progress.learners import lock
from progress.models import Change, Plan, State
from progress.planner import Schedule, Terms, Weekdays
from web.prepared import prepared

USUAL: Weekdays = (8, 8, 8, 8, 8, 0, 0)
"""Two hours a day, Monday to Friday: where the form begins."""
MOST_PAUSES = 50
YEARS = 5
"""How far ahead a plan may start."""


class Refused(Exception):
    """Nothing was written; the message says why, in words for the learner. field: of the form it belongs to."""

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


@prepared(learner=BigIntegerField(), roadmap=BigIntegerField())
def _of(learner: int, roadmap: int) -> "QuerySet[Plan]":
    return Plan.objects.filter(learner=learner, roadmap=roadmap)


def of(learner: int | None, roadmap: int) -> Plan | None:
    return next(iter(_of(learner=learner, roadmap=roadmap)), None)


def terms(plan: Plan) -> Terms:
    return Terms(
        weekdays=plan.weekdays,
        start=plan.start,
        pauses=plan.away,
        optional=plan.optional,
        choices={int(group): skill for group, skill in plan.picks.items()},
    )


def schedule(plan: Plan, trip: Journey, today: dt.date) -> Schedule | None:
    """None where it cannot be laid out any more: content may grow beyond what the hours reach."""
    try:
        return planner.of(trip, terms(plan), today)
    except planner.Unplannable:
        return None


def pace(plan: Plan, trip: Journey, today: dt.date) -> int | None:
    """Quarter hours a week that the learner really finds, from the third week on. One query."""
    marked = Change.objects.standing().filter(
        learner=plan.learner_id, cause=Change.Cause.MARK, after=State.DONE, day__gte=plan.made_on
    )
    days = {
        skill: day
        for skill, day in marked.order_by("at", "id").values_list("skill", "day")
        if skill in trip.outline.by_id and trip.state(skill) == State.DONE
    }
    return planner.pace([(day, trip.outline.by_id[skill].skill.hours) for skill, day in days.items()], today)


@transaction.atomic
def save(*, learner: int, trip: Journey, today: dt.date, at: dt.datetime, **values: Any) -> Plan:
    """The whole plan or a part of it; a new one is started from what is usual. It is tried first: what cannot be laid
    out is refused, and the old plan stays. Planning a roadmap follows it."""
    lock(learner)
    plan = of(learner, trip.outline.id)
    if plan is None:
        plan = Plan(learner_id=learner, roadmap_id=trip.outline.id, start=today, made_on=today)
        plan.weekdays = USUAL
        learners.follow(learner=learner, roadmap=trip.outline.id, at=at)
    for name, value in values.items():
        setattr(plan, name, value)
    _try_out(plan, trip, today)
    return _write(plan, at)


@transaction.atomic
def add_pause(*, learner: int, trip: Journey, today: dt.date, at: dt.datetime, first: dt.date, last: dt.date) -> Plan:
    lock(learner)
    plan = _existing(learner, trip)
    away = {*plan.away, (first, last)}
    if len(away) > MOST_PAUSES:
        raise Refused(f"A plan has at most {MOST_PAUSES} pauses. Remove one that is over.")
    plan.away = sorted(away)
    _try_out(plan, trip, today, "last")
    return _write(plan, at)


@transaction.atomic
def remove_pause(*, learner: int, trip: Journey, at: dt.datetime, first: dt.date, last: dt.date) -> None:
    lock(learner)
    plan = _existing(learner, trip)
    plan.away = [pause for pause in plan.away if pause != (first, last)]
    _write(plan, at)


@transaction.atomic
def share(*, learner: int, trip: Journey, at: dt.datetime, events: str | None) -> Plan:
    """A calendar at a new address; the one before it is gone. events None: no calendar any more."""
    lock(learner)
    plan = _existing(learner, trip)
    plan.token = None
    if events is not None:
        plan.events = events
        plan.renew_token()
    return _write(plan, at)


@transaction.atomic
def remove(*, learner: int, trip: Journey) -> None:
    """Its calendar goes, too; what was done stays."""
    lock(learner)
    Plan.objects.filter(learner=learner, roadmap=trip.outline.id).delete()


def _existing(learner: int, trip: Journey) -> Plan:
    plan = of(learner, trip.outline.id)
    if plan is None:
        raise Refused("There is no plan for this roadmap yet. Make one first.")
    return plan


def _write(plan: Plan, at: dt.datetime) -> Plan:
    """Of two plans that meet in an import the one written last counts."""
    plan.updated_at = at
    plan.save()
    return plan


def _try_out(plan: Plan, trip: Journey, today: dt.date, field: str = "week") -> None:
    try:
        planner.of(trip, terms(plan), today)
    except planner.NoHours:
        raise Refused("Give at least one day of the week some hours.", field) from None
    except planner.TooFar:
        raise Refused(
            "With that, what is left takes more than 50 years. Give it more hours, or shorter pauses.", field
        ) from None
