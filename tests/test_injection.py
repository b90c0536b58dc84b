"""Words that want to be more than words: on pages, in mail, headers, queries and logs. E of docs/trust.md."""

import html
import uuid
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.names import tidy
from progress import letters
from progress.models import Change, Evidence, Follow, Learner, Mark, Note, Plan, Suggestion
from roadmap.history import Watch
from roadmap.models import Checkpoint, Phase, Question, Revision, Roadmap, Skill
from tests.factories import NOW, make_trail
from tests.hostile import PAYLOADS, alive, write

pytestmark = pytest.mark.django_db
TRAIL = "/roadmaps/trail/"
EVERYBODYS = [
    *("/", "/roadmaps/", TRAIL, f"{TRAIL}?state=left&free=1", f"{TRAIL}map/", f"{TRAIL}book/", f"{TRAIL}faq/"),
    *("/search/?q=alert", "/u/noor/"),
]
OWN = [
    *("/dashboard/", "/history/", "/notes/", "/notes/?q=alert", "/search/?q=alert", "/review/", "/plan/"),
    *("/suggestions/", "/settings/", "/settings/profile/", "/settings/profile/preview/", "/settings/data/"),
    *(TRAIL, f"{TRAIL}map/", f"{TRAIL}book/", "/accounts/email/"),
]
SKILLS = [f"{TRAIL}skills/skill-{number}/" for number in range(1, len(PAYLOADS) + 1)]
STAFFS = [
    *("/admin/", "/admin/curation/usage/trail/", "/admin/curation/outline/trail/", "/admin/accounts/user/"),
    *(f"/admin/roadmap/{name}/" for name in ("roadmap", "phase", "skill", "resource", "question", "faq", "revision")),
    *("/admin/progress/suggestion/", "/admin/progress/suggestion/?status__exact=open"),
]


@pytest.fixture
def told(user: User) -> Client:
    """A browser of somebody who has said something about each skill; as many skills as there are payloads."""
    roadmap = make_trail(len(PAYLOADS))
    user.handle, user.is_public = "noor", True
    user.save()
    learner = Learner.objects.create(user=user)
    Follow.objects.create(learner=learner, roadmap=roadmap, since=NOW, used_at=NOW)
    each = list(Skill.objects.order_by("pk"))
    Checkpoint.objects.bulk_create(Checkpoint(skill=skill, text="You can.") for skill in each)
    Question.objects.bulk_create(Question(skill=skill, question="Which?", answer="That.") for skill in each)
    mine: dict[str, Any] = {"learner": learner, "at": NOW}
    Mark.objects.bulk_create(
        Mark(learner=learner, skill=skill, state="done" if skill.pk % 2 else "learning", since=NOW) for skill in each
    )
    Change.objects.bulk_create(
        Change(**mine, batch=uuid.uuid4(), skill=s, after="done", after_since=NOW, day=NOW.date(), cause="mark")
        for s in each
    )
    Note.objects.bulk_create(Note(learner=learner, skill=skill, text="Mine", updated_at=NOW) for skill in each)
    Evidence.objects.bulk_create(
        Evidence(learner=learner, skill=s, title="It", url="https://e.example/", is_public=True, added_at=NOW)
        for s in each
    )
    Suggestion.objects.bulk_create(Suggestion(**mine, skill=skill, kind="correction", text="So.") for skill in each)
    watch = Watch(roadmap)
    roadmap.category = "Trails"
    roadmap.save()
    watch.record(why="Edited", at=NOW, by=user.pk)
    client = Client()
    client.force_login(user)
    return client


def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss@example.org"))
    return client


def found(client: Client, paths: list[str]) -> dict[str, str]:
    pages = {}
    for path in paths:
        response = client.get(path)
        assert response.status_code == 200, path
        pages[path] = response.content.decode()
    return pages


# X1, X3, X4, X5, X7
def test_of_whatever_learners_and_curators_write_nothing_comes_to_life(told: Client) -> None:
    boss = staff()
    rows = (Roadmap, Phase, Skill, Revision)
    edits = [f"/admin/roadmap/{row._meta.model_name}/{row._base_manager.earliest('pk').pk}/change/" for row in rows]
    edits += [f"/admin/progress/suggestion/{row.pk}/change/" for row in Suggestion.objects.order_by("pk")[:3]]

    def look() -> dict[str, str]:
        return found(Client(), EVERYBODYS) | found(told, OWN) | found(boss, STAFFS + edits)

    write([f"Words alert {number}" for number in range(len(PAYLOADS))])
    plain = look() | dict.fromkeys(SKILLS, "".join(found(told, SKILLS[:2]).values()))
    write(PAYLOADS)
    hostile = look() | found(told, SKILLS)
    assert {path: lives for path, page in hostile.items() if (lives := alive(page, plain[path]))} == {}
    whole = "".join(hostile.values())
    assert whole.count("alert(1)") > 1_000
    assert "{{ 7*7 }}{% debug %}" in whole
    assert ">49" not in whole


@pytest.fixture
def noor(user: User) -> Client:
    """Somebody with a public profile, on a short trail."""
    make_trail(2)
    User.objects.filter(pk=user.pk).update(handle="noor", is_public=True)
    client = Client()
    client.force_login(user)
    return client


# X1, X3
def test_nor_of_a_name_in_any_place_where_it_stands(noor: Client) -> None:
    """Most often in attributes: title, description and what social networks read."""
    plain = noor.get("/u/noor/").content.decode()
    for payload in PAYLOADS:
        User.objects.update(name=tidy(payload)[:80])
        page = noor.get("/u/noor/").content.decode()
        assert alive(page, plain) == set(), payload
        assert page.count(html.escape(tidy(payload)[:80])) >= 5


# X2
def test_a_badge_is_a_picture_with_words_and_nothing_else(noor: Client) -> None:
    def drawn(number: int, word: str) -> ElementTree.Element:
        Roadmap.objects.update(short_title=word[:60], version=uuid.uuid4())
        path = ("/u/noor/badge.svg", "/u/noor/badge.svg?style=trail")[number % 2]
        return ElementTree.fromstring(Client().get(path).content)  # noqa: S314 -- our own

    plain = [[each.tag for each in drawn(number, "Plain").iter()] for number in range(2)]
    for number, payload in enumerate(PAYLOADS):
        root = drawn(number, payload)
        assert [each.tag for each in root.iter()] == plain[number % 2]
        assert " ".join(payload[:60].split()) in " ".join(str(root.get("aria-label")).split())


# X6
def test_nor_of_what_is_asked_for_or_typed(noor: Client) -> None:
    visitor, strict = Client(), Client(enforce_csrf_checks=True)
    ways = {
        "an address that is none": lambda payload: visitor.get(f"/nowhere/{payload}/"),
        "a search": lambda payload: visitor.get("/search/", {"q": payload}),
        "a search in notes": lambda payload: noor.get("/notes/", {"q": payload}),
        "a filter": lambda payload: visitor.get("/roadmaps/trail/", {"state": payload}),
        "a tag": lambda payload: visitor.get("/roadmaps/", {"tag": payload}),
        "a form that is out of date": lambda payload: strict.post("/settings/", {"name": payload, payload: payload}),
        "a form with a mistake": lambda payload: visitor.post("/accounts/login/", {"login": payload, "password": "x"}),
    }
    for what, ask in ways.items():
        plain = ask("words").content.decode()
        for payload in PAYLOADS if what in ("an address that is none", "a search") else PAYLOADS[8:16]:
            assert alive(ask(payload).content.decode(), plain) == set(), (what, payload)


# X8
INJECTIONS = (
    "' OR '1'='1",
    "%' OR 1=1 --",
    "%",
    "_",
    "1; DROP TABLE progress_note",
    "') UNION SELECT password FROM accounts_user --",
    "\\' OR 1=1 #",
    "id__gt=0) OR (1=1",
    "note__learner__user__password",
)


def test_no_query_is_more_than_a_value(noor: Client) -> None:
    """A database that took any of these for its own language would find all notes, or fail."""
    skill = Skill.objects.get(slug="skill-1")
    Note.objects.create(learner=Learner.objects.get(), skill=skill, text="Findable words", updated_at=NOW)
    assert "Findable words" in noor.get("/notes/", {"q": "findable"}).content.decode()
    for injection in INJECTIONS:
        assert "Findable words" not in noor.get("/notes/", {"q": injection}).content.decode()
        assert "Skill 1" not in noor.get("/search/", {"q": injection}).content.decode()
        assert noor.get("/roadmaps/", {"tag": injection}).context["outlines"] == []
        assert noor.get("/roadmaps/trail/", {"state": injection}).status_code == 400
        for path in ("/dashboard/", "/history/", "/plan/", "/review/", "/u/noor/"):
            assert noor.get(path, {"roadmap": injection, "page": injection}).status_code in (200, 404), path
    assert Note.objects.count() == 1


def test_the_admin_takes_no_way_to_columns_that_it_does_not_name(noor: Client) -> None:
    boss = staff()
    lists = (
        "roadmap/skill",
        "roadmap/question",
        "accounts/user",
        "accounts/event",
        "auth/group",
        "progress/suggestion",
    )
    lookups = (
        *("password__startswith", "user__password__startswith", "learner__user__password__startswith", "x"),
        *("notes__text__startswith", "marks__learner__user__email", "skill__notes__text__contains"),
    )
    for path in (f"/admin/{name}/" for name in lists):
        for name in lookups:
            assert boss.get(path, {name: "a"}).status_code in (302, 400), (path, name)
        assert boss.get(path, {"o": "1; DROP TABLE accounts_user", "q": "' OR 1=1 --"}).status_code == 200


# X9, X10
NAMES = ("https://evil.example/", "evil.example", "Noor www.evil.example", "ada@evil.example", *PAYLOADS[:3])


def test_a_letter_has_one_subject_and_no_link_that_somebody_wrote_as_a_name(noor: Client, user: User) -> None:
    Learner.objects.update(seen_at=NOW)
    learner, roadmap = Learner.objects.get(), Roadmap.objects.get()
    Follow.objects.create(learner=learner, roadmap=roadmap, since=NOW, used_at=NOW)
    Skill.objects.update(title="<a href=https://e.example>A skill</a>\r\nBcc: ada@evil.example")
    Roadmap.objects.update(short_title="Trail\r\nBcc: ada@evil.example", version=uuid.uuid4())
    for name in ("J.R. Smith & sons", *NAMES):
        User.objects.update(name=name, weekly_letter=True)
        learner.letters.all().delete()
        assert letters.send_due(NOW) == (1, 0)
        letter = mail.outbox[-1]
        assert letter.subject == "Your week on Trail Bcc: ada@evil.example"
        assert (letter.recipients(), letter.message()["Bcc"]) == ([user.email], None)
        [(rich, _)] = letter.alternatives
        assert "<a href=https" not in rich
        greeting = "Hello J.R. Smith & sons," if name.startswith("J.R.") else "Hello,"
        assert letter.body.startswith(greeting)
        assert f"{html.escape(greeting)}<" in rich


# X9
def test_a_title_adds_no_line_to_a_calendar(noor: Client) -> None:
    learner, roadmap = Learner.objects.get(), Roadmap.objects.get()
    plan = Plan(learner=learner, roadmap=roadmap, start=NOW.date(), made_on=NOW.date(), updated_at=NOW, monday=8)
    plan.renew_token()
    plan.save()
    before = noor.get(f"/calendar/{plan.token}.ics").content
    Skill.objects.update(title="A skill\r\nEND:VEVENT\r\nX-EVIL:1")
    Roadmap.objects.update(version=uuid.uuid4())
    after = noor.get(f"/calendar/{plan.token}.ics").content
    assert b"X-EVIL:1" in after.replace(b"\r\n ", b"")
    assert b"\r\nX-EVIL" not in after
    assert after.count(b"\r\nEND:VEVENT\r\n") == before.count(b"\r\nEND:VEVENT\r\n")
