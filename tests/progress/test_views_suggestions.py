"""A learner proposes, withdraws, and sees what became of it."""

import datetime as dt
import re
import uuid
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from progress import suggestions
from progress.models import Follow, Learner, Mark, Suggestion
from roadmap import outline
from roadmap.models import OldSlug, Placement, Resource, Skill
from tests.factories import NOW, make_learner, make_resource, make_trail
from tests.processes import several
from tests.progress import race
from tests.queries import queries

pytestmark = pytest.mark.django_db
SKILL = "/roadmaps/trail/skills/skill-1/"
PAGE = f"{SKILL}suggest/"
OWN = "/suggestions/"
GOOD = {
    "kind": "resource",
    "title": "A good book",
    "url": "https://example.org/good",
    "text": "It is short.\r\nAnd right.",
}


@pytest.fixture(autouse=True)
def _trail(db: None) -> None:
    make_trail(2)


@pytest.fixture
def learner(client: Client, user: User) -> Learner:
    client.force_login(user)
    return Learner.objects.get(user=user)


def send(client: Client, learner: object, **data: Any) -> Any:
    learner = learner.pk if isinstance(learner, Learner) else learner
    return client.post(PAGE, {**GOOD, "learner": learner, "next": PAGE, **data})


def make(learner: Learner, **fields: Any) -> Suggestion:
    values = GOOD | {"skill": Skill.objects.get(slug="skill-1"), "at": timezone.now()}
    return Suggestion.objects.create(learner=learner, **(values | fields))


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return unescape(response.content.decode())


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


class TestSuggesting:
    def test_is_led_to_from_the_skill(self, client: Client) -> None:
        assert f'rel="nofollow" href="{PAGE}">Suggest a resource or a correction</a>' in page(client, SKILL)
        assert client.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"

    def test_a_resource(self, client: Client, learner: Learner) -> None:
        shown = page(client, PAGE)
        assert 'value="resource" checked' in shown
        assert '<a href="https://example.org/1" rel="noopener">A book on Skill 1</a>' in shown
        assert send(client, learner, wants_credit="on")["Location"] == OWN
        made = Suggestion.objects.get()
        assert (made.learner, made.skill.slug, made.kind) == (learner, "skill-1", "resource")
        assert (made.title, made.url, made.text) == (
            *("A good book", "https://example.org/good", "It is short.\nAnd right."),
        )
        assert (made.status, made.wants_credit, made.answer, made.decided_at) == ("open", True, "", None)
        assert timezone.now() - made.at < dt.timedelta(minutes=1)
        assert "Thank you. A curator will read it" in page(client, OWN)

    def test_a_correction_needs_only_words(self, client: Client, learner: Learner) -> None:
        send(client, learner, kind="correction", title="", url="")
        made = Suggestion.objects.get()
        assert (made.kind, made.title, made.url, made.wants_credit) == ("correction", "", "", False)

    @pytest.mark.parametrize(
        ("field", "value", "error"),
        [
            ("kind", "", "Choose a resource or a correction."),
            ("kind", "bribe", "Choose a resource or a correction."),
            ("title", "", "Say what it is called."),
            ("title", " ", "Say what it is called."),
            ("title", "x" * 201, "Use at most 200 characters."),
            ("url", "", "Give the link."),
            ("url", "http://example.org/", "Start the link with https://"),
            ("url", "javascript:alert(1)", "Start the link with https://"),
            ("url", "https://example.org/" + "x" * 500, "This link is too long"),
            ("url", "https://[::1", "Start the link with https://"),
            ("text", "", "Say a word about it"),
            ("text", " \r\n ", "Say a word about it"),
            ("text", "x" * 1001, "This has 1,001 characters; 1,000 is the most."),
            ("text", "a\x00b", "Null characters are not allowed."),
        ],
    )
    def test_bad_input_is_told_beside_the_field_and_kept(
        self, client: Client, learner: Learner, field: str, value: str, error: str
    ) -> None:
        typed = GOOD | {field: value}
        response = send(client, learner, **typed, wants_credit="on")
        assert response.status_code == 422
        shown = text_of(response)
        assert "<title>Error: " in shown
        assert re.search(rf'id="id_{field}_error">.*?{re.escape(error)}', shown)
        assert f'href="#id_{field}"' in shown
        for name in ("title", "url"):
            if typed[name].strip():
                assert f'value="{typed[name]}"' in shown
        assert typed["text"].strip() in shown.replace("\n", "\r\n").replace("\r\r\n", "\r\n")
        assert re.search(r'name="wants_credit"[^>]* checked', shown)
        assert not Suggestion.objects.exists()

    def test_an_odd_link_of_a_correction_is_told_too(self, client: Client, learner: Learner) -> None:
        response = send(client, learner, kind="correction", title="", url="ftp://example.org")
        assert response.status_code == 422
        assert "Start the link with https://" in text_of(response)

    def test_a_thousand_characters_over_several_lines_are_not_too_many(self, client: Client, learner: Learner) -> None:
        assert send(client, learner, text="\r\n".join(["x" * 99] * 10)).status_code == 302
        assert len(Suggestion.objects.get().text) == 999

    def test_nothing_is_cut_by_the_browser(self, client: Client, learner: Learner) -> None:
        assert "maxlength" not in page(client, PAGE)

    @pytest.mark.parametrize(
        "url",
        ["https://example.org/1", "https://EXAMPLE.org/1/", "https://www.example.org/1"],
    )
    def test_what_the_skill_has_already_is_told(self, client: Client, learner: Learner, url: str) -> None:
        response = send(client, learner, url=url)
        assert response.status_code == 422
        sentence = "This skill has this link already: “A book on Skill 1”."
        assert re.search(rf'id="id_url_error">.*?{re.escape(sentence)}', text_of(response))
        assert not Suggestion.objects.exists()
        assert send(client, learner, url=url, kind="correction").status_code == 302

    def test_other_pages_of_the_same_site_are_no_duplicates(self, client: Client, learner: Learner) -> None:
        for url in ("https://example.org/1?page=2", "https://example.org/1/more", "https://example.org/2"):
            assert send(client, learner, url=url).status_code == 302
        assert Suggestion.objects.count() == 3

    def test_what_the_curators_took_off_is_told(self, client: Client, learner: Learner) -> None:
        Resource.objects.filter(url="https://example.org/1").update(retired_at=NOW)
        assert "The curators took this link off this skill." in text_of(
            send(client, learner, url="https://example.org/1")
        )
        make_resource(Skill.objects.get(slug="skill-1"), title="Again", url="http://example.org/1")
        assert "already: “Again”." in text_of(send(client, learner, url="https://example.org/1"))

    def test_what_waits_already_is_told(self, client: Client, learner: Learner) -> None:
        send(client, learner)
        assert "You suggested this link already" in text_of(send(client, learner))
        assert Suggestion.objects.count() == 1
        Suggestion.objects.update(status="declined", decided_at=NOW)
        assert send(client, learner).status_code == 302

    def test_five_a_day(self, client: Client, learner: Learner) -> None:
        User.objects.update(time_zone="Asia/Tokyo")
        first = timezone.now() - dt.timedelta(hours=23)
        for number in range(5):
            at = first + dt.timedelta(hours=number)
            make(learner, url=f"https://example.org/n{number}", at=at, status="declined", decided_at=at)
        response = send(client, learner)
        assert response.status_code == 422
        free = timezone.localtime(first + dt.timedelta(days=1), dt.timezone(dt.timedelta(hours=9)))
        sentence = (
            f"You made 5 suggestions within a day, which is the most. The next is possible from {free:%-d %B, %H:%M}."
        )
        assert sentence in text_of(response)
        assert "A good book" in text_of(response)
        assert sentence in page(client, PAGE)
        Suggestion.objects.filter(at=first).update(at=first - dt.timedelta(hours=2))
        assert "Not just now" not in page(client, PAGE)
        assert send(client, learner).status_code == 302

    def test_ten_open_ones(self, client: Client, learner: Learner) -> None:
        for number in range(10):
            make(learner, url=f"https://example.org/n{number}", at=timezone.now() - dt.timedelta(days=2))
        sentence = "10 of your suggestions wait for a curator, which is the most."
        assert sentence in page(client, PAGE)
        assert sentence in text_of(send(client, learner))
        assert Suggestion.objects.count() == 10
        Suggestion.objects.filter(url="https://example.org/n3").update(status="accepted", decided_at=NOW)
        assert send(client, learner).status_code == 302

    def test_anothers_count_for_nothing(self, client: Client, learner: Learner) -> None:
        stranger = make_learner(User.objects.create_user("ada@example.org"))
        for number in range(10):
            make(stranger, url=f"https://example.org/n{number}")
        make(stranger)
        assert send(client, learner).status_code == 302

    def test_says_under_which_name(self, client: Client, learner: Learner) -> None:
        assert "As “Noor”, the name in your" in page(client, PAGE)
        User.objects.update(name="")
        assert "Your account has no name yet" in page(client, PAGE)

    def test_a_guest_needs_an_account(self, client: Client) -> None:
        client.post("/progress/trail/skills/skill-1/", {"state": "done", "learner": ""})
        guest = Learner.objects.get()
        assert send(client, guest)["Location"].startswith("/accounts/login/")
        assert not Suggestion.objects.exists()

    def test_a_form_of_somebody_else_writes_nothing(self, client: Client, learner: Learner) -> None:
        stranger = make_learner(User.objects.create_user("ada@example.org"))
        for then in (stranger, "", "x"):
            assert send(client, then)["Location"] == f"/accounts/login/?next={PAGE.replace('/', '%2F')}"
        assert not Suggestion.objects.exists()

    def test_a_skill_that_was_retired_meanwhile_keeps_the_words(self, client: Client, learner: Learner) -> None:
        skill = Skill.objects.get(slug="skill-1")
        Placement.objects.filter(skill=skill).update(retired_at=NOW)
        outline.touch(skill, at=NOW)
        response = send(client, learner)
        assert response.status_code == 409
        assert "taken off the roadmap meanwhile" in text_of(response)
        assert 'value="A good book"' in text_of(response)
        assert "And right.</textarea>" in text_of(response)
        assert client.get(PAGE)["Location"] == SKILL
        assert not Suggestion.objects.exists()

    def test_an_old_slug_leads_on(self, client: Client, learner: Learner) -> None:
        skill = Skill.objects.get(slug="skill-1")
        skill.slug = "renamed"
        skill.save()
        OldSlug.settle(skill, before="skill-1")
        outline.touch(skill, at=NOW)
        assert client.get(PAGE)["Location"] == "/roadmaps/trail/skills/renamed/suggest/"
        assert send(client, learner).status_code == 302
        assert Suggestion.objects.get().skill == skill

    def test_no_such_place(self, client: Client, learner: Learner) -> None:
        for url in ("/roadmaps/trail/skills/none/suggest/", "/roadmaps/none/skills/skill-1/suggest/"):
            assert client.get(url).status_code == client.post(url).status_code == 404
        assert client.put(PAGE).status_code == 405

    def test_what_one_may_not_decide_oneself_is_ignored(self, client: Client, learner: Learner) -> None:
        more = {
            "status": "accepted",
            "decided_at": "2026-01-01",
            "answer": "Great",
            "skill": 2,
            "id": 7,
            "uid": uuid.uuid4(),
        }
        send(client, learner, **more)
        made = Suggestion.objects.get()
        assert (made.status, made.answer, made.skill.slug, made.uid != more["uid"]) == ("open", "", "skill-1", True)


class TestOwn:
    def test_each_says_what_became_of_it(self, client: Client, learner: Learner) -> None:
        make(learner, title="Waits", at=NOW)
        make(learner, title="Taken", status="accepted", decided_at=NOW, at=NOW - dt.timedelta(days=1))
        answer = "Too <b>old</b>.\nSorry."
        make(
            learner, title="Not taken", status="declined", answer=answer, decided_at=NOW, at=NOW - dt.timedelta(days=2)
        )
        make(
            learner,
            kind="correction",
            title="",
            url="",
            text="<script>alert(1)</script>",
            at=NOW - dt.timedelta(days=3),
        )
        shown = client.get(OWN).content.decode()
        assert re.findall(r'<h2>(.*?)</h2><span class="tag[^"]*">(.*?)</span>', shown) == [
            ("Waits", "Waiting for a curator"),
            ("Taken", "Accepted"),
            ("Not taken", "Declined"),
            ("A correction", "Waiting for a curator"),
        ]
        assert "<p>Too &lt;b&gt;old&lt;/b&gt;.<br>Sorry.</p>" in shown
        assert "<script>alert" not in shown
        assert shown.count(f'<a href="{SKILL}">Skill 1</a>') == 4
        assert shown.count(">Withdraw<") == 2
        assert 'rel="noopener nofollow ugc"' in shown

    def test_one_on_a_retired_skill_stays(self, client: Client, learner: Learner) -> None:
        make(learner)
        skill = Skill.objects.get(slug="skill-1")
        Placement.objects.filter(skill=skill).update(retired_at=NOW)
        outline.touch(skill, at=NOW)
        assert "A resource for Skill 1," in page(client, OWN)

    def test_is_empty_at_first(self, client: Client, learner: Learner) -> None:
        assert "Nothing yet" in page(client, OWN)

    def test_anothers_are_not_there(self, client: Client, learner: Learner) -> None:
        make(make_learner(User.objects.create_user("ada@example.org")), title="Secret")
        assert "Secret" not in page(client, OWN)

    def test_asks_for_an_account(self, client: Client) -> None:
        assert client.get(OWN)["Location"] == f"/accounts/login/?next={OWN}"

    def test_comes_in_pages(self, client: Client, learner: Learner) -> None:
        for number in range(45):
            make(learner, at=NOW + dt.timedelta(minutes=number))
        assert page(client, OWN).count('<article class="made"') == 20
        assert page(client, f"{OWN}?page=3").count('<article class="made"') == 5

    @pytest.mark.parametrize("many", [1, 19])
    def test_queries(self, client: Client, learner: Learner, many: int) -> None:
        for number in range(many):
            make(learner, url=f"https://example.org/n{number}", at=NOW)
            make_resource(Skill.objects.get(slug="skill-1"), url=f"https://example.org/r{number}")
        for url, expected in ((OWN, 5), (PAGE, 4)):
            page(client, url)
            with queries() as asked:
                page(client, url)
            assert len(asked) == expected, (url, asked.counted)


class TestWithdrawing:
    def withdraw(self, client: Client, learner: object, uid: uuid.UUID, **headers: str) -> Any:
        learner = learner.pk if isinstance(learner, Learner) else learner
        data = {"learner": learner, "next": f"{OWN}?page=2"}
        return client.post(f"{OWN}{uid}/withdraw/", data, headers=headers)

    def test_an_open_one_is_gone(self, client: Client, learner: Learner) -> None:
        kept, gone = make(learner, title="Kept"), make(learner, title="Gone")
        assert self.withdraw(client, learner, gone.uid)["Location"] == f"{OWN}?page=2"
        assert Suggestion.objects.get() == kept
        assert "Your suggestion is withdrawn." in page(client, OWN)
        assert self.withdraw(client, learner, gone.uid).status_code == 404

    @pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "main"}])
    def test_a_decided_one_stays(self, client: Client, learner: Learner, headers: dict[str, str]) -> None:
        made = make(learner, status="declined", decided_at=NOW, answer="No.")
        response = self.withdraw(client, learner, made.uid, **headers)
        assert response.status_code == 409
        assert "A curator has decided it meanwhile." in text_of(response)
        assert Suggestion.objects.get() == made

    def test_anothers_is_as_missing_as_none(self, client: Client, learner: Learner) -> None:
        other = make(make_learner(User.objects.create_user("ada@example.org")))
        missing = self.withdraw(client, learner, uuid.uuid4())
        theirs = self.withdraw(client, learner, other.uid)
        assert missing.status_code == theirs.status_code == 404
        assert Suggestion.objects.get() == other

    def test_a_form_of_somebody_else_writes_nothing(self, client: Client, learner: Learner) -> None:
        made = make(learner)
        other = make_learner(User.objects.create_user("ada@example.org"))
        assert self.withdraw(client, other, made.uid)["Location"].startswith("/accounts/login/")
        assert Suggestion.objects.get() == made

    def test_only_by_post(self, client: Client, learner: Learner) -> None:
        assert client.get(f"{OWN}{make(learner).uid}/withdraw/").status_code == 405
        assert Suggestion.objects.exists()


class TestDashboard:
    LINE = "A curator answered a suggestion of yours."

    @pytest.mark.parametrize(("days", "there"), [(0, True), (13, True), (15, False)])
    def test_says_that_there_is_an_answer(self, client: Client, learner: Learner, days: int, there: bool) -> None:
        make(learner, status="declined", answer="No.", decided_at=timezone.now() - dt.timedelta(days=days))
        assert (self.LINE in page(client, "/dashboard/")) == there

    def test_for_nobody_else_and_not_while_it_waits(self, client: Client, learner: Learner) -> None:
        make(make_learner(User.objects.create_user("ada@example.org")), status="accepted", decided_at=timezone.now())
        make(learner)
        assert self.LINE not in page(client, "/dashboard/")

    def test_whatever_is_marked_and_in_the_same_queries(self, client: Client, learner: Learner) -> None:
        make(learner, status="accepted", decided_at=timezone.now())
        page(client, "/dashboard/")
        counts = []
        for slug in ("", "skill-1", "skill-2"):
            if slug:
                skill = Skill.objects.get(slug=slug)
                Mark.objects.create(learner=learner, skill=skill, state="done", since=NOW)
                placed = skill.placements.get().roadmap
                Follow.objects.get_or_create(learner=learner, roadmap=placed, defaults={"since": NOW, "used_at": NOW})
            with queries() as asked:
                shown = page(client, "/dashboard/")
            assert self.LINE in shown
            counts.append(len(asked))
        assert counts == [8, 8, 8]
        assert "Trail complete" in shown


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_do_not_get_past_the_limit() -> None:
    learner = make_learner(User.objects.create_user("ada@example.org"))
    skill = Skill.objects.get(slug="skill-1").pk
    start, done = several.Barrier(2), several.Queue()
    database = {"NAME": connection.settings_dict["NAME"]}
    running = [
        several.Process(target=race.propose, args=(database, learner.pk, skill, name, start, done))
        for name in ("a", "b")
    ]
    for process in running:
        process.start()
    sent = sum(done.get(timeout=60) for _ in running)
    for process in running:
        process.join(timeout=30)
        assert process.exitcode == 0
    assert sent == Suggestion.objects.count() == suggestions.MOST_A_DAY
