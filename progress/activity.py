"""Active days: streaks and the picture of 26 weeks. Pure; a day is the learner's local date, fixed when it was made."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

WEEKS = 26
LEFT, TOP, STEP = 34, 18, 18
"""Of the drawing, 502 wide and 146 high: room for the names of days and months, and from one cell to the next."""
DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Streaks:
    """In active days. A stretch of days is a streak while no week in it, Monday to Sunday, misses more than one day;
    today is not missed before it is over."""

    current: int
    best: int


@dataclass(frozen=True, slots=True)
class Cell:
    day: dt.date
    count: int
    level: int
    """0 for nothing, 1 to 4 by how much was done."""
    week: int
    weekday: int

    @property
    def x(self) -> int:
        return LEFT + self.week * STEP

    @property
    def y(self) -> int:
        return TOP + self.weekday * STEP


@dataclass(frozen=True, slots=True)
class Heatmap:
    cells: tuple[Cell, ...]
    weeks: tuple[tuple[dt.date, int, int], ...]
    """(Monday, active days, acts) of each week, oldest first."""
    months: tuple[tuple[int, dt.date], ...]
    """(x, Monday) where a month's name goes."""

    @property
    def weeks_newest_first(self) -> tuple[tuple[dt.date, int, int], ...]:
        return self.weeks[::-1]

    @property
    def active_days(self) -> int:
        return sum(cell.count > 0 for cell in self.cells)


def streaks(days: Iterable[dt.date], today: dt.date) -> Streaks:
    """Linear in the number of days. Days after today (a zone was changed westwards) count like any other."""
    active = sorted(set(days))
    if not active:
        return Streaks(0, 0)
    missed: Counter[dt.date] = Counter()
    start = best = 0
    for end, day in enumerate(active):
        start = _shortened(active, start, end, missed, _weeks_missed(active[end - 1], day) if end else [])
        best = max(best, end - start + 1)
    # Whether the last one still stands: the days since then are missed, too.
    end = len(active) - 1
    since = _weeks_missed(active[end], today)
    start = _shortened(active, start, end, missed, since)
    stands = all(missed[week] <= 1 for week in since)
    return Streaks(end - start + 1 if stands else 0, best)


def _shortened(active: list[dt.date], start: int, end: int, missed: Counter[dt.date], added: list[dt.date]) -> int:
    """Where the streak to this end begins once these weeks' days are missed as well."""
    missed.update(added)
    while start < end and any(missed[week] > 1 for week in added):
        missed.subtract(_weeks_missed(active[start], active[start + 1]))
        start += 1
    return start


def heatmap(counts: Mapping[dt.date, int], today: dt.date) -> Heatmap:
    """The weeks up to this one, today's column last; days to come are left out."""
    first = _monday(today) - (WEEKS - 1) * WEEK
    days = [first + n * DAY for n in range((today - first).days + 1)]
    cells = tuple(
        Cell(day, counts.get(day, 0), _level(counts.get(day, 0)), (day - first).days // 7, day.weekday())
        for day in days
    )
    weeks = tuple(
        (week[0].day, sum(cell.count > 0 for cell in week), sum(cell.count for cell in week))
        for week in (cells[n : n + 7] for n in range(0, len(cells), 7))
    )
    months = tuple(
        (LEFT + week * STEP, monday)
        for week, (monday, _, _) in enumerate(weeks)
        if week < WEEKS - 1 and (week == 0 or monday.month != weeks[week - 1][0].month)
    )
    return Heatmap(cells, weeks, months)


def _monday(day: dt.date) -> dt.date:
    return day - day.weekday() * DAY


def _weeks_missed(earlier: dt.date, later: dt.date) -> list[dt.date]:
    """The week, by its Monday, of each day between the two; a fortnight breaks any streak, no need to go on."""
    between = min((later - earlier).days - 1, 14)
    return [_monday(earlier + n * DAY) for n in range(1, between + 1)]


def _level(count: int) -> int:
    return 0 if not count else 1 if count == 1 else 2 if count <= 3 else 3 if count <= 6 else 4
