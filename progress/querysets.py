import datetime as dt
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, Self

from django.db import models

from web.prepared import insert

if TYPE_CHECKING:
    from progress.models import Change, Mark  # noqa: F401 -- names in the annotations below


class Standing(NamedTuple):
    """How a skill stands with a learner."""

    state: str
    since: dt.datetime
    credited_from: str = ""
    """Titles of the skills whose place it took, while the learner has said no word of their own."""


class MarkQuerySet(models.QuerySet["Mark"]):
    def standings(self) -> dict[int, Standing]:
        """By skill id, in one query."""
        rows = self.values_list("skill_id", "state", "since", "credited_from")
        return {skill: Standing(state, since, titles) for skill, state, since, titles in rows}

    def write(self, standings: Iterable[tuple[int, int, Standing]]) -> None:
        """Each learner's id, the skill's, and how it stands from now on. One statement."""
        insert(
            [self.model(learner_id=learner, skill_id=skill, **each._asdict()) for learner, skill, each in standings],
            unique_fields=["learner", "skill"],
            update_fields=Standing._fields,
        )


class ChangeQuerySet(models.QuerySet["Change"]):
    def standing(self) -> Self:
        return self.filter(undone_at=None)

    def act(self, batch: uuid.UUID) -> Self:
        return self.filter(batch=batch)

    def replayed(self) -> dict[int, Standing]:
        """Skill id -> how it stands after those of these changes that stand. One query."""
        last = self.standing().order_by("at", "id").values_list("skill", "after", "after_since", "credited_from")
        return {skill: Standing(state, since, titles) for skill, state, since, titles in last}
