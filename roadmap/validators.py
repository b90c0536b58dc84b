"""Rules of content in words, shared by the models' clean, the admin and the importer."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from roadmap import graph

web_address = URLValidator(
    schemes=["http", "https"], message="Write a whole address, such as https://example.org/page."
)


def lines(value: Any) -> None:
    """A list of short texts, none of them empty."""
    if not isinstance(value, list) or not all(isinstance(line, str) and line.strip() for line in value):
        raise ValidationError("Write a list of texts, one a line, none of them empty.")


def acyclic(edges: Mapping[int, Iterable[int]], titles: Mapping[int, str]) -> None:
    """Prerequisites must lead somewhere: refuses a cycle with a sentence that names it.

    edges: skill id -> ids of the skills to know first. titles: skill id -> title.
    """
    found = graph.cycle({node: list(earlier) for node, earlier in edges.items()})
    if found:
        path = " needs ".join(f"“{titles[node]}”" for node in found)
        raise ValidationError(f"These prerequisites go round in a circle: {path}. Take one of them out.", code="cycle")


def pick_from(group: str, skills: Sequence[str]) -> None:
    """A choice needs two at least. skills: titles of what the group shows."""
    if len(skills) < 2:
        there = f"only “{skills[0]}”" if skills else "no skill"
        raise ValidationError(
            f"“{group}” would have {there} to pick from. Place two skills in it at least, or set its rule to “all”.",
            code="choice",
        )
