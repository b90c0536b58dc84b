import uuid
from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from roadmap.models import Placement, Roadmap, Skill  # noqa: F401 -- names in the annotations below

Row = TypeVar("Row", bound=models.Model)


class ContentQuerySet(models.QuerySet[Row]):
    def get_by_natural_key(self, uid: str | uuid.UUID) -> Row:
        return self.get(uid=uid)


class RetirableQuerySet(ContentQuerySet[Row]):
    def live(self) -> Self:
        return self.filter(retired_at=None)


class DraftableQuerySet(RetirableQuerySet[Row]):
    def live(self) -> Self:
        return super().live().filter(is_draft=False)


class RoadmapQuerySet(ContentQuerySet["Roadmap"]):
    def published(self) -> Self:
        """In the order in which they were published; the first one is where a visitor is led."""
        return self.filter(is_published=True).order_by("published_at", "id")

    def touched_by(self, *rows: models.Model) -> Self:
        """The roadmaps on which a change of these rows, of one model, shows."""
        lookup = {
            "phase": "phases",
            "section": "phases__sections",
            "group": "phases__sections__groups",
            "placement": "placements__skill__placements",
            "skill": "placements__skill",
            "resource": "placements__skill__resources",
            "checkpoint": "placements__skill__checkpoints",
            "question": "placements__skill__questions",
            "faq": "faqs",
        }.get(rows[0]._meta.model_name or "")
        # A roadmap's own slug and publication decide where the skills that it shares with others are at home.
        return self.filter(**{f"{lookup}__in": [row.pk for row in rows]}).distinct() if lookup else self.all()


class PlacementQuerySet(RetirableQuerySet["Placement"]):
    def shown(self) -> Self:
        """Where neither the placement nor anything above it, nor its skill, is retired or a draft."""
        parents = ("skill", "group", "group__section", "group__section__phase")
        live = self.live().filter(**{f"{parent}__retired_at": None for parent in parents})
        return live.filter(skill__is_draft=False, group__section__phase__is_draft=False)


class SkillQuerySet(DraftableQuerySet["Skill"]):
    def prerequisite_edges(self) -> dict[int, list[int]]:
        """Skill id -> ids of the skills to know first, for every skill that has any."""
        edges: dict[int, list[int]] = {}
        through = self.model.prerequisites.through.objects.order_by("id")
        for skill_id, prerequisite_id in through.values_list("from_skill_id", "to_skill_id"):
            edges.setdefault(skill_id, []).append(prerequisite_id)
        return edges
