"""Skills that take the place of others: B replaces A, A became B and C, A and B became C. And the way back."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import get_text_list

from progress import marks
from roadmap import history, outline, validators
from roadmap.models import Placement, Revision, Skill, Succession


def check(old: Sequence[Skill], new: Sequence[Skill]) -> None:
    """Says with Django's ValidationError why these cannot take the place of those."""
    if not old or not new:
        raise ValidationError("Choose at least one skill that goes and one that takes its place.")
    if both := set(old) & set(new):
        raise ValidationError(f"{_named(both)} cannot take its own place.")
    if gone := [skill for skill in (*old, *new) if not skill.is_live]:
        raise ValidationError(f"{_named(gone)} is not on the site: bring it back or publish it first.")
    if len(old) > 1 and len(new) > 1:
        raise ValidationError("Several can become one, or one several. Do it in two steps.")
    _prerequisites(old, new)


@transaction.atomic
def succeed(old: Sequence[Skill], new: Sequence[Skill], *, by: int | None, at: dt.datetime) -> Succession:
    """The old are retired, the new stand where they stood, and whoever marked the old gets credit in the new."""
    # Locked, so that two curators close no circle between them.
    list(Skill.objects.select_for_update(no_key=True).values_list("pk"))
    check(old, new)
    edges = _prerequisites(old, new)
    written = Skill.objects.filter(pk__in=edges)
    placements = list(Placement.objects.filter(skill__in=[*old, *new]))
    watch = history.Watch(*old, *new, *written, *placements)
    made = [placed for placement in placements if not placement.is_retired for placed in _place(placement, old, new)]
    for placement in placements:
        if placement.skill in old and not placement.is_retired:
            placement.retired_at = at
            placement.save(update_fields=["retired_at"])
    for skill in written:
        skill.prerequisites.set(edges[skill.pk])
    for skill in old:
        skill.retired_at = at
        skill.save(update_fields=["retired_at"])
    outline.touch(*old, *new, *written, at=at)
    act = watch.record(*made, why="Succeeded", at=at, by=by) or uuid.uuid4()
    succession = Succession.objects.create(act=act, at=at, by_id=by)
    succession.old.set(old)
    succession.new.set(new)
    titles = get_text_list([skill.title for skill in old], "and")[:300]
    for skill in new:
        marks.credit(skill=skill.pk, sources=[each.pk for each in old], titles=titles, batch=_batch(act, skill), at=at)
    return succession


@transaction.atomic
def undo(succession: Succession, *, by: int | None, at: dt.datetime) -> int:
    """Content and marks are as they were, but for what somebody has said since. How many learners that is.

    Raises history.Refused where the content was changed since.
    """
    succession = Succession.objects.select_for_update().get(pk=succession.pk)
    if succession.undone_at:
        raise history.Refused("It is undone already.")
    for revision in Revision.objects.filter(act=succession.act).order_by("-id"):
        history.revert(revision, by=by, at=at)
    kept = 0
    for skill in succession.new.all():
        kept += marks.take_credit_back(batch=_batch(succession.act, skill), at=at)[1]
    succession.undone_at = at
    succession.save(update_fields=["undone_at"])
    return kept


def _place(placement: Placement, old: Sequence[Skill], new: Sequence[Skill]) -> list[Placement]:
    """Where an old one stands, each new one that has no place on that roadmap."""
    if placement.skill not in old:
        return []
    made = []
    for skill in new:
        there = Placement.objects.filter(roadmap=placement.roadmap_id, skill=skill).first()
        if there is None or there.is_retired:
            there = there or Placement(roadmap_id=placement.roadmap_id, skill=skill)
            there.group_id, there.importance = placement.group_id, placement.importance
            # The place that becomes free; several new ones share it in the order of their ids.
            there.position, there.retired_at = placement.position, None
            there.save()
            made.append(there)
    return made


def _prerequisites(old: Sequence[Skill], new: Sequence[Skill]) -> dict[int, list[int]]:
    """Skill id -> ids to know first, of those for which they change. What needed the old needs the new; the new need
    what the old needed, unless that goes round in a circle."""
    edges = Skill.objects.prerequisite_edges()
    titles = dict(Skill.objects.values_list("pk", "title"))
    gone, come = {skill.pk for skill in old}, [skill.pk for skill in new]
    changed = {
        skill: list(dict.fromkeys(pk for first in before for pk in (come if first in gone else [first]) if pk != skill))
        for skill, before in edges.items()
        if gone & set(before) and skill not in gone
    }
    inherited = [pk for skill in old for pk in edges.get(skill.pk, ()) if pk not in gone and pk not in come]
    heirs = {pk: list(dict.fromkeys([*changed.get(pk, edges.get(pk, [])), *inherited])) for pk in come}
    try:
        validators.acyclic(edges | changed | heirs, titles)
        changed |= heirs
    except ValidationError:
        validators.acyclic(edges | changed, titles)
    return {pk: before for pk, before in changed.items() if before != edges.get(pk, [])}


def _batch(act: uuid.UUID, skill: Skill) -> uuid.UUID:
    """Of the credit in one skill: an act of its own, which its learner takes back alone."""
    return uuid.uuid5(act, str(skill.uid))


def _named(skills: "set[Skill] | list[Skill]") -> str:
    return get_text_list([f"“{skill}”" for skill in skills], "and")
