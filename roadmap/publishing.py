"""From draft to the site: at once, or at the time that a curator set."""

import datetime as dt
from collections.abc import Sequence
from typing import TypeAlias

from django.db import transaction

from roadmap import history, outline
from roadmap.models import Phase, Roadmap, Skill

Row: TypeAlias = Roadmap | Phase | Skill


@transaction.atomic
def publish(rows: Sequence[Row], *, at: dt.datetime, by: int | None) -> None:
    watch = history.Watch(*rows)
    for row in rows:
        if isinstance(row, Roadmap):
            row.is_published, row.published_at = True, row.published_at or at
        else:
            row.is_draft = False
        row.publish_at = None
        row.save()
    outline.touch(*rows, at=at)
    watch.record(why="Published", at=at, by=by)


@transaction.atomic
def publish_due(*, now: dt.datetime) -> int:
    """All whose time has come. How many."""
    due: list[Row] = [
        row
        for model in (Roadmap, Phase, Skill)
        for row in model._default_manager.select_for_update(no_key=True).filter(publish_at__lte=now)
    ]
    if due:
        publish(due, at=now, by=None)
    return len(due)
