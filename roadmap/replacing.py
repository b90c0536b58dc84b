"""A resource gives its place to another, and keeps what learners did with it."""

import datetime as dt

from django.db import transaction

from roadmap import history, outline
from roadmap.models import Resource


class Gone(Exception):
    """It has no place any more; nothing was written."""


@transaction.atomic
def replace(old: Resource, new: Resource, *, at: dt.datetime, by: int | None) -> Resource:
    """new: not saved yet, with an address that its skill does not have. The old one is retired."""
    siblings = list(Resource.objects.select_for_update().filter(skill=old.skill_id))
    (place,) = (index for index, row in enumerate(siblings) if row.pk == old.pk)
    retiring = siblings[place]
    if retiring.is_retired:
        raise Gone
    watch = history.Watch(*siblings)
    retiring.retired_at = at
    new.skill_id, new.position = old.skill_id, retiring.position
    if any(row.position == retiring.position for row in siblings[place + 1 :]):
        # The new row would come after these, too: order is (position, id).
        siblings.insert(place + 1, new)
        for position, row in enumerate(siblings, start=1):
            row.position = position
        siblings.remove(new)
    Resource.objects.bulk_update(siblings, ["position", "retired_at"])
    new.save()
    outline.touch(new, at=at)
    watch.record(new, why="Replaced", at=at, by=by)
    return new
