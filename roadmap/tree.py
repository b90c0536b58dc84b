"""The outline: a roadmap's whole content as one immutable tree. Pure; what is retired is not in it."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString

from roadmap import layout


@dataclass(frozen=True, slots=True)
class Resource:
    id: int
    uid: uuid.UUID
    title: str
    url: str
    kind: str
    publisher: str
    free: bool
    minutes: int
    level: str
    why: str
    checked_on: dt.date | None
    dead_on: dt.date | None
    """When its link was last asked for in vain, while it is dead."""
    credit: str
    """The learner who suggested it and wants to be named."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    id: int
    text: str
    acceptance: str


@dataclass(frozen=True, slots=True)
class Question:
    id: int
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Skill:
    id: int
    slug: str
    title: str
    summary: str
    news: str
    kind: str
    hours: int
    legacy: bool
    outcomes: tuple[str, ...]
    resources: tuple[Resource, ...]
    checkpoints: tuple[Checkpoint, ...]
    questions: tuple[Question, ...]
    home: str
    """The slug of the roadmap under which the skill's page is canonical."""

    @property
    def free_resources(self) -> int:
        return sum(resource.free for resource in self.resources)

    @property
    def best_free(self) -> Resource | None:
        """The first that costs nothing and still answers: resources stand in the order of their worth."""
        return next((each for each in self.resources if each.free and not each.dead_on), None)


@dataclass(frozen=True, slots=True)
class Placement:
    id: int
    importance: str
    skill: Skill

    @property
    def optional(self) -> bool:
        return self.importance == "optional"


@dataclass(frozen=True, slots=True)
class Group:
    id: int
    slug: str
    title: str
    summary: str
    rule: str
    importance: str
    placements: tuple[Placement, ...]

    @property
    def pick_one(self) -> bool:
        return self.rule == "any"

    @property
    def optional(self) -> bool:
        """Only where one is to be picked; elsewhere each placement says it for itself."""
        return self.pick_one and self.importance == "optional"

    @property
    def hours(self) -> int:
        """Of what counts in it: where one is to be picked, the shortest."""
        if self.pick_one:
            return 0 if self.optional else min(p.skill.hours for p in self.placements)
        return sum(p.skill.hours for p in self.placements if not p.optional)


@dataclass(frozen=True, slots=True)
class Section:
    id: int
    slug: str
    title: str
    introduction: SafeString
    groups: tuple[Group, ...]

    @property
    def hours(self) -> int:
        return sum(group.hours for group in self.groups)


@dataclass(frozen=True, slots=True)
class Phase:
    id: int
    slug: str
    title: str
    introduction: SafeString
    sections: tuple[Section, ...]
    number: int

    @property
    def hours(self) -> int:
        return sum(section.hours for section in self.sections)

    @property
    def skills(self) -> int:
        return sum(len(group.placements) for section in self.sections for group in section.groups)


@dataclass(frozen=True, slots=True)
class Faq:
    id: int
    question: str
    answer: SafeString


@dataclass(frozen=True, slots=True)
class Place:
    """A skill with all that stands around it."""

    phase: Phase
    section: Section
    group: Group
    placement: Placement

    @property
    def skill(self) -> Skill:
        return self.placement.skill

    @property
    def optional(self) -> bool:
        """Where one is to be picked, the group says it for all of them."""
        return self.group.optional if self.group.pick_one else self.placement.optional


def walk(phases: Iterable[Phase]) -> Iterator[Place]:
    for phase in phases:
        for section in phase.sections:
            for group in section.groups:
                for placement in group.placements:
                    yield Place(phase, section, group, placement)


@dataclass(frozen=True)
class Outline:
    id: int
    version: uuid.UUID
    slug: str
    title: str
    short_title: str
    category: str
    summary: str
    introduction: SafeString
    conclusion: SafeString
    credit: str
    reading_minutes: int
    tags: tuple[str, ...]
    updated_at: dt.datetime
    phases: tuple[Phase, ...]
    faqs: tuple[Faq, ...]
    retired: tuple[Skill, ...]
    """Skills that were placed here once."""
    before: dict[int, tuple[int, ...]]
    """Skill id -> ids of the skills placed here that are to be known first, in roadmap order."""
    opens: dict[int, tuple[int, ...]]
    heirs: dict[int, tuple[int, ...]]
    """Id of a skill that was placed here once -> ids of those placed here that took its place."""
    rendered: dict[object, SafeString] = field(default_factory=dict, repr=False, compare=False)
    """Room for HTML that depends on this version alone, by whatever names it; it goes when the version goes."""
    derived: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """The same for anything else that is costly to make, such as the index to search."""

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """In roadmap order."""
        return tuple(walk(self.phases))

    @cached_property
    def by_id(self) -> dict[int, Place]:
        return {place.skill.id: place for place in self.places}

    @cached_property
    def questions(self) -> dict[int, tuple[Place, Question]]:
        """By id."""
        return {question.id: (place, question) for place in self.places for question in place.skill.questions}

    @cached_property
    def slugs(self) -> dict[str | None, Skill]:
        """What is placed here and what was placed here once, by slug."""
        return {skill.slug: skill for skill in (*self.retired, *(place.skill for place in self.places))}

    @cached_property
    def hours(self) -> int:
        return sum(phase.hours for phase in self.phases)

    @cached_property
    def layout(self) -> layout.Layout:
        """Of the map: what comes before what."""
        return layout.of(tuple(self.by_id), self.before)

    def neighbours(self, place: Place) -> tuple[Place | None, Place | None]:
        """The skills before and after it in roadmap order."""
        at = self._index[place.skill.id]
        return (
            self.places[at - 1] if at else None,
            self.places[at + 1] if at + 1 < len(self.places) else None,
        )

    @cached_property
    def _index(self) -> dict[int, int]:
        return {place.skill.id: index for index, place in enumerate(self.places)}
