"""Files taken over: all or nothing, and nobody's edit written over unasked."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import transaction

from roadmap import choices, entries, history, outline, validators
from roadmap.entries import KINDS, Entry, Key
from roadmap.library.comparing import STANDING, Difference, Verdict, compare
from roadmap.library.reading import Row, Wrong
from roadmap.models import Content, LibraryEntry, OldSlug, Roadmap, Skill

RUNNING = ("checked_on", "updated_at")
"""What no entry holds."""


@transaction.atomic
def load(rows: dict[Key, Row], *, theirs: bool, by: int | None, at: dt.datetime) -> Difference:
    """theirs: the file's side wherever a curator changed something, too. All or nothing; what no file names stays."""
    # Loads and curators' writes take turns, and nobody closes a circle of prerequisites meanwhile.
    for model in (Roadmap, Skill):
        list(model._default_manager.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    difference, short = compare(rows), choices.short()
    wanted: defaultdict[Key, Entry] = defaultdict(dict)
    for each in difference.changed:
        if theirs or each.verdict == Verdict.TAKEN:
            wanted[each.key][each.field] = each.file
    for key in difference.added:
        wanted[key] = dict(rows[key].entry)
    before = _there(wanted)
    watch = history.Watch(*before.values())
    outline.touch(*before.values(), at=at)
    written = _write(wanted, before, rows)
    _check(short)
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


def _there(keys: Iterable[Key]) -> dict[Key, Any]:
    """The rows of these that there are. A query a kind."""
    uids = defaultdict(list)
    for kind, uid in keys:
        uids[kind].append(uid)
    rows: Iterable[Any] = (row for kind in uids for row in KINDS[kind]._default_manager.filter(uid__in=uids[kind]))
    return {(entries.kind_of(row), row.uid): row for row in rows}


def _write(wanted: Mapping[Key, Entry], before: Mapping[Key, Any], rows: dict[Key, Row]) -> list[Content]:
    problems, written, later, renamed = [], [], [], []
    order = list(KINDS)
    _make_way(wanted, before)
    for key in sorted(wanted, key=lambda key: order.index(key[0])):
        entry, row = dict(wanted[key]), before.get(key)
        slug = getattr(row, "slug", "")
        needs = entry.pop("prerequisites", None)
        try:
            row = entries.write(key[0], key[1], entry, row)
        except (ValidationError, ObjectDoesNotExist) as error:
            words = " ".join(getattr(error, "messages", [str(error)]))
            problems.append(f"{rows[key].where}, “{rows[key].name}”: {words}")
            continue
        if isinstance(row, Roadmap | Skill):
            OldSlug.settle(row, before=slug)
            renamed += [row] if slug and slug != row.slug else []
        if needs is not None:
            later.append((row, needs))
        written.append(row)
    if problems:
        raise Wrong(problems)
    for row in renamed:
        OldSlug.settle(row)  # one that another row has just given up leads nowhere else either
    for row, needs in later:
        row.prerequisites.set(Skill.objects.filter(uid__in=needs))
    return written


def _make_way(wanted: Mapping[Key, Entry], before: Mapping[Key, Any]) -> None:
    """Slugs that change are free while the rows are written, whichever comes first: two may swap theirs."""
    for key, entry in wanted.items():
        if "slug" in entry and key in before:
            rows: Any = KINDS[key[0]]._default_manager
            rows.filter(uid=key[1]).update(slug=key[1].hex)


def _check(before: Mapping[int, choices.Short]) -> None:
    """What no row can say of itself. before: choices that were none already."""
    problems = []
    try:
        validators.acyclic(Skill.objects.prerequisite_edges(), dict(Skill.objects.values_list("pk", "title")))
    except ValidationError as error:
        problems += error.messages
    for pk, group in choices.short().items():
        if pk not in before:
            try:
                validators.pick_from(group.title, group.skills)
            except ValidationError as error:
                problems += error.messages
    if problems:
        raise Wrong(problems)
