"""One object of a file, read value by value: each is checked, or it is said what is wrong and where."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError

from progress import validators
from web import strict

EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2199, 12, 31)

T = TypeVar("T")


class Wrong(Exception):
    """The file is refused; the message says where and why, in words for the learner."""


class Entry:
    """One object of the file. Each method reads one value of it, or says what is wrong there."""

    def __init__(self, place: str, values: object, now: dt.datetime) -> None:
        if not isinstance(values, dict):
            raise Wrong(f"{place}: this must be an object with names and values.")
        self.place, self.values, self.now = place, values, now

    def wrong(self, name: str, sentence: str) -> Wrong:
        return Wrong(f"{self.place}, {name}: {sentence}" if self.place else f"{name}: {sentence}")

    def text(self, name: str, most: int) -> str:
        value = self.values.get(name)
        if not isinstance(value, str):
            raise self.wrong(name, "a text is missing here." if value is None else "this must be a text.")
        if len(value) > most:
            raise self.wrong(name, f"this has {len(value):,} characters; {most:,} is the most.")
        if flaw := strict.flaw(value):
            raise self.wrong(name, flaw)
        return value

    def field(self, name: str, field: Any) -> Any:
        """What the model's own field accepts; none of these is longer than its address of evidence."""
        value: object = self.text(name, 500).strip()
        try:
            return field.clean(value, None)
        except ValidationError as error:
            known = ", ".join(str(choice) for choice, _ in field.flatchoices)
            sentence = f"“{value}” is none of {known}." if known else " ".join(error.messages)
            raise self.wrong(name, sentence) from None

    def words(self, name: str, most: int) -> str:
        """Of several lines, tidied as a form does it."""
        return validators.tidy(self.text(name, most))

    def boolean(self, name: str) -> bool:
        value = self.values.get(name)
        if not isinstance(value, bool):
            raise self.wrong(name, "this must be true or false.")
        return value

    def count(self, name: str, least: int = 1, most: int = 1_000_000_000) -> int:
        value = self.values.get(name)
        if type(value) is not int or not least <= value <= most:
            raise self.wrong(name, f"this must be a whole number from {least} to {most:,}.")
        return value

    def share(self, name: str, least: float, most: float) -> float:
        value = self.values.get(name)
        if type(value) is not float or not least <= value <= most:
            raise self.wrong(name, f"this must be a number from {least} to {most}.")
        return value

    def uid(self, name: str) -> uuid.UUID:
        try:
            return uuid.UUID(self.text(name, 45))
        except ValueError:
            raise self.wrong(name, "this must be a uid such as 2f1d9c1e-7c5b-4d0a-9f53-0a4c1b2d3e4f.") from None

    def moment(self, name: str) -> dt.datetime:
        """In UTC; from a clock that is up to a day ahead it is taken as now."""
        try:
            value = dt.datetime.fromisoformat(self.text(name, 40))
        except ValueError:
            value = None
        if value is None or value.tzinfo is None:
            raise self.wrong(name, "this must be a date and time such as 2026-05-03T17:20:00.000000Z.")
        if value < EARLIEST:
            raise self.wrong(name, "this is before the year 2000.")
        if value > self.now + DAY:
            raise self.wrong(name, "this is in the future.")
        return min(value, self.now).astimezone(dt.UTC)

    def day(self, name: str, at: dt.datetime) -> dt.date:
        try:
            value = dt.date.fromisoformat(self.text(name, 10))
        except ValueError:
            raise self.wrong(name, "this must be a day such as 2026-05-03.") from None
        if abs(value - at.date()) > DAY:
            raise self.wrong(name, f"nowhere is it this day at {at:%Y-%m-%d %H:%M} UTC.")
        return value

    def date(self, name: str) -> dt.date:
        """Any day that a plan may name."""
        return self.dated(name, self.text(name, 10))

    def dated(self, name: str, text: object) -> dt.date:
        try:
            value = dt.date.fromisoformat(str(text))
        except ValueError:
            value = dt.date.min
        if not FIRST_DAY <= value <= LAST_DAY:
            raise self.wrong(name, "this must be a day such as 2026-05-03, from 2000 to 2199.")
        return value

    def pairs(self, name: str, most: int) -> list[tuple[object, object]]:
        value = self.values.get(name)
        if not isinstance(value, list) or not all(isinstance(each, list) and len(each) == 2 for each in value):
            raise self.wrong(name, "this must be a list of pairs.")
        if len(value) > most:
            raise self.wrong(name, f"{most} is the most.")
        return [(one, other) for one, other in value]

    def maybe(self, name: str, read: Callable[[str], T]) -> T | None:
        return None if self.values.get(name) is None else read(name)
