"""A row of content as plain values, known by its uid: what files, history and comparisons have in common."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeAlias

from django.db import models

from roadmap.models import (
    Checkpoint,
    Content,
    Faq,
    Group,
    Phase,
    Placement,
    Question,
    Resource,
    Roadmap,
    Section,
    Skill,
)

Entry: TypeAlias = dict[str, Any]
"""Field -> plain value, as JSON has it; of a row that it leads to, the uid; of several, their uids in order."""
Key: TypeAlias = tuple[str, uuid.UUID]
"""Kind and uid."""

# In the order in which they can be made: each after what it leads to.
KINDS: dict[str, type[Content]] = {
    model._meta.model_name or "": model
    for model in (Roadmap, Phase, Section, Group, Skill, Placement, Checkpoint, Question, Resource, Faq)
}
# What a row stands in, or belongs to.
ABOVE = {
    "phase": "roadmap",
    "section": "phase",
    "group": "section",
    "placement": "group",
    "faq": "roadmap",
    **dict.fromkeys(("checkpoint", "question", "resource"), "skill"),
}
# What tells how things stand, not what there is to learn.
RUNNING = {"id", "uid", "version", "updated_at", "checked_on"}


def kind_of(row: Content) -> str:
    return row._meta.model_name or ""


def fields(kind: str) -> tuple[Any, ...]:
    """The model's own that are content."""
    return tuple(field for field in KINDS[kind]._meta.concrete_fields if field.name not in RUNNING)


def read(rows: Iterable[Content]) -> dict[Key, Entry]:
    """As the database has them now; what is gone is not in it. Two queries a kind at most."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        wanted[kind_of(row)].add(row.pk)
    found: dict[Key, Entry] = {}
    for kind, pks in wanted.items():
        found |= {(kind, uid): entry for uid, entry in all_of(kind, pk__in=pks).items()}
    return found


def all_of(kind: str, **where: Any) -> dict[uuid.UUID, Entry]:
    """Every row of a kind, or those of which this is true, by id."""
    paths = {f.name: f"{f.name}__uid" if f.is_relation else f.name for f in fields(kind)}
    rows = KINDS[kind]._default_manager.filter(**where).order_by("pk").values_list("pk", "uid", *paths.values())
    found = {pk: (uid, dict(zip(paths, map(plain, values), strict=True))) for pk, uid, *values in rows}
    if kind == "skill":
        before = Skill.prerequisites.through.objects.filter(from_skill__in=found)
        edges: defaultdict[int, list[str]] = defaultdict(list)
        for pk, uid in before.values_list("from_skill", "to_skill__uid"):
            edges[pk].append(str(uid))
        for pk, (_, entry) in found.items():
            entry["prerequisites"] = sorted(edges[pk])
    return dict(found.values())


def write(kind: str, uid: uuid.UUID, entry: Entry, row: Any = None) -> Any:
    """Sets these fields of the row, which is made where there is none, and saves it. Says with Django's ValidationError
    what is wrong, and what it leads to must be there. Touching the outline is the caller's."""
    row = row or KINDS[kind](uid=uid)
    own = {field.name: field for field in fields(kind)}
    for name, value in entry.items():
        if name in own:
            setattr(row, name, _found(own[name], value) if own[name].is_relation else own[name].clean(value, row))
    row.full_clean()
    row.save()
    if "prerequisites" in entry:
        row.prerequisites.set(Skill.objects.filter(uid__in=entry["prerequisites"]))
    return row


def plain(value: Any, timespec: str = "auto") -> Any:
    """As JSON has it. timespec: of moments, as datetime.isoformat takes it."""
    match value:
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
        case dt.date() | uuid.UUID():
            return str(value)
    return value


def _found(field: "models.ForeignKey[Any, Any]", uid: Any) -> Any:
    return field.related_model._default_manager.get(uid=uid) if uid else None
