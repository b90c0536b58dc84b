"""Holds docs/architecture.md, "Who may import whom", by reading the imports."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "web": set(),
    "roadmap": {"web"},
    "accounts": {"web"},
    "progress": {"roadmap", "web"},
    "curation": {"progress", "roadmap", "web"},
    "config": {"web", "roadmap", "accounts", "progress", "curation"},
}
PURE = {
    *("roadmap.graph", "roadmap.layout", "roadmap.search", "roadmap.tree"),
    *("progress.drawing", "progress.journey", "progress.lettering", "progress.planner", "progress.recall"),
}
CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "localtime", "localdate", "gmtime"}

# Inside an app a module imports from its own layer or from an earlier one.
LAYERS = ({"validators", "querysets"}, {"models"}, {"forms"}, {"views"}, {"urls"})
LAYER = {name: number for number, names in enumerate(LAYERS) for name in names}


def names_type_checking(test: ast.expr) -> bool:
    return "TYPE_CHECKING" in (getattr(test, "id", ""), getattr(test, "attr", ""))


def nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All of them but those that only type checkers see."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and names_type_checking(node.test):
            for other in node.orelse:
                yield from (other, *nodes(other))
        else:
            yield node
            yield from nodes(node)


def imports(source: str, package: str) -> set[str]:
    """Dotted names of what is imported; `from a import b` gives a and a.b, as b may be a module."""
    found = set()
    for node in nodes(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*parents, *filter(None, [node.module])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return found


@cache
def modules() -> dict[str, set[str]]:
    found = {}
    for app in MAY_IMPORT:
        for path in sorted((ROOT / app).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            package = ".".join(parts[:-1])
            name = package if parts[-1] == "__init__" else ".".join(parts)
            found[name] = imports(path.read_text(), package)
    return found


def app_of(name: str) -> str:
    return name.partition(".")[0]


def test_every_package_of_ours_has_its_arrows() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {"tests", "bench", "chaos", "scale", "security"} == set(MAY_IMPORT)


def test_apps_import_only_what_they_may() -> None:
    wrong = {
        f"{name} imports {imported}"
        for name, found in modules().items()
        for imported in found
        if app_of(imported) in MAY_IMPORT and app_of(imported) not in MAY_IMPORT[app_of(name)] | {app_of(name)}
    }
    assert wrong == set()


def test_inside_an_app_layers_look_down() -> None:
    wrong = set()
    for name, found in modules().items():
        for imported in found:
            mine, theirs = name.split("."), imported.split(".")
            if mine[0] != theirs[0] or len(mine) < 2 or len(theirs) < 2:
                continue
            layers = LAYER.get(mine[1]), LAYER.get(theirs[1])
            if None not in layers and layers[0] < layers[1]:
                wrong.add(f"{name} imports {imported}")
    assert wrong == set()


@pytest.mark.parametrize("name", sorted(PURE))
def test_pure_modules_know_neither_database_nor_clock(name: str) -> None:
    beyond = {
        imported
        for imported in modules()[name]
        if app_of(imported) in {*MAY_IMPORT, "django"}
        and not imported.startswith("django.utils.safestring")
        and not any(imported == pure or imported.startswith(f"{pure}.") for pure in PURE)
        and imported not in MAY_IMPORT  # `from roadmap import tree` names the package, too
    }
    assert beyond == set()
    tree = ast.parse((ROOT / f"{name.replace('.', '/')}.py").read_text())
    calls = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert {getattr(call, "attr", getattr(call, "id", "")) for call in calls} & CLOCKS == set()


def test_the_reader_of_imports_sees_them_all() -> None:
    source = """
from typing import TYPE_CHECKING
import a.b
from c import d
from . import e
from .. import f
from .g import h
if TYPE_CHECKING:
    import only.types
else:
    import i
def later():
    import j
"""
    assert imports(source, "x.y") == {
        *("typing", "typing.TYPE_CHECKING", "a.b", "c", "c.d", "x.y", "x.y.e"),
        *("x", "x.f", "x.y.g", "x.y.g.h", "i", "j"),
    }
