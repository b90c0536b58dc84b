"""The only writer of states. Each act is one transaction: the learner's row is locked, the states are read, what
changes is written together with its history."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery

from progress.learners import Gone, follow, lock
from progress.models import Change, Follow, Learner, Mark, State
from roadmap.models import Skill

UNDO_AGE = dt.timedelta(days=30)


class Refused(Exception):
    """Nothing was written; the message says why, in words for the learner."""


class Missing(Exception):
    """There is no such act of this learner."""


@dataclass(frozen=True)
class Act:
    """What was done: the batch that undo takes back (None if nothing changed), and all states after it."""

    batch: uuid.UUID | None
    states: dict[int, str]
    changed: tuple[int, ...]


@transaction.atomic
def set_state(*, learner: int, roadmap: int, skill: int, state: str, at: dt.datetime, day: dt.date) -> Act:
    return _set(learner, roadmap, {skill: state}, Change.Cause.MARK, at, day)


@transaction.atomic
def set_many(*, learner: int, roadmap: int, skills: Collection[int], state: str, at: dt.datetime, day: dt.date) -> Act:
    """As one act. done: those to do or learning (“I know all of this”). todo: all that have a mark (a reset)."""
    if state == State.DONE:
        cause, only = Change.Cause.BULK, [State.TODO, State.LEARNING]
    else:
        cause, only = Change.Cause.RESET, [*State]
    return _set(learner, roadmap, dict.fromkeys(skills, state), cause, at, day, only)


@transaction.atomic
def undo(*, learner: int, batch: uuid.UUID, at: dt.datetime) -> tuple[int, ...]:
    """Takes one act back, states and dates, and returns its skills. All or nothing; again, it does nothing."""
    lock(learner)
    changes = list(Change.objects.act(batch).filter(learner=learner).order_by("id"))
    if not changes:
        raise Missing
    skills = tuple(change.skill_id for change in changes)
    if changes[0].undone_at:
        return skills
    if at - changes[0].at > UNDO_AGE:
        raise Refused(
            "That was more than 30 days ago, and can no longer be undone. You can still mark the skill again."
        )
    if newer := _newer(learner, changes):
        raise Refused(f"You changed {newer} after that. Undo the newer change first, or mark the skill again.")
    Change.objects.act(batch).filter(learner=learner).update(undone_at=at)
    # Not what stood before it where it was made: an import may have put acts from elsewhere in between.
    before = Change.objects.filter(learner=learner, skill__in=skills).replayed()
    Mark.objects.filter(learner=learner, skill__in=set(skills) - set(before)).delete()
    write(learner, before)
    return skills


def _set(
    learner: int,
    roadmap: int,
    wanted: Mapping[int, str],
    cause: Change.Cause,
    at: dt.datetime,
    day: dt.date,
    only: Collection[str] = tuple(State),
) -> Act:
    _lock_and_follow(learner, roadmap, at)
    held = {
        skill: (state, since)
        for skill, state, since in Mark.objects.filter(learner=learner).values_list("skill", "state", "since")
    }
    states = {skill: state for skill, (state, _) in held.items()}
    changes = [
        Change(
            batch=uuid.UUID(int=0),
            learner_id=learner,
            skill_id=skill,
            before=held[skill][0] if skill in held else None,
            before_since=held[skill][1] if skill in held else None,
            after=state,
            after_since=at,
            at=at,
            day=day,
            cause=cause,
        )
        for skill, state in wanted.items()
        if states.get(skill, State.TODO) != state and states.get(skill, State.TODO) in only
    ]
    if not changes:
        return Act(None, states, ())
    batch = uuid.uuid4()
    for change in changes:
        change.batch = batch
        states[change.skill_id] = change.after
    write(learner, {change.skill_id: (change.after, at) for change in changes})
    Change.objects.bulk_create(changes)
    return Act(batch, states, tuple(change.skill_id for change in changes))


def write(learner: int, marks: Mapping[int, tuple[str, dt.datetime]]) -> None:
    """Skill id -> (state, since). For who holds the lock, and writes the changes that say the same."""
    Mark.objects.bulk_create(
        [Mark(learner_id=learner, skill_id=skill, state=state, since=since) for skill, (state, since) in marks.items()],
        update_conflicts=True,
        unique_fields=["learner", "skill"],
        update_fields=["state", "since"],
    )


def _lock_and_follow(learner: int, roadmap: int, at: dt.datetime) -> None:
    """Locks the learner; marking on a roadmap follows it and makes it current, written at most once a day."""
    follows = Follow.objects.filter(learner=OuterRef("pk")).order_by("-used_at", "-id")
    locked = (
        Learner.objects.select_for_update()
        .filter(pk=learner)
        .annotate(
            used_at=Subquery(follows.filter(roadmap=roadmap).values("used_at")[:1]),
            current=Subquery(follows.values("roadmap")[:1]),
        )
        .values_list("used_at", "current")
        .first()
    )
    if locked is None:
        raise Gone
    used_at, current = locked
    if used_at is None or current != roadmap or used_at.date() != at.date():
        follow(learner=learner, roadmap=roadmap, at=at)


def _newer(learner: int, changes: list[Change]) -> str:
    """The title of a skill of this act that has a newer change which stands, or nothing."""
    newest = max(change.pk for change in changes)
    at = changes[0].at
    later = (
        Change.objects.standing()
        .filter(Q(at__gt=at) | Q(at=at, pk__gt=newest), learner=learner, skill__in=[c.skill_id for c in changes])
        .order_by("at", "id")
    )
    return Skill.objects.filter(pk__in=later.values("skill")[:1]).values_list("title", flat=True).first() or ""
