"""Files beside the database, three-way: what a file had last tells its change from one that a curator made."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from roadmap import entries
from roadmap.entries import KINDS, Entry, Key
from roadmap.library.reading import Row, Wrong
from roadmap.models import LibraryEntry

# How things stand: a file says it of rows that are new here, and is not heard on others.
STANDING = {"is_published", "published_at", "publish_at", "is_draft", "updated_at", "checked_on"}
# Left out of a file where there is nothing to say.
SPARING = {"retired_at", "checked_on", "is_draft", "publish_at"}


class Verdict(StrEnum):
    TAKEN = "taken"
    """Only the file changed it."""
    KEPT = "kept"
    """Only a curator changed it."""
    CONFLICT = "conflict"
    """Both did: the curator's stays, unless the file's side is asked for."""


@dataclass(frozen=True, slots=True)
class Field:
    key: Key
    name: str
    field: str
    here: Any
    file: Any
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Difference:
    rows: dict[Key, Row]
    """All that the files say."""
    added: tuple[Key, ...]
    changed: tuple[Field, ...]
    unchanged: int
    only_here: int
    """Rows that no file names; they stay as they are."""

    def __bool__(self) -> bool:
        return bool(self.added or self.changed)

    def of(self, verdict: Verdict) -> list[Field]:
        return [each for each in self.changed if each.verdict == verdict]

    @property
    def digest(self) -> str:
        """Of what was compared and what came out."""
        said = [[str(key), row.entry] for key, row in self.rows.items()]
        said += [[str(each.key), each.field, each.here, each.file] for each in self.changed]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def compare(rows: dict[Key, Row]) -> Difference:
    """Two queries a kind. Refuses what leads nowhere, or is something else here."""
    here = {(kind, uid): entry for kind in KINDS for uid, entry in entries.all_of(kind).items()}
    kinds = {uid: kind for kind, uid in here}
    base = dict(LibraryEntry.objects.values_list("uid", "fields"))
    problems = list(_misled(rows, here, kinds))
    if problems:
        raise Wrong(problems)
    changed = tuple(
        Field(key, row.name, name, here[key].get(name), value, _verdict(base.get(key[1]), name, here[key], value))
        for key, row in rows.items()
        if key in here
        for name, value in row.entry.items()
        if name not in STANDING and not _same(name, here[key].get(name), value)
    )
    touched = {each.key for each in changed}
    return Difference(
        rows=rows,
        added=tuple(key for key in rows if key not in here),
        changed=changed,
        unchanged=len(rows.keys() & here.keys() - touched),
        only_here=len(here.keys() - rows.keys()),
    )


def _misled(rows: dict[Key, Row], here: dict[Key, Entry], kinds: dict[uuid.UUID, str]) -> Iterator[str]:
    known = {(kind, str(uid)) for kind, uid in (*here, *rows)}
    for (kind, uid), row in rows.items():
        if kinds.get(uid, kind) != kind:
            yield f"{row.where}: {uid} is a {kinds[uid]} here, and cannot become a {kind}."
        links = [(f.related_model._meta.model_name, row.entry[f.name]) for f in entries.fields(kind) if f.is_relation]
        links += [("skill", each) for each in row.entry.get("prerequisites", ())]
        yield from (
            f"{row.where}, “{row.name}”: there is no {target} {to}, neither here nor in the files."
            for target, to in links
            if (target, to) not in known
        )
        moved = here.get((kind, uid), row.entry)
        if kind in ("phase", "placement", "faq") and moved["roadmap"] != row.entry["roadmap"]:
            yield f"{row.where}, “{row.name}”: a {kind} stays on its roadmap."
        if kind == "placement" and moved["skill"] != row.entry["skill"]:
            yield f"{row.where}, “{row.name}”: a placement stays that of its skill. Retire it, and add another."


def _same(name: str, here: Any, file: Any) -> bool:
    if name == "retired_at":
        return bool(here) == bool(file)
    # Browsers end lines in their own way.
    return bool(_lines(here) == _lines(file))


def _lines(value: Any) -> Any:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _verdict(base: Entry | None, name: str, here: Entry, file: Any) -> Verdict:
    if base is None or (name not in base and name not in SPARING):
        return Verdict.CONFLICT  # nobody knows what the file had
    if _same(name, here.get(name), base.get(name)):
        return Verdict.TAKEN
    return Verdict.KEPT if _same(name, file, base.get(name)) else Verdict.CONFLICT
