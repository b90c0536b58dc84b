import datetime as dt
import uuid
from typing import TYPE_CHECKING, Self, TypeAlias

from django.db import models

if TYPE_CHECKING:
    from progress.models import Change, Mark, Report  # noqa: F401 -- names in the annotations below

Standing: TypeAlias = tuple[str, dt.datetime, str]
"""How a skill stands: state, since when, and the titles of the skills it was credited from, or nothing."""


class MarkQuerySet(models.QuerySet["Mark"]):
    def states(self) -> dict[int, str]:
        """Skill id -> state, in one query."""
        return dict(self.values_list("skill_id", "state"))


class ChangeQuerySet(models.QuerySet["Change"]):
    def standing(self) -> Self:
        return self.filter(undone_at=None)

    def act(self, batch: uuid.UUID) -> Self:
        return self.filter(batch=batch)

    def replayed(self) -> dict[int, Standing]:
        """Skill id -> how it stands after those of these changes that stand. One query."""
        last = self.standing().order_by("at", "id").values_list("skill", "after", "after_since", "credited_from")
        return {skill: (state, since, credited_from) for skill, state, since, credited_from in last}

    def since(self, when: dt.datetime) -> Self:
        return self.filter(at__gte=when)


class ReportQuerySet(models.QuerySet["Report"]):
    def open(self) -> Self:
        """Waiting for a curator. What is said of a resource that was taken off needs nobody any more."""
        return self.filter(settled_at=None, resource__retired_at=None, resource__skill__retired_at=None)
