"""Texts and JSON from outside: what readers differ about is refused, in words."""

import json
from typing import Any, NoReturn

MOST_DIGITS = 18


class Unclear(ValueError):
    """The message says what readers would differ about."""


def loads(text: str | bytes) -> Any:
    """JSON. Raises json.JSONDecodeError with the place, too, and RecursionError for what nobody has measured before."""
    return json.loads(
        text, object_pairs_hook=_names_once, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
    )


def flaw(text: str) -> str:
    """What no database of ours takes, or nothing."""
    if "\0" in text:
        return "a null character is not allowed."
    try:
        text.encode()
    except UnicodeEncodeError:
        return "half of a surrogate pair is no character."
    return ""


def _names_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unclear(f"The name {json.dumps(twice[:40])} stands twice in one object.")
    return values


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > MOST_DIGITS:
        raise Unclear(f"A number with more than {MOST_DIGITS} digits stands in this file.")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise Unclear("A number in this file is too large.")
    return value


def _constant(name: str) -> NoReturn:
    raise Unclear(f"{name} is no number.")
