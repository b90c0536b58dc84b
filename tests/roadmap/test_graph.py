import itertools

from hypothesis import given
from hypothesis import strategies as st

from roadmap import graph

NODES = st.integers(0, 7)
GRAPHS = st.dictionaries(NODES, st.lists(NODES, max_size=4, unique=True), max_size=8)


def test_no_cycle() -> None:
    assert graph.cycle({"c": ["b", "a"], "b": ["a"], "a": []}) is None


def test_a_cycle_is_named_as_a_path_that_ends_where_it_began() -> None:
    assert graph.cycle({"x": ["a"], "a": ["b"], "b": ["c"], "c": ["a"]}) == ["a", "b", "c", "a"]


def test_a_node_before_itself_is_a_cycle() -> None:
    assert graph.cycle({"a": ["a"]}) == ["a", "a"]


def test_a_long_chain_needs_no_deep_stack() -> None:
    assert graph.cycle({n: [n + 1] for n in range(50_000)}) is None


@given(GRAPHS)
def test_a_found_cycle_follows_edges(before: dict[int, list[int]]) -> None:
    found = graph.cycle(before)
    if found:
        assert found[0] == found[-1]
        assert all(later in before[earlier] for earlier, later in itertools.pairwise(found))


@given(GRAPHS)
def test_no_cycle_means_that_there_is_an_order(before: dict[int, list[int]]) -> None:
    """Kahn's algorithm as the other witness."""
    nodes = set(before) | {node for earlier in before.values() for node in earlier}
    settled: set[int] = set()
    while ready := {node for node in nodes - settled if set(before.get(node, ())) <= settled}:
        settled |= ready
    assert (graph.cycle(before) is None) == (settled == nodes)


def test_inverse_says_what_a_node_opens() -> None:
    assert graph.inverse({"b": ["a"], "c": ["a", "b"]}) == {"a": ["b", "c"], "b": ["c"]}


def test_what_comes_before_goes_right_ahead_where_it_is_late() -> None:
    before = {"b": ["a"], "d": ["g", "c"], "g": ["f"]}
    assert graph.ordered("abcdefg", before) == ["a", "b", "c", "f", "g", "d", "e"]


def test_only_what_is_among_the_nodes_is_ordered() -> None:
    assert graph.ordered("ba", {"b": ["x"], "x": ["a"]}) == ["b", "a"]


def test_a_long_chain_is_ordered_without_a_deep_stack() -> None:
    assert graph.ordered(range(50_000), {n: [n + 1] for n in range(50_000)}) == list(range(50_000))[::-1]


@given(GRAPHS, st.permutations(range(8)))
def test_every_node_is_ordered_once_even_on_a_cycle(before: dict[int, list[int]], nodes: list[int]) -> None:
    found = graph.ordered(nodes, before)
    assert sorted(found) == sorted(nodes)
    if not graph.cycle(before):
        assert all(found.index(earlier) < found.index(node) for node, needs in before.items() for earlier in needs)
