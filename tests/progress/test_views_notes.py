"""Ticks, notes and evidence over HTTP."""

import re
import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from progress import learners
from progress.models import CheckpointTick, Evidence, Learner, Note
from roadmap.models import Checkpoint, Skill
from tests.factories import NOW, make_learner, make_trail
from tests.queries import queries

pytestmark = pytest.mark.django_db
PAGE = "/roadmaps/trail/skills/skill-1/"
BASE = "/progress/trail/skills/skill-1/"


@pytest.fixture(autouse=True)
def _trail(db: None) -> None:
    make_trail(2)
    skill = Skill.objects.get(slug="skill-1")
    for number in (1, 2):
        skill.checkpoints.create(text=f"You can do {number}.", position=number)


@pytest.fixture
def learner(client: Client, user: User) -> Learner:
    client.force_login(user)
    return Learner.objects.get(user=user)


@pytest.fixture
def stranger() -> Learner:
    return make_learner(User.objects.create_user("ada@example.org"))


def post(client: Client, path: str, learner: object, target: str = "", **data: Any) -> HttpResponse:
    headers = {"HX-Request": "true", "HX-Target": target} if target else None
    learner = learner.pk if isinstance(learner, Learner) else learner
    return client.post(BASE + path, {"learner": learner, "next": PAGE, **data}, headers=headers)


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


class TestTicks:
    def path(self, number: int = 1) -> str:
        return f"checkpoints/{Checkpoint.objects.get(position=number).pk}/"

    def test_ticking_and_taking_it_back(self, client: Client, learner: Learner) -> None:
        assert post(client, self.path(), learner, ticked="1")["Location"] == f"{PAGE}#checkpoints"
        assert CheckpointTick.objects.get().checkpoint.position == 1
        CheckpointTick.objects.update(at=NOW, day=NOW.date())
        post(client, self.path(), learner, ticked="1")
        assert list(CheckpointTick.objects.values_list("at", "day")) == [(NOW, NOW.date())]
        post(client, self.path(), learner, ticked="0")
        assert not CheckpointTick.objects.exists()

    def test_htmx_gets_the_list_and_all_ticked_offers_done(self, client: Client, learner: Learner) -> None:
        first = text_of(post(client, self.path(1), learner, "checkpoints", ticked="1"))
        assert first.startswith('<section class="block" id="checkpoints">')
        assert first.count('aria-checked="true"') == 1
        assert "1 of 2 ticked" in first
        assert "All ticked" not in first
        second = text_of(post(client, self.path(2), learner, "checkpoints", ticked="1"))
        assert "All ticked" in second
        assert 'value="done" formaction="/progress/trail/skills/skill-1/"' in second
        client.post(BASE, {"state": "done", "learner": learner.pk})
        assert "All ticked" not in text_of(client.get(PAGE))

    def test_a_checkpoint_that_is_gone_is_409(self, client: Client, learner: Learner) -> None:
        other = Skill.objects.get(slug="skill-2").checkpoints.create(text="Elsewhere")
        for gone in (999_999, other.pk):
            response = post(client, f"checkpoints/{gone}/", learner, ticked="1")
            assert response.status_code == 409
            assert "no longer here" in text_of(response)
        assert not CheckpointTick.objects.exists()

    @pytest.mark.parametrize("ticked", ["", "2", "true", "__proto__"])
    def test_neither_yes_nor_no_keeps_it_as_it_was(self, client: Client, learner: Learner, ticked: str) -> None:
        post(client, self.path(), learner, ticked="1")
        for target in ("", "checkpoints"):
            response = post(client, self.path(), learner, target, ticked=ticked)
            assert response.status_code == 422
            assert "Choose whether it is ticked or not." in text_of(response)
        assert CheckpointTick.objects.exists()

    def test_a_guest_may_tick(self, client: Client) -> None:
        answer = text_of(post(client, self.path(), "", "checkpoints", ticked="1"))
        guest = Learner.objects.get(user=None)
        assert CheckpointTick.objects.get().learner == guest
        assert f'name="learner" value="{guest.pk}"' in answer

    def test_a_stale_form_writes_nothing(self, client: Client, learner: Learner, stranger: Learner) -> None:
        assert post(client, self.path(), stranger, ticked="1")["Location"].startswith("/accounts/login/")
        assert not CheckpointTick.objects.exists()


class TestNote:
    def save(self, client: Client, learner: object, text: str, version: int = 0, target: str = "", **more: str) -> Any:
        return post(client, "note/", learner, target, text=text, version=str(version), **more)

    def test_is_saved_and_shown_again(self, client: Client, learner: Learner) -> None:
        assert self.save(client, learner, "Some *words*.\r\nMore.")["Location"] == f"{PAGE}#note"
        assert Note.objects.get().text == "Some *words*.\nMore."
        assert ">\nSome *words*.\nMore.</textarea>" in text_of(client.get(PAGE))

    def test_htmx_gets_the_line_that_says_so_and_the_new_version(self, client: Client, learner: Learner) -> None:
        answer = text_of(self.save(client, learner, "One", 0, "note-saved"))
        assert answer.startswith('<span class="saved')
        assert 'name="version" id="note-version" value="1" hx-swap-oob="true"' in answer
        assert "<textarea" not in answer
        answer = text_of(self.save(client, learner, "Two", 1, "note-saved"))
        assert 'value="2" hx-swap-oob' in answer

    def test_two_tabs_lose_nothing_and_the_second_is_told(self, client: Client, learner: Learner) -> None:
        self.save(client, learner, "From the first tab", 0)
        for target in ("", "note-saved"):
            response = self.save(client, learner, "From the second tab", 0, target)
            assert response.status_code == 409
            assert "Changed in another tab" in text_of(response)
            assert "From the first tab\n\n---\n\nFrom the second tab</textarea>" in text_of(response)
            assert Note.objects.get().text == "From the first tab"
        assert 'value="1"' in re.search(r'<input[^>]*id="note-version"[^>]*>', text_of(response))[0]
        self.save(client, learner, "Both", 1)
        assert Note.objects.get().text == "Both"

    def test_the_same_text_from_two_tabs_is_no_conflict(self, client: Client, learner: Learner) -> None:
        self.save(client, learner, "Same", 0)
        assert self.save(client, learner, "Same", 0).status_code == 302
        assert Note.objects.get().version == 1

    def test_over_its_limit_it_is_kept_beside_the_error(self, client: Client, learner: Learner) -> None:
        long = "x" * (Note.MAXIMUM + 1)
        for target in ("", "note-saved"):
            response = self.save(client, learner, long, 0, target)
            assert response.status_code == 422
            assert "This note has 20,001 characters; 20,000 is the most." in text_of(response)
            assert f">\n{long}</textarea>" in text_of(response)
            assert 'aria-invalid="true"' in text_of(response)
        assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#note", "outerHTML")
        assert not Note.objects.exists()
        assert self.save(client, learner, "x" * Note.MAXIMUM).status_code == 302

    @pytest.mark.parametrize("version", [-1, 2**31 - 1, 2**63, "__proto__"])
    def test_a_version_that_none_has_is_refused(self, client: Client, learner: Learner, version: Any) -> None:
        assert self.save(client, learner, "Words", version).status_code == 422
        assert not Note.objects.exists()

    def test_nul_is_refused_in_words(self, client: Client, learner: Learner) -> None:
        response = self.save(client, learner, "a\x00b")
        assert response.status_code == 422
        assert "Null characters are not allowed." in text_of(response)

    def test_an_empty_one_is_removed(self, client: Client, learner: Learner) -> None:
        self.save(client, learner, "Words")
        self.save(client, learner, "  ", 1)
        assert not Note.objects.exists()

    def test_preview_shows_markdown_cleaned_and_saves_nothing(self, client: Client, learner: Learner) -> None:
        for target in ("", "note"):
            response = self.save(client, learner, "**Bold** <script>alert(1)</script>", 0, target, preview="1")
            assert "<strong>Bold</strong> &lt;script&gt;" in text_of(response)
            assert "<script>alert" not in text_of(response)
        assert not Note.objects.exists()

    def test_a_guest_may_write_and_it_comes_along(self, client: Client, user: User) -> None:
        own = make_learner(user)
        Note.objects.create(learner=own, skill=Skill.objects.get(slug="skill-1"), text="Mine", updated_at=NOW)
        self.save(client, "", "As a guest")
        client.post("/accounts/login/", {"login": user.email, "password": "correct horse battery"})
        note = Note.objects.get()
        assert note.learner == own
        assert re.fullmatch(r"Mine\n\n---\n\nWritten before signing in on .*:\n\nAs a guest", note.text)

    def test_anothers_note_is_nowhere(self, client: Client, learner: Learner, stranger: Learner) -> None:
        skill = Skill.objects.get(slug="skill-1")
        Note.objects.create(learner=stranger, skill=skill, text="Secret thoughts", updated_at=NOW)
        for url in (PAGE, "/notes/", "/notes/?q=secret"):
            assert "Secret thoughts" not in text_of(client.get(url))
        assert self.save(client, stranger, "Overwritten", 1)["Location"].startswith("/accounts/login/")
        assert Note.objects.get().text == "Secret thoughts"

    @pytest.mark.parametrize("version", ["-1", "x", ""])
    def test_an_odd_version_is_never_an_overwrite(self, client: Client, learner: Learner, version: str) -> None:
        self.save(client, learner, "First")
        response = post(client, "note/", learner, text="Second", version=version)
        assert response.status_code in (409, 422)
        assert "Second" in text_of(response)
        assert Note.objects.get().text == "First"


class TestEvidence:
    GOOD = {"title": "My repository", "url": "https://example.org/mine"}

    def test_is_added_private(self, client: Client, learner: Learner) -> None:
        assert post(client, "evidence/", learner, **self.GOOD)["Location"] == f"{PAGE}#evidence"
        link = Evidence.objects.get()
        assert (link.title, link.url, link.is_public) == ("My repository", "https://example.org/mine", False)
        assert 'href="https://example.org/mine" rel="noopener nofollow ugc"' in text_of(client.get(PAGE))

    @pytest.mark.parametrize(
        ("field", "value", "error"),
        [
            ("url", "example.org", "Start the link with https://"),
            ("url", "http://example.org/", "Start the link with https://"),
            ("url", "javascript:alert(1)", "Start the link with https://"),
            ("url", "", "Give the link."),
            ("url", "https://example.org/" + "x" * 500, "This link is too long"),
            ("title", "", "Say in a few words"),
            ("title", "x" * 121, "Use at most 120 characters."),
        ],
    )
    def test_bad_input_is_told_beside_the_field_and_kept(
        self, client: Client, learner: Learner, field: str, value: str, error: str
    ) -> None:
        for target in ("", "evidence"):
            response = post(client, "evidence/", learner, target, **(self.GOOD | {field: value}))
            page = text_of(response)
            assert response.status_code == 422
            assert re.search(rf'id="evidence-{field}"[^>]*aria-invalid="true"', page)
            assert re.search(rf'id="evidence-{field}-error">.*?{re.escape(error)}', page)
            for typed in (self.GOOD | {field: value}).values():
                assert f'value="{typed}"' in page
        assert not Evidence.objects.exists()

    def test_the_same_link_twice_is_told(self, client: Client, learner: Learner) -> None:
        post(client, "evidence/", learner, **self.GOOD)
        assert "on the list already" in text_of(post(client, "evidence/", learner, **self.GOOD))
        assert Evidence.objects.count() == 1

    def test_is_made_public_private_and_removed(self, client: Client, learner: Learner) -> None:
        post(client, "evidence/", learner, **self.GOOD)
        path = f"evidence/{Evidence.objects.get().uid}/"
        answer = text_of(post(client, path, learner, "evidence", action="public"))
        assert Evidence.objects.get().is_public
        assert "Make private" in answer
        post(client, path, learner, action="private")
        assert not Evidence.objects.get().is_public
        assert post(client, path, learner, action="burn").status_code == 422
        post(client, path, learner, action="remove")
        assert not Evidence.objects.exists()

    def test_anothers_is_as_missing_as_none(self, client: Client, learner: Learner, stranger: Learner) -> None:
        link = Evidence.objects.create(
            learner=stranger, skill=Skill.objects.get(slug="skill-1"), added_at=NOW, **self.GOOD
        )
        for uid in (link.uid, uuid.uuid4()):
            for action in ("public", "remove"):
                assert post(client, f"evidence/{uid}/", learner, action=action).status_code == 404
        link.refresh_from_db()
        assert not link.is_public
        assert "example.org/mine" not in text_of(client.get("/notes/"))

    def test_needs_an_account(self, client: Client) -> None:
        assert post(client, "evidence/", "", **self.GOOD)["Location"].startswith("/accounts/login/")


class TestNotesPage:
    def fill(self, learner: Learner) -> None:
        for number, skill in enumerate(Skill.objects.all()):
            Note.objects.create(
                learner=learner, skill=skill, text=f"About **apples** {('red', 'green')[number]}", updated_at=NOW
            )
            Evidence.objects.create(
                learner=learner,
                skill=skill,
                title=f"Pears {('red', 'green')[number]}",
                url="https://example.org/",
                added_at=NOW,
            )

    def test_has_everything(self, client: Client, learner: Learner) -> None:
        self.fill(learner)
        page = text_of(client.get("/notes/"))
        assert page.count("<strong>apples</strong>") == page.count(">Pears") == 2
        assert 'href="/roadmaps/trail/skills/skill-1/#note"' in page

    @pytest.mark.parametrize(
        ("query", "notes", "links"),
        [("APPLES", 2, 0), ("apples green", 1, 0), ("pears", 0, 2), ("nothing", 0, 0), ("skill 1", 1, 1), ("%", 0, 0)],
    )
    def test_is_searched_by_words(self, client: Client, learner: Learner, query: str, notes: int, links: int) -> None:
        self.fill(learner)
        page = text_of(client.get("/notes/", {"q": query}))
        assert (page.count("<strong>apples</strong>"), page.count(">Pears")) == (notes, links)

    def test_a_long_query_is_told_and_kept(self, client: Client, learner: Learner) -> None:
        response = client.get("/notes/", {"q": "x" * 10_000})
        assert response.status_code == 422
        assert "Use at most 200 characters" in text_of(response)
        assert "x" * 10_000 in text_of(response)

    def test_a_query_is_escaped(self, client: Client, learner: Learner) -> None:
        assert "<script>alert" not in text_of(client.get("/notes/", {"q": '"><script>alert(1)</script>'}))

    @pytest.mark.parametrize("many", [1, 40])
    def test_queries(self, client: Client, learner: Learner, many: int) -> None:
        for number in range(many):
            skill = Skill.objects.create(slug=f"s-{number}", title=f"S {number}", summary="S", hours=1)
            Note.objects.create(learner=learner, skill=skill, text="Words", updated_at=NOW)
        client.get("/notes/")
        with queries() as asked:
            client.get("/notes/")
        assert len(asked) == 5, asked.counted


def test_a_guests_ticks_are_united(user: User) -> None:
    guest, own = make_learner(), make_learner(user)
    one, two = Checkpoint.objects.order_by("position")
    for who, checkpoint in ((guest, one), (guest, two), (own, one)):
        CheckpointTick.objects.create(learner=who, checkpoint=checkpoint, at=NOW, day=NOW.date())
    learners.merge(guest=guest.pk, into=own.pk, at=NOW, day=NOW.date())
    assert list(CheckpointTick.objects.order_by("checkpoint__position").values_list("learner", "checkpoint")) == [
        (own.pk, one.pk),
        (own.pk, two.pk),
    ]
