"""What every write of content leaves behind: who changed what, when, field by field; and the way back."""

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError

from roadmap import entries, links, outline
from roadmap.models import Content, OldSlug, Retirable, Revision, Roadmap, Skill, Succession

Action = Revision.Action


class Refused(Exception):
    """Nothing was written; the message says why, in words for a curator."""


class Watch:
    """Looks at rows before and after they are written, and keeps the difference. Both in the write's transaction."""

    def __init__(self, *rows: Content) -> None:
        self.before: dict[entries.Key, entries.Entry] = {}
        self.seen: list[Content] = []
        self.see(*rows)

    def see(self, *rows: Content) -> None:
        """These are about to be written."""
        self.before |= {key: entry for key, entry in entries.read(rows).items() if key not in self.before}
        self.seen += rows

    def record(
        self, *made: Content, why: str, at: dt.datetime, by: int | None, act: uuid.UUID | None = None
    ) -> uuid.UUID | None:
        """made: rows that there were not before. The act under which it is kept; None where nothing changed."""
        # A row that was deleted has lost its id.
        after = entries.read(row for row in (*self.seen, *made) if row.pk)
        names = {(entries.kind_of(row), row.uid): str(row)[:200] for row in (*self.seen, *made)}
        act = act or uuid.uuid4()
        revisions = [
            Revision(
                act=act,
                uid=key[1],
                kind=key[0],
                name=names[key],
                action=_action(old, new),
                changes=changes,
                why=why,
                at=at,
                by_id=by,
            )
            for key in self.before.keys() | after.keys()
            if (changes := difference(old := self.before.get(key), new := after.get(key)))
        ]
        Revision.objects.bulk_create(revisions)
        if elsewhere := [each.uid for each in revisions if _leads_elsewhere(each)]:
            links.forget(elsewhere)
        return act if revisions else None


def difference(old: entries.Entry | None, new: entries.Entry | None) -> dict[str, list[Any]]:
    """Field -> [before, after], where they differ."""
    old, new = old or {}, new or {}
    return {name: [old.get(name), new.get(name)] for name in (new | old) if old.get(name) != new.get(name)}


def revert(revision: Revision, *, by: int | None, at: dt.datetime, act: uuid.UUID | None = None) -> Any:
    """Takes back what this write did to its row, unless the same fields were written again since. The row.

    What it made is retired (a FAQ is deleted); what it deleted comes back with its uid. For who is in a transaction.
    act: under which it is kept, of whoever takes back a succession as a whole.
    """
    if act is None and Succession.objects.filter(act=revision.act, undone_at=None).exists():
        raise Refused(f"“{revision.name}” was changed by a succession, which gave credit, too. Undo that as a whole.")
    row: Any = entries.KINDS[revision.kind]._default_manager.filter(uid=revision.uid).first()
    watch = Watch(*([row] if row else []))
    if revision.action == Action.DELETED:
        if row:
            raise Refused(f"“{revision.name}” is there already.")
        row = _write(revision, None)
    elif row is None:
        raise Refused(f"“{revision.name}” was deleted since.")
    elif revision.action == Action.CREATED:
        _take_off(row, at)
    else:
        _put_back(revision, row)
    watch.record(row, why="Reverted", at=at, by=by, act=act)
    if row.pk:
        outline.touch(row, at=at)
    return row


def _take_off(row: Any, at: dt.datetime) -> None:
    """A row that was made by mistake."""
    if isinstance(row, Retirable):
        row.retired_at = row.retired_at or at
        row.save(update_fields=["retired_at"])
    elif isinstance(row, Roadmap):
        row.is_published = False
        row.save(update_fields=["is_published"])
    else:
        outline.touch(row, at=at)
        row.delete()


def _put_back(revision: Revision, row: Any) -> None:
    if revision.changes.get("is_draft") == [True, False]:
        raise Refused(f"“{row}” is published, and learners may have marked it. Retire it instead.")
    now = entries.read([row])[revision.kind, revision.uid]
    if again := [name for name, (_, after) in revision.changes.items() if now.get(name) != after]:
        names = ", ".join(again)
        raise Refused(f"“{row}” was changed again since ({names}). Revert the newer change first, or edit the row.")
    _write(revision, row)


def _write(revision: Revision, row: Any) -> Any:
    """What was there before it."""
    values = {name: before for name, (before, _) in revision.changes.items()}
    slug = row.slug if isinstance(row, Roadmap | Skill) else ""
    if row:
        outline.touch(row, at=revision.at)  # where it was: it may move
    try:
        row = entries.write(revision.kind, revision.uid, values, row)
    except ObjectDoesNotExist:
        raise Refused(f"What “{revision.name}” belongs to is there no more. Bring that back first.") from None
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    if isinstance(row, Roadmap | Skill):
        OldSlug.settle(row, before=slug)
    return row


def _action(old: entries.Entry | None, new: entries.Entry | None) -> str:
    return Action.CREATED if old is None else Action.DELETED if new is None else Action.CHANGED


def _leads_elsewhere(revision: Revision) -> bool:
    return revision.kind == "resource" and revision.action == Action.CHANGED and "url" in revision.changes
