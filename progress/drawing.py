"""What is drawn of a journey: a ridge (how far it is, and where on it one is), a cairn (what stands) and a plan. Pure.

The land never changes; only flags, the walked path and the dot depend on data. Heights and widths are in the units of
the drawing, 1000 wide and 200 high; the trail runs from 4 % to 96 % of the width, in hours walked by hours in all.
"""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, count, pairwise

WIDTH, HEIGHT, START, LENGTH = 1000, 200, 40, 920
BASE, STONE = 240, 60
TOP, ROW = 28, 22
TICKS = 5
"""At most, along a plan: on a phone there is room for no more."""
LAST_TICK = 0.83
"""Of the width: what is written behind a later one would not fit on a phone."""

_POINTS = (
    "0,181 3,182 12,182 22,180 31,180 40,178 49,179 58,176 68,172 77,170 86,169 95,169 104,169 114,165 "
    "123,164 132,162 141,159 151,162 160,162 170,160 179,162 189,164 198,159 207,153 216,150 225,143 234,136 "
    "242,133 252,130 261,125 270,122 279,121 288,126 298,126 307,130 316,134 325,137 336,137 346,133 356,132 "
    "365,130 374,121 382,116 391,112 399,108 408,104 417,100 426,98 436,94 445,94 454,94 462,99 471,104 "
    "480,106 489,109 498,104 508,98 517,89 527,77 536,74 546,66 555,66 564,60 574,59 583,54 592,52 601,57 "
    "610,64 620,66 629,73 640,76 652,76 662,80 672,85 683,87 693,90 702,88 712,83 721,76 730,74 739,70 748,71 "
    "758,73 767,80 776,80 784,80 793,76 802,75 812,67 821,62 831,58 840,53 850,49 859,48 868,42 877,40 886,32 "
    "896,30 906,25 917,20 928,20 939,23 949,28 960,35 969,42 978,47 988,50 997,57 1000,63 "
)
_LAND = [(int(x), int(y)) for x, y in (point.split(",") for point in _POINTS.split())]


@dataclass(frozen=True, slots=True)
class Flag:
    number: int
    x: str
    """In per cent of the width, as y of the height."""
    y: str


@dataclass(frozen=True, slots=True)
class Ridge:
    land: str
    """Paths, for the attribute d."""
    path: str
    walked: str
    flags: tuple[Flag, ...]
    here: Flag | None


def ridge(hours: Sequence[int], walked: int | None = None) -> Ridge:
    """hours: of each phase, in order. walked: hours of what is done; None draws nobody on the trail."""
    total = sum(hours) or 1
    starts = [0, *accumulate(hours)][: len(hours)]
    flags = tuple(_flag(number, start / total) for number, start in enumerate(starts, start=1))
    land = f"M0,{HEIGHT} L{_points(0, WIDTH)} L{WIDTH},{HEIGHT}Z"
    share = None if walked is None else min(walked / total, 1)
    return Ridge(
        land=land,
        path=f"M{_points(START, START + LENGTH)}",
        walked=f"M{_points(START, START + LENGTH * share)}" if share else "",
        flags=flags,
        here=None if share is None else _flag(0, share),
    )


@dataclass(frozen=True, slots=True)
class Stone:
    number: int
    path: str
    x: float
    """Of its left edge; with `filled` the part that shows its share of done."""
    filled: float
    whole: bool


def cairn(percents: Sequence[int]) -> tuple[Stone, ...]:
    """A stone a phase, the first at the bottom, STONE high and at most BASE wide."""
    stones = []
    for index, percent in enumerate(percents):
        width = BASE * (0.94 - 0.6 * index / max(len(percents) - 1, 1))
        top = (len(percents) - 1 - index) * STONE
        path, x, span = _stone(width, top, index + 1)
        stones.append(Stone(index + 1, path, x, round(span * percent / 100, 1), percent == 100))
    return tuple(stones)


def _stone(width: float, top: float, seed: int) -> tuple[str, float, float]:
    """An uneven flat round as a closed path through 16 points, its left edge and its span."""

    def jitter(step: int) -> float:
        """From -0.5 to 0.5, the same for the same stone."""
        return (math.sin(seed * 12.9898 + step * 78.233) * 43758.5453) % 1 - 0.5

    middle, centre, half, height = BASE / 2 + jitter(99) * 10, top + STONE / 2, width / 2, STONE / 2 + 0.4
    points = []
    for step in range(16):
        angle = 2 * math.pi * step / 16 + 0.12
        across, up = math.cos(angle), math.sin(angle)
        points.append(
            (
                middle + half * (1 + jitter(step) * 0.055) * math.copysign(abs(across) ** 0.784, across),
                centre + height * math.copysign(abs(up) ** 0.784, up) * (1 if abs(up) > 0.75 else 0.985),
            )
        )
    path = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for step in range(16):
        before, start, end, after = (points[(step + n) % 16] for n in (-1, 0, 1, 2))
        first = start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6
        second = end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6
        path += "C" + " ".join(f"{x:.1f},{y:.1f}" for x, y in (first, second, end))
    return path + "Z", round(middle - half * 1.03, 1), half * 2.06


def _flag(number: int, share: float) -> Flag:
    x = START + LENGTH * share
    return Flag(number, f"{x / WIDTH:.1%}", f"{_height(x) / HEIGHT:.1%}")


def _points(start: float, end: float) -> str:
    inner = [(x, y) for x, y in _LAND if start < x < end]
    ends = [(start, _height(start)), *inner, (end, _height(end))]
    return " L".join(f"{x:.0f},{y:.0f}" for x, y in ends)


def _height(x: float) -> float:
    for (x0, y0), (x1, y1) in pairwise(_LAND):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return _LAND[-1][1]


@dataclass(frozen=True, slots=True)
class Bar:
    number: int
    """Of the phase."""
    x: str
    """In per cent of the width, as the width."""
    width: str
    y: int
    """In pixels, as all heights of a timeline."""


@dataclass(frozen=True, slots=True)
class Timeline:
    height: int
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[str, dt.date], ...]
    """Where the first days of some months are."""
    today: str
    target: str | None


def timeline(spans: Sequence[tuple[int, dt.date, dt.date]], today: dt.date, target: dt.date | None = None) -> Timeline:
    """spans: number, first and last day of each phase; at least one. From today to the last of all days."""
    first = min(today, *(begin for _, begin, _ in spans))
    last = max(*(end for _, _, end in spans), target or today, first + dt.timedelta(days=6))
    days = (last - first).days + 1

    def at(day: dt.date) -> str:
        return _share((day - first).days / days)

    bars = tuple(
        Bar(number, at(begin), _share(((end - begin).days + 1) / days), TOP + row * ROW)
        for row, (number, begin, end) in enumerate(spans)
    )
    months = range(_month(first - dt.timedelta(days=1)) + 1, _month(last) + 1)
    step = next(n for n in chain((1, 2, 3, 6, 12, 24, 60, 120), count(240, 240)) if len(months) <= TICKS * n)
    firsts = [dt.date(month // 12, month % 12 + 1, 1) for month in months if month % step == 0]
    ticks = tuple((at(day), day) for day in firsts if (day - first).days <= LAST_TICK * days)
    return Timeline(TOP + len(spans) * ROW, bars, ticks, at(today), at(target) if target else None)


def _month(day: dt.date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1


def _share(share: float) -> str:
    return f"{share:.2%}"
