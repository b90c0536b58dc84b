"""An outline seen with one learner's states: units, numbers, what is left. Pure; the one place that counts."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from roadmap.tree import Group, Outline, Place, Section, Skill

TODO, LEARNING, DONE, SKIPPED = "todo", "learning", "done", "skipped"
STATES = (TODO, LEARNING, DONE, SKIPPED)
LEFT = "left"
FILTERS = (LEFT, *STATES)


class Tally(NamedTuple):
    """How many units there are and how they stand; optional ones are no units and count as extra once done."""

    units: int = 0
    done: int = 0
    learning: int = 0
    skipped: int = 0
    extra: int = 0
    hours: int = 0
    hours_done: int = 0
    hours_skipped: int = 0

    @property
    def left(self) -> int:
        return self.units - self.done - self.skipped

    @property
    def hours_left(self) -> int:
        return self.hours - self.hours_done - self.hours_skipped

    @property
    def percent(self) -> int | None:
        """Floored, so that 100 means all; None where there is nothing to count."""
        return self.done * 100 // self.units if self.units else None

    @property
    def settled(self) -> bool:
        return self.units > 0 and self.left == 0


NOTHING = Tally()


def total(tallies: Iterable[Tally]) -> Tally:
    return Tally(*map(sum, zip(*tallies, NOTHING, strict=True)))


@dataclass(frozen=True, slots=True)
class Step:
    """A skill to go on with, and what speaks for it."""

    place: Place
    state: str
    has: tuple[Skill, ...]
    """Of the skills to know first, those that are done."""
    lacks: tuple[Skill, ...]
    opens: tuple[Skill, ...]
    """What builds on it and is still open."""


@dataclass(frozen=True)
class Journey:
    outline: Outline
    states: Mapping[int, str]
    """Skill id -> state; who is missing is to do."""
    groups: Mapping[int, str]
    """Group id -> state, of the groups to pick one from."""
    sections: Mapping[int, Tally]
    phases: Mapping[int, Tally]
    overall: Tally
    fading: Collection[int] = ()
    """Ids of skills of which a question fades, done or not."""

    def fades(self, skill: int) -> bool:
        """It is done, and stays done; a look would help."""
        return skill in self.fading and self.state(skill) == DONE

    def state(self, skill: int) -> str:
        return self.states.get(skill, TODO)

    def counts_as_left(self, place: Place) -> bool:
        """Whether the skill is, or may become, one of the units that the receipt calls left."""
        return not place.optional and self.is_open(place)

    def is_open(self, place: Place) -> bool:
        """Neither done nor skipped; of several to pick from, as long as none is done."""
        picked = place.group.pick_one and self.groups[place.group.id] == DONE
        return not picked and self.state(place.skill.id) in (TODO, LEARNING)

    @cached_property
    def to_pick(self) -> tuple[Group, ...]:
        """Groups of which one skill is still to be picked, in roadmap order."""
        groups = {place.group.id: place.group for place in self.outline.places if place.group.pick_one}
        return tuple(group for group in groups.values() if self.groups[group.id] == TODO)

    def markable(self, *sections: Section) -> tuple[int, ...]:
        """Ids of the skills that “I know all of this” makes done: open, counted, and not one of several to pick."""
        return tuple(
            placement.skill.id
            for section in sections
            for group in section.groups
            if not group.pick_one
            for placement in group.placements
            if not placement.optional and self.state(placement.skill.id) in (TODO, LEARNING)
        )

    def shows(self, place: Place, state: str) -> bool:
        """Whether a page filtered by this word (one of FILTERS, or "" for no filter) shows the skill."""
        if state == LEFT:
            return self.counts_as_left(place)
        return not state or self.state(place.skill.id) == state

    @cached_property
    def next_up(self) -> tuple[Step, ...]:
        """What is being learned, then what is open and wanted with all that comes before it done, in roadmap order.

        Of a group to pick from only one is named. A skipped prerequisite stands in nobody's way once nothing else is
        left; and while anything is left, something is named.
        """
        learning, ready, passable, rest = [], [], [], []
        for place in self.outline.places:
            if not self.counts_as_left(place):
                continue
            step = self._step(place)
            if step.state == LEARNING:
                learning.append(step)
            elif self.groups.get(place.group.id) == LEARNING:
                continue
            elif not step.lacks:
                ready.append(step)
            elif all(self.state(skill.id) == SKIPPED for skill in step.lacks):
                passable.append(step)
            else:
                rest.append(step)
        chosen = ready or passable or sorted(rest, key=lambda step: len(step.lacks))
        first_of_group = {step.place.group.id: step for step in reversed(chosen) if step.place.group.pick_one}
        return tuple(learning) + tuple(step for step in chosen if first_of_group.get(step.place.group.id, step) is step)

    def _step(self, place: Place) -> Step:
        before = [self.outline.by_id[pk] for pk in self.outline.before[place.skill.id]]
        after = [self.outline.by_id[pk] for pk in self.outline.opens.get(place.skill.id, ())]
        return Step(
            place,
            self.state(place.skill.id),
            has=tuple(other.skill for other in before if self._have(other)),
            lacks=tuple(other.skill for other in before if not self._have(other)),
            opens=tuple(other.skill for other in after if self.state(other.skill.id) in (TODO, LEARNING)),
        )

    def _have(self, place: Place) -> bool:
        """Done, or one of several to pick from of which another is done."""
        return self.state(place.skill.id) == DONE or self.groups.get(place.group.id) == DONE

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many skills are in each state; how many units are left."""
        counts = dict.fromkeys(STATES, 0)
        for place in self.outline.places:
            counts[self.state(place.skill.id)] += 1
        return counts | {LEFT: self.overall.left}

    @cached_property
    def retired(self) -> list[tuple[Skill, str]]:
        """What this learner marked and the roadmap no longer holds."""
        return [(skill, self.states[skill.id]) for skill in self.outline.retired if skill.id in self.states]


def of(outline: Outline, states: Mapping[int, str], fading: Collection[int] = ()) -> Journey:
    """Linear in the number of skills."""
    groups: dict[int, str] = {}
    sections: dict[int, Tally] = {}
    phases: dict[int, Tally] = {}
    for phase in outline.phases:
        for section in phase.sections:
            units = []
            for group in section.groups:
                if group.pick_one:
                    groups[group.id] = _picked(group, states)
                    units.append(_unit(groups[group.id], _hours_to_pick(group, states), group.optional))
                else:
                    for placement in group.placements:
                        skill = placement.skill
                        units.append(_unit(states.get(skill.id, TODO), skill.hours, placement.optional))
            sections[section.id] = total(units)
        phases[phase.id] = total(sections[section.id] for section in phase.sections)
    kept = sum(states.get(skill.id) == DONE for skill in outline.retired)
    overall = total([*phases.values(), Tally(extra=kept)])
    return Journey(outline, states, groups, sections, phases, overall, fading)


@cache
def _unit(state: str, hours: int, optional: bool) -> Tally:
    if optional:
        return Tally(extra=int(state == DONE))
    return Tally(
        units=1,
        done=int(state == DONE),
        learning=int(state == LEARNING),
        skipped=int(state == SKIPPED),
        hours=hours,
        hours_done=hours if state == DONE else 0,
        hours_skipped=hours if state == SKIPPED else 0,
    )


def _picked(group: Group, states: Mapping[int, str]) -> str:
    """Done if one is, else learning if one is, else skipped if all are, else to do."""
    found = {states.get(placement.skill.id, TODO) for placement in group.placements}
    if DONE in found:
        return DONE
    if LEARNING in found:
        return LEARNING
    return SKIPPED if found == {SKIPPED} else TODO


def _hours_to_pick(group: Group, states: Mapping[int, str]) -> int:
    """Of the one that stands for the group: done, else being learned, else not skipped; of several, the shortest."""
    for wanted in ({DONE}, {LEARNING}, {TODO}, {SKIPPED}):
        hours = [p.skill.hours for p in group.placements if states.get(p.skill.id, TODO) in wanted]
        if hours:
            return min(hours)
    return 0
