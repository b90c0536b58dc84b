"""What a write of content does to learners' numbers: seen by doing it, before anybody decides whether it stays.

All of it happens inside the write's transaction, which its owner keeps or rolls back.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import TypeAlias

from django.db.models import QuerySet

from progress import journey
from progress.journey import DONE, NOTHING, Journey, Tally
from progress.models import Follow, Mark
from roadmap import choices, outline
from roadmap.choices import Short
from roadmap.models import Revision, Roadmap
from roadmap.tree import Outline

SAMPLE = 2_000
"""Of more learners than these, so many are looked at. They are drawn by uid, which is random and stays."""

States: TypeAlias = Mapping[int, str]
Pair: TypeAlias = tuple[Tally, Tally]


@dataclass(frozen=True)
class Percentage:
    """None where there is nothing to count."""

    before: int | None
    after: int | None

    @property
    def rise(self) -> int:
        return (self.after or 0) - (self.before or 0)


@dataclass(frozen=True)
class Move:
    """How a number of the roadmap, or of one of its phases, moves for those who see it move."""

    title: str
    learners: int
    median: Percentage
    worst: Percentage | None
    """The largest fall; None where nobody's falls."""


@dataclass(frozen=True)
class Turned:
    """Skills that leave the roadmap or come onto it, and how many learners have marked one of them."""

    titles: tuple[str, ...]
    learners: int


@dataclass(frozen=True)
class Effect:
    """On one roadmap, for those who follow it. The counts are of those who were looked at."""

    roadmap: str
    is_gone: bool
    """Nobody sees the roadmap any more."""
    followers: int
    seen: int
    touched: int
    """Whose units, percentages or receipts change, overall or in a phase, or who marked what leaves or comes."""
    overall: Move
    phases: tuple[Move, ...]
    """Those whose numbers change."""
    units: tuple[int, int]
    """That the roadmap counts, before and after."""
    leaving: Turned
    coming: Turned
    losers: int
    """Who had something done that is not any more. No write of ours does that; it is looked at, not promised."""
    uncredited: int
    """Who loses nothing but credit: a succession is undone."""

    @property
    def is_sample(self) -> bool:
        return self.seen < self.followers

    @property
    def is_felt(self) -> bool:
        """Whether to ask first. Where only some were looked at, any change that could touch the others counts."""
        return bool(self.touched) or self.is_sample

    def of_all(self, count: int) -> int:
        """Extended from those who were looked at to all who follow."""
        return round(count * self.followers / self.seen) if self.seen else 0


@dataclass(frozen=True)
class Findings:
    effects: tuple[Effect, ...]
    """One a published roadmap where something that counts is otherwise."""
    short: tuple[Short, ...]
    """Those that were not so before."""

    @property
    def is_felt(self) -> bool:
        return any(effect.is_felt for effect in self.effects)


class Look:
    """Make it before the write, ask it for its findings after."""

    def __init__(self, *, credits_learners: bool = False) -> None:
        """credits_learners: the write changes marks, too, so these have to be read before it."""
        # Curators take turns, so that what is found is this write's alone. Learners go on marking.
        list(Roadmap.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        self._before = {shown.id: shown for shown in outline.published()}
        self._short = choices.short()
        self._states = {pk: _states(pk) for pk in self._before} if credits_learners else None
        self._credited = {pk: _credited(pk) for pk in self._before} if credits_learners else {}
        self._last = Revision.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def touched(self) -> dict[int, uuid.UUID]:
        """The published roadmaps that the write touched, with their versions before it. One query."""
        now = _versions()
        return {pk: shown.version for pk, shown in self._before.items() if now.get(pk) != shown.version}

    def written(self) -> list[Revision]:
        """What the write did, row by row. One query."""
        return list(Revision.objects.filter(pk__gt=self._last).order_by("name", "kind", "pk"))

    def findings(self) -> Findings:
        """Some queries for each roadmap that was touched, however many learners and skills it has."""
        now = _versions()
        pairs = [
            (before, outline.load(pk, now[pk]) if pk in now else None)
            for pk, before in self._before.items()
            if now.get(pk) != before.version
        ]
        effects = tuple(
            _effect(
                before,
                after,
                self._states[before.id] if self._states else None,
                self._credited.get(before.id, {}),
            )
            for before, after in pairs
            if after is None or _counted(before) != _counted(after)
        )
        short = {pk: group for pk, group in choices.short().items() if pk not in self._short}
        return Findings(effects, tuple(short.values()))


def _effect(
    before: Outline, after: Outline | None, earlier: dict[int, States] | None, credited: Mapping[int, set[int]]
) -> Effect:
    """earlier: the marks before the write, where it changed some. credited: which of them were credit."""
    learners = list(_followers(before.id))
    later = _states(before.id)
    states = later if earlier is None else earlier
    lost = {learner: _done(states[learner]) - _done(later.get(learner, {})) for learner in states}
    losers = {learner for learner, skills in lost.items() if skills - credited.get(learner, set())}
    leaving, coming = _only_in(before, after), _only_in(after, before)
    turned = leaving.keys() | coming.keys()
    touched: list[Pair] = []
    phases: defaultdict[int, list[Pair]] = defaultdict(list)
    for learner in learners:
        was = journey.of(before, states.get(learner, {}))
        now = journey.of(after, later.get(learner, {})) if after else None
        overall = was.overall, now.overall if now else NOTHING
        moved = [(phase, pair) for phase, pair in _by_phase(was, now) if _receipt(pair[0]) != _receipt(pair[1])]
        for phase, pair in moved:
            phases[phase].append(pair)
        marked = not turned.isdisjoint(was.states)
        if moved or marked or after is None or _receipt(overall[0]) != _receipt(overall[1]):
            touched.append(overall)
    return Effect(
        roadmap=before.short_title,
        is_gone=after is None,
        followers=Follow.objects.filter(roadmap=before.id).count(),
        seen=len(learners),
        touched=len(touched),
        overall=_move(before.short_title, touched),
        phases=tuple(_move(title, phases[pk]) for pk, title in _phases(before, after).items() if phases[pk]),
        units=(journey.of(before, {}).overall.units, journey.of(after, {}).overall.units if after else 0),
        leaving=_turned(leaving, states.values()),
        coming=_turned(coming, states.values()),
        losers=len(losers),
        uncredited=sum(bool(skills) for skills in lost.values()) - len(losers),
    )


def _followers(roadmap: int) -> "QuerySet[Follow, int]":
    """Ids of the learners who are looked at."""
    return Follow.objects.filter(roadmap=roadmap).order_by("learner__uid").values_list("learner", flat=True)[:SAMPLE]


def _states(roadmap: int) -> dict[int, States]:
    """Learner -> skill -> state. One query."""
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    marks = Mark.objects.filter(learner__in=_followers(roadmap))
    for learner, skill, state in marks.values_list("learner", "skill", "state"):
        found[learner][skill] = state
    return dict(found)


def _credited(roadmap: int) -> dict[int, set[int]]:
    """Learner -> skills whose mark is credit. One query."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    marks = Mark.objects.filter(learner__in=_followers(roadmap)).exclude(credited_from="")
    for learner, skill in marks.values_list("learner", "skill"):
        found[learner].add(skill)
    return dict(found)


def _done(states: States) -> set[int]:
    return {skill for skill, state in states.items() if state == DONE}


def _counted(shown: Outline) -> object:
    """All that a journey's numbers depend on: while it is the same, everybody's are."""
    units = {
        (place.phase.id, frozenset(p.skill.id for p in place.group.placements), place.group.optional)
        if place.group.pick_one
        else (place.phase.id, frozenset([place.skill.id]), place.placement.optional)
        for place in shown.places
    }
    return units, {skill.id for skill in shown.retired}


def _only_in(one: Outline | None, other: Outline | None) -> dict[int, str]:
    """Skill id -> title; nothing where one of them is not there."""
    if one is None or other is None:
        return {}
    return {place.skill.id: place.skill.title for place in one.places if place.skill.id not in other.by_id}


def _by_phase(was: Journey, now: Journey | None) -> list[tuple[int, Pair]]:
    """Nothing of a roadmap that has gone: its phases went with it."""
    if now is None:
        return []
    ids = {**was.phases, **now.phases}
    return [(phase, (was.phases.get(phase, NOTHING), now.phases.get(phase, NOTHING))) for phase in ids]


def _phases(before: Outline, after: Outline | None) -> dict[int, str]:
    """Id -> title, in order; those that go or come last."""
    return {phase.id: phase.title for shown in (after, before) if shown for phase in shown.phases}


def _receipt(tally: Tally) -> tuple[int, ...]:
    return tally.units, tally.done, tally.learning, tally.skipped, tally.extra


def _move(title: str, pairs: Sequence[Pair]) -> Move:
    percentages = [Percentage(was.percent, now.percent) for was, now in pairs]
    worst = min(percentages, key=lambda each: (each.rise, each.before or 0), default=None)
    return Move(
        title=title,
        learners=len(pairs),
        median=Percentage(_median(each.before for each in percentages), _median(each.after for each in percentages)),
        worst=worst if worst and worst.rise < 0 else None,
    )


def _median(percentages: Iterable[int | None]) -> int | None:
    """One that somebody has."""
    known = [each for each in percentages if each is not None]
    return median_low(known) if known else None


def _turned(skills: Mapping[int, str], states: Iterable[States]) -> Turned:
    return Turned(tuple(skills.values()), sum(not skills.keys().isdisjoint(each) for each in states))


def _versions() -> dict[int, uuid.UUID]:
    return dict(Roadmap.objects.published().values_list("pk", "version"))
