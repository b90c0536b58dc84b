"""Content as files: Django's fixtures beside the database, by uid. Three-way, so that nobody's edit is lost: what a
file had last is kept, and tells a change of the file from one that a curator made. docs/library.md describes it."""

import datetime as dt
import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models, transaction
from django.db.models import Q

from roadmap import entries, history, outline, validators
from roadmap.entries import KINDS, Entry, Key
from roadmap.models import Content, Group, LibraryEntry, OldSlug, Placement, Resource, Roadmap, Skill

# How things stand: a file says it of rows that are new here, and is not heard on others.
STANDING = {"is_published", "published_at", "publish_at", "is_draft", "updated_at", "checked_on"}
RUNNING = ("checked_on", "updated_at")
"""Those of them that no entry holds."""
# Left out of a file where there is nothing to say.
SPARING = {"retired_at", "checked_on", "is_draft", "publish_at"}
UNPLACED = "skills.unplaced.json"
"""No slug has a dot."""
MOST_BYTES = 20 * 2**20
MOST_PROBLEMS = 20


class Wrong(Exception):
    """The files are refused. Each problem says in which file, at which entry, and why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems[:MOST_PROBLEMS]))
        self.problems = problems[:MOST_PROBLEMS]


class Verdict(StrEnum):
    TAKEN = "taken"
    """Only the file changed it."""
    KEPT = "kept"
    """Only a curator changed it."""
    CONFLICT = "conflict"
    """Both did: the curator's stays, unless the file's side is asked for."""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a file."""

    where: str
    entry: Entry

    @property
    def name(self) -> str:
        return str(next(filter(None, map(self.entry.get, ("title", "question", "text", "slug"))), self.where))


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


# ---- reading --------------------------------------------------------------------------------------------------------
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
        found = json.loads(data, parse_constant=_no_number, object_pairs_hook=_names_once)
    except (ValueError, RecursionError) as error:
        raise Wrong([f"{name}: this is no JSON: {error}."]) from None
    if not isinstance(found, list):
        raise Wrong([f"{name}: this must be a list of entries."])
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _names_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return values


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
    _typed(field, value)
    try:
        cleaned = field.clean(value, None)
        if isinstance(cleaned, dt.datetime) and (not isinstance(value, str) or "T" not in value or _naive(value)):
            raise ValueError(f"{field.name}: this must be a moment such as 2026-05-03T17:20:00Z.")
        return entries.plain(cleaned)
    except ValidationError as error:
        raise ValueError(f"{field.name}: {' '.join(error.messages)}") from None
    except OverflowError:
        raise ValueError(f"{field.name}: no calendar has this moment.") from None


def _naive(text: str) -> bool:
    return not (text.endswith("Z") or "+" in text[10:] or "-" in text[10:])


def _typed(field: Any, value: Any) -> None:
    """Django takes a 5 for a text and a "7" for a number; a file means what it says."""
    match field:
        case models.BooleanField():
            right = isinstance(value, bool)
        case models.IntegerField():
            right = type(value) is int
        case models.CharField() | models.TextField():
            right = isinstance(value, str)
        case _:
            return
    if not right:
        raise ValueError(f"{field.name}: a value of another kind goes here.")
    if isinstance(value, str):
        if "\0" in value or (not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value)):
            raise ValueError(f"{field.name}: there is a character in it that is none.")
        if field.max_length and len(value) > field.max_length:
            raise ValueError(f"{field.name}: this has {len(value):,} characters; {field.max_length:,} is the most.")
        if not field.blank and not value.strip():
            raise ValueError(f"{field.name}: this must not be empty.")


def _uid(value: Any) -> str:
    """As Django writes it, [uid], or alone."""
    try:
        return str(uuid.UUID(value[0] if isinstance(value, list) and len(value) == 1 else value))
    except (ValueError, AttributeError, TypeError):
        raise ValueError(f"“{str(value)[:60]}” is no uid.") from None


# ---- comparing ------------------------------------------------------------------------------------------------------
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


# ---- writing --------------------------------------------------------------------------------------------------------
@transaction.atomic
def load(rows: dict[Key, Row], *, theirs: bool, by: int | None, at: dt.datetime) -> Difference:
    """theirs: the file's side wherever a curator changed something, too. All or nothing; what no file names stays."""
    # Locked, so that two loads take turns, and no curator closes a circle meanwhile.
    list(Skill.objects.select_for_update(no_key=True).values_list("pk"))
    difference = compare(rows)
    wanted: defaultdict[Key, Entry] = defaultdict(dict)
    for each in difference.changed:
        if theirs or each.verdict == Verdict.TAKEN:
            wanted[each.key][each.field] = each.file
    for key in difference.added:
        wanted[key] = dict(rows[key].entry)
    before = {key: _row(key) for key in wanted if key not in difference.added}
    watch = history.Watch(*before.values())
    outline.touch(*before.values(), at=at)
    written = _write(wanted, before, rows)
    _check(rows)
    outline.touch(*written, at=at)
    for key in difference.added:
        if standing := {name: rows[key].entry[name] for name in RUNNING if name in rows[key].entry}:
            KINDS[key[0]]._default_manager.filter(uid=key[1]).update(**standing)
    watch.record(*written, why="Library", at=at, by=by)
    remember(rows)
    return difference


def rehearse(rows: dict[Key, Row], *, theirs: bool, at: dt.datetime) -> Difference:
    """What load would do, or why it would not: done, looked at, and taken back."""
    with transaction.atomic():
        difference = load(rows, theirs=theirs, by=None, at=at)
        transaction.set_rollback(True)
    return difference


def remember(rows: Mapping[Key, Row]) -> None:
    """What the files have now, for the next time. Of what a file leaves out, what the one before it said."""
    before = dict(LibraryEntry.objects.values_list("uid", "fields"))
    LibraryEntry.objects.bulk_create(
        (
            LibraryEntry(
                uid=uid,
                kind=kind,
                fields=before.get(uid, {}) | {k: v for k, v in row.entry.items() if k not in STANDING},
            )
            for (kind, uid), row in rows.items()
        ),
        update_conflicts=True,
        unique_fields=["uid"],
        update_fields=["kind", "fields"],
    )


def _row(key: Key) -> Any:
    return KINDS[key[0]]._default_manager.get(uid=key[1])


def _write(wanted: Mapping[Key, Entry], before: Mapping[Key, Any], rows: dict[Key, Row]) -> list[Content]:
    problems, written, later = [], [], []
    order = list(KINDS)
    for key in sorted(wanted, key=lambda key: order.index(key[0])):
        entry, row = dict(wanted[key]), before.get(key)
        slug = row.slug if isinstance(row, Roadmap | Skill) else ""
        needs = entry.pop("prerequisites", None)
        try:
            row = entries.write(key[0], key[1], entry, row)
        except (ValidationError, ObjectDoesNotExist) as error:
            words = " ".join(getattr(error, "messages", [str(error)]))
            problems.append(f"{rows[key].where}, “{rows[key].name}”: {words}")
            continue
        if isinstance(row, Roadmap | Skill):
            OldSlug.settle(row, before=slug)
        if needs is not None:
            later.append((row, needs))
        written.append(row)
    if problems:
        raise Wrong(problems)
    for row, needs in later:
        row.prerequisites.set(Skill.objects.filter(uid__in=needs))
    return written


def _check(rows: Mapping[Key, Row]) -> None:
    """What no row can say of itself."""
    problems = []
    titles = dict(Skill.objects.values_list("pk", "title"))
    try:
        validators.acyclic(Skill.objects.prerequisite_edges(), titles)
    except ValidationError as error:
        problems += error.messages
    uids = [uid for kind, uid in rows if kind in ("group", "placement")]
    touched = Q(uid__in=uids) | Q(placements__uid__in=uids)
    shown_groups = Group.objects.live().filter(
        section__retired_at=None, section__phase__retired_at=None, section__phase__is_draft=False
    )
    for group in shown_groups.filter(touched, rule=Group.Rule.ANY).distinct():
        shown = Placement.objects.shown().filter(group=group).values_list("skill__title", flat=True)
        try:
            validators.pick_from(str(group), list(shown))
        except ValidationError as error:
            problems += error.messages
    if problems:
        raise Wrong(problems)


# ---- files ----------------------------------------------------------------------------------------------------------
def dump(roadmaps: Iterable[Roadmap]) -> dict[str, str]:
    """File name -> what goes into it: a file a roadmap, in the order in which it is read. A skill that several place
    is written with the first; what no roadmap places, in a file of its own also."""
    everything = {kind: entries.all_of(kind) for kind in KINDS}
    standing = _standing()
    below = {kind: _below(everything, kind) for kind in KINDS}
    skills: set[str] = set()
    files = {}
    for roadmap in roadmaps:
        tree = list(_tree(str(roadmap.uid), below))
        placed = [everything["placement"][uuid.UUID(uid)]["skill"] for kind, uid in tree if kind == "placement"]
        keys = [("roadmap", str(roadmap.uid))]
        for skill in placed:
            if skill not in skills:
                skills.add(skill)
                keys += _with_all(skill, below)
        keys += [*tree, *(("faq", uid) for uid in below["faq"][str(roadmap.uid)])]
        written = [_written(kind, uid, everything[kind][uuid.UUID(uid)] | standing.get(uid, {})) for kind, uid in keys]
        files[f"{roadmap.slug}.json"] = json.dumps(written, indent=1, ensure_ascii=False) + "\n"
    everywhere = {str(entry["skill"]) for entry in everything["placement"].values()}
    if lonely := [str(uid) for uid in everything["skill"] if str(uid) not in everywhere]:
        keys = [key for skill in lonely for key in _with_all(skill, below)]
        written = [_written(kind, uid, everything[kind][uuid.UUID(uid)] | standing.get(uid, {})) for kind, uid in keys]
        files[UNPLACED] = json.dumps(written, indent=1, ensure_ascii=False) + "\n"
    return files


def _with_all(skill: str, below: Mapping[str, Mapping[str, list[str]]]) -> list[tuple[str, str]]:
    """The skill and what hangs on it."""
    parts = [(kind, uid) for kind in ("checkpoint", "question", "resource") for uid in below[kind][skill]]
    return [("skill", skill), *parts]


_ABOVE = {
    "phase": "roadmap",
    "section": "phase",
    "group": "section",
    "placement": "group",
    "faq": "roadmap",
    **dict.fromkeys(("checkpoint", "question", "resource"), "skill"),
}


def _below(everything: dict[str, dict[uuid.UUID, Entry]], kind: str) -> defaultdict[str, list[str]]:
    """uid -> uids of this kind that belong to it, in their order."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    if kind in _ABOVE:
        for uid, entry in sorted(everything[kind].items(), key=lambda row: row[1]["position"]):
            found[entry[_ABOVE[kind]]].append(str(uid))
    return found


def _tree(roadmap: str, below: Mapping[str, Mapping[str, list[str]]]) -> Iterator[tuple[str, str]]:
    for phase in below["phase"][roadmap]:
        yield "phase", phase
        for section in below["section"][phase]:
            yield "section", section
            for group in below["group"][section]:
                yield "group", group
                yield from (("placement", uid) for uid in below["placement"][group])


def _standing() -> dict[str, Entry]:
    """What entries leave out."""
    checked = Resource.objects.exclude(checked_on=None).values_list("uid", "checked_on")
    changed = Roadmap.objects.values_list("uid", "updated_at")
    return {str(uid): {"checked_on": entries.plain(day)} for uid, day in checked} | {
        str(uid): {"updated_at": entries.plain(at)} for uid, at in changed
    }


def _written(kind: str, uid: str, entry: Entry) -> dict[str, Any]:
    model = KINDS[kind]
    names = [f.name for f in (*model._meta.concrete_fields, *model._meta.many_to_many) if f.name not in ("id", "uid")]
    order = [name for name in names if name in entry and name not in SPARING] + sorted(SPARING & entry.keys())
    links = {f.name for f in entries.fields(kind) if f.is_relation}
    values: Entry = {"uid": uid}
    for name in order:
        value = entry[name]
        if (name in SPARING and not value) or (kind == "resource" and name == "credit" and not value):
            continue
        if name in links:
            value = [value]
        elif name == "prerequisites":
            value = [[each] for each in value]
        values[name] = value
    return {"model": f"roadmap.{kind}", "fields": values}
