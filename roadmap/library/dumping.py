"""Content written to files, in an order that stays, so that a change of it reads like one."""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from roadmap import entries
from roadmap.entries import ABOVE, KINDS, Entry
from roadmap.library.comparing import SPARING
from roadmap.models import Resource, Roadmap

UNPLACED = "skills.unplaced.json"
"""No slug has a dot."""


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


def _below(everything: dict[str, dict[uuid.UUID, Entry]], kind: str) -> defaultdict[str, list[str]]:
    """uid -> uids of this kind that belong to it, in their order."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    if kind in ABOVE:
        for uid, entry in sorted(everything[kind].items(), key=lambda row: row[1]["position"]):
            found[entry[ABOVE[kind]]].append(str(uid))
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
