"""The outline as curators arrange it: what is placed where, drafts included, and the writes that move and edit it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.core.exceptions import ValidationError
from django.db.models import Prefetch

from roadmap import history, outline
from roadmap.entries import ABOVE
from roadmap.models import Group, Phase, Placement, Roadmap, Section

Row: TypeAlias = Phase | Section | Group | Placement
Parent: TypeAlias = Roadmap | Phase | Section | Group

KINDS: dict[str, type[Row]] = {"phase": Phase, "section": Section, "group": Group, "placement": Placement}
BELOW = {"phase": "section", "section": "group", "group": "placement"}
NAMED_BY = {"group": ("section",), "placement": ("skill", "roadmap")}
"""What a row's name is made of."""


class Refused(Exception):
    """Nothing was written; the message says why, in words for a curator."""


@dataclass(eq=False)
class Node:
    """A row, what stands in it, and its neighbours."""

    row: Row
    kind: str
    parent: str
    """Key of what it stands in."""
    children: list["Node"] = field(default_factory=list)
    is_first: bool = False
    is_last: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.row.pk}"

    @property
    def below(self) -> str:
        return BELOW.get(self.kind, "")

    @property
    def name(self) -> str:
        return self.row.skill.title if isinstance(self.row, Placement) else str(self.row)

    @property
    def tags(self) -> list[str]:
        """What sets it apart, in words."""
        row: Any = self.row
        skill = row.skill if isinstance(row, Placement) else None
        picks = isinstance(row, Group) and row.rule == Group.Rule.ANY
        weighs = (picks or skill) and row.importance != "core"
        return [
            *(["pick one"] if picks else []),
            *([row.get_importance_display().lower()] if weighs else []),
            *(["draft"] if getattr(skill or row, "is_draft", False) else []),
            *(["retired everywhere"] if skill and skill.is_retired else []),
        ]


@dataclass
class Tree:
    roadmap: Roadmap
    nodes: list[Node]
    by_key: dict[str, Node]

    @property
    def key(self) -> str:
        return f"roadmap-{self.roadmap.pk}"

    def find(self, key: str) -> Node:
        if key not in self.by_key:
            raise Refused("That row is not in this outline any more. Nothing was saved.")
        return self.by_key[key]

    def within(self, parent: str) -> list[Node]:
        return self.nodes if parent == self.key else self.find(parent).children

    def path(self, key: str) -> str:
        """Such as “Foundations › Mathematics”."""
        node = self.by_key.get(key)
        return " › ".join(filter(None, (self.path(node.parent), node.name))) if node else ""

    def elsewhere(self, node: Node) -> dict[str, list[Node]]:
        """What else the row could stand in, by what that stands in."""
        found: dict[str, list[Node]] = {}
        for each in self.by_key.values():
            if each.below == node.kind and each.key != node.parent:
                found.setdefault(self.path(each.parent), []).append(each)
        return found


def tree(roadmap: Roadmap) -> Tree:
    """All that is not retired, drafts included. Four queries."""
    placements = Prefetch("placements", Placement.objects.live().select_related("skill"))
    groups = Prefetch("groups", Group.objects.live().prefetch_related(placements))
    sections = Prefetch("sections", Section.objects.live().prefetch_related(groups))
    phases = Phase.objects.filter(roadmap=roadmap, retired_at=None).prefetch_related(sections)
    by_key: dict[str, Node] = {}

    def grow(rows: Iterable[Any], kind: str, parent: str) -> list[Node]:
        nodes = []
        for row in rows:
            node = Node(row, kind, parent)
            by_key[node.key] = node
            if node.below:
                node.children = grow(getattr(row, f"{node.below}s").all(), node.below, node.key)
            nodes.append(node)
        if nodes:
            nodes[0].is_first = nodes[-1].is_last = True
        return nodes

    return Tree(roadmap, grow(phases, "phase", f"roadmap-{roadmap.pk}"), by_key)


def by_one(outlined: Tree, key: str, *, up: bool) -> str:
    """Before which of its neighbours the row stands when it is moved up or down by one; "": at the end."""
    node = outlined.find(key)
    keys = [each.key for each in outlined.within(node.parent)]
    at = keys.index(key)
    if up:
        return keys[max(at - 1, 0)] if at else keys[min(1, len(keys) - 1)]
    return keys[at + 2] if at + 2 < len(keys) else ""


def move(outlined: Tree, *, key: str, to: str, before: str, by: int | None, at: dt.datetime) -> str:
    """The row stands in `to` from now on, before this one of the rows there, or as the last. What was done, in words.
    For who is in a transaction and has read the tree in it."""
    node = outlined.find(key)
    if node.kind != ("phase" if to == outlined.key else outlined.find(to).below):
        raise Refused(f"“{node.name}” cannot stand there. Nothing was saved.")
    if before and (before == key or outlined.find(before).parent != to):
        raise Refused(f"“{node.name}” cannot stand before that row. Nothing was saved.")
    row: Any = node.row
    parent = ABOVE[node.kind]
    above = outlined.roadmap if to == outlined.key else outlined.find(to).row
    everywhere = type(row)._default_manager.select_related(*NAMED_BY.get(node.kind, ()))
    beside: list[Any] = list(everywhere.filter(**{parent: above}).exclude(pk=row.pk))
    watch = history.Watch(row, *beside)
    place = beside.index(outlined.find(before).row) if before else len(beside)
    if moved := to != node.parent:
        outline.touch(row, at=at)  # where it was
        setattr(row, parent, above)
        if isinstance(row, Group):
            row.slug = _free(row.slug, {each.slug for each in beside})
        try:
            row.full_clean()
        except ValidationError as error:
            raise Refused(" ".join(error.messages)) from None
    for position, each in enumerate([*beside[:place], row, *beside[place:]], start=1):
        each.position = position
    type(row)._default_manager.bulk_update(beside, ["position"])
    row.save()
    outline.touch(row, at=at)
    watch.record(why="Moved" if moved else "Put into order", at=at, by=by)
    return f"“{node.name}” is in “{outlined.path(to)}” now." if moved else f"“{node.name}” has its new place."


def edit(form: Any, *, by: int | None, at: dt.datetime) -> None:
    """Saves a valid form of curation.forms. For who is in a transaction."""
    watch = history.Watch(*form.rows)
    form.save()
    outline.touch(*form.rows, at=at)
    watch.record(why="Edited", at=at, by=by)


def _free(slug: str, taken: set[str]) -> str:
    """A group's slug is no address: it makes way where it is taken."""
    return next(each for each in (slug, *(f"{slug[:70]}-{n}" for n in range(2, len(taken) + 3))) if each not in taken)
