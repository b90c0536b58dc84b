"""From files to rows, every value looked at. Nothing is looked up in the database."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from roadmap import entries
from roadmap.entries import KINDS, Entry, Key
from web import strict

MOST_BYTES = 20 * 2**20
MOST_PROBLEMS = 20
WANTED = {models.DateTimeField: "this must be a moment such as 2026-05-03T17:20:00Z."}


class Wrong(Exception):
    """The files are refused. Each problem says in which file, at which entry, and why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems[:MOST_PROBLEMS]))
        self.problems = problems[:MOST_PROBLEMS]


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a file."""

    where: str
    entry: Entry

    @property
    def name(self) -> str:
        return str(next(filter(None, map(self.entry.get, ("title", "question", "text", "slug"))), self.where))


def parse(files: Mapping[str, bytes]) -> dict[Key, Row]:
    """By file name. Nothing is looked up in the database."""
    problems: list[str] = []
    found: dict[Key, Row] = {}
    kinds: dict[uuid.UUID, str] = {}
    for name, data in files.items():
        for number, raw in enumerate(_listed(name, data), start=1):
            where = f"{name}, entry {number}"
            try:
                kind, uid, entry = _entry(raw)
            except ValueError as error:
                problems.append(f"{where}: {error}")
                continue
            if uid in kinds:
                problems.append(f"{where}: the uid {uid} stands in these files twice.")
            kinds[uid] = kind
            found[kind, uid] = Row(where, entry)
    if problems:
        raise Wrong(problems)
    return found


def _listed(name: str, data: bytes) -> list[Any]:
    if len(data) > MOST_BYTES:
        raise Wrong([f"{name}: the file is too large; {MOST_BYTES // 2**20} MB is the most."])
    try:
        found = strict.loads(data)
    except (ValueError, RecursionError) as error:
        raise Wrong([f"{name}: this is no JSON that can be read: {error}"]) from None
    if not isinstance(found, list):
        raise Wrong([f"{name}: this must be a list of entries."])
    return found


def _entry(raw: Any) -> tuple[str, uuid.UUID, Entry]:
    """Raises ValueError with what is wrong, in words."""
    values = raw.get("fields") if isinstance(raw, dict) else None
    if not isinstance(values, dict) or not isinstance(raw.get("model"), str):
        raise ValueError("an entry is an object with model and fields.")
    app, _, kind = raw["model"].partition(".")
    if app != "roadmap" or kind not in KINDS:
        raise ValueError(f"there is no content of the kind “{raw['model'][:60]}”.")
    try:
        uid = uuid.UUID(values["uid"])
    except (KeyError, ValueError, AttributeError, TypeError):
        raise ValueError("its uid is missing, or is none.") from None
    own = {field.name: field for field in KINDS[kind]._meta.concrete_fields if field.name != "id"}
    entry: Entry = {}
    for name, value in values.items():
        if name == "prerequisites" and kind == "skill":
            entry[name] = sorted(_uid(each) for each in value) if isinstance(value, list) else _uid(value)
        elif name not in own or name == "version":
            raise ValueError(f"a {kind} has no field “{name[:60]}”.")
        elif name != "uid":
            entry[name] = _value(own[name], value)
    if missing := [name for name, field in own.items() if field.is_relation and name not in entry]:
        raise ValueError(f"it does not say its {missing[0]}.")
    return kind, uid, entry


def _value(field: Any, value: Any) -> Any:
    if field.is_relation:
        return _uid(value)
    try:
        _typed(field, value)
        return entries.plain(field.clean(value, None))
    except ValidationError as error:
        raise ValueError(f"{field.name}: {' '.join(error.messages)}") from None
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{field.name}: {error}") from None


def _typed(field: Any, value: Any) -> None:
    """Django takes a 5 for a text and a "7" for a number; a file means what it says."""
    match field:
        case models.BooleanField():
            right = isinstance(value, bool)
        case models.IntegerField():
            right = type(value) is int
        case models.DateTimeField():
            right = value is None or _is_moment(value)
        case models.CharField() | models.TextField():
            right = isinstance(value, str)
        case _:
            right = True
    if not right:
        raise ValueError(WANTED.get(type(field), "a value of another kind goes here."))
    if isinstance(value, str):
        _text(field, value)


def _text(field: Any, value: str) -> None:
    if flaw := strict.flaw(value):
        raise ValueError(flaw)
    if field.max_length and len(value) > field.max_length:
        raise ValueError(f"this has {len(value):,} characters; {field.max_length:,} is the most.")
    if not field.blank and not value.strip():
        raise ValueError("this must not be empty.")


def _is_moment(value: Any) -> bool:
    """One that is the same everywhere, and that UTC has, too."""
    try:
        dt.datetime.fromisoformat(value).astimezone(dt.UTC)
    except (TypeError, ValueError, OverflowError):
        return False
    return dt.datetime.fromisoformat(value).tzinfo is not None


def _uid(value: Any) -> str:
    """As Django writes it, [uid], or alone."""
    try:
        return str(uuid.UUID(value[0] if isinstance(value, list) and len(value) == 1 else value))
    except (ValueError, AttributeError, TypeError):
        raise ValueError(f"“{str(value)[:60]}” is no uid.") from None
