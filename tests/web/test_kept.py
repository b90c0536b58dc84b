"""Pages that are kept: visitors' are alike for all of them but for the token, a learner's is nobody else's."""

import datetime as dt
import gc
import gzip
import itertools
import re
import weakref
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.middleware.csrf import _does_token_match as is_of
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from progress import journey, learners, notes, plans, reviews
from progress.journey import FILTERS
from progress.models import CheckpointTick, Evidence, Follow, Mark, Note, Recall, Report, Suggestion
from roadmap import outline, preview
from roadmap.models import Checkpoint, OldSlug, Question, Roadmap, Skill
from tests.factories import NOW, make_group, make_resource, make_roadmap, make_section, make_trail, place
from tests.queries import queries
from web import kept

pytestmark = pytest.mark.django_db
PAGE, SKILL = "/roadmaps/trail/", "/roadmaps/trail/skills/skill-1/"
DASHBOARD = "/dashboard/"
PAGES = ["/", PAGE, f"{PAGE}faq/", SKILL]
QUERIES = ["", *(f"?state={state}" for state in FILTERS), "?free=1", "?state=left&free=1"]
TOKEN = re.compile(rb'(?<=name="csrfmiddlewaretoken" value=")\w{64}(?=")')


@pytest.fixture(autouse=True)
def trail() -> Roadmap:
    return make_trail(3)


def tokens(response: HttpResponse) -> list[str]:
    return [each.decode() for each in TOKEN.findall(response.content)]


def without_tokens(response: HttpResponse) -> bytes:
    assert response.status_code == 200
    return TOKEN.sub(b"", response.content)


class TestWhatIsKept:
    @pytest.mark.parametrize("page", PAGES)
    def test_is_alike_but_for_each_browsers_own_token(self, page: str) -> None:
        one, other = Client(), Client()
        first, second, third = one.get(page), other.get(page), one.get(page)
        assert without_tokens(first) == without_tokens(second) == without_tokens(third)
        assert third.templates == []
        for client, response in ((one, first), (other, second), (one, third)):
            assert tokens(response)
            assert all(is_of(token, client.cookies["csrf"].value) for token in tokens(response))
        assert not is_of(tokens(first)[0], other.cookies["csrf"].value)
        assert len({*tokens(first), *tokens(third)}) == 2  # each answer has a mask of its own

    @pytest.mark.parametrize("page", PAGES)
    def test_is_what_would_be_rendered(self, page: str) -> None:
        asked = list(itertools.product(QUERIES, ("auto", "light", "dark", "nonsense", "")))
        for query, theme in asked:  # all there may be is there already
            Client(headers={"Cookie": f"theme={theme}", "Accept-Language": "de"}).get(page + query)
        found = {}
        for query, theme in asked:
            response = Client(headers={"Cookie": f"theme={theme}"}).get(page + query)
            assert response.templates == []
            found[query, theme] = without_tokens(response)
        outline.forget()
        for query, theme in asked:
            content = found[query, theme]
            assert content == without_tokens(Client(headers={"Cookie": f"theme={theme}"}).get(page + query))
            dark, light = b'data-theme="dark"' in content, b'data-theme="light"' in content
            assert (dark, light) == (theme == "dark", theme == "light")

    @pytest.mark.parametrize("page", PAGES)
    def test_goes_over_the_wire_as_whoever_unpacks_it_expects(self, page: str) -> None:
        client = Client()
        plain = client.get(page)
        packed = client.get(page, headers={"Accept-Encoding": "br, gzip"})
        assert (plain.get("Content-Encoding"), packed["Content-Encoding"]) == (None, "gzip")
        unpacked = gzip.decompress(packed.content)
        assert TOKEN.sub(b"", unpacked) == without_tokens(plain)
        assert all(each in packed.content for each in TOKEN.findall(unpacked))  # stored: no length tells of it (BREACH)
        assert all(is_of(each.decode(), client.cookies["csrf"].value) for each in TOKEN.findall(unpacked))
        assert {"Cookie", "HX-Request", "Accept-Encoding"} <= set(packed["Vary"].split(", "))
        assert packed["Cache-Control"] == "private, no-cache"

    def test_the_token_works(self) -> None:
        client = Client(enforce_csrf_checks=True)
        Client().get(PAGE)
        token = tokens(client.get(PAGE))[0]
        answer = client.post(
            reverse("mark", args=["trail", "skill-1"]), {"state": "done", "csrfmiddlewaretoken": token}
        )
        assert (answer.status_code, Mark.objects.count()) == (302, 1)

    def test_ends_with_its_version(self, trail: Roadmap) -> None:
        client = Client()
        client.get(PAGE)
        Skill.objects.filter(slug="skill-1").update(title="Quite another")
        outline.touch(Skill.objects.get(slug="skill-1"), at=timezone.now())
        assert b"Quite another" in client.get(PAGE).content

    def test_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept, "MOST", 3)
        for query in QUERIES:
            Client().get(PAGE + query)
        shown = outline.get("trail")
        assert shown is not None
        assert len(shown.derived["progress/roadmap.html", "visitors"]) == 3

    def test_nobody_pushes_others_out_with_colours_that_are_none(self) -> None:
        for number in range(3):
            Client(headers={"Cookie": f"theme=nonsense-{number}"}).get(PAGE)
        shown = outline.get("trail")
        assert shown is not None
        assert len(shown.derived["progress/roadmap.html", "visitors"]) == 1

    def test_where_forms_lead_back_to_is_nobodys_choice(self) -> None:
        Client().get(f"{SKILL}?next=/elsewhere/")
        assert b"elsewhere" not in Client().get(SKILL).content
        Client().get("/?next=/elsewhere/")
        assert b"elsewhere" not in Client().get("/").content

    def test_a_page_with_somebodys_token_in_it_is_not_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept, "FIELD", b"<")  # as if there were more fields than slots
        client = Client()
        assert is_of(tokens(client.get(PAGE))[0], client.cookies["csrf"].value)
        shown = outline.get("trail")
        assert shown is not None
        assert shown.derived["progress/roadmap.html", "visitors"] == {}


class TestWhatIsKnown:
    @pytest.mark.parametrize("page", PAGES)
    def test_is_not_sent_again(self, page: str) -> None:
        client = Client()
        etag = client.get(page)["ETag"]
        with queries() as made:
            again = client.get(page, headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again.templates, len(made)) == (304, b"", [], 1)
        assert (again["ETag"], again["Cache-Control"]) == (etag, "private, no-cache")
        assert {"Cookie", "HX-Request", "Accept-Encoding"} <= set(again["Vary"].split(", "))
        assert client.get(page)["ETag"] == etag

    def test_is_sent_to_whoever_has_no_cookie_or_another(self) -> None:
        etag = Client().get(PAGE)["ETag"]
        other = Client()
        other.get(PAGE)
        for client in (Client(), other, Client(headers={"Cookie": "csrf=nonsense"})):
            response = client.get(PAGE, headers={"If-None-Match": etag})
            assert (response.status_code, response["ETag"] != etag) == (200, True)
            assert is_of(tokens(response)[0], client.cookies["csrf"].value)

    def test_differs_by_what_is_asked_for(self) -> None:
        client, etags = Client(), set()
        for theme in ("auto", "light", "dark"):
            client.cookies["theme"] = theme
            etags |= {client.get(page)["ETag"] for page in (*PAGES, *(PAGE + query for query in QUERIES[1:]))}
        assert len(etags) == 3 * (len(PAGES) + len(QUERIES) - 1)

    def test_is_new_with_the_version(self, trail: Roadmap) -> None:
        client = Client()
        etag = client.get(PAGE)["ETag"]
        Skill.objects.filter(slug="skill-1").update(title="Quite another")
        outline.touch(Skill.objects.get(slug="skill-1"), at=timezone.now())
        assert client.get(PAGE, headers={"If-None-Match": etag}).status_code == 200


class TestBeforeAnybodyAsksWhoItIs:
    """Of a visitor who says nothing else, a page that another one was given needs no session and no view."""

    OTHERS: tuple[dict[str, str], ...] = (
        {"HX-Request": "true"},
        *({"Cookie": f"{name}=any"} for name in ("session", "messages", "preview", "unknown")),
    )

    @staticmethod
    def is_early(response: HttpResponse) -> bool:
        assert response.status_code < 400
        return not hasattr(response.wsgi_request, "user")

    @staticmethod
    def of(response: HttpResponse) -> tuple[object, ...]:
        headers = {name: value for name, value in response.items() if name not in ("X-Request-ID", "ETag")}
        headers["Vary"] = set(headers["Vary"].split(", "))
        cookies = {name: {**morsel, "expires": ""} for name, morsel in response.cookies.items()}
        return response.status_code, headers, cookies, TOKEN.sub(b"", response.content)

    @pytest.mark.parametrize("method", ["get", "head"])
    @pytest.mark.parametrize("page", PAGES)
    def test_the_answer_is_the_same(self, page: str, method: str) -> None:
        client = Client()
        client.cookies["theme"] = "dark"
        first = getattr(client, method)(page)
        with queries() as made:
            second = getattr(client, method)(page, CONTENT_LENGTH="0")
        assert (self.is_early(first), self.is_early(second), len(made)) == (False, True, 1)
        assert self.of(first) == self.of(second)
        views = [each.wsgi_request.resolver_match.view_name for each in (first, second)]  # what is counted, and logged
        assert views[0] == views[1]
        known = {"If-None-Match": second["ETag"]}
        again = client.get(page, headers=known)
        outline.forget()
        late = client.get(page, headers=known)
        assert (again.status_code, self.is_early(again), self.is_early(late)) == (304, True, False)
        assert self.of(again) == self.of(late)

    @pytest.mark.parametrize("headers", OTHERS, ids=str)
    @pytest.mark.parametrize("page", PAGES)
    def test_whoever_says_more_is_asked(self, page: str, headers: dict[str, str]) -> None:
        for _ in range(2):
            assert not self.is_early(Client(headers=headers).get(page))
        Client().get(page)
        assert self.is_early(Client().get(page))
        assert not self.is_early(Client(headers=headers).get(page))
        assert not self.is_early(Client().get(f"{page}?free=1"))
        assert Client().post(page).status_code == 405

    def test_of_another_host_is_refused(self) -> None:
        for host in ("testserver", "elsewhere.example"):
            found = [Client(headers={"Host": host}).get(PAGE).status_code for _ in range(2)]
            assert found == ([200, 200] if host == "testserver" else [400, 400])

    @pytest.mark.parametrize("page", PAGES)
    def test_what_is_not_published_any_more_is_gone(self, page: str, trail: Roadmap) -> None:
        for _ in range(2):
            assert Client().get(page).status_code == 200
        Roadmap.objects.update(is_published=False)
        assert Client().get(page).status_code == (302 if page == "/" else 404)
        other = make_roadmap("other")
        outline.touch(other, at=NOW)
        assert Client().get(page).status_code == (200 if page == "/" else 404)

    @pytest.mark.parametrize("page", PAGES[1:])
    def test_what_moved_leads_on(self, page: str, trail: Roadmap) -> None:
        for _ in range(2):
            assert Client().get(page).status_code == 200
        trail.slug = "path"
        trail.save()
        outline.touch(trail, at=NOW)
        OldSlug.objects.create(kind=OldSlug.Kind.ROADMAP, slug="trail", uid=trail.uid)
        answer = Client().get(page)
        assert (answer.status_code, answer["Location"]) == (301, page.replace("trail", "path"))

    def test_a_database_that_does_not_answer_is_503(self) -> None:
        def fail(*_: object) -> None:
            raise OperationalError("gone")

        client = Client(raise_request_exception=False)
        for _ in range(2):
            assert client.get(PAGE).status_code == 200
        with connection.execute_wrapper(fail):
            answer = client.get(PAGE)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert b"gone" not in answer.content
        assert client.get(PAGE).status_code == 200

    def test_a_body_that_is_too_large_is_refused_as_ever(self) -> None:
        large = b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        assert [Client().generic("GET", PAGE, body).status_code for body in (b"", b"", large)] == [200, 200, 413]

    def test_what_is_over_is_not_held(self) -> None:
        shown = weakref.ref(outline.get("trail"))
        for _ in range(2):
            assert Client().get(PAGE).status_code == 200
        outline.forget()
        gc.collect()
        assert shown() is None

    def test_no_more_are_kept_than_there_is_room(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept, "MOST", 2)
        for page in PAGES * 2:
            Client().get(page)
        assert len(kept._answers) == 2


def change_mark(client: Client, user: User) -> None:
    client.post(reverse("mark", args=["trail", "skill-2"]), {"state": "done", "learner": user.learner.pk})


def credit(client: Client, user: User) -> None:
    Mark.objects.filter(skill__slug="skill-1").update(credited_from="Another")


def forget(client: Client, user: User) -> None:
    question = Question.objects.first() or Question.objects.create(
        skill=Skill.objects.get(slug="skill-1"), question="Which?", answer="That."
    )
    day = NOW.date()
    known = {"stability": 2.3, "difficulty": 2.1, "reviewed_on": day, "forgotten": False, "due": day, "fades_on": day}
    Recall.objects.create(learner=user.learner, question=question, **known)


def edit(client: Client, user: User) -> None:
    Skill.objects.filter(slug="skill-1").update(title="Quite another")
    outline.touch(Skill.objects.get(slug="skill-1"), at=timezone.now())


def plan(client: Client, user: User) -> None:
    shown = outline.get("trail")
    assert shown
    trip = journey.of(shown, learners.states(user.learner.pk))
    plans.save(learner=user.learner.pk, trip=trip, today=timezone.localdate(), at=timezone.now())


def plan_anew(client: Client, user: User) -> None:
    plan(client, user)
    client.get(DASHBOARD)
    shown = outline.get("trail")
    assert shown
    trip = journey.of(shown, learners.states(user.learner.pk))
    week = (1, 0, 0, 0, 0, 0, 0)
    plans.save(learner=user.learner.pk, trip=trip, today=timezone.localdate(), at=timezone.now(), weekdays=week)


def follow_another(client: Client, user: User) -> None:
    other = make_roadmap("other")
    place(make_group(make_section(other)), "elsewhere", "further")
    for used_at, roadmap in ((NOW, Roadmap.objects.get(slug="trail")), (NOW - dt.timedelta(days=1), other)):
        Follow.objects.update_or_create(
            learner=user.learner, roadmap=roadmap, defaults={"since": NOW, "used_at": used_at, "changes_seen_at": None}
        )


def rename_next(client: Client, user: User) -> None:
    Skill.objects.filter(slug="skill-2").update(title="Quite another")
    outline.touch(Skill.objects.get(slug="skill-2"), at=timezone.now())


def remember(client: Client, user: User) -> None:
    ask(client, user)
    client.get(DASHBOARD)
    forget(client, user)
    Recall.objects.update(due=timezone.localdate() + dt.timedelta(days=60), stability=60, reviewed_on=NOW.date())


def ask(client: Client, user: User) -> None:
    Question.objects.create(skill=Skill.objects.get(slug="skill-1"), question="Which?", answer="That.")
    outline.touch(Skill.objects.get(slug="skill-1"), at=NOW)


def ask_nothing(client: Client, user: User) -> None:
    ask(client, user)
    client.get(DASHBOARD)
    reviews.set_wishes(learner=user.learner.pk, reviews_a_day=0, retention=0.9)


def answer(client: Client, user: User) -> None:
    ask(client, user)
    client.get(DASHBOARD)
    shown, now = outline.get("trail"), timezone.now()
    assert shown
    question = Question.objects.get().pk
    reviews.answer(learner=user.learner.pk, shown=shown, question=question, rating=3, at=now, day=now.date())


def be_answered(client: Client, user: User) -> None:
    skill = Skill.objects.get(slug="skill-1")
    said = {"kind": "correction", "text": "It is otherwise.", "status": "declined", "decided_at": timezone.now()}
    Suggestion.objects.create(learner=user.learner, skill=skill, at=timezone.now(), **said)


def tick(client: Client, user: User) -> None:
    point = Checkpoint.objects.create(skill=Skill.objects.get(slug="skill-1"), text="Do it", acceptance="Done")
    CheckpointTick.objects.create(learner=user.learner, checkpoint=point, at=NOW, day=timezone.localdate())


def mark_around(*, before: bool) -> Callable[[Client, User], None]:
    def change(client: Client, user: User) -> None:
        shown, other = Skill.objects.get(slug="skill-1"), Skill.objects.get(slug="skill-2")
        first, then = (other, shown) if before else (shown, other)
        then.prerequisites.add(first)
        outline.touch(then, at=NOW)
        client.get(SKILL)
        change_mark(client, user)

    return change


BEFORE, AFTER = mark_around(before=True), mark_around(before=False)


def tick_one(client: Client, user: User) -> None:
    tick(client, user)
    CheckpointTick.objects.all().delete()
    outline.touch(Skill.objects.get(slug="skill-1"), at=NOW)
    client.get(SKILL)
    CheckpointTick.objects.create(learner=user.learner, checkpoint=Checkpoint.objects.get(), at=NOW, day=NOW.date())


def write(client: Client, user: User, text: str = "My own words") -> None:
    skill = Skill.objects.get(slug="skill-1").pk
    version = Note.objects.first().version if Note.objects.exists() else 0
    notes.save(learner=user.learner.pk, skill=skill, text=text, version=version, at=NOW)


def write_again(client: Client, user: User) -> None:
    write(client, user)
    client.get(SKILL)
    write(client, user, "Other words")


def show(client: Client, user: User) -> None:
    skill = Skill.objects.get(slug="skill-1")
    link = {"title": "Mine", "url": "https://example.org/mine", "added_at": NOW}
    Evidence.objects.create(learner=user.learner, skill=skill, **link)


def show_everybody(client: Client, user: User) -> None:
    show(client, user)
    client.get(SKILL)
    Evidence.objects.update(is_public=True)


def report(client: Client, user: User) -> None:
    resource = make_resource(Skill.objects.get(slug="skill-1"))
    outline.touch(resource, at=NOW)
    client.get(SKILL)
    Report.objects.create(learner=user.learner, resource=resource, kind="dead", at=NOW)


def be_heard(client: Client, user: User) -> None:
    report(client, user)
    client.get(SKILL)
    Report.objects.update(settled_at=NOW)


def account(**fields: object) -> Callable[[Client, User], object]:
    return lambda _, user: User.objects.filter(pk=user.pk).update(**fields)


ACCOUNT = (account(name="Somebody"), account(appearance="dark"), account(is_staff=True))


class TestALearnersOwn:
    @pytest.fixture
    def learner(self, client: Client, user: User) -> Client:
        client.force_login(user)
        skill = Skill.objects.get(slug="skill-1")
        late = dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.UTC)  # the next day already, further east
        Mark.objects.create(learner=user.learner, skill=skill, state="done", since=late)
        return client

    @pytest.mark.parametrize(("page", "asked"), [(PAGE, 4), (DASHBOARD, 8), (SKILL, 7)])
    def test_is_not_rendered_again_while_it_is_the_same(self, learner: Client, page: str, asked: int) -> None:
        first = learner.get(page)
        with queries() as made:
            second = learner.get(page)
        assert (second.templates, len(made)) == ([], asked)
        assert without_tokens(first) == without_tokens(second)
        assert tokens(first)[0] != tokens(second)[0]
        assert is_of(tokens(second)[0], learner.cookies["csrf"].value)
        assert (second["Cache-Control"], "ETag" in second) == ("private, no-store", False)
        packed = learner.get(page, headers={"Accept-Encoding": "gzip"})
        assert TOKEN.sub(b"", gzip.decompress(packed.content)) == without_tokens(first)

    @pytest.mark.parametrize(
        ("page", "change"),
        [
            *itertools.product([PAGE, DASHBOARD], (change_mark, *ACCOUNT)),
            *itertools.product([PAGE], (forget, edit, account(shortcuts=False))),
            *itertools.product([SKILL], (credit, edit, BEFORE, AFTER, tick_one, *ACCOUNT)),
            *itertools.product([SKILL], (write, write_again, show, show_everybody, report, be_heard)),
            *itertools.product([DASHBOARD], (rename_next, plan, plan_anew, follow_another, tick, be_answered)),
            *itertools.product([DASHBOARD], (ask, ask_nothing, answer, remember)),
        ],
    )
    def test_is_new_with_all_that_it_shows(
        self, learner: Client, user: User, page: str, change: Callable[[Client, User], object]
    ) -> None:
        before = without_tokens(learner.get(page))
        change(learner, user)
        learner.get(page)  # what was to be said is said
        after = without_tokens(learner.get(page))
        assert after != before
        outline.forget()
        assert after == without_tokens(learner.get(page))

    def test_is_another_for_each_address(self, learner: Client, user: User) -> None:
        follow_another(learner, user)
        addresses = ("", "?roadmap=trail", "?roadmap=other", "?another=1")
        pages = [without_tokens(learner.get(DASHBOARD + each)) for each in addresses]
        assert len(set(pages)) == len(pages)
        assert pages == [without_tokens(learner.get(DASHBOARD + each)) for each in addresses]

    def test_has_the_dates_of_its_time_zone(self, learner: Client, user: User) -> None:
        credit(learner, user)
        assert b"credited from Another, 24 November" in learner.get(PAGE).content
        User.objects.update(time_zone="Asia/Tokyo")
        assert b"credited from Another, 25 November" in learner.get(PAGE).content

    @pytest.mark.parametrize("page", [PAGE, DASHBOARD, SKILL])
    def test_is_nobody_elses(self, learner: Client, user: User, page: str) -> None:
        other = User.objects.create_user("ada@example.org", name="Ada")
        client, copy = Client(), Mark.objects.get()
        client.force_login(other)
        Mark.objects.create(learner=other.learner, skill=copy.skill, state=copy.state, since=copy.since)
        mine, theirs = learner.get(page).content, client.get(page).content
        for shown, who, name in ((mine, user, b"Noor"), (theirs, other, b"Ada")):
            assert name in shown
            assert f'name="learner" value="{who.learner.pk}"'.encode() in shown
        assert (b"Ada" in mine, b"Noor" in theirs) == (False, False)

    @pytest.mark.parametrize("page", [PAGE, SKILL])
    def test_a_guest_gets_what_the_guest_did(self, page: str) -> None:
        guests = [Client(), Client()]
        for guest in guests:
            guest.post(reverse("mark", args=["trail", "skill-1"]), {"state": "done"})
            guest.get(PAGE)
        Mark.objects.update(since=NOW)  # alike in all but who they are
        first, second = (guest.get(page) for guest in guests)
        assert without_tokens(first) != without_tokens(second)  # the learner of the forms
        done = b'id="skill-skill-1" data-state="done"' if page == PAGE else b'value="done" aria-pressed="true"'
        assert done in first.content

    def test_a_skill_is_not_rendered_again_for_what_happens_elsewhere(self, learner: Client, user: User) -> None:
        learner.get(SKILL)
        Mark.objects.create(learner=user.learner, skill=Skill.objects.get(slug="skill-2"), state="done", since=NOW)
        assert learner.get(SKILL).templates == []

    def test_skills_do_not_push_the_roadmap_out(self, learner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept, "MOST", 2)
        for page in (PAGE, *(SKILL.replace("1", str(number)) for number in (1, 2, 3))):
            learner.get(page)
        assert learner.get(PAGE).templates == []


class TestWhoGetsTheirOwn:
    """They come first and last: nothing of theirs is a visitor's, nothing of a visitor's is theirs."""

    @pytest.fixture
    def visitors(self) -> dict[str, bytes]:
        found = {page: without_tokens(Client().get(page)) for page in PAGES}
        outline.forget()
        return found

    def check(self, client: Client, visitors: dict[str, bytes], *pages: str, **headers: str) -> None:
        for page in pages:
            own = client.get(page, headers=headers)
            assert own.status_code == 200
            assert "ETag" not in own
            assert without_tokens(Client().get(page)) == visitors[page]
            assert client.get(page, headers=headers | {"If-None-Match": "*"}).status_code == 200

    def test_a_guest_with_a_record(self, visitors: dict[str, bytes]) -> None:
        guest = Client()
        guest.post(reverse("mark", args=["trail", "skill-1"]), {"state": "done"})
        self.check(guest, visitors, *PAGES)
        assert b'id="skill-skill-1" data-state="done"' in guest.get(PAGE).content
        assert guest.get(PAGE)["Cache-Control"] == "private, no-store"

    def test_two_guests(self) -> None:
        """Each sees on a skill's page what they did there themselves."""
        for state in ("done", "learning"):
            guest = Client()
            guest.post(reverse("mark", args=["trail", "skill-1"]), {"state": state})
            guest.get(PAGE)  # says so
            pressed = re.findall(rb'value="(\w+)" aria-pressed="true"', guest.get(SKILL).content)
            assert state.encode() in pressed

    def test_somebody_signed_in(self, client: Client, user: User, visitors: dict[str, bytes]) -> None:
        client.force_login(user)
        self.check(client, visitors, *PAGES[1:])
        assert b"Noor" in client.get(PAGE).content

    def test_somebody_who_signed_out(self, client: Client, user: User, visitors: dict[str, bytes]) -> None:
        etag = client.get(PAGE)["ETag"]
        client.force_login(user)
        assert client.get(PAGE, headers={"If-None-Match": etag}).status_code == 200
        client.post(reverse("account_logout"))
        client.get(PAGE)  # says so
        assert without_tokens(client.get(PAGE)) == visitors[PAGE]

    def test_a_preview(self, trail: Roadmap, visitors: dict[str, bytes]) -> None:
        Skill.objects.filter(slug="skill-2").update(is_draft=True)
        outline.touch(trail, at=timezone.now())
        seen = {page: without_tokens(Client().get(page)) for page in PAGES}
        outline.forget()
        client = Client()
        client.get(preview.link(trail))
        self.check(client, seen, *PAGES[1:])
        assert b'id="skill-skill-2"' in client.get(PAGE).content
        assert b'id="skill-skill-2"' not in Client().get(PAGE).content

    def test_whoever_is_told_something(self, visitors: dict[str, bytes]) -> None:
        for page in PAGES:
            client = Client()
            client.get(reverse("preview", args=["over"]))
            told = client.get(page)
            assert b"That link to a preview is over" in told.content
            assert "ETag" not in told
            assert without_tokens(Client().get(page)) == visitors[page]
            assert without_tokens(client.get(page)) == visitors[page]

    def test_htmx(self, visitors: dict[str, bytes]) -> None:
        self.check(Client(), visitors, PAGE, **{"HX-Request": "true", "HX-Target": "main"})

    def test_whoever_is_led_to_a_slash_keeps_a_session_that_was_renewed(self, client: Client, user: User) -> None:
        client.force_login(user)
        client.get(PAGE)
        session = client.session
        session[learners.SEEN] = "2026-01-01"
        session.save()
        answer = client.get(DASHBOARD.rstrip("/"))
        assert (answer.status_code, "session" in answer.cookies) == (301, True)
