"""Draws how cost grows: milliseconds against size, both logarithmic, a panel for each thing that grows."""

import math
from collections.abc import Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT, LEFT, TOP, GAP = 420, 300, 60, 40, 80
COLOURS = ("#0f6b5c", "#b3541e", "#3a4fa3", "#7a3b69", "#555555")
STYLE = "text{font:12px sans-serif;fill:#222}path{fill:none;stroke-width:2}.grid{stroke:#ddd;stroke-width:1}"


def draw(rows: Sequence[dict[str, Any]]) -> str:
    """rows: engine, axis, size, case and ms of each measurement. The second engine's lines are dashed."""
    axes, cases, engines = (list(dict.fromkeys(row[key] for row in rows)) for key in ("axis", "case", "engine"))
    low, high = _decades([row["ms"] for row in rows])
    parts = []
    for number, axis in enumerate(axes):
        here = [row for row in rows if row["axis"] == axis]
        first, last = _decades([row["size"] for row in here])
        x0 = LEFT + number * (WIDTH + GAP)

        def x(size: float, x0: int = x0, first: int = first, last: int = last) -> float:
            return x0 + WIDTH * (math.log10(size) - first) / (last - first)

        def y(ms: float) -> float:
            return TOP + HEIGHT * (1 - (math.log10(max(ms, 10**low)) - low) / (high - low))

        parts.append(f'<text x="{x0}" y="{TOP - 15}">ms a request, by {escape(axis)}</text>')
        for power in range(first, last + 1):
            parts.append(f'<path class="grid" d="M{x(10**power):.1f} {TOP}v{HEIGHT}"/>')
            parts.append(
                f'<text x="{x(10**power):.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{10**power:,}</text>'
            )
        for power in range(low, high + 1):
            parts.append(f'<path class="grid" d="M{x0} {y(10.0**power):.1f}h{WIDTH}"/>')
            parts.append(f'<text x="{x0 - 6}" y="{y(10.0**power) + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
        for case in cases:
            for engine in engines:
                line = [(row["size"], row["ms"]) for row in here if (row["case"], row["engine"]) == (case, engine)]
                if line:
                    points = "L".join(f"{x(size):.1f} {y(ms):.1f}" for size, ms in sorted(line))
                    parts.append(f'<path d="M{points}" {_stroke(cases.index(case), engines.index(engine))}/>')
    foot = TOP + HEIGHT + 45
    for number, (case, engine) in enumerate((case, engine) for case in cases for engine in engines):
        left, top = LEFT + 260 * (number % 3), foot + 20 * (number // 3)
        parts.append(f'<path d="M{left} {top}h30" {_stroke(cases.index(case), engines.index(engine))}/>')
        parts.append(f'<text x="{left + 38}" y="{top + 4}">{escape(case)}, {escape(engine)}</text>')
    width, height = LEFT + len(axes) * (WIDTH + GAP), foot + 20 * math.ceil(len(cases) * len(engines) / 3)
    ground = f'<rect width="{width}" height="{height}" fill="#fff"/>'
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{STYLE}</style>{ground}{"".join(parts)}</svg>\n'


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten between which they lie."""
    logs = [math.log10(value) for value in values if value > 0] or [0]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    return low, max(high, low + 1)


def _stroke(colour: int, dash: int) -> str:
    return f'stroke="{COLOURS[colour % len(COLOURS)]}"' + (' stroke-dasharray="6 4"' if dash else "")
