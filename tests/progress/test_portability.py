"""A record out and in again: nothing lost, nothing doubled, nothing half done, and no bomb goes off."""

import contextlib
import csv
import datetime as dt
import io
import json
import re
import time
import tracemalloc
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts import names
from accounts.models import User
from curation import suggestions as desk
from progress import journey, learners, marks, notes, plans, reviews, suggestions
from progress.models import (
    Change,
    CheckpointTick,
    Evidence,
    Follow,
    Learner,
    Mark,
    Note,
    Plan,
    Recall,
    Report,
    Review,
    Suggestion,
)
from progress.portability import comparing, exporting, importing, reading, schema
from progress.portability.entry import Wrong
from progress.portability.readable import harmless
from progress.querysets import Standing
from roadmap import outline
from roadmap.models import Checkpoint, Group, Placement, Resource, Skill
from tests.factories import NOW, make_learner, make_trail
from tests.processes import several
from tests.progress import race
from tests.queries import queries

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
LATER = NOW + 30 * DAY
TODAY = LATER.date()


class Person:
    """Somebody on the trail, with a clock that each act moves on by a minute."""

    def __init__(self, email: str = "ada@example.org", now: dt.datetime = NOW, **fields: Any) -> None:
        self.user = User.objects.create_user(email, **fields)
        self.learner, self.now = make_learner(self.user).pk, now

    def act(self, what: tuple[Any, ...]) -> None:
        self.now += dt.timedelta(minutes=1)
        when: dict[str, Any] = {"at": self.now, "day": self.now.date()}
        placements = list(Placement.objects.order_by("id"))
        match what:
            case ("mark", int(index), str(state)):
                place = placements[index % len(placements)]
                marks.set_state(
                    learner=self.learner, roadmap=place.roadmap_id, skill=place.skill_id, state=state, **when
                )
            case ("all", str(state)):
                skills = [place.skill_id for place in placements]
                marks.set_many(
                    learner=self.learner, roadmap=placements[0].roadmap_id, skills=skills, state=state, **when
                )
            case ("undo", int(index)):
                batches = list(
                    Change.objects.filter(learner=self.learner).order_by("id").values_list("batch", flat=True)
                )
                if batches:
                    with contextlib.suppress(marks.Refused):
                        marks.undo(learner=self.learner, batch=batches[index % len(batches)], at=self.now)
            case (("credit" | "keep" | "clear") as word, int(index)):
                self.credit(word, placements[index % len(placements)], placements[(index + 1) % len(placements)])
            case ("guest", int(index), str(state)):
                guest = Person.__new__(Person)
                guest.learner, guest.now = make_learner().pk, self.now - dt.timedelta(hours=2)
                guest.act(("mark", index, state))
                guest.act(("note", index, f"As a guest at {self.now}"))
                learners.merge(guest=guest.learner, into=self.learner, **when)
            case ("note", int(index), str(text)):
                skill = placements[index % len(placements)].skill_id
                mine = Note.objects.filter(learner=self.learner, skill=skill).first()
                version = mine.version if mine else 0
                notes.save(learner=self.learner, skill=skill, text=text.strip(), version=version, at=self.now)
            case ("tick", int(index)):
                points = list(Checkpoint.objects.order_by("id"))
                notes.tick(learner=self.learner, checkpoint=points[index % len(points)].pk, ticked=True, **when)
            case ("evidence", int(index), str(title)):
                skill = placements[index % len(placements)].skill_id
                url = f"https://example.org/{index}"
                notes.add_evidence(
                    learner=self.learner, skill=skill, title=title, url=url, is_public=index % 2 == 0, at=self.now
                )
            case _:
                self.send(what, placements)

    def send(self, what: tuple[Any, ...], placements: list[Placement]) -> None:
        """To the curators."""
        match what:
            case ("suggest", int(index), str(text)):
                skill, kind = placements[index % len(placements)].skill_id, ("resource", "correction")[index % 2]
                with contextlib.suppress(suggestions.Refused):
                    suggestions.propose(
                        learner=self.learner,
                        skill=skill,
                        kind=kind,
                        title="A book" if kind == "resource" else "",
                        url=f"https://example.org/suggested/{index}" if kind == "resource" else "",
                        text=text,
                        wants_credit=index % 3 == 0,
                        at=self.now,
                    )
            case ("decide", int(index), str(answer)):
                own = Suggestion.objects.filter(learner=self.learner, status="open").order_by("id")
                for each in own[index : index + 1]:
                    by: dict[str, Any] = {"suggestion": each.pk, "by": self.user.pk, "at": self.now}
                    if index % 2:
                        desk.accept(resource=None, answer="", **by)
                    else:
                        desk.decline(reason=answer, **by)
            case ("report", int(index)):
                resources = list(Resource.objects.order_by("id"))
                values = {"kind": ("dead", "paywall")[index % 2], "at": self.now}
                resource = resources[index % len(resources)]
                Report.objects.get_or_create(learner_id=self.learner, resource=resource, defaults=values)
            case _:
                self.look_ahead(what)

    def look_ahead(self, what: tuple[Any, ...]) -> None:
        """Reviews and the plan."""
        shown = outline.get("trail")
        assert shown
        match what:
            case ("answer", int(index), int(rating)):
                at = self.now + (index + 1) * DAY
                queue = reviews.deck(self.learner, shown, at.date()).queue
                when: dict[str, Any] = {"at": at, "day": at.date()}
                for question in queue[:1]:
                    reviews.answer(learner=self.learner, shown=shown, question=question, rating=rating, **when)
            case ("take back", int(index)):
                own = Review.objects.filter(learner=self.learner).order_by("id")
                for each in own[index : index + 1]:
                    with contextlib.suppress(reviews.Refused):
                        reviews.undo(learner=self.learner, uid=each.uid, at=self.now)
            case ("plan", int(index)):
                trip = journey.of(shown, learners.states(self.learner))
                today = self.now.date()
                plans.save(
                    learner=self.learner,
                    trip=trip,
                    today=today,
                    at=self.now,
                    weekdays=(index + 1, 0, 0, 8, 0, 0, index),
                    target=today + index * DAY if index % 2 else None,
                    optional=index % 3 == 0,
                    picks={str(group.pk): group.placements.all()[0].skill_id for group in Group.objects.all()},
                    away=[(today + index * DAY, today + 9 * DAY)],
                )
            case _:
                raise AssertionError(what)

    def credit(self, word: str, place: Placement, following: Placement) -> None:
        skill, day = place.skill_id, self.now.date()
        match word:
            case "credit":
                one: dict[str, Any] = {"sources": [skill], "titles": f"Skill {skill}", "batch": uuid.uuid4()}
                marks.credit(skill=following.skill_id, at=self.now, **one)
            case "keep":
                marks.keep_credit(learner=self.learner, roadmap=place.roadmap_id, skill=skill, at=self.now, day=day)
            case "clear":
                marks.clear_credit(learner=self.learner, roadmap=place.roadmap_id, skill=skill, at=self.now, day=day)

    def record(self) -> dict[str, Any]:
        """All that an export says but when it was made."""
        return exporting.record(self.learner, NOW)

    def file(self) -> bytes:
        return exporting.written(exporting.record(self.learner, LATER)).encode()

    def bring_in(self, content: bytes, *, with_settings: bool = True) -> comparing.Merge:
        file = reading.read(content, LATER)
        return importing.merge(learner=self.learner, file=file, with_settings=with_settings, at=LATER, day=TODAY)

    @property
    def marks(self) -> dict[int, Standing]:
        return {m.skill_id: (m.state, m.since, m.credited_from) for m in Mark.objects.filter(learner=self.learner)}

    @property
    def recalls(self) -> list[tuple[Any, ...]]:
        own = Recall.objects.filter(learner=self.learner).order_by("question")
        return list(own.values_list("question", *reviews.REMEMBERED, "fades_on"))

    @property
    def replayed(self) -> dict[int, Standing]:
        return Change.objects.filter(learner=self.learner).replayed()


def make_content() -> None:
    make_trail(4)
    for skill in Skill.objects.order_by("id"):
        skill.checkpoints.create(text=f"You can {skill.slug}.")
        skill.questions.create(question=f"Why {skill.slug}?", answer="So.")


def full() -> Person:
    """Somebody with something of everything."""
    person = Person("full@example.org", name="Zoë", time_zone="Europe/Berlin", appearance="dark", shortcuts=False)
    for what in (
        ("mark", 0, "done"),
        ("mark", 1, "learning"),
        ("all", "done"),
        ("undo", 2),
        ("guest", 2, "skipped"),
        ("note", 0, "Some *words*."),
        ("tick", 0),
        ("evidence", 0, "A notebook"),
        ("evidence", 1, "A post"),
        ("suggest", 0, "Some words.\nAnd more."),
        ("decide", 0, "Too old."),
        ("suggest", 1, "Hours are too few."),
        ("suggest", 2, "Good."),
        ("report", 0),
        ("report", 1),
        ("answer", 0, 3),
        ("answer", 1, 1),
        ("plan", 1),
    ):
        person.act(what)
    return person


def changed(content: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(content)
    change(document)
    return json.dumps(document).encode()


index = st.integers(0, 7)
state = st.sampled_from(["todo", "learning", "done", "skipped"])
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=60).filter(
    lambda text: bool(text.strip())
)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("mark"), index, state),
        st.tuples(st.just("all"), st.sampled_from(["done", "todo"])),
        st.tuples(st.just("undo"), index),
        st.tuples(st.sampled_from(["credit", "keep", "clear"]), index),
        st.tuples(st.just("guest"), index, state),
        st.tuples(st.just("note"), index, words),
        st.tuples(st.just("tick"), index),
        st.tuples(st.just("evidence"), index, words.map(str.strip)),
        st.tuples(st.just("suggest"), index, words.map(str.strip)),
        st.tuples(st.just("decide"), st.integers(0, 2), words.map(str.strip)),
        st.tuples(st.just("report"), index),
        st.tuples(st.just("answer"), index, st.integers(1, 4)),
        st.tuples(st.just("take back"), index),
        st.tuples(st.just("plan"), index),
    ),
    max_size=12,
)


def as_name(text: str) -> str:
    """What of it may be a name: the rest never gets into an account."""
    name = names.tidy("".join(filter(str.isprintable, text)))[:80].strip()
    try:
        names.visible(name)
    except ValidationError:
        return ""
    return "" if names.is_reserved(name) else name


class TestAnyRecord(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        make_content()

    @example([("all", "done"), ("answer", 0, 3), ("answer", 4, 1), ("take back", 1)], "Noor", True)
    @given(acts, words, st.booleans())
    @settings(max_examples=40)
    def test_comes_out_as_it_went_in(self, sequence: list[tuple[Any, ...]], name: str, shortcuts: bool) -> None:
        before = Person(name=as_name(name), shortcuts=shortcuts, time_zone="Asia/Tokyo")
        for what in sequence:
            before.act(what)
        content, record, recalls = before.file(), before.record(), before.recalls
        before.user.delete()
        after = Person()
        after.bring_in(content)
        assert after.record() == record
        assert after.replayed == after.marks
        assert after.recalls == recalls
        made = after.bring_in(content)
        assert made.is_nothing
        assert after.record() == record

    @given(acts, acts, acts, index)
    @settings(max_examples=60)
    def test_two_records_become_one(
        self,
        shared: list[tuple[Any, ...]],
        here: list[tuple[Any, ...]],
        there: list[tuple[Any, ...]],
        undone: int,
    ) -> None:
        other, own = Person("other@example.org"), Person("own@example.org")
        for what in shared:
            other.act(what)
        own.bring_in(other.file())
        own.now = other.now + dt.timedelta(seconds=30)
        for theirs, mine in zip([*there, *[None] * len(here)], [*here, *[None] * len(there)], strict=True):
            if theirs:
                other.act(theirs)
            if mine:
                own.act(mine)
        before, content = own.marks, other.file()
        made = own.bring_in(content)
        assert own.marks == {
            skill: max(
                (found for found in (before.get(skill), other.marks.get(skill)) if found),
                key=lambda found: (found[1], not found[2]),
            )
            for skill in before.keys() | other.marks.keys()
        }
        assert own.replayed == own.marks
        record = own.record()
        assert own.bring_in(content).is_nothing
        assert own.record() == record
        if made.batch:
            marks.undo(learner=own.learner, batch=made.batch, at=LATER)
            assert own.replayed == own.marks
        own.act(("undo", undone))
        assert own.replayed == own.marks


class TestExport:
    def test_is_the_same_twice_but_for_its_time(self) -> None:
        make_content()
        person = full()
        first, second = (json.loads(exporting.written(exporting.record(person.learner, at))) for at in (NOW, LATER))
        assert (first.pop("exported_at"), second.pop("exported_at")) == (
            "2026-11-25T12:00:00.000000Z",
            "2026-12-25T12:00:00.000000Z",
        )
        assert first == second
        assert all(first.values())

    def test_says_what_docs_export_says(self) -> None:
        make_content()
        person = Person(name="Ada", time_zone="Europe/London")
        person.act(("mark", 0, "done"))
        skill = Skill.objects.get(slug="skill-1")
        document = json.loads(person.file())
        assert document["account"] == {
            "name": "Ada",
            "time_zone": "Europe/London",
            "appearance": "auto",
            "shortcuts": True,
            "weekly_letter": False,
        }
        assert document["marks"] == [
            {
                "skill": str(skill.uid),
                "slug": "skill-1",
                "title": "Skill 1",
                "state": "done",
                "since": "2026-11-25T12:01:00.000000Z",
                "credited_from": "",
            }
        ]
        assert "ada@example.org" not in person.file().decode()

    def test_the_readable_files(self) -> None:
        make_content()
        person = full()
        with zipfile.ZipFile(io.BytesIO(exporting.archive(person.learner, LATER))) as zipped:
            files = {name: zipped.read(name) for name in zipped.namelist()}
        assert list(files) == ["cairn.json", "checklist.md", "marks.csv", "notes.md"]
        checklist = files["checklist.md"].decode()
        assert "1 of 4 done, 1 skipped, 0 extra, 2 left." in checklist
        assert "- [x] Skill 1, done since 25 November 2026" in checklist
        assert "- [ ] Skill 4\n" in checklist
        rows = list(csv.reader(io.StringIO(files["marks.csv"].decode("utf-8-sig"))))
        assert rows[0] == ["Skill", "Slug", "State", "Since", "Note", "Evidence"]
        rows.sort(key=lambda row: row[1] if row[0] != "Skill" else "")
        assert rows[1][:5] == ["Skill 1", "skill-1", "done", "2026-11-25T12:01:00.000000Z", "Some *words*."]
        assert rows[1][5] == "A notebook: https://example.org/0"
        assert "## Skill 1\n\nWritten on 25 November 2026.\n\nSome \\*" not in files["notes.md"].decode()
        assert "Some *words*." in files["notes.md"].decode()
        assert files["marks.csv"].startswith(b"\xef\xbb\xbf")

    @pytest.mark.parametrize("first", [*"=+-@\t\r\n", *"＝＋－＠"])
    def test_a_spreadsheet_runs_no_cell(self, first: str) -> None:
        assert harmless(f"{first}HYPERLINK()") == f"'{first}HYPERLINK()"
        make_content()
        person = Person()
        skill = Skill.objects.get(slug="skill-1")
        text = f"{first}cmd|' /C calc'!A0"
        Note.objects.create(learner_id=person.learner, skill=skill, text=text, updated_at=NOW)
        with zipfile.ZipFile(io.BytesIO(exporting.archive(person.learner, LATER))) as zipped:
            table = zipped.read("marks.csv").decode("utf-8-sig")
        assert next(row for row in csv.reader(io.StringIO(table, newline="")) if row[1] == "skill-1")[4] == f"'{text}"

    def test_ten_thousand_entries_are_quick_out_and_in(self) -> None:
        make_content()
        person, skill = Person(), Skill.objects.get(slug="skill-1")
        at = [NOW + dt.timedelta(seconds=n) for n in range(10_000)]
        Change.objects.bulk_create(
            Change(
                batch=uuid.uuid4(),
                learner_id=person.learner,
                skill=skill,
                before=("done", "learning")[n % 2] if n else None,
                before_since=at[n - 1] if n else None,
                after=("learning", "done")[n % 2],
                after_since=at[n],
                at=at[n],
                day=at[n].date(),
                cause="mark",
            )
            for n in range(10_000)
        )
        Mark.objects.create(learner_id=person.learner, skill=skill, state="done", since=at[-1])
        start = time.process_time()
        packed = exporting.archive(person.learner, LATER)
        assert time.process_time() - start < 5
        record = person.record()
        person.user.delete()
        other = Person()
        start = time.process_time()
        other.bring_in(reading.content(packed))
        assert time.process_time() - start < 10
        assert other.record() | {"account": None} == record | {"account": None}

    def test_asks_as_much_for_much_as_for_little(self) -> None:
        make_content()
        little, much = Person("one@example.org"), full()
        counts = []
        for person in (little, much):
            with queries() as asked:
                exporting.record(person.learner, LATER)
            counts.append(len(asked))
        assert counts == [15, 15]


# What has a learner or a user and is not in an export, and why.
LEFT_OUT = {
    "progress.Learner": "only holds the rest together",
    "progress.Recall": "what the reviews come to; made again from them",
    "progress.Letter": "what this site has sent",
    "progress.PendingImport": "a file of the learner's own, an hour at most",
    "accounts.Event": "the security log of this site",
    "roadmap.Revision": "the content's history, not the learner's",
    "roadmap.Succession": "the content's history, not the learner's",
    "accounts.HeldHandle": "a handle belongs to one site",
    "account.EmailAddress": "belongs to the account on this site",
    "mfa.Authenticator": "a secret, bound to this site",
    "socialaccount.SocialAccount": "sign-in on this site",
    "usersessions.UserSession": "browsers signed in on this site",
    "admin.LogEntry": "what a curator edited: the content's history, not the learner's",
}
SECTIONS = {
    "progress.Follow": "follows",
    "progress.Mark": "marks",
    "progress.Change": "changes",
    "progress.CheckpointTick": "checkpoints",
    "progress.Note": "notes",
    "progress.Evidence": "evidence",
    "progress.Report": "reports",
    "progress.Suggestion": "suggestions",
    "progress.Review": "reviews",
    "progress.Plan": "plans",
}
FIELDS_LEFT_OUT = {
    "progress.Follow": {"changes_seen_at"},  # the news of this site
    "progress.Plan": {"token"},  # opens a calendar of this site
}
USER_LEFT_OUT = {
    *("id", "email", "password", "last_login", "date_joined"),  # the account on this site
    *("handle", "is_public", "shows_streak", "is_findable"),  # the profile on this site, switched on by hand
    *("is_staff", "is_superuser", "is_active", "erase_at"),  # what others grant, or what is under way
}


class TestCompleteness:
    def test_every_model_of_a_learner_is_in_it_or_left_out_for_a_reason(self) -> None:
        owned = {
            model._meta.label
            for model in apps.get_models()
            if any(field.related_model in (User, Learner) for field in model._meta.fields)
        }
        assert owned == LEFT_OUT.keys() | SECTIONS.keys()

    def test_every_field_of_these_is_in_it(self) -> None:
        make_content()
        document = full().record()
        lacking = {}
        for label, section in SECTIONS.items():
            fields = {field.name for field in apps.get_model(label)._meta.fields} - {"id", "learner"}
            if lacks := fields - document[section][0].keys():
                lacking[label] = lacks
        assert lacking == FIELDS_LEFT_OUT
        assert {field.name for field in User._meta.fields} - document["account"].keys() == USER_LEFT_OUT


class TestMerging:
    @pytest.fixture(autouse=True)
    def _content(self, db: None) -> None:
        make_content()

    def test_the_newest_mark_wins_and_undo_takes_the_import_back(self) -> None:
        other, own = Person("other@example.org"), Person("own@example.org")
        other.act(("mark", 0, "learning"))
        own.now += DAY
        own.act(("mark", 0, "done"))
        own.act(("mark", 1, "done"))
        other.act(("mark", 1, "skipped"))
        before = own.marks
        # Of a file without its history there is nothing that yields the marks.
        made = own.bring_in(changed(other.file(), lambda d: d.pop("changes")))
        skills = list(Skill.objects.filter(slug__in=["skill-1", "skill-2"]).order_by("slug"))
        assert own.marks == before
        assert [title for title, _, _ in made.older] == ["Skill 1", "Skill 2"]
        assert (made.marks, made.act) == ({}, [])
        made = own.bring_in(
            changed(other.file(), lambda d: (d.pop("changes"), d["marks"][0].update(since="2026-12-01T00:00:00Z")))
        )
        assert [title for title, _, _ in made.newer] == ["Skill 1"]
        assert own.marks[skills[0].pk] == ("learning", dt.datetime(2026, 12, 1, tzinfo=dt.UTC), "")
        assert {change.cause for change in Change.objects.filter(batch=made.batch)} == {"import"}
        assert made.batch is not None
        marks.undo(learner=own.learner, batch=made.batch, at=LATER)
        assert own.marks == before

    def test_history_that_yields_the_marks_needs_no_more(self) -> None:
        other, own = Person("other@example.org"), Person("own@example.org")
        other.act(("mark", 0, "learning"))
        other.act(("mark", 0, "done"))
        made = own.bring_in(other.file())
        assert (len(made.history), made.act, own.marks) == (2, [], other.marks)
        assert set(Change.objects.filter(learner=own.learner).values_list("cause", flat=True)) == {"mark"}

    def test_undo_after_an_import_brings_back_what_stood_before_here(self) -> None:
        other, own = Person("other@example.org"), Person("own@example.org")
        own.act(("mark", 0, "learning"))
        before = own.marks
        other.now += DAY
        other.act(("mark", 0, "done"))
        own.bring_in(other.file())
        batch = Change.objects.get(learner=own.learner, after="done").batch
        marks.undo(learner=own.learner, batch=batch, at=other.now + DAY)
        assert own.marks == before

    def test_both_notes_stay_once_each(self) -> None:
        other, own = Person("other@example.org"), Person("own@example.org")
        other.act(("note", 0, "Theirs\n\n---\n\nin two parts"))
        own.act(("note", 0, "Mine"))
        other.act(("note", 1, "New"))
        for _ in range(2):
            own.bring_in(other.file())
        texts = Note.objects.filter(learner=own.learner).order_by("skill")
        assert [note.text for note in texts] == [
            "Mine\n\n---\n\nImported on 25 December 2026:\n\nTheirs\n\n---\n\nin two parts",
            "New",
        ]
        assert texts[0].version == 2
        # And back again: what was put together there holds what is here.
        other.bring_in(own.file())
        assert Note.objects.get(learner=other.learner, version=2).text == texts[0].text

    def test_a_note_does_not_grow_without_end(self) -> None:
        other, own = Person("other@example.org"), Person("own@example.org")
        for person in (other, own):
            text = f"{person.learner} " * 16_000
            Note.objects.create(
                learner_id=person.learner,
                skill=Skill.objects.get(slug="skill-1"),
                text=text[: schema.LONGEST_NOTE - 1].strip(),
                updated_at=NOW,
            )
            Note.objects.filter(learner=person.learner).update(text=(text * 20)[: schema.LONGEST_NOTE].strip())
        before = own.record()
        with pytest.raises(Wrong, match=r"“Skill 1”.*Shorten yours first"):
            own.bring_in(other.file())
        assert own.record() == before

    def test_ticks_follows_and_evidence_are_united(self) -> None:
        other, own = Person("other@example.org"), Person("own@example.org")
        for person in (own, other):
            person.act(("tick", 0))
            person.act(("mark", 0, "done"))
            person.act(("evidence", 0, f"By {person.user.email}"))
            person.now += DAY
        other.act(("tick", 1))
        other.act(("evidence", 1, "More"))
        other.act(("mark", 0, "learning"))
        own.bring_in(other.file())
        assert CheckpointTick.objects.filter(learner=own.learner).count() == 2
        assert list(Evidence.objects.filter(learner=own.learner).order_by("id").values_list("title", flat=True)) == [
            "By own@example.org",
            "More",
        ]
        follow = Follow.objects.get(learner=own.learner)
        assert (follow.since, follow.used_at) == (NOW + dt.timedelta(minutes=2), other.now)

    def test_reports_and_suggestions_are_united_as_they_are(self) -> None:
        other, own = Person("other@example.org"), Person("own@example.org")
        for person in (own, other):
            person.act(("suggest", 0, f"By {person.user.email}"))
            person.act(("report", 0))
            person.now += DAY
        other.act(("decide", 0, "Too old."))
        other.act(("suggest", 1, "Hours are too few."))
        other.act(("report", 1))
        content = other.file()
        other.user.delete()
        own.bring_in(content)
        made = (
            Suggestion.objects.filter(learner=own.learner).order_by("at", "id").values_list("text", "status", "answer")
        )
        assert list(made) == [
            ("By own@example.org", "open", ""),
            ("By other@example.org", "declined", "Too old."),
            ("Hours are too few.", "open", ""),
        ]
        reports = Report.objects.filter(learner=own.learner).order_by("resource").values_list("kind", "at")
        assert list(reports) == [
            ("dead", NOW + dt.timedelta(minutes=2)),  # one's own
            ("paywall", NOW + DAY + dt.timedelta(minutes=5)),
        ]

    def test_what_was_decided_here_stays_decided(self) -> None:
        own = Person()
        own.act(("suggest", 1, "Hours are too few."))
        content = own.file()
        own.act(("decide", 0, "They are not."))
        assert own.bring_in(content).is_nothing
        assert Suggestion.objects.get().status == "declined"

    def test_open_suggestions_beyond_the_most_are_named_and_left_out(self) -> None:
        other, own = Person("other@example.org"), Person("own@example.org")
        for person, many in ((other, 9), (own, 3)):
            for number in range(many):
                person.act(("suggest", 2 * number + 1, f"Number {number} of {person.user.email}"))
                person.now += DAY
        other.act(("decide", 0, "No."))
        other.act(("suggest", 2, "With a title."))
        content = other.file()
        made = own.bring_in(content)
        assert (len(made.suggestions), made.beyond) == (8, ["Number 8 of other@example.org", "A book"])
        waiting = Suggestion.objects.filter(learner=own.learner, status="open")
        assert waiting.count() == suggestions.MOST_OPEN
        assert Suggestion.objects.filter(learner=own.learner, status="declined").count() == 1
        again = own.bring_in(content)
        assert (again.is_nothing, again.beyond) == (True, made.beyond)
        waiting.filter(text__startswith="Number 0").delete()
        assert own.bring_in(content).beyond == ["A book"]

    def test_a_report_of_an_unknown_resource_is_named_by_its_address(self) -> None:
        other, own = Person("other@example.org"), Person("own@example.org")
        other.act(("report", 0))
        other.act(("suggest", 1, "Hours are too few."))
        strangers = [str(uuid.uuid4()), str(uuid.uuid4())]

        def move(document: dict[str, Any]) -> None:
            document["reports"][0]["resource"], document["suggestions"][0]["skill"] = strangers

        made = own.bring_in(changed(other.file(), move))
        assert [made.unknown[uuid.UUID(each)] for each in strangers] == ["https://example.org/1", "skill-2"]
        assert made.is_nothing

    def test_a_file_from_before_there_were_such_lists(self) -> None:
        own = Person("own@example.org")
        own.bring_in(changed(full().file(), lambda d: (d.pop("reports"), d.pop("suggestions"))))
        assert own.marks
        assert not Report.objects.filter(learner=own.learner).exists()

    def test_settings_are_taken_only_when_wanted(self) -> None:
        other, own = Person("other@example.org", name="Zoë", time_zone="Asia/Tokyo"), Person("own@example.org")
        made = own.bring_in(other.file(), with_settings=False)
        assert made.settings == [("name", "", "Zoë"), ("time_zone", "UTC", "Asia/Tokyo")]
        own.user.refresh_from_db()
        assert (own.user.name, own.user.time_zone) == ("", "UTC")
        own.bring_in(other.file())
        own.user.refresh_from_db()
        assert (own.user.name, own.user.time_zone, own.user.email) == ("Zoë", "Asia/Tokyo", "own@example.org")

    def test_what_is_unknown_here_is_reported_and_left_out(self) -> None:
        content = full().file()
        stranger = str(uuid.uuid4())
        skill = str(Skill.objects.get(slug="skill-1").uid)
        content = content.replace(skill.encode(), stranger.encode())
        own = Person("own@example.org")
        made = own.bring_in(content)
        assert made.unknown == {uuid.UUID(stranger): "Skill 1"}
        assert not Mark.objects.filter(learner=own.learner, skill__slug="skill-1").exists()
        assert Mark.objects.filter(learner=own.learner, skill__slug="skill-2").exists()
        assert own.replayed == own.marks

    def test_ids_of_others_in_a_file_are_ignored(self) -> None:
        stranger, own = full(), Person("own@example.org")
        before = stranger.record()

        def claim(document: dict[str, Any]) -> None:
            ids = {"user": stranger.user.pk, "learner": stranger.learner, "id": 1, "pk": 1, "is_staff": True}
            document |= ids
            document["account"] |= ids | {"email": "evil@example.org", "is_superuser": True, "handle": "admin"}
            for section in SECTIONS.values():
                for row in document[section]:
                    row.update(ids)

        own.bring_in(changed(stranger.file(), claim))
        assert stranger.record() == before
        assert own.record() == before
        own.user.refresh_from_db()
        assert (own.user.email, own.user.is_staff, own.user.is_superuser, own.user.handle) == (
            *("own@example.org", False, False, None),
        )

    def test_a_clock_a_little_ahead_is_taken_as_now(self) -> None:
        own = Person()
        ahead = (LATER + DAY / 2).isoformat()
        own.bring_in(changed(full().file(), lambda d: (d.pop("changes"), d["marks"][0].update(since=ahead))))
        assert max(since for _, since, _ in own.marks.values()) == LATER
        own.now = LATER
        own.act(("mark", 0, "todo"))
        assert own.replayed == own.marks

    def test_an_act_undone_here_stays_undone(self) -> None:
        own = Person()
        own.act(("all", "done"))
        content = own.file()
        own.act(("undo", 0))
        change = Change.objects.filter(learner=own.learner).last()
        assert change is not None
        change.delete()  # as if its skill had not been known here
        own.bring_in(content)
        assert own.replayed == own.marks
        acts = Change.objects.filter(learner=own.learner, cause="bulk").values_list("undone_at", flat=True)
        assert len(set(acts)) == 1
        assert len(acts) == 4


def at(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change


def without(*path: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]

    return change


def twice(section: str) -> Callable[[dict[str, Any]], None]:
    return lambda document: document[section].append(document[section][0])


class TestRefusals:
    """Each names the place that is wrong, and nothing is applied."""

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (at("format", value="other"), "This is no export of Cairn"),
            (without("format"), "This is no export of Cairn"),
            (at("version", value=2), "version 2 of the format. This Cairn understands version 1."),
            (at("version", value="1"), "version: this must be a whole number"),
            (at("version", value=True), "version: this must be a whole number"),
            (without("exported_at"), "exported_at: a text is missing here."),
            (at("account", value=[]), "account: this must be an object"),
            (at("account", "time_zone", value="Mars/Olympus"), "account, time_zone: Choose a time zone"),
            (at("account", "name", value="x" * 81), "account, name: Ensure this value has at most 80 characters"),
            (at("account", "name", value="a\u202eb"), "account, name: Leave out characters that cannot be seen."),
            (at("account", "appearance", value="pink"), "account, appearance: “pink” is none of auto, light, dark."),
            (at("account", "shortcuts", value=1), "account, shortcuts: this must be true or false."),
            (at("marks", value={}), "marks: this must be a list."),
            (at("marks", 0, value="done"), "marks, entry 1: this must be an object"),
            (at("marks", 1, "state", value="started"), "marks, entry 2, state: “started” is none of todo, learning"),
            (at("marks", 1, "state", value=None), "marks, entry 2, state: a text is missing here."),
            (at("marks", 1, "skill", value="docker"), "marks, entry 2, skill: this must be a uid"),
            (at("marks", 0, "title", value=7), "marks, entry 1, title: this must be a text."),
            (at("marks", 0, "since", value="yesterday"), "marks, entry 1, since: this must be a date and time"),
            (at("marks", 0, "since", value="2026-05-03T12:00:00"), "since: this must be a date and time"),
            (at("marks", 0, "since", value=1_700_000_000), "marks, entry 1, since: this must be a text."),
            (at("marks", 0, "since", value="1970-01-01T00:00:00Z"), "since: this is before the year 2000."),
            (at("marks", 0, "since", value="0001-01-01T00:00:00+23:59"), "since: this is before the year 2000."),
            (at("marks", 0, "since", value="9999-12-31T23:59:59-23:59"), "since: this is in the future."),
            (at("marks", 0, "since", value="2026-12-27T00:00:00Z"), "marks, entry 1, since: this is in the future."),
            (twice("marks"), "marks, entry 4: it says the same as entry 1, or contradicts it."),
            (twice("follows"), "follows, entry 2: it says the same as entry 1"),
            (twice("changes"), "it says the same as entry 1"),
            (twice("checkpoints"), "checkpoints, entry 2: it says the same"),
            (twice("notes"), "it says the same as entry 1"),
            (twice("evidence"), "evidence, entry 3: it says the same as entry 1"),
            (twice("reports"), "reports, entry 3: it says the same as entry 1"),
            (twice("suggestions"), "suggestions, entry 4: it says the same as entry 1"),
            (at("reports", 0, "kind", value="dull"), "reports, entry 1, kind: “dull” is none of dead, paywall."),
            (at("reports", 0, "url", value="x" * 501), "reports, entry 1, url: this has 501 characters"),
            (at("reports", 0, "settled_at", value="soon"), "reports, entry 1, settled_at: this must be a date"),
            (at("suggestions", 0, "kind", value="bribe"), "suggestions, entry 1, kind: “bribe” is none of resource"),
            (at("suggestions", 0, "status", value="new"), "suggestions, entry 1, status: “new” is none of open,"),
            (at("suggestions", 0, "title", value=""), "suggestions, entry 1, title: a resource has a title and"),
            (at("suggestions", 0, "url", value=""), "suggestions, entry 1, url: a resource has a title and an address"),
            (at("suggestions", 0, "url", value="javascript:1"), "suggestions, entry 1, url: Start the link with"),
            (at("suggestions", 0, "title", value="x" * 201), "suggestions, entry 1, title: Ensure this value has"),
            (at("suggestions", 0, "text", value=" \n "), "suggestions, entry 1, text: a suggestion without words"),
            (at("suggestions", 0, "text", value="x" * 1001), "suggestions, entry 1, text: this has 1,001 characters"),
            (at("suggestions", 0, "answer", value="x" * 501), "suggestions, entry 1, answer: this has 501 characters"),
            (at("suggestions", 0, "answer", value=None), "suggestions, entry 1, answer: a text is missing here."),
            (at("suggestions", 0, "wants_credit", value=1), "wants_credit: this must be true or false."),
            (at("suggestions", 0, "decided_at", value=None), "suggestions, entry 1, decided_at: what is decided has"),
            (at("suggestions", 0, "status", value="open"), "suggestions, entry 1, decided_at: what is decided has"),
            (at("changes", 2, "at", value="2026-13-01T00:00:00Z"), "changes, entry 3, at: this must be a date"),
            (at("changes", 2, "at", value=None), "changes, entry 3, at: a text is missing here."),
            (
                at("changes", 2, "day", value="2026-11-28"),
                "changes, entry 3, day: nowhere is it this day at 2026-11-25",
            ),
            (at("changes", 2, "day", value="today"), "changes, entry 3, day: this must be a day such as"),
            (at("changes", 2, "cause", value="magic"), "changes, entry 3, cause: “magic” is none of mark, bulk"),
            (at("changes", 0, "before", value="done"), "changes, entry 1, before_since: a state before and its date"),
            (at("changes", 3, "undone_at", value="2026-11-25T13:00:00Z"), "batch: the changes of one act have"),
            (at("notes", 0, "text", value=" \n "), "notes, entry 1, text: a note without words is none."),
            (at("notes", 0, "text", value="x" * 200_001), "notes, entry 1, text: this has 200,001 characters"),
            (at("notes", 0, "text", value="a\0b"), "notes, entry 1, text: a null character is not allowed."),
            (at("notes", 0, "text", value="a\ud800b"), "notes, entry 1, text: half of a surrogate pair"),
            (at("notes", 0, "version", value=0), "notes, entry 1, version: this must be a whole number from 1"),
            (at("notes", 0, "version", value=2_000_000_000), "version: this must be a whole number from 1"),
            (at("notes", 0, "version", value=1.5), "version: this must be a whole number from 1"),
            (at("evidence", 0, "url", value="javascript:alert(1)"), "evidence, entry 1, url: Start the link with"),
            (at("evidence", 0, "url", value="http://example.org/"), "evidence, entry 1, url: Start the link with"),
            (at("evidence", 0, "url", value="https://e.org/" + "x" * 500), "evidence, entry 1, url: this has 514"),
            (at("evidence", 0, "title", value=""), "evidence, entry 1, title: This field cannot be blank."),
            (at("evidence", 0, "is_public", value="yes"), "evidence, entry 1, is_public: this must be true or false."),
        ],
    )
    def test_of_a_value(self, change: Callable[[dict[str, Any]], None], sentence: str) -> None:
        make_content()
        person = full()
        own = Person("own@example.org")
        before = own.record()
        content = changed(person.file(), change)
        with pytest.raises(Wrong) as refused:
            own.bring_in(content)
        assert sentence in str(refused.value)
        assert own.record() == before

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "This file is empty."),
            (b" \n", "This file is empty."),
            (b"\x89PNG\r\n\x1a\n", "neither the zip of an export nor its cairn.json"),
            (b"\x1f\x8b\x08\x00", "neither the zip of an export nor its cairn.json"),
            (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "neither the zip of an export"),
            ('{"format": "cairn"}'.encode("utf-16"), "neither the zip of an export"),
            ('{"format": "cairn"}'.encode("utf-16-le"), "Line 1, column 2: the file is no JSON"),
            (b'{"format":\n "caf\xe9"}', "Line 2: the file is not in UTF-8 there."),
            (b'{"format": "cairn",\n}', "Line 2, column 1: the file is no JSON from there on."),
            (b'{"format": "cairn", "format": "cairn"}', 'The name "format" stands twice in one object.'),
            (b'{"version": NaN}', "NaN is no number."),
            (b'{"version": -Infinity}', "-Infinity is no number."),
            (b'{"version": 1e400}', "A number in this file is too large."),
            (b'{"version": 12345678901234567890}', "A number with more than 18 digits stands in this file."),
            (b'{"a":' * 100_000, "nested more than 10 deep"),
            (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested more than 10 deep"),
            (b"[]", "neither the zip of an export"),
            (b"{}", "This is no export of Cairn"),
            (b"PK\x03\x04 and nothing more", "This zip is damaged."),
        ],
    )
    def test_of_a_file(self, content: bytes, sentence: str) -> None:
        with pytest.raises(Wrong) as refused:
            reading.read(reading.content(content), LATER)
        assert sentence in str(refused.value)

    def test_a_mark_of_utf_8_is_no_hindrance(self) -> None:
        make_content()
        person = full()
        assert reading.read(b"\xef\xbb\xbf" + person.file(), LATER) == reading.read(person.file(), LATER)


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as made:
        for name, content in members:
            made.writestr(name, content)
    return packed.getvalue()


HEAD = b'{"format":"cairn","version":1,"exported_at":"2026-11-01T00:00:00Z",'
SIZE = reading.MOST_BYTES - 1000


# What it is -> how it is made: only while it is tried, as all of them together are large and take seconds.
BOMBS: dict[str, Callable[[], bytes]] = {
    "too large": lambda: b"{" + b" " * reading.MOST_BYTES,
    "deep": lambda: b'{"a":' + b"[" * SIZE,
    "objects in lists": lambda: HEAD + b'"marks":' + b'[{"a":' * (SIZE // 6),
    "rows": lambda: HEAD + b'"marks":[' + b"{}," * (SIZE // 3) + b"{}]}",
    "20,000 rows and more": lambda: HEAD + b'"marks":[' + b'{"skill":"x"},' * 200_000 + b"{}]}",
    "numbers": lambda: HEAD + b'"marks":[' + b"0," * (SIZE // 2) + b"0]}",
    "strings": lambda: HEAD + b'"marks":[' + b'"",' * (SIZE // 3) + b'""]}',
    "quotes": lambda: b'{"' + b'"' * SIZE,
    "names": lambda: b"{" + b",".join(b'"k%d":1' % n for n in range(1_300_000)) + b"}",
    "escapes": lambda: HEAD + b'"marks":"' + b"\\\\" * (SIZE // 2) + b'"}',
    "one number": lambda: HEAD + b'"a":' + b"9" * SIZE + b"}",
    "a zip of nothing": lambda: zipped(("cairn.json", b" " * (2**20)), ("x", b"\0" * 200 * 2**20)),
    "a zip of too much": lambda: zipped(("cairn.json", b"{" + b" " * 200 * 2**20)),
    "a zip of many": lambda: zipped(*((f"{n}.txt", b"") for n in range(2000))),
    "a zip of a zip": lambda: zipped(("cairn.json", zipped(("cairn.json", HEAD)))),
    "a zip packed otherwise": lambda: zipped(("cairn.json", HEAD), method=zipfile.ZIP_LZMA),
    "another zip": lambda: zipped(("../cairn.json", HEAD), ("/cairn.json", HEAD), ("cairn.json/", b"")),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_refused_early(bomb: str) -> None:
    content = BOMBS[bomb]()
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(Wrong):
            reading.read(reading.content(content), LATER)
        assert time.process_time() - start < 5
        assert tracemalloc.get_traced_memory()[1] < 6 * reading.MOST_BYTES
    finally:
        tracemalloc.stop()


def test_what_is_too_much_is_not_looked_at() -> None:
    with pytest.raises(Wrong, match="20 MB is the most"):
        reading.content(b"{" + b" " * reading.MOST_BYTES)
    with pytest.raises(Wrong, match="too many files"):
        reading.content(zipped(("cairn.json", HEAD), *((f"{n}.txt", b"") for n in range(50))))


@given(st.binary(max_size=60), st.integers(0, 400), st.integers(0, 60))
def test_a_damaged_zip_is_refused_in_words(junk: bytes, where: int, cut: int) -> None:
    packed = zipped(("cairn.json", b'{"a": "' + bytes(range(97, 120)) * 9 + b'"}'))
    damaged = packed[:where] + junk + packed[where + cut :]
    with pytest.raises(Wrong):
        reading.read(reading.content(damaged), LATER)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(junk: bytes) -> None:
    for content in (junk, b"{" + junk, HEAD + junk):
        with pytest.raises(Wrong):
            reading.read(reading.content(content), LATER)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


class TestAnything(TestCase):
    """In the place of any value of a right file: refused in words, or taken, and never an error of ours."""

    content: bytes

    @classmethod
    def setUpTestData(cls) -> None:
        make_content()
        cls.content = full().file()

    @given(st.data())
    @settings(max_examples=150)
    def test_in_any_place(self, data: st.DataObject) -> None:
        document = json.loads(self.content)
        name = data.draw(st.sampled_from(sorted(document)))
        place: Any = document
        while isinstance(place[name], (dict, list)) and place[name] and data.draw(st.integers(0, 4)):
            place = place[name]
            name = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        place[name] = data.draw(anything)
        with contextlib.suppress(Wrong):
            Person(f"{uuid.uuid4()}@example.org").bring_in(json.dumps(document).encode())


@pytest.mark.parametrize(
    "text",
    [
        *("\u202eevil\u202c", "zero\u200bwidth\u200d", "e" + "\u0301" * 500, "\ufffe\uffff\U0001ffff", "Ω Ångström"),
        *("日本語 العربية עברית", "👩‍👩‍👧‍👦 🇪🇺", "tab\tand\x0bmore\x1b[31m", "<script>alert(1)</script>", "{{ 7*7 }}"),
    ],
)
def test_any_characters_travel_unharmed(text: str) -> None:
    make_content()
    person = Person(name=as_name(text))
    person.act(("note", 0, text))
    person.act(("evidence", 0, text[:120]))
    packed, record = exporting.archive(person.learner, LATER), person.record()
    person.user.delete()
    other = Person()
    other.bring_in(reading.content(packed))
    assert other.record() == record
    assert Note.objects.get(learner=other.learner).text == text


class TestWaiting:
    @pytest.fixture(autouse=True)
    def _content(self, db: None) -> None:
        make_content()

    def test_a_file_waits_for_an_hour(self) -> None:
        own, content = Person(), full().file()
        importing.keep(learner=own.learner, content=content, at=LATER)
        digest, file = importing.kept(learner=own.learner, now=LATER + dt.timedelta(minutes=59))
        assert len(file.marks) == 3
        importing.forget_pending(now=LATER + dt.timedelta(minutes=59))
        with pytest.raises(importing.Missing):
            importing.kept(learner=own.learner, now=LATER + dt.timedelta(hours=1))
        importing.forget_pending(now=LATER + dt.timedelta(hours=1))
        with pytest.raises(importing.Missing):
            importing.kept(learner=own.learner, now=LATER)
        with pytest.raises(importing.Missing):
            importing.bring_in(learner=own.learner, digest=digest, with_settings=True, at=LATER, day=TODAY)

    def test_only_what_was_looked_at_is_imported_and_only_once(self) -> None:
        own = Person()
        importing.keep(learner=own.learner, content=full().file(), at=LATER)
        digest, _ = importing.kept(learner=own.learner, now=LATER)
        yes: dict[str, Any] = {"learner": own.learner, "with_settings": False, "at": LATER, "day": TODAY}
        with pytest.raises(importing.Missing):
            importing.bring_in(digest="0" * 64, **yes)
        assert own.marks == {}
        importing.bring_in(digest=digest, **yes)
        assert len(own.marks) == 3
        with pytest.raises(importing.Missing):
            importing.bring_in(digest=digest, **yes)


def processes(*started: tuple[Callable[..., None], tuple[Any, ...]]) -> tuple[list[Any], Any]:
    database = {"NAME": connection.settings_dict["NAME"]}
    start, done = several.Barrier(len(started) + 1), several.Queue()
    running = [several.Process(target=run, args=(database, *arguments, start, done)) for run, arguments in started]
    for process in running:
        process.start()
    start.wait(timeout=60)
    return running, done


@pytest.mark.django_db(transaction=True)
def test_two_imports_and_marks_at_once() -> None:
    make_content()
    person, own = full(), Person("own@example.org")
    content, place = person.file(), Placement.objects.order_by("id")[0]
    bring_in = (race.bring_in, (own.learner, content, LATER))
    running, done = processes(bring_in, bring_in, (race.run, (own.learner, place.roadmap_id, [place.skill_id], 0)))
    for process in running:
        process.join(timeout=60)
        assert process.exitcode == 0
    counts = sorted(done.get(timeout=5) for _ in running)
    changes = len(json.loads(content)["changes"])
    assert counts[0] == 0
    assert changes in counts
    assert Change.objects.filter(learner=own.learner, cause="mark", at__lt=LATER).exists()
    assert own.replayed == own.marks
    for model in (Note, Evidence, CheckpointTick, Follow, Report, Suggestion):
        mine, theirs = (model.objects.filter(learner=each.learner).count() for each in (own, person))
        assert mine == theirs


@pytest.mark.django_db(transaction=True)
def test_an_export_while_marks_are_made_is_of_one_moment() -> None:
    make_content()
    person = Person()
    places = list(Placement.objects.order_by("id"))
    marking = person.learner, places[0].roadmap_id, [place.skill_id for place in places], 0.02
    running, done = processes((race.run, marking))
    looked = 0
    while any(process.is_alive() for process in running):
        document = person.record()
        standing = {change["skill"]: change["after_since"] for change in document["changes"] if not change["undone_at"]}
        assert {mark["skill"]: mark["since"] for mark in document["marks"]} == standing
        looked += 1
        time.sleep(0.02)  # SQLite gives the lock to whoever asks first, and nobody else asks for it all the time
    assert looked > 1
    assert done.get(timeout=5) == 40
    assert len(person.record()["changes"]) == 40


class TestAhead:
    """Plans and reviews: what the properties above do not come by."""

    @pytest.fixture(autouse=True)
    def _content(self, db: None) -> None:
        make_content()

    def test_picks_are_told_by_uid_and_those_unknown_here_are_left_to_be_picked_anew(self) -> None:
        group = Group.objects.get()
        Group.objects.update(rule="any", title="One of these")
        own = full()
        [plan] = own.record()["plans"]
        assert plan["picks"] == [[str(group.uid), str(group.placements.all()[0].skill.uid)]]
        unknown = changed(own.file(), lambda d: d["plans"][0]["picks"].append([str(uuid.uuid4()), str(uuid.uuid4())]))
        other = Person()
        other.bring_in(unknown)
        assert other.record()["plans"] == [plan]

    def test_of_two_plans_the_newer_counts_and_keeps_its_calendar_here(self) -> None:
        here, there = Person("here@example.org"), Person("there@example.org")
        for person in (here, there):
            person.act(("plan", 1))
        mine = Plan.objects.get(learner=here.learner)
        mine.renew_token()
        mine.save()
        older = there.file()
        assert here.bring_in(older).plans == []
        there.act(("plan", 3))
        here.bring_in(there.file())
        now = Plan.objects.get(learner=here.learner)
        assert (now.uid, now.token) == (mine.uid, mine.token)
        assert now.weekdays == (4, 0, 0, 8, 0, 0, 3)

    def test_how_reviews_come_is_a_setting(self) -> None:
        own = Person("own@example.org")
        reviews.set_wishes(learner=own.learner, reviews_a_day=12, retention=0.95)
        for with_settings, expected in ((False, (5, 0.9)), (True, (12, 0.95))):
            other = Person(f"{with_settings}@example.org".lower())
            other.bring_in(own.file(), with_settings=with_settings)
            kept = Learner.objects.values_list("reviews_a_day", "retention").get(pk=other.learner)
            assert kept == expected

    @pytest.mark.parametrize(
        ("section", "name", "value", "sentence"),
        [
            ("reviews", "rating", 5, "this must be a whole number from 1 to 4."),
            ("reviews", "day", "2026-01-01", "nowhere is it this day"),
            ("plans", "monday", 97, "this must be a whole number from 0 to 96."),
            ("plans", "start", "1850-01-01", "this must be a day such as 2026-05-03, from 2000 to 2199."),
            ("plans", "pauses", [["2026-05-03", "2026-05-01"]], "a pause ends on its first day or later."),
            ("plans", "pauses", [["2026-05-03"]], "this must be a list of pairs."),
            ("plans", "pauses", [["2026-05-03", "2026-05-04"]] * 51, "50 is the most."),
            ("plans", "picks", [["a", "b"]], "these must be pairs of the uids of a group and a skill."),
            ("plans", "events", "hour", "“hour” is none of week, skill."),
        ],
    )
    def test_a_wrong_value_is_refused_with_its_place(
        self, section: str, name: str, value: object, sentence: str
    ) -> None:
        content = changed(full().file(), lambda d: d[section][0].update({name: value}))
        with pytest.raises(Wrong, match=re.escape(f"{section}, entry 1, {name}: {sentence}")):
            reading.read(content, LATER)

    def test_a_week_without_hours_is_no_plan(self) -> None:
        none = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 0)
        content = changed(full().file(), lambda d: d["plans"][0].update(none))
        with pytest.raises(Wrong, match="one day of the week has hours"):
            reading.read(content, LATER)

    @pytest.mark.parametrize(("name", "value"), [("reviews_a_day", 51), ("retention", 0.99), ("retention", 1)])
    def test_a_wrong_setting_of_reviews(self, name: str, value: object) -> None:
        content = changed(Person().file(), lambda d: d["reviewing"].update({name: value}))
        with pytest.raises(Wrong, match=f"reviewing, {name}: this must be a"):
            reading.read(content, LATER)
