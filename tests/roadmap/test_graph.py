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
