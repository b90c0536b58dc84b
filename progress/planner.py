"""A journey laid out over the days to come: what is left, in which order, on which days. Pure; today is given.

Time is counted in quarter hours, whole numbers, so that every total is exact. A day is the learner's local date.

- *What*: one skill for each unit that is left. For a group to pick one from, that is the one being learned, else the
  one picked, else the shortest. What is optional is left out unless asked for, even if it is being learned. A skill
  counts its whole hours until it is done.
- *Order*: what is being learned, then the rest, each as the roadmap goes; a skill goes ahead of its turn only to be
  known before one that builds on it. Only what is in the plan itself holds anything up. A skill that is done moves no
  other to a later day, except what it builds on and was done without: that goes back to its own turn.
- *Days*: the skills one after the other from today, or the start if that is later, each working day to its last
  quarter. Nothing lies before today, so nothing is ever late: days gone by unused move all that follows.
"""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, takewhile
from typing import NamedTuple

from progress.journey import LEARNING, Journey
from roadmap import graph
from roadmap.tree import Phase, Place

QUARTERS = 4
"""To the hour."""
FULL_DAY = 24 * QUARTERS
HORIZON = 18_262
"""In days, 50 years: how far from its beginning a plan may reach."""
PACE_WEEKS = 8

Weekdays = tuple[int, ...]
"""Quarter hours for each day of the week, Monday first."""


class Unplannable(ValueError):
    """There is no plan on these terms; the message says why."""


class NoHours(Unplannable):
    """No day of the week has any."""


class TooFar(Unplannable):
    """Within HORIZON there are too few hours for what is left: far too few a week, or a pause without end."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a learner says about the time there is, and wants of the plan. Raises Unplannable."""

    weekdays: Weekdays
    """At most FULL_DAY each."""
    start: dt.date
    pauses: Sequence[tuple[dt.date, dt.date]] = ()
    """First and last day of each, in any order; they may overlap."""
    optional: bool = False
    choices: Mapping[int, int] = field(default_factory=dict)
    """Group id -> id of the skill picked; one that is no longer open there does not count."""

    def __post_init__(self) -> None:
        if len(self.weekdays) != 7 or not all(0 <= quarters <= FULL_DAY for quarters in self.weekdays):
            raise Unplannable("A week has seven days of at most 24 hours each.")
        if not any(self.weekdays):
            raise NoHours("No day of the week has any hours.")
        if any(last < first for first, last in self.pauses):
            raise Unplannable("A pause ends before it begins.")

    def begin(self, today: dt.date) -> dt.date:
        return max(today, self.start)


class Share(NamedTuple):
    """Of a day, for one skill."""

    day: dt.date
    quarters: int


@dataclass(frozen=True, slots=True)
class Task:
    place: Place
    shares: tuple[Share, ...]
    """Day by day; together the skill's hours."""

    @property
    def first(self) -> dt.date:
        return self.shares[0].day

    @property
    def last(self) -> dt.date:
        return self.shares[-1].day


@dataclass(frozen=True, slots=True)
class Stage:
    """A phase's part of the plan. Stages overlap where skills are taken out of turn."""

    phase: Phase
    first: dt.date
    last: dt.date
    quarters: int


@dataclass(frozen=True, slots=True)
class Week:
    monday: dt.date
    tasks: tuple[tuple[Task, int], ...]
    """With the quarter hours that each takes in this week."""

    @property
    def quarters(self) -> int:
        return sum(quarters for _, quarters in self.tasks)


@dataclass(frozen=True)
class Schedule:
    begin: dt.date
    tasks: tuple[Task, ...]
    """In the order of their days."""

    @property
    def finish(self) -> dt.date | None:
        """None when nothing is left."""
        return self.tasks[-1].last if self.tasks else None

    @property
    def quarters(self) -> int:
        return _quarters(task.place for task in self.tasks)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """In roadmap order; a phase of which nothing is left has none."""
        tasks: dict[int, list[Task]] = {}
        for task in self.tasks:
            tasks.setdefault(task.place.phase.number, []).append(task)
        return tuple(
            Stage(each[0].place.phase, each[0].first, each[-1].last, _quarters(task.place for task in each))
            for _, each in sorted(tasks.items())
        )

    @cached_property
    def weeks(self) -> tuple[Week, ...]:
        """Those in which there is something to do."""
        weeks: dict[dt.date, Counter[int]] = {}
        for number, task in enumerate(self.tasks):
            for day, quarters in task.shares:
                monday = day - dt.timedelta(days=day.weekday())
                weeks.setdefault(monday, Counter())[number] += quarters
        return tuple(
            Week(monday, tuple((self.tasks[number], quarters) for number, quarters in week.items()))
            for monday, week in weeks.items()
        )


def of(trip: Journey, terms: Terms, today: dt.date) -> Schedule:
    """Raises TooFar. Linear in skills, prerequisites and days, as every share ends a skill or a day."""
    begin = terms.begin(today)
    days = _working_days(terms, begin)
    day, room = begin, 0
    tasks = []
    for place in _in_order(trip, _wanted(trip, terms)):
        lacking = place.skill.hours * QUARTERS
        shares = []
        while lacking:
            if not room:
                day, room = next(days, (begin, 0))
                if not room:
                    raise TooFar("What is left takes more than 50 years.")
            taken = min(lacking, room)
            shares.append(Share(day, taken))
            lacking -= taken
            room -= taken
        tasks.append(Task(place, tuple(shares)))
    return Schedule(begin, tuple(tasks))


def needed(trip: Journey, terms: Terms, today: dt.date, target: dt.date) -> Weekdays | None:
    """The least hours a week with which all is done by the target, spread like those of the terms.

    Zeros when nothing is left. None when the days of the week that have hours, filled to 24 each, are not enough. A
    target beyond HORIZON is taken for one at its end.
    """
    left = _quarters(_wanted(trip, terms))
    until = takewhile(lambda share: share.day <= target, _working_days(terms, terms.begin(today)))
    days = Counter(share.day.weekday() for share in until)
    week = [0] * 7
    for weekday in _growing(terms.weekdays):
        if left <= 0:
            break
        week[weekday] += 1
        left -= days[weekday]
    return tuple(week) if left <= 0 else None


def spread(weekdays: Weekdays, quarters: int) -> Weekdays:
    """So many quarter hours a week in the proportions of these, as near as whole quarters come.

    More of them never mean less on any day. A day without hours stays so, and once a day is full the others take the
    rest; what no day can take is dropped.
    """
    grown = Counter(islice(_growing(weekdays), quarters))
    return tuple(grown[weekday] for weekday in range(7))


def pace(done: Iterable[tuple[dt.date, int]], today: dt.date) -> int | None:
    """Quarter hours a week that a learner really finds, from (day, hours) of each skill done since the plan began.

    Weeks are counted from the first of these days. The mean of those that are over, the last PACE_WEEKS at most,
    rounded down; None in the first two, and where it would be nothing or more than a week has hours. What somebody knew
    already tells no pace: leave out what was marked many at a time, merged, imported or credited.
    """
    skills = sorted(done)
    weeks = (today - skills[0][0]).days // 7 if skills else 0
    if weeks < 2:
        return None
    counted = min(weeks, PACE_WEEKS)
    end = skills[0][0] + dt.timedelta(weeks=weeks)
    begin = end - dt.timedelta(weeks=counted)
    quarters = sum(hours for day, hours in skills if begin <= day < end) * QUARTERS // counted
    return quarters if 0 < quarters <= 7 * FULL_DAY else None


def _wanted(trip: Journey, terms: Terms) -> list[Place]:
    """In roadmap order."""
    places = [place for place in trip.outline.places if trip.is_open(place) and (terms.optional or not place.optional)]
    to_pick: dict[int, list[Place]] = {}
    for place in places:
        if place.group.pick_one:
            to_pick.setdefault(place.group.id, []).append(place)
    picked = {group: _picked(trip, several, terms.choices.get(group)) for group, several in to_pick.items()}
    return [place for place in places if picked.get(place.group.id, place) is place]


def _picked(trip: Journey, several: list[Place], choice: int | None) -> Place:
    """The first in roadmap order where all else is equal."""
    learning = [place for place in several if trip.state(place.skill.id) == LEARNING]
    return min(learning or several, key=lambda place: (place.skill.id != choice, place.skill.hours))


def _in_order(trip: Journey, places: list[Place]) -> list[Place]:
    learning_first = sorted(places, key=lambda place: trip.state(place.skill.id) != LEARNING)
    order = graph.ordered([place.skill.id for place in learning_first], trip.outline.before)
    return [trip.outline.by_id[skill] for skill in order]


def _quarters(places: Iterable[Place]) -> int:
    return sum(place.skill.hours for place in places) * QUARTERS


def _working_days(terms: Terms, begin: dt.date) -> Iterator[Share]:
    """Up to the horizon, or to the end of the calendar."""
    pauses = sorted(terms.pauses)
    passed = 0
    first = begin.toordinal()
    for number in range(first, min(first + HORIZON, dt.date.max.toordinal()) + 1):
        day = dt.date.fromordinal(number)
        while passed < len(pauses) and pauses[passed][1] < day:
            passed += 1
        paused = passed < len(pauses) and pauses[passed][0] <= day
        if not paused and terms.weekdays[day.weekday()]:
            yield Share(day, terms.weekdays[day.weekday()])


def _growing(weekdays: Weekdays) -> list[int]:
    """The day of each quarter hour by which a week grows, up to full days: Sainte-Laguë's method of sharing seats.

    It keeps the proportions and, unlike rounding, never takes from one day what it gives to another.
    """
    common = math.lcm(*filter(None, weekdays))
    turns = (
        ((2 * taken + 1) * (common // share), weekday)
        for weekday, share in enumerate(weekdays)
        if share
        for taken in range(FULL_DAY)
    )
    return [weekday for _, weekday in sorted(turns)]
