"""What a cairn.json says, version 1 of the format, every value checked: docs/export.md describes it."""

import datetime as dt
import uuid
from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from django.contrib.auth import get_user_model

from progress import models
from progress.planner import FULL_DAY
from progress.plans import MOST_PAUSES
from progress.portability.entry import Entry, Wrong
from progress.querysets import Standing
from progress.recall import HIGHEST_RETENTION, LOWEST_RETENTION, MOST

FORMAT, VERSION = "cairn", 1
SETTINGS = ("name", "time_zone", "appearance", "shortcuts", "weekly_letter")
SWITCHES = ("shortcuts", "weekly_letter")
"""Of the account. Address, password and handle belong to one Cairn alone."""
REVIEWING = ("reviews_a_day", "retention")
"""Of the learner."""
ABOUT = {"skill", "checkpoint", "resource", "question", "roadmap", "picks"}
MOST_ROWS = 100_000
LONGEST_NOTE = 10 * models.Note.MAXIMUM
"""Longer than one may write in a form: notes that were brought together are one note."""

T = TypeVar("T")


class About:
    """An entry on something of the content."""

    __slots__ = ()

    @property
    def own(self) -> dict[str, Any]:
        """Its values by name, but for what it is about."""
        names = (each.name for each in fields(self))  # type: ignore[arg-type]  # a dataclass, each of them
        return {name: getattr(self, name) for name in names if name not in ABOUT}


@dataclass(frozen=True, slots=True)
class Follow:
    roadmap: uuid.UUID
    since: dt.datetime
    used_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Mark:
    skill: uuid.UUID
    standing: Standing


@dataclass(frozen=True, slots=True)
class Change(About):
    uid: uuid.UUID
    batch: uuid.UUID
    skill: uuid.UUID
    before: str | None
    before_since: dt.datetime | None
    after: str
    after_since: dt.datetime
    at: dt.datetime
    day: dt.date
    cause: str
    credited_from: str
    undone_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Tick(About):
    checkpoint: uuid.UUID
    at: dt.datetime
    day: dt.date


@dataclass(frozen=True, slots=True)
class Note(About):
    skill: uuid.UUID
    text: str
    version: int
    updated_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Evidence(About):
    uid: uuid.UUID
    skill: uuid.UUID
    title: str
    url: str
    is_public: bool
    added_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Report(About):
    uid: uuid.UUID
    resource: uuid.UUID
    kind: str
    at: dt.datetime
    settled_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Suggestion(About):
    uid: uuid.UUID
    skill: uuid.UUID
    kind: str
    title: str
    url: str
    text: str
    wants_credit: bool
    at: dt.datetime
    status: str
    answer: str
    decided_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Review(About):
    uid: uuid.UUID
    question: uuid.UUID
    rating: int
    at: dt.datetime
    day: dt.date
    undone_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Plan(About):
    uid: uuid.UUID
    roadmap: uuid.UUID
    monday: int
    tuesday: int
    wednesday: int
    thursday: int
    friday: int
    saturday: int
    sunday: int
    start: dt.date
    target: dt.date | None
    optional: bool
    pauses: list[list[str]]
    picks: dict[uuid.UUID, uuid.UUID]
    """Group -> skill."""
    made_on: dt.date
    updated_at: dt.datetime
    events: str


@dataclass(frozen=True, slots=True)
class File:
    exported_at: dt.datetime
    account: dict[str, Any]
    """Those of SETTINGS that it names."""
    follows: list[Follow]
    marks: list[Mark]
    changes: list[Change]
    checkpoints: list[Tick]
    notes: list[Note]
    evidence: list[Evidence]
    reports: list[Report]
    suggestions: list[Suggestion]
    reviews: list[Review]
    plans: list[Plan]
    reviewing: dict[str, Any]
    """Those of REVIEWING that it names."""
    titles: dict[uuid.UUID, str]
    """What the file calls the skills, roadmaps and resources that it names."""


_STATE = models.Mark._meta.get_field("state")
_CAUSE = models.Change._meta.get_field("cause")
_TITLE = models.Evidence._meta.get_field("title")
_URL = models.Evidence._meta.get_field("url")
_REPORT, _SUGGESTION = models.Report._meta.get_field, models.Suggestion._meta.get_field


def _follow(entry: Entry) -> Follow:
    return Follow(entry.uid("roadmap"), entry.moment("since"), entry.moment("used_at"))


def _mark(entry: Entry) -> Mark:
    return Mark(
        entry.uid("skill"), Standing(entry.field("state", _STATE), entry.moment("since"), _credited_from(entry))
    )


def _change(entry: Entry) -> Change:
    before = entry.maybe("before", lambda name: entry.field(name, _STATE))
    before_since = entry.maybe("before_since", entry.moment)
    if (before is None) != (before_since is None):
        raise entry.wrong("before_since", "a state before and its date come together, or both are null.")
    at = entry.moment("at")
    return Change(
        uid=entry.uid("uid"),
        batch=entry.uid("batch"),
        skill=entry.uid("skill"),
        before=before,
        before_since=before_since,
        after=entry.field("after", _STATE),
        after_since=entry.moment("after_since"),
        at=at,
        day=entry.day("day", at),
        cause=entry.field("cause", _CAUSE),
        credited_from=_credited_from(entry),
        undone_at=entry.maybe("undone_at", entry.moment),
    )


def _credited_from(entry: Entry) -> str:
    return entry.maybe("credited_from", lambda name: entry.text(name, 300)) or ""


def _tick(entry: Entry) -> Tick:
    at = entry.moment("at")
    return Tick(entry.uid("checkpoint"), at, entry.day("day", at))


def _note(entry: Entry) -> Note:
    text = entry.words("text", LONGEST_NOTE)
    if not text:
        raise entry.wrong("text", "a note without words is none.")
    return Note(entry.uid("skill"), text, entry.count("version"), entry.moment("updated_at"))


def _evidence(entry: Entry) -> Evidence:
    return Evidence(
        uid=entry.uid("uid"),
        skill=entry.uid("skill"),
        title=entry.field("title", _TITLE),
        url=entry.field("url", _URL),
        is_public=entry.boolean("is_public"),
        added_at=entry.moment("added_at"),
    )


def _report(entry: Entry) -> Report:
    return Report(
        uid=entry.uid("uid"),
        resource=entry.uid("resource"),
        kind=entry.field("kind", _REPORT("kind")),
        at=entry.moment("at"),
        settled_at=entry.maybe("settled_at", entry.moment),
    )


def _suggestion(entry: Entry) -> Suggestion:
    found = Suggestion(
        uid=entry.uid("uid"),
        skill=entry.uid("skill"),
        kind=entry.field("kind", _SUGGESTION("kind")),
        title=entry.field("title", _SUGGESTION("title")),
        url=entry.field("url", _SUGGESTION("url")),
        text=entry.words("text", models.Suggestion.LONGEST),
        wants_credit=entry.boolean("wants_credit"),
        at=entry.moment("at"),
        status=entry.field("status", _SUGGESTION("status")),
        answer=entry.words("answer", models.Suggestion.LONGEST_ANSWER),
        decided_at=entry.maybe("decided_at", entry.moment),
    )
    if not found.text:
        raise entry.wrong("text", "a suggestion without words is none.")
    if found.kind == models.Suggestion.Kind.RESOURCE and not (found.title and found.url):
        raise entry.wrong("url" if found.title else "title", "a resource has a title and an address.")
    if (found.status == models.Suggestion.Status.OPEN) != (found.decided_at is None):
        raise entry.wrong("decided_at", "what is decided has a date, and what is open has none.")
    return found


def _review(entry: Entry) -> Review:
    at = entry.moment("at")
    return Review(
        uid=entry.uid("uid"),
        question=entry.uid("question"),
        rating=entry.count("rating", 1, 4),
        at=at,
        day=entry.day("day", at),
        undone_at=entry.maybe("undone_at", entry.moment),
    )


def _plan(entry: Entry) -> Plan:
    pauses = [
        (entry.dated("pauses", first), entry.dated("pauses", last))
        for first, last in entry.pairs("pauses", MOST_PAUSES)
    ]
    if any(last < first for first, last in pauses):
        raise entry.wrong("pauses", "a pause ends on its first day or later.")
    hours = {day: entry.count(day, 0, FULL_DAY) for day in models.WEEKDAYS}
    if not any(hours.values()):
        raise entry.wrong("monday", "one day of the week has hours.")
    try:
        picks = {uuid.UUID(str(group)): uuid.UUID(str(skill)) for group, skill in entry.pairs("picks", 1000)}
    except ValueError:
        raise entry.wrong("picks", "these must be pairs of the uids of a group and a skill.") from None
    return Plan(
        uid=entry.uid("uid"),
        roadmap=entry.uid("roadmap"),
        **hours,
        start=entry.date("start"),
        target=entry.maybe("target", entry.date),
        optional=entry.boolean("optional"),
        pauses=[[first.isoformat(), last.isoformat()] for first, last in sorted(pauses)],
        picks=picks,
        made_on=entry.date("made_on"),
        updated_at=entry.moment("updated_at"),
        events=entry.field("events", models.Plan._meta.get_field("events")),
    )


def _reviewing(values: object, now: dt.datetime) -> dict[str, Any]:
    entry = Entry("reviewing", values, now)
    found: dict[str, Any] = {}
    if "reviews_a_day" in entry.values:
        found["reviews_a_day"] = entry.count("reviews_a_day", 0, MOST)
    if "retention" in entry.values:
        found["retention"] = entry.share("retention", LOWEST_RETENTION, HIGHEST_RETENTION)
    return found


def parse(document: object, now: dt.datetime) -> File:
    """What it does not know it leaves unread: ids of people, say, or notes of other programs."""
    top = Entry("", document, now) if isinstance(document, dict) else None
    if top is None or top.values.get("format") != FORMAT:
        raise Wrong("This is no export of Cairn: it does not begin with its format and version.")
    version = top.count("version")
    if version > VERSION:
        raise Wrong(f"This file has version {version} of the format. This Cairn understands version {VERSION}.")
    titles: dict[uuid.UUID, str] = {}
    rows = 0

    def entries(
        name: str,
        read: Callable[[Entry], T],
        *once: Callable[[T], Hashable],
        called: str | None = "skill",
        by: tuple[str, int] = ("title", 120),
    ) -> list[T]:
        """once: what no two entries may have alike; called: whose name an entry may tell, by: where, and how long."""
        nonlocal rows
        values = top.values.get(name, [])
        if not isinstance(values, list):
            raise top.wrong(name, "this must be a list.")
        rows += len(values)
        if rows > MOST_ROWS:
            raise Wrong(f"This file has more than {MOST_ROWS:,} entries, which is the most.")
        found: list[T] = []
        seen: list[dict[Hashable, int]] = [{} for _ in once]
        for number, value in enumerate(values, start=1):
            entry = Entry(f"{name}, entry {number}", value, now)
            found.append(read(entry))
            for key, numbers in zip(once, seen, strict=True):
                first = numbers.setdefault(key(found[-1]), number)
                if first != number:
                    raise Wrong(f"{name}, entry {number}: it says the same as entry {first}, or contradicts it.")
            if called and value.get(by[0]) is not None:
                titles.setdefault(entry.uid(called), entry.text(*by))
        return found

    file = File(
        exported_at=top.moment("exported_at"),
        account=_account(top.values.get("account", {}), now),
        follows=entries("follows", _follow, lambda row: row.roadmap, called="roadmap"),
        marks=entries("marks", _mark, lambda row: row.skill),
        changes=entries("changes", _change, lambda row: row.uid, lambda row: (row.batch, row.skill)),
        checkpoints=entries("checkpoints", _tick, lambda row: row.checkpoint, called=None),
        notes=entries("notes", _note, lambda row: row.skill),
        evidence=entries("evidence", _evidence, lambda row: row.uid, lambda row: (row.skill, row.url), called=None),
        reports=entries(
            "reports", _report, lambda row: row.uid, lambda row: row.resource, called="resource", by=("url", 500)
        ),
        suggestions=entries("suggestions", _suggestion, lambda row: row.uid, by=("slug", 80)),
        reviews=entries("reviews", _review, lambda row: row.uid, called="question", by=("text", 2000)),
        plans=entries("plans", _plan, lambda row: row.roadmap, called="roadmap"),
        reviewing=_reviewing(top.values.get("reviewing", {}), now),
        titles=titles,
    )
    _one_act_each(file.changes)
    return file


def _account(values: object, now: dt.datetime) -> dict[str, Any]:
    entry, user = Entry("account", values, now), get_user_model()
    return {
        name: entry.boolean(name) if name in SWITCHES else entry.field(name, user._meta.get_field(name))
        for name in SETTINGS
        if name in entry.values
    }


def _one_act_each(changes: list[Change]) -> None:
    """Undo takes an act back as a whole."""
    acts: dict[uuid.UUID, tuple[object, ...]] = {}
    for number, change in enumerate(changes, start=1):
        act = (change.at, change.day, change.cause, change.undone_at)
        if acts.setdefault(change.batch, act) != act:
            raise Wrong(
                f"changes, entry {number}, batch: the changes of one act have at, day, cause and undone_at in common."
            )
