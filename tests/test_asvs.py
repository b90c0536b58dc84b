"""Holds docs/asvs.md to the tests and files that there are, to its count and to what it says not to be there."""

import re

from accounts import validators
from tests.test_trust import ROOT, named_in, names

PAGE = (ROOT / "docs/asvs.md").read_text()
NUMBER = r"\d+\.\d+\.\d+"
BEFORE, TABLES = PAGE.split("## V1 ")
PARTLY = re.findall(rf"^\| ({NUMBER}) \|", BEFORE.split("## Does not")[0], re.MULTILINE)
WITHOUT = re.findall(NUMBER, "".join(re.findall(r"^\| [\d., ]+ \|", BEFORE.split("## Does not")[1], re.MULTILINE)))
ANSWERED = dict(re.findall(rf"^\| ({NUMBER}) \| [^|]+ \| (.+) \|$", TABLES, re.MULTILINE))

# How many requirements of levels 1 and 2 each section of version 5.0.0 has; they stand first in it, level 3 follows.
SECTIONS = {
    1: {1: 2, 2: 9, 3: 11, 4: 3, 5: 2},
    2: {1: 3, 2: 3, 3: 4, 4: 1},
    3: {2: 2, 3: 4, 4: 6, 5: 5, 7: 2},
    4: {1: 3, 2: 1, 3: 2, 4: 4},
    5: {1: 1, 2: 3, 3: 2, 4: 3},
    6: {1: 3, 2: 12, 3: 4, 4: 4, 5: 5, 6: 3, 8: 4},
    7: {1: 3, 2: 4, 3: 2, 4: 5, 5: 2, 6: 2},
    8: {1: 2, 2: 3, 3: 1, 4: 1},
    9: {1: 3, 2: 4},
    10: {1: 2, 2: 2, 3: 4, 4: 11, 5: 5, 6: 2, 7: 3},
    11: {1: 2, 2: 3, 3: 3, 4: 4, 5: 1, 6: 1},
    12: {1: 3, 2: 2, 3: 4},
    13: {1: 1, 2: 5, 3: 2, 4: 5},
    14: {1: 2, 2: 4, 3: 3},
    15: {1: 3, 2: 3, 3: 7},
    16: {1: 1, 2: 5, 3: 4, 4: 3, 5: 3},
    17: {1: 1, 2: 4, 3: 2},
}
ABSENT = {
    "py": r"\b(eval|exec|Template|RawSQL|from_string)\(|\.(raw|extra)\(|(?<!self|DRAG)\.format\(|shell=True"
    r"|\b(pickle|ldap|lxml|ElementTree|minidom|yaml)\b",
    "js": r"\.innerHTML|outerHTML *=|insertAdjacentHTML|document\.write|\beval\(|new Function|postMessage|__proto__",
}


def test_every_requirement_is_answered_or_does_not_apply() -> None:
    wanted = {
        f"{chapter}.{section}.{number}"
        for chapter, sections in SECTIONS.items()
        for section, last in sections.items()
        for number in range(1, last + 1)
    }
    assert sorted([*ANSWERED, *WITHOUT]) == sorted(wanted)
    assert [number for number, answer in ANSWERED.items() if "`" not in answer] == []
    assert [number for number, answer in ANSWERED.items() if answer.startswith("in part")] == PARTLY
    said = f"The {len(ANSWERED)} of the {len(wanted)} requirements"
    assert said in PAGE
    assert f"{len(ANSWERED) - len(PARTLY)} hold, {len(PARTLY)} in part." in PAGE


def test_every_test_and_file_that_it_names_is_there() -> None:
    named = named_in(PAGE)
    assert len(named) > 200
    assert [f"{path}::{name}" for path, name in named if name not in names(path)] == []
    files = re.findall(
        r"`([\w.-]+(?:/[\w.-]+)+|Makefile|Dockerfile|\.dockerignore|[\w-]+\.(?:md|toml|yaml|lock))`", PAGE
    )
    assert len(files) > 50
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_what_is_said_not_to_be_there_is_not() -> None:
    sources = [
        path
        for folder in ("accounts", "config", "curation", "progress", "roadmap", "web", "static/js")
        for path in (ROOT / folder).rglob("*")
        if path.suffix[1:] in ABSENT
    ]
    assert len(sources) > 150
    found = {str(path): match[0] for path in sources if (match := re.search(ABSENT[path.suffix[1:]], path.read_text()))}
    assert found == {}


def test_the_rules_page_names_the_words_that_are_refused() -> None:
    rules = " ".join((ROOT / "docs/security.md").read_text().split())
    assert ", ".join(validators.OwnWordsValidator.words) in rules
