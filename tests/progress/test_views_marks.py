"""Marking over HTTP: as a plain form, by htmx, and all the ways in which it goes wrong."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import User
from progress import learners
from progress.models import Change, Follow, Learner, Mark
from roadmap import outline
from roadmap.models import Group, OldSlug, Placement, Roadmap, Section, Skill
from tests.factories import make_group, make_trail, place
from tests.queries import queries

pytestmark = pytest.mark.django_db
URL = "/progress/trail/skills/skill-1/"
PAGE = "/roadmaps/trail/"


@pytest.fixture
def trail() -> Roadmap:
    return make_trail(3)


@pytest.fixture
def learner(client: Client, user: User) -> int:
    client.force_login(user)
    return Learner.objects.get(user=user).pk


def htmx(target: str, page: str = PAGE) -> dict[str, Any]:
    return {
        "HX-Request": "true",
        "HX-Target": target,
        "HX-Current-URL": f"http://testserver{page}",
    }


def mark(
    client: Client, state: str = "done", *, learner: object = "", url: str = URL, target: str = "", **more: str
) -> HttpResponse:
    data = {"state": state, "learner": learner, "next": PAGE, **more}
    return client.post(url, data, headers=htmx(target) if target else None)


def states(**fields: Any) -> dict[str, str]:
    return dict(Mark.objects.filter(**fields).values_list("skill__slug", "state"))


def test_a_plain_form_is_led_back_to_its_row(client: Client, trail: Roadmap, learner: int) -> None:
    response = mark(client, learner=learner)
    assert (response.status_code, response["Location"]) == (302, "/roadmaps/trail/#skill-skill-1")
    assert states(learner=learner) == {"skill-1": "done"}
    page = client.get(PAGE).content.decode()
    assert '<li class="skill" id="skill-skill-1" data-state="done">' in page
    assert "<b>Skill 1</b> marked done" in page


def test_htmx_gets_the_row_and_every_number_that_changed(client: Client, trail: Roadmap, learner: int) -> None:
    answer = mark(client, learner=learner, target="skill-skill-1").content.decode()
    assert answer.startswith('<li class="skill" id="skill-skill-1" data-state="done">')
    assert '<progress id="overall" value="1" max="3" aria-label="Overall progress">33%</progress>' in answer
    assert '<p id="receipt">1 of 3 done, <a href="/roadmaps/trail/?state=left">2 left</a>' in answer
    out_of_band = re.findall(r'<\w+[^>]* id="([\w-]+)"[^>]*hx-swap-oob', answer)
    assert sorted(out_of_band) == [
        "filter",
        "phase-first-phase-gauge",
        "phase-first-phase-know",
        "section-first-count",
        "summary",
        "toasts",
    ]
    batch = Change.objects.get().batch
    assert f'hx-post="/progress/undo/{batch}/" hx-target="#skill-skill-1"' in answer
    assert "<html" not in answer


def test_the_skills_page_gets_its_control(client: Client, trail: Roadmap, learner: int) -> None:
    answer = mark(client, "learning", learner=learner, target="state-skill-1").content.decode()
    assert answer.startswith('<div class="ctl" id="state-skill-1"')
    assert 'value="learning" aria-pressed="true"' in answer
    assert "Learning since" in answer


def test_the_same_state_again_says_nothing_and_writes_nothing(client: Client, trail: Roadmap, learner: int) -> None:
    mark(client, learner=learner, target="skill-skill-1")
    answer = mark(client, learner=learner, target="skill-skill-1").content.decode()
    assert Change.objects.count() == 1
    assert "Undo" not in answer
    assert 'data-state="done"' in answer


def test_a_visitor_becomes_a_guest_and_the_form_learns_it(client: Client, trail: Roadmap) -> None:
    answer = mark(client, target="skill-skill-1").content.decode()
    guest = Learner.objects.get()
    assert guest.user is None
    assert re.search(rf'<form id="marks" [^>]*hx-swap-oob="true">.*name="learner" value="{guest.pk}"', answer)
    assert states(learner=guest) == {"skill-1": "done"}
    # The form of a tab that was open before still counts as this guest's own.
    mark(client, "learning", url="/progress/trail/skills/skill-2/")
    assert Learner.objects.count() == 1
    assert states(learner=guest) == {"skill-1": "done", "skill-2": "learning"}


def test_guests_of_one_network_run_out(client: Client, trail: Roadmap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learners, "NEW_GUESTS", 2)
    mark(client)
    mark(Client())
    refused = mark(Client())
    assert (refused.status_code, refused["Retry-After"]) == (429, "300")
    assert Learner.objects.count() == 2
    assert mark(client, "learning").status_code == 302
    assert mark(Client(REMOTE_ADDR="192.0.2.1")).status_code == 302


def test_in_a_group_to_pick_from_the_group_changes_too(client: Client, trail: Roadmap, learner: int) -> None:
    group = make_group(Section.objects.get(), "pick", title="Pick", rule=Group.Rule.ANY)
    place(group, "one", "other")
    answer = mark(client, learner=learner, url="/progress/trail/skills/one/", target="skill-one").content.decode()
    assert f'id="group-{group.pk}" data-state="done" hx-swap-oob="true"' in answer
    assert "1 of 4 done" in answer


def test_a_mark_asks_at_most_seven_queries(client: Client, trail: Roadmap, learner: int) -> None:
    mark(client, "learning", learner=learner, target="skill-skill-1")
    with queries() as asked:
        mark(client, learner=learner, target="skill-skill-1")
    assert len(asked) == 7, asked.counted


def test_a_mark_asks_the_same_among_many_skills(client: Client, learner: int) -> None:
    make_trail(300)
    mark(client, "learning", learner=learner, target="skill-skill-1")
    with queries() as asked:
        mark(client, learner=learner, target="skill-skill-1")
    assert len(asked) == 7, asked.counted


@pytest.mark.parametrize("state", ["", "started", "DONE", "done\x00", "🪨"])
def test_a_wrong_state_is_refused_in_words(client: Client, trail: Roadmap, learner: int, state: str) -> None:
    plain = mark(client, state, learner=learner)
    assert plain.status_code == 422
    assert "Choose" in plain.content.decode()
    assert f'href="{PAGE}"' in plain.content.decode()
    swapped = mark(client, state, learner=learner, target="skill-skill-1")
    assert (swapped.status_code, swapped["HX-Reswap"]) == (422, "none")
    assert "<b>Not marked.</b>" in swapped.content.decode()
    assert not Mark.objects.exists()


@pytest.mark.parametrize("url", ["/progress/trail/skills/nothing/", "/progress/nowhere/skills/skill-1/"])
def test_an_unknown_skill_or_roadmap_is_404(client: Client, trail: Roadmap, learner: int, url: str) -> None:
    assert mark(client, learner=learner, url=url).status_code == 404
    assert not Mark.objects.exists()


def test_an_unpublished_roadmap_cannot_be_marked(client: Client, trail: Roadmap, learner: int) -> None:
    Roadmap.objects.update(is_published=False)
    assert mark(client, learner=learner).status_code == 404


def retire(slug: str) -> None:
    placement = Placement.objects.get(skill__slug=slug)
    placement.retired_at = timezone.now()
    placement.save()
    outline.touch(placement, at=timezone.now())


def test_a_retired_skill_is_409_and_keeps_its_mark(client: Client, trail: Roadmap, learner: int) -> None:
    mark(client, "learning", learner=learner)
    retire("skill-1")
    plain = mark(client, learner=learner)
    assert plain.status_code == 409
    assert "“Skill 1” is no longer on this roadmap" in plain.content.decode()
    swapped = mark(client, learner=learner, target="skill-skill-1")
    assert (swapped.status_code, swapped["HX-Reswap"]) == (409, "none")
    assert states() == {"skill-1": "learning"}


def test_a_form_from_before_a_renaming_still_marks(client: Client, trail: Roadmap, learner: int) -> None:
    skill = Skill.objects.get(slug="skill-1")
    Skill.objects.filter(pk=skill.pk).update(slug="renamed")
    OldSlug.objects.create(kind="skill", slug="skill-1", uid=skill.uid)
    outline.touch(skill, at=timezone.now())
    assert mark(client, learner=learner)["Location"] == "/roadmaps/trail/#skill-renamed"
    assert states() == {"renamed": "done"}


def test_get_is_not_allowed(client: Client, trail: Roadmap, learner: int) -> None:
    for url in (URL, "/progress/trail/all/", f"/progress/undo/{uuid.uuid4()}/"):
        assert client.get(url).status_code == 405, url


def test_without_a_token_nothing_is_written(trail: Roadmap, user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    learner = Learner.objects.get().pk
    response = mark(client, learner=learner)
    assert response.status_code == 403
    assert "This page was out of date" in response.content.decode()
    assert f'href="{PAGE}"' in response.content.decode()
    swapped = mark(client, learner=learner, target="skill-skill-1")
    assert (swapped.status_code, swapped["HX-Redirect"]) == (204, PAGE)
    assert not Mark.objects.exists()


class TestStaleForms:
    """A form filled in as somebody writes nothing as somebody else."""

    def leads_to_sign_in(self, client: Client, learner: object) -> None:
        plain = mark(client, learner=learner)
        assert (plain.status_code, plain["Location"]) == (302, "/accounts/login/?next=%2Froadmaps%2Ftrail%2F")
        swapped = mark(client, learner=learner, target="skill-skill-1")
        assert (swapped.status_code, swapped["HX-Redirect"]) == (204, "/accounts/login/?next=%2Froadmaps%2Ftrail%2F")
        assert swapped["Content-Length"] == "0"  # a browser would take a body for the beginning of its next answer
        assert not Mark.objects.exists()

    def test_after_signing_out(self, client: Client, trail: Roadmap, learner: int) -> None:
        client.post("/accounts/logout/")
        self.leads_to_sign_in(client, learner)

    def test_of_somebody_else(self, client: Client, trail: Roadmap, learner: int) -> None:
        other = Learner.objects.create(user=User.objects.create_user("ada@example.org"))
        self.leads_to_sign_in(client, other.pk)

    def test_of_a_visitor_who_has_signed_in(self, client: Client, trail: Roadmap, learner: int) -> None:
        self.leads_to_sign_in(client, "")

    def test_of_a_learner_who_was_erased(self, client: Client, trail: Roadmap, learner: int) -> None:
        Learner.objects.all().delete()
        self.leads_to_sign_in(client, learner)

    def test_with_rubbish(self, client: Client, trail: Roadmap, learner: int) -> None:
        for rubbish in ("x", "-1", f"{learner} ", "9" * 500, "\x00"):
            self.leads_to_sign_in(client, rubbish)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "evil", ""]
)
def test_next_leads_nowhere_else(client: Client, trail: Roadmap, learner: int, target: str) -> None:
    response = client.post(URL, {"state": "done", "learner": learner, "next": target})
    assert response["Location"] == "/roadmaps/trail/skills/skill-1/#skill-skill-1"


def test_filters_stay_in_the_answer(client: Client, trail: Roadmap, learner: int) -> None:
    answer = mark(client, learner=learner, target="skill-skill-1", next=f"{PAGE}?state=todo&free=1").content.decode()
    assert '<a href="/roadmaps/trail/?state=todo&amp;free=1" aria-current="true">To do' in answer
    assert 'href="/roadmaps/trail/skills/skill-1/?free=1"' in answer


class TestAll:
    URL = "/progress/trail/all/"

    def post(self, client: Client, learner: object, scope: str, state: str = "done", target: str = "") -> HttpResponse:
        data = {"scope": scope, "state": state, "learner": learner, "next": PAGE}
        return client.post(self.URL, data, headers=htmx(target) if target else None)

    def test_a_section_is_marked_and_undone_as_one(self, client: Client, trail: Roadmap, learner: int) -> None:
        mark(client, "skipped", learner=learner)
        response = self.post(client, learner, "section-first")
        assert response["Location"] == "/roadmaps/trail/#section-first"
        assert states() == {"skill-1": "skipped", "skill-2": "done", "skill-3": "done"}
        page = client.get(PAGE).content.decode()
        assert "<b>2 skills</b> in “Section first” marked done." in page
        batch = Change.objects.get(skill__slug="skill-2").batch
        client.post(f"/progress/undo/{batch}/", {"learner": learner, "next": PAGE})
        assert states() == {"skill-1": "skipped"}

    @pytest.mark.parametrize("scope", ["roadmap", "phase-first-phase"])
    def test_a_phase_or_the_roadmap(self, client: Client, trail: Roadmap, learner: int, scope: str) -> None:
        self.post(client, learner, scope)
        assert set(states().values()) == {"done"}
        assert len(states()) == 3

    def test_optional_ones_are_left_and_picks_are_named(self, client: Client, trail: Roadmap, learner: int) -> None:
        section = Section.objects.get()
        place(make_group(section, "more"), "extra-skill", importance="optional")
        place(make_group(section, "pick", title="A language", rule="any"), "go", "rust")
        self.post(client, learner, "section-first")
        assert sorted(states()) == ["skill-1", "skill-2", "skill-3"]
        assert "Left for you to pick: A language." in client.get(PAGE).content.decode()

    def test_a_reset_puts_back_whatever_has_a_mark(self, client: Client, trail: Roadmap, learner: int) -> None:
        mark(client, "skipped", learner=learner)
        self.post(client, learner, "roadmap", "todo")
        assert states() == {"skill-1": "todo"}
        assert Change.objects.filter(cause="reset").count() == 1

    def test_htmx_takes_the_page_from_the_redirects_end(self, client: Client, trail: Roadmap, learner: int) -> None:
        response = self.post(client, learner, "section-first", target="main")
        assert response.status_code == 302
        page = client.get(response["Location"], headers=htmx("main")).content.decode()
        assert page.startswith("<!doctype html>")
        assert page.count('id="toasts"') == 1
        assert "<b>3 skills</b>" in page

    def test_the_button_says_its_scope_in_the_address(self, client: Client, trail: Roadmap, learner: int) -> None:
        page = client.get(PAGE).content.decode()
        assert 'formaction="/progress/trail/all/?scope=section-first"' in page
        client.post(f"{self.URL}?scope=section-first", {"state": "done", "learner": learner})
        assert len(states()) == 3

    @pytest.mark.parametrize(
        ("scope", "state", "status"),
        [
            ("", "done", 422),
            ("everything", "done", 422),
            ("section-", "done", 422),
            ("roadmap", "skipped", 422),
            ("roadmap", "", 422),
            ("section-nowhere", "done", 422),
            ("phase-first", "done", 422),
        ],
    )
    def test_bad_input(self, client: Client, trail: Roadmap, learner: int, scope: str, state: str, status: int) -> None:
        assert self.post(client, learner, scope, state).status_code == status
        assert not Mark.objects.exists()

    def test_a_stale_form_writes_nothing(self, client: Client, trail: Roadmap, learner: int) -> None:
        assert self.post(client, "", "roadmap")["Location"].startswith("/accounts/login/")
        assert not Mark.objects.exists()


class TestUndo:
    def undo(self, client: Client, learner: object, batch: object, target: str = "") -> HttpResponse:
        data = {"learner": learner, "next": PAGE}
        headers = htmx(target) if target else None
        return client.post(f"/progress/undo/{batch}/", data, headers=headers)

    def test_by_htmx_gives_the_row_as_it_was(self, client: Client, trail: Roadmap, learner: int) -> None:
        mark(client, learner=learner)
        answer = self.undo(client, learner, Change.objects.get().batch, "skill-skill-1").content.decode()
        assert 'id="skill-skill-1" data-state="todo"' in answer
        assert "0 of 3 done" in answer
        assert not Mark.objects.exists()

    def test_by_a_plain_form_leads_back(self, client: Client, trail: Roadmap, learner: int) -> None:
        mark(client, learner=learner)
        response = self.undo(client, learner, Change.objects.get().batch)
        assert response["Location"] == "/roadmaps/trail/#skill-skill-1"
        assert "<b>Skill 1</b> as before." in client.get(PAGE).content.decode()

    @pytest.mark.parametrize("gone", ["/roadmaps/gone/", "/nowhere/"])
    def test_on_a_page_that_is_gone_leads_back_all_the_same(
        self, client: Client, trail: Roadmap, learner: int, gone: str
    ) -> None:
        mark(client, learner=learner)
        url, data = f"/progress/undo/{Change.objects.get().batch}/", {"learner": learner, "next": gone}
        assert client.post(url, data)["Location"] == gone
        assert not Mark.objects.exists()
        assert client.post(url, data, headers=htmx("skill-skill-1"))["HX-Redirect"] == gone

    def test_with_something_newer_is_409_and_names_it(self, client: Client, trail: Roadmap, learner: int) -> None:
        mark(client, "learning", learner=learner)
        first = Change.objects.get().batch
        mark(client, "done", learner=learner)
        refused = self.undo(client, learner, first)
        assert refused.status_code == 409
        assert "You changed Skill 1 after that." in refused.content.decode()
        assert states() == {"skill-1": "done"}

    def test_somebody_elses_act_is_as_missing_as_none(self, client: Client, trail: Roadmap, user: User) -> None:
        client.force_login(other := User.objects.create_user("ada@example.org"))
        mark(client, learner=Learner.objects.get(user=other).pk)
        batch = Change.objects.get().batch
        client.get(PAGE)
        client.force_login(user)
        mine = Learner.objects.get(user=user).pk
        theirs, missing = self.undo(client, mine, batch), self.undo(client, mine, uuid.uuid4())
        assert theirs.status_code == missing.status_code == 404
        bodies = {re.sub(r'value="\w{64}"|[0-9a-f-]{36}', "", page.content.decode()) for page in (theirs, missing)}
        assert len(bodies) == 1
        assert states() == {"skill-1": "done"}

    def test_a_visitor_has_nothing_to_undo(self, client: Client, trail: Roadmap) -> None:
        assert self.undo(client, "", uuid.uuid4()).status_code == 404

    def test_what_was_retired_meanwhile_can_be_undone(self, client: Client, trail: Roadmap, learner: int) -> None:
        mark(client, learner=learner)
        retire("skill-1")
        assert self.undo(client, learner, Change.objects.get().batch)["Location"] == PAGE
        assert not Mark.objects.exists()

    def test_after_thirty_days(self, client: Client, trail: Roadmap, learner: int) -> None:
        mark(client, learner=learner)
        Change.objects.update(at=timezone.now() - dt.timedelta(days=31))
        assert self.undo(client, learner, Change.objects.get().batch).status_code == 409
        assert states() == {"skill-1": "done"}


def test_the_day_is_the_learners_own(client: Client, trail: Roadmap, user: User, learner: int) -> None:
    User.objects.update(time_zone="Pacific/Kiritimati")
    mark(client, learner=learner)
    change = Change.objects.get()
    assert change.day == change.at.astimezone(dt.timezone(dt.timedelta(hours=14))).date()


def test_a_guests_day_is_in_utc(client: Client, trail: Roadmap) -> None:
    mark(client)
    change = Change.objects.get()
    assert change.day == change.at.astimezone(dt.UTC).date()


def test_the_first_mark_follows(client: Client, trail: Roadmap, learner: int) -> None:
    mark(client, learner=learner)
    assert Follow.objects.get().roadmap == trail
