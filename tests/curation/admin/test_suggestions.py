"""Curators look at what learners suggest, and accept or decline it."""

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from curation import suggestions
from progress.models import Learner, Suggestion
from roadmap.models import Resource, Revision, Roadmap, Skill
from tests.curation import race
from tests.factories import NOW, make_learner, make_resource, make_trail
from tests.processes import several
from tests.queries import queries
from tests.roadmap.admin.desk import said, shown, version

pytestmark = pytest.mark.django_db
LIST = "/admin/progress/suggestion/"
RESOURCE = {
    "decision": "accept",
    "title": "A better title",
    "url": "https://example.org/good",
    "kind": "book",
    "level": "beginner",
    "free": "on",
    "publisher": "Example",
    "minutes": "45",
    "why": "It is short.",
    "credit": "Noor",
    "answer": "Thank you.\r\nIt is in.",
}


@pytest.fixture
def trail(db: None) -> Roadmap:
    return make_trail(1)


@pytest.fixture
def learner(trail: Roadmap, user: User) -> Learner:
    return make_learner(user)


def make(learner: Learner, **fields: Any) -> Suggestion:
    values = {
        "skill": Skill.objects.get(slug="skill-1"),
        "kind": "resource",
        "title": "A good book",
        "url": "https://www.example.org/good",
        "text": "I liked <b>it</b>.",
        "at": NOW,
    }
    return Suggestion.objects.create(learner=learner, **(values | fields))


def correction(learner: Learner, **fields: Any) -> Suggestion:
    return make(learner, kind="correction", title="", url="", text="Hours are too few.", **fields)


def page_of(suggestion: Suggestion) -> str:
    return f"{LIST}{suggestion.pk}/change/"


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def decide(client: Client, suggestion: Suggestion, data: dict[str, Any], **more: Any) -> Any:
    return client.post(page_of(suggestion), data | more, follow=True)


class TestList:
    def test_open_ones_come_first_those_that_wait_longest_at_the_top(self, desk: Client, learner: Learner) -> None:
        day = dt.timedelta(days=1)
        make(learner, title="Decided first", status="declined", decided_at=NOW + day)
        make(learner, title="Decided last", status="accepted", decided_at=NOW + 2 * day)
        make(learner, title="Newest", at=NOW + day)
        make(learner, title="Oldest", at=NOW - day)
        found = desk.get(LIST).context["cl"].result_list
        assert [each.title for each in found] == ["Oldest", "Newest", "Decided last", "Decided first"]

    def test_is_filtered_and_searched(self, desk: Client, learner: Learner) -> None:
        make(learner)
        correction(learner, status="accepted", decided_at=NOW)
        for query, titles in {
            "status__exact=open": ["A good book"],
            "kind__exact=correction": [""],
            "q=good book": ["A good book"],
            "q=hours": [""],
            "q=skill 1": ["A good book", ""],
            "q=noor": [],
        }.items():
            found = desk.get(f"{LIST}?{query}").context["cl"].result_list
            assert [each.title for each in found] == titles, query

    def test_names_nobody_and_tells_nobody_apart(self, desk: Client, learner: Learner) -> None:
        make(learner, wants_credit=True)
        assert "noor" not in text_of(desk.get(LIST)).lower()
        for query in (f"learner={learner.pk}", f"learner__exact={learner.pk}", "learner__user__email__startswith=n"):
            assert desk.get(f"{LIST}?{query}").status_code == 400

    def test_queries(self, desk: Client, learner: Learner) -> None:
        made = make(learner, wants_credit=True)
        counts = []
        for many in (1, 30):
            for number in range(many):
                make(learner, url=f"https://example.org/s{many}{number}")
                make_resource(made.skill, url=f"https://example.org/r{many}{number}")
            for url in (LIST, page_of(made)):
                with queries() as asked:
                    assert desk.get(url).status_code == 200
                counts.append(len(asked))
        assert counts[:2] == counts[2:]


class TestPage:
    def test_shows_what_is_proposed_beside_what_is_there(self, desk: Client, learner: Learner) -> None:
        made = make(learner)
        make_resource(made.skill, title="Old", url="https://example.org/old", retired_at=NOW)
        response = desk.get(page_of(made))
        page = response.content.decode()
        assert "A resource for Skill 1" in page
        assert "I liked &lt;b&gt;it&lt;/b&gt;." in page
        assert re.search(r"A book on Skill 1</a> Example, book, beginner, free</li>", page)
        assert re.search(r"Old</a> Example, book, beginner, free \(retired\)</li>", page)
        form = response.context["accepting"].form
        assert {name: form[name].value() for name in RESOURCE if name != "decision"} == {
            "title": "A good book",
            "url": "https://www.example.org/good",
            "kind": None,
            "level": None,
            "free": True,
            "publisher": "example.org",
            "minutes": None,
            "why": "I liked <b>it</b>.",
            "credit": "",
            "answer": None,
        }

    @pytest.mark.parametrize(
        ("wants", "fields", "seen"),
        [
            (False, {}, "Does not want to be named."),
            (True, {}, "To be named: Noor"),
            (True, {"name": ""}, "Wants to be named, but the account has no name."),
            (True, {"erase_at": NOW}, "Wants to be named, but"),
            (True, {"is_active": False}, "Wants to be named, but"),
        ],
    )
    def test_names_who_wants_to_be_named(
        self, desk: Client, learner: Learner, user: User, wants: bool, fields: dict[str, Any], seen: str
    ) -> None:
        User.objects.filter(pk=user.pk).update(**fields)
        response = desk.get(page_of(make(learner, wants_credit=wants)))
        name = "Noor" if seen.endswith("Noor") else ""
        assert seen in text_of(response)
        assert response.context["accepting"].form["credit"].value() == name
        assert ("Noor" in text_of(response)) == bool(name)
        assert "noor@" not in text_of(response)

    def test_of_a_correction_leads_to_the_skill(self, desk: Client, learner: Learner) -> None:
        made = correction(learner)
        page = text_of(desk.get(page_of(made)))
        assert f'href="/admin/roadmap/skill/{made.skill_id}/change/">edit “Skill 1”</a>' in page
        assert 'name="title"' not in page

    def test_carries_no_script_and_no_style_of_its_own(self, desk: Client, learner: Learner) -> None:
        page = desk.get(page_of(make(learner))).content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*(src=|json))", page)


class TestAccepting:
    def test_a_resource_goes_to_the_end_of_the_list_as_it_was_edited(
        self, desk: Client, curator: User, trail: Roadmap, learner: Learner
    ) -> None:
        made, before = make(learner, wants_credit=True), version(trail)
        Resource.objects.update(position=7)
        response = decide(desk, made, RESOURCE)
        assert response.redirect_chain == [(LIST, 302)]
        assert said(response) == ["The suggestion is accepted. It is on “Skill 1” now."]
        first, added = shown().places[0].skill.resources
        assert (first.title, added.title, added.url) == (
            *("A book on Skill 1", "A better title", "https://example.org/good"),
        )
        assert (added.kind, added.level, added.free, added.publisher, added.minutes, added.why, added.credit) == (
            *("book", "beginner", True, "Example", 45, "It is short.", "Noor"),
        )
        row = Resource.objects.get(pk=added.id)
        assert row.position == 8
        line = Revision.objects.get(uid=row.uid)
        assert (line.action, line.why) == ("created", "Suggested")
        assert version(trail) != before
        made.refresh_from_db()
        assert (made.status, made.answer, made.title) == ("accepted", "Thank you.\nIt is in.", "A good book")
        assert timezone.now() - made.decided_at < dt.timedelta(minutes=1)
        logged = LogEntry.objects.order_by("pk").values_list("user", "content_type__model", "object_id", "action_flag")
        assert list(logged) == [
            (curator.pk, "resource", str(added.id), 1),
            (curator.pk, "suggestion", str(made.pk), 2),
        ]
        page = desk.get("/roadmaps/trail/skills/skill-1/").content.decode()
        assert "Suggested by Noor</small>" in page
        assert "Thank you." in text_of(desk.get(page_of(made)))
        assert 'name="decision"' not in text_of(desk.get(page_of(made)))

    @pytest.mark.parametrize(
        ("field", "value", "error"),
        [
            ("title", "", "This field is required."),
            ("url", "javascript:alert(1)", "Write a whole address"),
            ("url", "http://example.org/1/", "“A book on Skill 1” has this address and is on this skill already."),
            ("kind", "", "This field is required."),
            ("minutes", "0", "A resource takes at least a minute."),
            ("minutes", "-1", "greater than or equal to 0"),
            ("why", "x" * 401, "at most 400 characters"),
            ("credit", "x" * 81, "at most 80 characters"),
            ("answer", "x" * 501, "This has 501 characters; 500 is the most."),
        ],
    )
    def test_bad_input_is_told_and_kept(
        self, desk: Client, trail: Roadmap, learner: Learner, field: str, value: str, error: str
    ) -> None:
        made, before = make(learner), version(trail)
        response = decide(desk, made, RESOURCE, **{field: value})
        assert response.status_code == 422
        assert error in text_of(response)
        assert "Please correct what is marked below." in text_of(response)
        typed = {name: value for name, value in (RESOURCE | {field: value}).items() if name not in ("decision", "free")}
        form = response.context["accepting"].form
        assert {name: form[name].value() for name in typed} == typed
        made.refresh_from_db()
        assert (made.status, Resource.objects.count(), version(trail)) == ("open", 1, before)
        assert not LogEntry.objects.exists()

    def test_one_that_is_retired_is_to_be_brought_back(self, desk: Client, learner: Learner) -> None:
        Resource.objects.update(retired_at=NOW)
        response = decide(desk, make(learner), RESOURCE, url="https://example.org/1")
        assert "has this address and is on this skill, retired: bring it back there." in text_of(response)

    def test_a_correction_is_accepted_with_or_without_an_answer(self, desk: Client, learner: Learner) -> None:
        for answer in ("", "Right you are."):
            made = correction(learner)
            response = decide(desk, made, {"decision": "accept", "answer": answer})
            assert said(response) == ["The suggestion is accepted. The learner sees it now."]
            made.refresh_from_db()
            assert (made.status, made.answer) == ("accepted", answer)
        assert Resource.objects.count() == 1

    def test_the_learner_sees_it(self, desk: Client, learner: Learner, user: User) -> None:
        decide(desk, make(learner), RESOURCE)
        own = Client()
        own.force_login(user)
        assert "Thank you.<br>It is in." in own.get("/suggestions/").content.decode()
        assert "A curator answered a suggestion of yours." in own.get("/dashboard/").content.decode()


class TestDeclining:
    def test_the_learner_sees_why(self, desk: Client, curator: User, learner: Learner, user: User) -> None:
        made = make(learner)
        response = decide(desk, made, {"decision": "decline", "reason": " Too old. "})
        assert said(response) == ["The suggestion is declined. The learner sees it now."]
        made.refresh_from_db()
        assert (made.status, made.answer, made.decided_at is not None) == ("declined", "Too old.", True)
        assert LogEntry.objects.get().user == curator
        assert Resource.objects.count() == 1
        own = Client()
        own.force_login(user)
        assert "Too old." in own.get("/suggestions/").content.decode()

    @pytest.mark.parametrize(
        ("reason", "error"),
        [("", "Say why: the learner sees it."), (" \r\n", "Say why"), ("x" * 501, "This has 501 characters")],
    )
    def test_takes_a_reason(self, desk: Client, learner: Learner, reason: str, error: str) -> None:
        made = make(learner)
        response = decide(desk, made, {"decision": "decline", "reason": reason})
        assert response.status_code == 422
        assert error in text_of(response)
        made.refresh_from_db()
        assert made.status == "open"

    def test_what_is_neither_decides_nothing(self, desk: Client, learner: Learner) -> None:
        made = make(learner)
        for data in ({}, {"decision": "burn", "reason": "So."}):
            assert decide(desk, made, data).status_code == 422
        made.refresh_from_db()
        assert made.status == "open"


class TestTwoAtOnce:
    LATE = re.compile(
        r"It was declined already, on \d+ \w+, \d\d:\d\d; the history says by whom\. What you sent changed"
    )

    @pytest.mark.parametrize("data", [RESOURCE, {"decision": "decline", "reason": "Other"}, {"decision": "accept"}])
    def test_who_comes_second_is_told(
        self, desk: Client, boss: Client, trail: Roadmap, learner: Learner, data: dict[str, Any]
    ) -> None:
        made = make(learner)
        decide(boss, made, {"decision": "decline", "reason": "First"})
        before = version(trail)
        response = decide(desk, made, data)
        assert response.redirect_chain == [(page_of(made), 302)]
        assert self.LATE.match(said(response)[0])
        made.refresh_from_db()
        assert (made.status, made.answer, Resource.objects.count(), version(trail)) == ("declined", "First", 1, before)
        assert LogEntry.objects.count() == 1

    def test_one_that_was_withdrawn_is_told(self, desk: Client, learner: Learner) -> None:
        made = make(learner)
        address, gone = page_of(made), made.pk
        made.delete()
        for response in (desk.get(address, follow=True), desk.post(address, RESOURCE, follow=True)):
            assert response.redirect_chain == [(LIST, 302)]
            assert said(response) == ["That suggestion is no longer there: it was withdrawn."]
        with pytest.raises(suggestions.Missing):
            suggestions.decline(suggestion=gone, reason="No", by=1, at=NOW)
        assert Resource.objects.count() == 1

    def test_a_decision_between_look_and_lock_is_seen(self, curator: User, learner: Learner) -> None:
        made = make(learner, status="accepted", decided_at=NOW, answer="Yes")
        with pytest.raises(suggestions.Decided):
            suggestions.decline(suggestion=made.pk, reason="No", by=curator.pk, at=NOW)
        made.refresh_from_db()
        assert (made.status, made.answer) == ("accepted", "Yes")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("same", "expected"), [(True, ["Decided", "accepted"]), (False, ["Taken", "accepted"])])
def test_really_at_once(same: bool, expected: list[str]) -> None:
    """Two curators with one suggestion, or with one of two learners each, for the same address."""
    make_trail(1)
    curator = User.objects.create_user("curator@example.org", is_staff=True)
    learners = [make_learner(User.objects.create_user(f"{name}@example.org")) for name in ("ada", "bob")]
    made = [make(learner) for learner in learners]
    start, done = several.Barrier(2), several.Queue()
    database = {"NAME": connection.settings_dict["NAME"]}
    running = [
        several.Process(target=race.accept, args=(database, each.pk, each.skill_id, curator.pk, start, done))
        for each in (made[0], made[0] if same else made[1])
    ]
    for process in running:
        process.start()
    outcomes = sorted(done.get(timeout=60) for _ in running)
    for process in running:
        process.join(timeout=30)
        assert process.exitcode == 0
    assert outcomes == expected
    assert Resource.objects.filter(url="https://example.org/good").count() == 1
    assert Suggestion.objects.filter(status="accepted").count() == 1


class TestRights:
    def test_a_learner_and_a_visitor_are_led_away(self, client: Client, learner: Learner, user: User) -> None:
        made = make(learner)
        assert client.get(page_of(made)).status_code == 302
        client.force_login(user)
        assert decide(client, made, RESOURCE).status_code == 403
        assert Resource.objects.count() == 1

    def test_staff_without_the_right_see_nothing(self, client: Client, learner: Learner) -> None:
        made = make(learner)
        client.force_login(User.objects.create_user("staff@example.org", is_staff=True))
        for url in (LIST, page_of(made)):
            assert client.get(url).status_code == 403

    def test_who_may_only_look_decides_nothing(self, client: Client, learner: Learner) -> None:
        made = make(learner)
        reader = User.objects.create_user("reader@example.org", is_staff=True)
        reader.user_permissions.add(Permission.objects.get(codename="view_suggestion"))
        client.force_login(reader)
        assert "A good book" in text_of(client.get(page_of(made)))
        assert 'name="decision"' not in text_of(client.get(page_of(made)))
        assert decide(client, made, RESOURCE).status_code == 403
        assert Resource.objects.count() == 1

    def test_nobody_adds_or_deletes_them(self, desk: Client, boss: Client, learner: Learner) -> None:
        made = make(learner)
        for client in (desk, boss):
            assert client.get(f"{LIST}add/").status_code == 403
            assert client.post(f"{LIST}{made.pk}/delete/", {"post": "yes"}).status_code == 403
            assert client.get(f"{LIST}{made.pk}/history/").status_code == 200

    def test_needs_a_token(self, curator: User, learner: Learner) -> None:
        made, strict = make(learner), Client(enforce_csrf_checks=True)
        strict.force_login(curator)
        assert strict.post(page_of(made), RESOURCE).status_code == 403
        made.refresh_from_db()
        assert made.status == "open"
