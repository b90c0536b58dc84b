"""Walks over directed graphs, given as node -> the nodes that come before it. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

Node = TypeVar("Node")


def cycle(before: Mapping[Node, Collection[Node]]) -> list[Node] | None:
    """One cycle as a path whose last node is its first again, or None. Linear in nodes and edges."""
    finished: set[Node] = set()
    for start in before:
        if start in finished:
            continue
        path, on_path = [start], {start}
        pending = [iter(before.get(start, ()))]
        while pending:
            following = next(pending[-1], None)
            if following is None:
                pending.pop()
                node = path.pop()
                on_path.discard(node)
                finished.add(node)
            elif following in on_path:
                return [*path[path.index(following) :], following]
            elif following not in finished:
                path.append(following)
                on_path.add(following)
                pending.append(iter(before.get(following, ())))
    return None


def ordered(nodes: Iterable[Node], before: Mapping[Node, Iterable[Node]]) -> list[Node]:
    """The nodes as given, except that those of them that come before another go right ahead of it, where they are late.

    A node leaves its turn for the sake of another only. Taking one away that needs none of them leaves the others in
    the order that they had. Linear in nodes and edges.
    """
    waiting = dict.fromkeys(nodes)
    found: list[Node] = []
    for start in list(waiting):
        if start not in waiting:
            continue
        del waiting[start]
        path = [(start, iter(before.get(start, ())))]
        while path:
            node, earlier = path[-1]
            following = next((other for other in earlier if other in waiting), None)
            if following is None:
                path.pop()
                found.append(node)
            else:
                del waiting[following]
                path.append((following, iter(before.get(following, ()))))
    return found


def inverse(before: Mapping[Node, Collection[Node]]) -> dict[Node, list[Node]]:
    """Node -> the nodes that it opens, in the order of the given mapping."""
    opens: dict[Node, list[Node]] = {}
    for node, earlier in before.items():
        for other in earlier:
            opens.setdefault(other, []).append(node)
    return opens


def reachable(start: Node, edges: Mapping[Node, Collection[Node]]) -> set[Node]:
    """All that these edges lead to from there; start is not in it unless they lead back."""
    found: set[Node] = set()
    pending = [start]
    while pending:
        for node in edges.get(pending.pop(), ()):
            if node not in found:
                found.add(node)
                pending.append(node)
    return found
