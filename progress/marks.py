"""The only writer of states. Each act is one transaction: the learner's row is locked, the states are read, what
changes is written together with its history."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery

from progress import reviews
from progress.learners import Gone, follow, lock
from progress.models import Change, Follow, Learner, Mark, State
from progress.querysets import Standing
from roadmap.models import Skill
from web.prepared import insert, prepared

UNDO_AGE = dt.timedelta(days=30)
A_TIME = 500
"""Learners whose marks are written together."""


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
    fading: Collection[int] = ()
    """Ids of skills of which a question fades."""


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
    _take_back(learner, batch, skills, at)
    return skills


@transaction.atomic
def keep_credit(*, learner: int, roadmap: int, skill: int, at: dt.datetime, day: dt.date) -> bool:
    """The learner says of a credited mark that it is right: from then on it is their own word. False: it is already."""
    lock(learner)
    mark = Mark.objects.filter(learner=learner, skill=skill).exclude(credited_from="").first()
    return bool(mark and _set(learner, roadmap, {skill: mark.state}, Change.Cause.MARK, at, day).batch)


@transaction.atomic
def clear_credit(*, learner: int, roadmap: int, skill: int, at: dt.datetime, day: dt.date) -> bool:
    """The learner says that it is not: as before the credit. False: it is their own word already."""
    lock(learner)
    if not Mark.objects.filter(learner=learner, skill=skill).exclude(credited_from="").exists():
        return False
    last = Change.objects.standing().filter(learner=learner, skill=skill).order_by("at", "id").last()
    if last and last.cause == Change.Cause.CREDIT:
        _take_back(learner, last.batch, (skill,), at)
    else:  # brought along from elsewhere, where the credit was given
        _set(learner, roadmap, {skill: State.TODO}, Change.Cause.MARK, at, day)
    return True


@transaction.atomic
def credit(
    *, skill: int, sources: Sequence[int], titles: str, batch: uuid.UUID, at: dt.datetime, one_is_enough: bool = False
) -> int:
    """Gives whoever marked the sources their due on the skill that takes their place, unless they have a mark there:
    their own word stands. One act of each learner. How many; a few queries for each 500 of them.

    one_is_enough: of several sources, as where one was to be picked.
    """
    wanted, count = 1 if one_is_enough else len(sources), 0
    due = Mark.objects.filter(skill__in=sources).exclude(state=State.TODO)
    for learners in _locked(due.values_list("learner", flat=True)):
        held: dict[int, dict[int, Standing]] = {learner: {} for learner in learners}
        for mark in Mark.objects.filter(learner__in=learners, skill__in=[skill, *sources]):
            held[mark.learner_id][mark.skill_id] = mark.standing
        worth = {learner: credited(list(own.values()), wanted) for learner, own in held.items() if skill not in own}
        given = {learner: each._replace(credited_from=titles) for learner, each in worth.items() if each}
        why = {"batch": batch, "at": at, "day": at.date(), "cause": Change.Cause.CREDIT}
        Change.objects.bulk_create(
            Change.step(None, after, learner_id=learner, skill_id=skill, **why) for learner, after in given.items()
        )
        Mark.objects.write((learner, skill, after) for learner, after in given.items())
        count += len(given)
    return count


def credited(marks: Sequence[Standing], wanted: int) -> Standing | None:
    """What they are worth where one skill takes the place of theirs: so many must be done."""
    done = [mark.since for mark in marks if mark.state == State.DONE]
    if len(done) >= wanted:
        return Standing(State.DONE, max(done))
    skipped = [mark.since for mark in marks if mark.state == State.SKIPPED]
    if len(skipped) == len(marks) >= wanted:
        return Standing(State.SKIPPED, max(skipped))
    if begun := done + [mark.since for mark in marks if mark.state == State.LEARNING]:
        return Standing(State.LEARNING, max(begun))
    return None


@transaction.atomic
def take_credit_back(*, skill: int, batch: uuid.UUID, at: dt.datetime) -> int:
    """Marks are exactly what they were, but for those on which somebody has said a word since: how many. That word
    stays, and once it is undone nothing of the credit is left. A few queries for each 500 learners."""
    acts, kept = Change.objects.standing().act(batch), 0
    for learners in _locked(acts.values_list("learner", flat=True)):
        acts.filter(learner__in=learners).update(undone_at=at)
        said = Change.objects.standing().filter(learner__in=learners, skill=skill).order_by("at", "id")
        last = {change.learner_id: change.standing for change in said}
        Mark.objects.filter(learner__in=set(learners) - last.keys(), skill=skill).delete()
        Mark.objects.write((learner, skill, standing) for learner, standing in last.items())
        kept += len(last)
    return kept


def _locked(learners: "QuerySet[Any, int]") -> Iterator[list[int]]:
    """All of these, some at a time, each locked in the order in which everybody locks several."""
    ids = list(learners.order_by("learner").distinct())
    for start in range(0, len(ids), A_TIME):
        rows = Learner.objects.select_for_update().filter(pk__in=ids[start : start + A_TIME]).order_by("pk")
        yield list(rows.values_list("pk", flat=True))


def _take_back(learner: int, batch: uuid.UUID, skills: Collection[int], at: dt.datetime) -> None:
    """An act on which nothing newer stands."""
    Change.objects.act(batch).filter(learner=learner).update(undone_at=at)
    # Not what stood before it where it was made: an import may have put acts from elsewhere in between.
    before = Change.objects.filter(learner=learner, skill__in=skills).replayed()
    Mark.objects.filter(learner=learner, skill__in=set(skills) - set(before)).delete()
    write(learner, before)


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
    held, fading = reviews.marks_and_fading(learner, day)
    states = {skill: mark.state for skill, mark in held.items()}
    # Whoever says of a credit what it says already makes it their own word, and keeps its date.
    after = {
        skill: Standing(state, held[skill].since if states.get(skill) == state else at)
        for skill, state in wanted.items()
        if states.get(skill, State.TODO) in only
        and (states.get(skill, State.TODO) != state or (skill in held and held[skill].credited_from))
    }
    if not after:
        return Act(None, states, (), fading)
    batch = uuid.uuid4()
    why = {"batch": batch, "learner_id": learner, "at": at, "day": day, "cause": cause}
    write(learner, after)
    insert([Change.step(held.get(skill), standing, skill_id=skill, **why) for skill, standing in after.items()])
    return Act(batch, states | {skill: standing.state for skill, standing in after.items()}, tuple(after), fading)


def write(learner: int, marks: Mapping[int, Standing]) -> None:
    """By skill id. For who holds the lock, and writes the changes that say the same."""
    Mark.objects.write((learner, skill, standing) for skill, standing in marks.items())


@prepared(learner=BigIntegerField(), roadmap=BigIntegerField())
def _locked_with_follow(learner: int, roadmap: int) -> "QuerySet[Learner, tuple[dt.datetime | None, int | None]]":
    follows = Follow.objects.filter(learner=OuterRef("pk")).order_by("-used_at", "-id")
    used_at = Subquery(follows.filter(roadmap=roadmap).values("used_at")[:1])
    current = Subquery(follows.values("roadmap")[:1])
    return Learner.objects.select_for_update().filter(pk=learner).values_list(used_at, current)


def _lock_and_follow(learner: int, roadmap: int, at: dt.datetime) -> None:
    """Locks the learner; marking on a roadmap follows it and makes it current, written at most once a day."""
    locked = _locked_with_follow(learner=learner, roadmap=roadmap)
    if not locked:
        raise Gone
    used_at, current = locked[0]
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
