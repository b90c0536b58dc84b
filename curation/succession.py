"""Skills that take the place of others: B replaces A, A became B and C, A and B became C. And the way back."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import get_text_list

from progress import marks
from roadmap import graph, history, outline, validators
from roadmap.models import Group, Placement, Revision, Skill, Succession


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
    sources, enough = [skill.pk for skill in old], _was_one_to_pick(old)
    for skill in new:
        batch = _batch(act, skill)
        marks.credit(skill=skill.pk, sources=sources, titles=titles, batch=batch, at=at, one_is_enough=enough)
    return succession


@transaction.atomic
def undo(succession: Succession, *, by: int | None, at: dt.datetime) -> int:
    """Content and marks are as they were, but for what somebody has said since. How many learners that is.

    Raises history.Refused where the content was changed since.
    """
    succession = Succession.objects.select_for_update().get(pk=succession.pk)
    if succession.undone_at:
        raise history.Refused("It is undone already.")
    new = list(succession.new.all())
    if Succession.objects.filter(undone_at=None, old__in=new).exists():
        raise history.Refused(f"{_named(new)} had to make place since. Undo that first.")
    act = uuid.uuid4()
    for revision in Revision.objects.filter(act=succession.act).order_by("-id"):
        history.revert(revision, by=by, at=at, act=act)
    try:
        validators.acyclic(Skill.objects.prerequisite_edges(), dict(Skill.objects.values_list("pk", "title")))
    except ValidationError as error:
        raise history.Refused(" ".join(error.messages)) from None
    kept = 0
    for skill in new:
        kept += marks.take_credit_back(skill=skill.pk, batch=_batch(succession.act, skill), at=at)
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
        if there is None or not Placement.objects.shown().filter(pk=there.pk).exists():
            there = there or Placement(roadmap_id=placement.roadmap_id, skill=skill)
            there.group_id, there.importance = placement.group_id, placement.importance
            # The place that becomes free; several new ones share it in the order of their ids.
            there.position, there.retired_at = placement.position, None
            there.save()
            made.append(there)
    return made


def _was_one_to_pick(old: Sequence[Skill]) -> bool:
    """Whether these were all choices of one group."""
    groups = set(Placement.objects.filter(skill__in=old).values_list("group", "group__rule"))
    return len(groups) == 1 and groups.pop()[1] == Group.Rule.ANY


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
    validators.acyclic(edges | changed, titles)
    for pk in come:
        for first in inherited:
            wanted = list(dict.fromkeys([*changed.get(pk, edges.get(pk, [])), first]))
            if graph.cycle(edges | changed | {pk: wanted}) is None:
                changed[pk] = wanted
    return {pk: before for pk, before in changed.items() if before != edges.get(pk, [])}


def _batch(act: uuid.UUID, skill: Skill) -> uuid.UUID:
    """Of the credit in one skill: an act of its own, which its learner takes back alone."""
    return uuid.uuid5(act, str(skill.uid))


def _named(skills: "set[Skill] | list[Skill]") -> str:
    return get_text_list([f"“{skill}”" for skill in skills], "and")
