"""Holds docs/trust.md to the tests that there are, and to naming every case."""

import ast
import re
from functools import cache
from pathlib import Path

from chaos import faults, plays

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/trust.md").read_text()
CASES = {"A": 30, "B": 11, "C": 10, "I": 10, "X": 11, "R": 9, "L": 3, "U": 3, "E": 8, "D": 9, "G": 21}

NAMED = re.compile(r"`((?:tests|chaos)/[\w/]+\.py)?::(\w+)`")


def named_in(page: str) -> list[tuple[str, str]]:
    """File and name of each; one without a file is in the one named before it."""
    named, path = [], ""
    for file, name in NAMED.findall(page):
        path = file or path
        named.append((path, name))
    return named


@cache
def names(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_every_test_that_it_names_is_there() -> None:
    named = named_in(PAGE)
    assert len(named) > 100
    assert [f"{path}::{name}" for path, name in named if name not in names(path)] == []


def test_make_chaos_plays_what_it_names() -> None:
    played = (*faults.EVERYWHERE, *faults.ON_SQLITE, *faults.ON_POSTGRESQL, *plays.EVERYWHERE)
    assert {name for path, name in named_in(PAGE) if path.startswith("chaos/")} == {each.__name__ for each in played}


def test_every_case_has_its_row() -> None:
    rows = re.findall(r"^\| ([A-Z]\d+) \|.*(?:`(?:tests|chaos)/.*|open) \|$", PAGE, re.MULTILINE)
    cases = [f"{letter}{number}" for letter, last in CASES.items() for number in range(1, last + 1)]
    assert rows == cases
