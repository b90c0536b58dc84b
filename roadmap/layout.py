"""Draws a directed graph in rows, each node below all that come before it: Sugiyama's method. Pure.

A row takes a few nodes only, so that a drawing fits a page and grows downwards. Whatever a node opens further down is
reached along one trunk, which takes a place of its own in each row between. Lengths are in units of the drawing.
"""

from bisect import bisect_right, insort
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TypeVar

from roadmap import graph

PER_ROW = 6
WIDTH, HEIGHT = 172, 52
GAP, ROW_GAP, MARGIN = 11, 50, 8
PORT = 14
"""How far apart lines leave or reach the same node, where there is room."""
LEEWAY = 40
"""How far a line that is alone at its end may move along the node so as to stand straight."""
AHEAD, FAR = 2, 12
"""For each row that builds upon it, up to so many, a node is placed as if it came so much earlier in order."""
SWEEPS, PATIENCE, SETTLING, REACH = 24, 4, 30, 3

Vertex = TypeVar("Vertex", bound=Hashable)
Links = Mapping[int, Sequence[int]]
Spot = tuple[int, int]
"""(node, row): the node itself, or its trunk in a later row."""


@dataclass(frozen=True, slots=True)
class Node:
    id: int
    row: int
    x: int
    y: int
    """Of its top left corner; every node is WIDTH by HEIGHT."""


@dataclass(frozen=True, slots=True)
class Edge:
    before: int
    after: int
    path: str
    """For the attribute d."""


@dataclass(frozen=True, slots=True)
class Layout:
    width: int
    height: int
    nodes: tuple[Node, ...]
    """As one reads: row by row, each from the left."""
    edges: tuple[Edge, ...]
    alone: tuple[Node, ...]
    """Those without any edge, in rows of their own below the others."""


def of(nodes: Sequence[int], before: Mapping[int, Collection[int]]) -> Layout:
    """before: node -> the nodes to come before it, without cycles; all of them are among the nodes.

    About linear in nodes and in the rows that edges cross.
    """
    index = {node: number for number, node in enumerate(nodes)}
    needs = {node: sorted(before.get(node, ()), key=index.__getitem__) for node in nodes}
    opens = graph.inverse(needs)
    row = rows([node for node in nodes if needs[node] or node in opens], needs)
    down = _segments(row, opens)
    spots = untangle(_in_rows(down, index), down)
    x = _settle(spots, down, row)
    alone = [node for node in nodes if node not in row]
    columns = min(PER_ROW, len(alone))
    right = max([MARGIN, *(x[line[-1]] + _half(line[-1], row) for line in spots), _left(columns) - GAP])
    return Layout(
        width=round(right) + MARGIN,
        height=_top(len(spots) + -(-len(alone) // PER_ROW)) - ROW_GAP + MARGIN,
        nodes=tuple(
            Node(node, number, round(x[node, number] - WIDTH / 2), _top(number))
            for number, line in enumerate(spots)
            for node, _ in line
            if row[node] == number
        ),
        edges=tuple(_edges(spots, down, row, needs, x)),
        alone=tuple(
            Node(node, number := len(spots) + at // PER_ROW, _left(at % PER_ROW), _top(number))
            for at, node in enumerate(alone)
        ),
    )


def rows(nodes: Sequence[int], before: Mapping[int, Collection[int]]) -> dict[int, int]:
    """Node -> number of its row, at most PER_ROW in each: in the order given, but what much builds upon goes ahead."""
    opens = graph.inverse({node: before[node] for node in nodes})
    index = {node: number for number, node in enumerate(nodes)}
    sorted_nodes = _topological(nodes, before, opens)
    follows: dict[int, int] = {}
    for node in reversed(sorted_nodes):
        follows[node] = 1 + max((follows[other] for other in opens.get(node, ())), default=0)
    row: dict[int, int] = {}
    waiting = {node: len(before[node]) for node in nodes}
    ready = [node for node in nodes if not waiting[node]]
    number = 0
    while ready:
        ready.sort(key=lambda node: (index[node] - AHEAD * min(follows[node], FAR), index[node]))
        taken, ready = ready[:PER_ROW], ready[PER_ROW:]
        for node in taken:
            row[node] = number
            for other in opens.get(node, ()):
                waiting[other] -= 1
                if not waiting[other]:
                    ready.append(other)
        number += 1
    _Packing(row, before, opens).shorten()
    # Shortening may have emptied a row.
    place = {number: at for at, number in enumerate(sorted(set(row.values())))}
    return {node: place[number] for node, number in row.items()}


def _topological(
    nodes: Sequence[int], before: Mapping[int, Collection[int]], opens: Mapping[int, Collection[int]]
) -> list[int]:
    waiting = {node: len(before[node]) for node in nodes}
    found = [node for node in nodes if not waiting[node]]
    for node in found:
        for other in opens.get(node, ()):
            waiting[other] -= 1
            if not waiting[other]:
                found.append(other)
    return found


class _Packing:
    """Rows that are being changed, so that trunks become shorter."""

    def __init__(
        self, row: dict[int, int], before: Mapping[int, Collection[int]], opens: Mapping[int, Collection[int]]
    ) -> None:
        self.row, self.before, self.opens = row, before, opens
        self.filled: dict[int, list[int]] = {}
        for node, number in row.items():
            self.filled.setdefault(number, []).append(node)

    def shorten(self) -> None:
        """Moves nodes to rows near by, or has two change places, for as long as that helps."""
        for _ in range(PATIENCE):
            if not sum(self._moved(node) for node in self.row):
                break

    def _moved(self, node: int) -> bool:
        home, (first, last) = self.row[node], self._range(node)
        for number in range(max(first, home - REACH), min(last, home + REACH) + 1):
            if number == home:
                continue
            if len(self.filled[number]) < PER_ROW:
                if self._shorter({node: number}):
                    return True
                continue
            for other in self.filled[number]:
                first_of_other, last_of_other = self._range(other)
                if first_of_other <= home <= last_of_other and self._shorter({node: number, other: home}):
                    return True
        return False

    def _shorter(self, to: Mapping[int, int]) -> bool:
        """Whether it is better so; if not, all stays."""
        home = {node: self.row[node] for node in to}
        sources = {*to, *(earlier for node in to for earlier in self.before[node])}
        length = self._trunks(sources)
        self.row.update(to)
        if self._trunks(sources) >= length:
            self.row.update(home)
            return False
        for node in to:
            self.filled[home[node]].remove(node)
            self.filled[to[node]].append(node)
        return True

    def _range(self, node: int) -> tuple[int, int]:
        """The first and the last row in which a node may stand while the others stay."""
        first = max([self.row[other] + 1 for other in self.before[node]], default=0)
        return first, min([self.row[other] - 1 for other in self.opens.get(node, ())], default=len(self.filled) - 1)

    def _trunks(self, sources: Iterable[int]) -> int:
        return sum(
            max([self.row[other] for other in self.opens[node]]) - self.row[node]
            for node in sources
            if node in self.opens
        )


def _segments(row: Mapping[int, int], opens: Mapping[int, Collection[int]]) -> dict[Spot, list[Spot]]:
    """Spot -> the spots in the next row that a line leads to."""
    down: dict[Spot, list[Spot]] = {(node, number): [] for node, number in row.items()}
    for node, after in opens.items():
        last = max(row[other] for other in after)
        for number in range(row[node], last):
            line = down.setdefault((node, number), [])
            line += [(other, number + 1) for other in after if row[other] == number + 1]
            if number + 1 < last:
                line.append((node, number + 1))
    return down


def _in_rows(spots: Iterable[Spot], index: Mapping[int, int]) -> list[list[Spot]]:
    lines: dict[int, list[Spot]] = {}
    for spot in sorted(spots, key=lambda spot: index[spot[0]]):
        lines.setdefault(spot[1], []).append(spot)
    return [lines[number] for number in sorted(lines)]


def crossings(lines: Sequence[Sequence[Vertex]], down: Mapping[Vertex, Sequence[Vertex]]) -> int:
    total = 0
    for upper, lower in pairwise(lines):
        place = {vertex: at for at, vertex in enumerate(lower)}
        seen: list[int] = []
        for vertex in upper:
            ends = sorted([place[other] for other in down.get(vertex, ())])
            total += sum([len(seen) - bisect_right(seen, end) for end in ends])
            for end in ends:
                insort(seen, end)
    return total


def untangle(lines: Sequence[Sequence[Vertex]], down: Mapping[Vertex, Sequence[Vertex]]) -> list[list[Vertex]]:
    """The same rows in an order with fewer crossings, or as they were: sweeps by barycentre, then swaps."""
    names = [vertex for line in lines for vertex in line]
    number = {vertex: at for at, vertex in enumerate(names)}  # numbers are quicker to look up
    links = {number[vertex]: [number[other] for other in others] for vertex, others in down.items()}
    up = graph.inverse(links)
    order = best = [[number[vertex] for vertex in line] for line in lines]
    fewest, idle = crossings(best, links), 0
    for sweep in range(SWEEPS):
        if not fewest or idle == PATIENCE:
            break
        order = [list(line) for line in order]
        if sweep % 2:
            for at in range(len(order) - 2, -1, -1):
                _sort(order[at], order[at + 1], links)
        else:
            for at in range(1, len(order)):
                _sort(order[at], order[at - 1], up)
        _swap(order, up, links)
        count = crossings(order, links)
        idle += 1
        if count < fewest:
            best, fewest, idle = order, count, 0
    return [[names[at] for at in line] for line in best]


def _sort(line: list[int], beside: Sequence[int], near: Links) -> None:
    """By the mean place of the neighbours in the row beside; who has none there keeps its own."""
    place = {vertex: (at + 0.5) / len(beside) for at, vertex in enumerate(beside)}
    wanted = {}
    for at, vertex in enumerate(line):
        others = near.get(vertex)
        wanted[vertex] = sum([place[other] for other in others]) / len(others) if others else (at + 0.5) / len(line)
    line.sort(key=wanted.__getitem__)


def _swap(order: list[list[int]], up: Links, down: Links) -> None:
    """Swaps neighbours for as long as that saves crossings."""
    for number, line in enumerate(order):
        sides: list[dict[int, list[int]]] = []
        for beside, near in ((number - 1, up), (number + 1, down)):
            if 0 <= beside < len(order):
                place = {vertex: at for at, vertex in enumerate(order[beside])}
                sides.append({vertex: sorted([place[other] for other in near.get(vertex, ())]) for vertex in line})
        saved = True
        while saved:
            saved = False
            for at in range(len(line) - 1):
                left, right = line[at], line[at + 1]
                now = sum([_over(ends[left], ends[right]) for ends in sides])
                if now and now > sum([_over(ends[right], ends[left]) for ends in sides]):
                    line[at], line[at + 1] = right, left
                    saved = True


def _over(left: Sequence[int], right: Sequence[int]) -> int:
    """How many lines cross between two neighbours whose lines end at these places, sorted."""
    if not left or not right or left[-1] <= right[0]:
        return 0
    return sum([len(left) - bisect_right(left, end) for end in right])


def _settle(lines: list[list[Spot]], down: Mapping[Spot, Sequence[Spot]], row: Mapping[int, int]) -> dict[Spot, float]:
    """Spot -> x of its middle: near its neighbours' mean, trunks above all straight, no row wider than it must be."""
    spots = [spot for line in lines for spot in line]
    number = {spot: at for at, spot in enumerate(spots)}
    pulls: list[list[tuple[int, float]]] = [[] for _ in spots]
    for spot, others in down.items():
        for other in others:
            weight = (1.0, 2.0, 8.0)[(row[spot[0]] != spot[1]) + (row[other[0]] != other[1])]
            pulls[number[spot]].append((number[other], weight))
            pulls[number[other]].append((number[spot], weight))
    weights = [sum(weight for _, weight in pulled) for pulled in pulls]
    packed = [list(_offsets(line, row)) for line in lines]
    ends = [offsets[-1] + _half(line[-1], row) for line, offsets in zip(lines, packed, strict=True)]
    rooms = [max(ends) - end for end in ends]
    x = [at + room / 2 for offsets, room in zip(packed, rooms, strict=True) for at in offsets]
    starts = list(accumulate(map(len, lines), initial=0))
    numbers = range(len(lines))
    for _ in range(SETTLING):
        for at_line in (*numbers, *reversed(numbers)):
            members = range(starts[at_line], starts[at_line + 1])
            wanted = []
            for member, at in zip(members, packed[at_line], strict=True):
                moment = 0.0
                for near, weight in pulls[member]:
                    moment += x[near] * weight
                wanted.append(moment / weights[member] - at)
            settled = _rising(wanted, weights[members.start : members.stop])
            for member, at, moved in zip(members, packed[at_line], settled, strict=True):
                x[member] = at + min(max(moved, 0), rooms[at_line])
    return dict(zip(spots, x, strict=True))


def _offsets(line: Sequence[Spot], row: Mapping[int, int]) -> Iterator[float]:
    """The middle of each spot where the row is packed to the left."""
    half = [_half(spot, row) for spot in line]
    return accumulate((a + GAP + b for a, b in pairwise(half)), initial=MARGIN + half[0])


def _rising(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """What never falls and is nearest to the wanted in weighted squares: pool adjacent violators."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(wanted, weights, strict=True):
        pool = (value, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            mean, total, count = pools.pop()
            weight_of_both = total + pool[1]
            pool = ((mean * total + pool[0] * pool[1]) / weight_of_both, weight_of_both, count + pool[2])
        pools.append(pool)
    return [value for value, _, count in pools for _ in range(count)]


def _edges(
    spots: Sequence[Sequence[Spot]],
    down: Mapping[Spot, Sequence[Spot]],
    row: Mapping[int, int],
    before: Mapping[int, Sequence[int]],
    x: Mapping[Spot, float],
) -> Iterator[Edge]:
    up = graph.inverse(down)
    leave = {(spot, other): port for spot, others in down.items() for other, port in _ports(spot, others, row, x)}
    reach = {(other, spot): port for spot, others in up.items() for other, port in _ports(spot, others, row, x)}
    for (upper, lower), port in leave.items():
        if abs(port - reach[upper, lower]) < LEEWAY:  # a line alone at its end stands straight
            if len(up[lower]) == 1 and row[lower[0]] == lower[1]:
                reach[upper, lower] = port
            elif len(down[upper]) == 1 and row[upper[0]] == upper[1]:
                leave[upper, lower] = reach[upper, lower]
    for line in spots:
        for node, number in line:
            for earlier in before[node] if row[node] == number else ():
                stops = [*((earlier, at) for at in range(row[earlier], number)), (node, number)]
                path = ""
                for upper, lower in pairwise(stops):
                    x0, x1 = round(leave[upper, lower]), round(reach[upper, lower])
                    y0, y1 = _top(upper[1]) + HEIGHT, _top(lower[1])
                    path += f"V{y0}" if path else f"M{x0} {y0}"
                    middle = (y0 + y1) // 2
                    path += f"V{y1}" if x0 == x1 else f"C{x0} {middle} {x1} {middle} {x1} {y1}"
                yield Edge(earlier, node, path)


def _ports(
    spot: Spot, others: Sequence[Spot], row: Mapping[int, int], x: Mapping[Spot, float]
) -> Iterator[tuple[Spot, float]]:
    """Where lines to these leave or reach the spot: side by side at a node, all in one on a trunk."""
    step = min(PORT, WIDTH * 0.7 / len(others)) if others and row[spot[0]] == spot[1] else 0
    for at, other in enumerate(sorted(others, key=x.__getitem__)):
        yield other, x[spot] + (at - (len(others) - 1) / 2) * step


def _half(spot: Spot, row: Mapping[int, int]) -> float:
    return WIDTH / 2 if row[spot[0]] == spot[1] else 0


def _top(number: int) -> int:
    return MARGIN + number * (HEIGHT + ROW_GAP)


def _left(column: int) -> int:
    return MARGIN + column * (WIDTH + GAP)
