"""Groups to pick one from: which of them leave no choice."""

from collections import defaultdict
from dataclasses import dataclass

from roadmap.models import Group, Placement


@dataclass(frozen=True)
class Short:
    """Such a group that shows fewer than two skills."""

    title: str
    skills: tuple[str, ...]
    """Titles."""


def short() -> dict[int, Short]:
    """By the group's id, of all that are on a roadmap. Two queries."""
    groups = Group.objects.live().filter(rule=Group.Rule.ANY, section__retired_at=None)
    live = groups.filter(section__phase__retired_at=None, section__phase__is_draft=False)
    titles = dict(live.values_list("pk", "title"))
    skills: defaultdict[int, list[str]] = defaultdict(list)
    for group, skill in Placement.objects.shown().filter(group__in=live).values_list("group", "skill__title"):
        skills[group].append(skill)
    return {pk: Short(title, tuple(skills[pk])) for pk, title in titles.items() if len(skills[pk]) < 2}
