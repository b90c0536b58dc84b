import itertools
import re
import time

from hypothesis import given
from hypothesis import strategies as st

from roadmap import layout
from roadmap.layout import GAP, HEIGHT, PER_ROW, WIDTH, Layout, Node

Before = dict[int, list[int]]


@st.composite
def graphs(draw: st.DrawFn) -> Before:
    """Without cycles: what comes before a node has a smaller number; the order of the nodes is any."""
    nodes = draw(st.permutations(range(draw(st.integers(0, 24)))))
    return {node: draw(st.lists(st.integers(0, node - 1), unique=True, max_size=4)) if node else [] for node in nodes}


def drawn(before: Before) -> Layout:
    return layout.of(list(before), before)


def rows_of(result: Layout) -> dict[int, Node]:
    return {node.id: node for node in (*result.nodes, *result.alone)}


def apart(one: Node, other: Node) -> bool:
    return abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) >= HEIGHT


@given(graphs())
def test_every_node_is_placed_once_and_none_over_another(before: Before) -> None:
    result = drawn(before)
    nodes = [*result.nodes, *result.alone]
    assert sorted(node.id for node in nodes) == sorted(before)
    assert all(apart(one, other) for one, other in itertools.combinations(nodes, 2))
    assert all(0 <= node.x <= result.width - WIDTH and 0 <= node.y <= result.height - HEIGHT for node in nodes)


@given(graphs())
def test_every_edge_leads_down(before: Before) -> None:
    result = drawn(before)
    at = rows_of(result)
    assert sorted((edge.before, edge.after) for edge in result.edges) == sorted(
        (earlier, node) for node, needs in before.items() for earlier in needs
    )
    assert all(at[edge.before].row < at[edge.after].row for edge in result.edges)


@given(graphs())
def test_lines_start_and_end_at_their_nodes(before: Before) -> None:
    result = drawn(before)
    at = rows_of(result)
    for edge in result.edges:
        assert re.fullmatch(r"M\d+ \d+(V\d+|C\d+ \d+ \d+ \d+ \d+ \d+)+", edge.path)
        start, end = at[edge.before], at[edge.after]
        x0, y0 = map(int, re.findall(r"\d+", edge.path)[:2])
        y1 = int(re.findall(r"\d+", edge.path)[-1])
        curves = re.findall(r"C\d+ \d+ \d+ \d+ (\d+) \d+", edge.path)
        x1 = int(curves[-1]) if curves else x0
        assert (y0, y1) == (start.y + HEIGHT, end.y)
        assert start.x <= x0 <= start.x + WIDTH
        assert end.x <= x1 <= end.x + WIDTH


@given(graphs())
def test_no_line_runs_through_a_node(before: Before) -> None:
    """Between rows lines are curves; within a row they stand upright, beside the nodes."""
    result = drawn(before)
    for edge in result.edges:
        x, y = map(int, re.findall(r"\d+", edge.path)[:2])
        for command, numbers in re.findall(r"([VC])([\d ]+)", edge.path):
            *_, x_end, y_end = [x, *map(int, numbers.split())] if command == "V" else map(int, numbers.split())
            over = [n for n in result.nodes if y < n.y + HEIGHT and n.y < y_end and n.x < x_end < n.x + WIDTH]
            assert command == "C" or over == []
            x, y = x_end, y_end


@given(graphs())
def test_rows_take_a_few_nodes_only(before: Before) -> None:
    numbers = [node.row for node in rows_of(drawn(before)).values()]
    assert all(numbers.count(number) <= PER_ROW for number in numbers)


@given(graphs())
def test_the_same_input_gives_the_same_drawing(before: Before) -> None:
    assert drawn(before) == drawn(before)


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=5).flatmap(
        lambda sizes: st.tuples(st.just(sizes), st.lists(st.booleans(), min_size=200, max_size=200))
    )
)
def test_sweeps_never_end_with_more_crossings(drawing: tuple[list[int], list[bool]]) -> None:
    sizes, flips = drawing
    lines = [[(row, at) for at in range(size)] for row, size in enumerate(sizes)]
    flip = iter(flips)
    down = {
        vertex: [other for other in below if next(flip, False)]
        for line, below in itertools.pairwise([*lines, []])
        for vertex in line
    }
    swept = layout.untangle(lines, down)
    assert [sorted(line) for line in swept] == lines
    assert layout.crossings(swept, down) <= layout.crossings(lines, down)
    assert layout.crossings(lines, down) == counted_by_hand(lines, down)


def counted_by_hand(lines: list[list[tuple[int, int]]], down: dict[tuple[int, int], list[tuple[int, int]]]) -> int:
    ends = [(start, end) for line in lines for start in line for end in down[start]]
    return sum(
        one[0][0] == other[0][0] and (one[0][1] - other[0][1]) * (one[1][1] - other[1][1]) < 0
        for one, other in itertools.combinations(ends, 2)
    )


def test_a_tangle_is_untangled() -> None:
    down = {"a": ["z"], "b": ["y"], "c": ["x"]}
    assert layout.crossings([["a", "b", "c"], ["x", "y", "z"]], down) == 3
    assert layout.crossings(layout.untangle([["a", "b", "c"], ["x", "y", "z"]], down), down) == 0


def test_a_chain_stands_straight() -> None:
    result = drawn({1: [], 2: [1], 3: [2]})
    assert [node.row for node in result.nodes] == [0, 1, 2]
    assert len({node.x for node in result.nodes}) == 1
    assert all("C" not in edge.path for edge in result.edges)


def test_a_node_waits_near_what_it_opens() -> None:
    """6 opens only 5, at the end of a chain: it stands in the row above, not in the first."""
    before = {1: [], 2: [1], 3: [2], 4: [3], 5: [4, 6], 6: []}
    assert layout.rows(list(before), before) == {1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 3}


def test_those_without_edges_stand_in_a_block_below() -> None:
    result = drawn({1: [], 2: [1], **{node: [] for node in range(3, 3 + PER_ROW + 2)}})
    assert [node.id for node in result.nodes] == [1, 2]
    assert [node.row for node in result.alone] == [2] * PER_ROW + [3, 3]
    first = result.alone[:PER_ROW]
    assert {right.x - left.x for left, right in itertools.pairwise(first)} == {WIDTH + GAP}
    assert all(node.y > max(other.y for other in result.nodes) for node in result.alone)


def test_nothing_is_a_drawing_too() -> None:
    result = drawn({})
    assert (result.nodes, result.edges, result.alone) == ((), (), ())


def test_many_nodes_are_laid_out_quickly() -> None:
    """Nothing may grow with the square: 600 nodes that build on those shortly before them."""
    before = {n: list({n - 1 - n * 7 % 20, n - 1 - n * 3 % 20} & set(range(n))) for n in range(600)}
    start = time.process_time()
    assert len(drawn(before).nodes) > 500
    assert time.process_time() - start < 5


def test_a_row_that_is_emptied_leaves_no_gap() -> None:
    before: dict[int, list[int]] = {9: [4, 5, 7], 4: [0, 1, 2, 3], 8: [0, 6]} | {n: [] for n in (2, 3, 5, 6, 7, 1, 0)}
    assert {
        node.id for node in layout.of(tuple(before), {pk: tuple(edges) for pk, edges in before.items()}).nodes
    } == set(before)
