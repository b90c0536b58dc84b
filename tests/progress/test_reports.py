"""Learners report a dead or paywalled link with one press."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from progress import learners, reports
from progress.models import Learner, Report
from roadmap import outline, preview
from roadmap.models import LinkCheck, Resource, Roadmap, Skill
from tests.factories import NOW, make_learner, make_resource, make_roadmap, make_skill, make_trail
from tests.queries import queries

pytestmark = pytest.mark.django_db
PAGE = "/roadmaps/trail/skills/skill-1/"
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _trail(db: None) -> None:
    make_trail(2)


@pytest.fixture
def resource() -> Resource:
    return Resource.objects.get(skill__slug="skill-1")


@pytest.fixture
def learner(client: Client, user: User) -> Learner:
    client.force_login(user)
    return Learner.objects.get(user=user)


def path(resource: Resource) -> str:
    return f"/resources/{resource.uid}/report/"


def post(client: Client, resource: Resource, learner: object, target: str = "", **data: Any) -> HttpResponse:
    headers = {"HX-Request": "true", "HX-Target": target} if target else None
    learner = learner.pk if isinstance(learner, Learner) else learner
    values = {"learner": learner, "next": PAGE, "kind": "dead", **data}
    return client.post(path(resource), values, headers=headers)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def page(client: Client) -> str:
    return text_of(client.get(PAGE))


class TestReporting:
    @pytest.mark.parametrize("kind", ["dead", "paywall"])
    def test_is_kept_and_said(self, client: Client, learner: Learner, resource: Resource, kind: str) -> None:
        assert "The link is dead</button>" in page(client)
        assert post(client, resource, learner, kind=kind)["Location"] == f"{PAGE}#resources"
        made = Report.objects.get()
        assert (made.learner, made.resource, made.kind, made.settled_at) == (learner, resource, kind, None)
        shown = page(client)
        assert "Thank you. A curator will look at “A book on Skill 1”." in shown
        assert f"You reported this link on {made.at.day} {made.at:%B %Y}.</small>" in shown
        assert "The link is dead</button>" not in shown
        assert f'href="{resource.url}"' in shown

    def test_once_each_and_the_first_word_stands(self, client: Client, learner: Learner, resource: Resource) -> None:
        post(client, resource, learner, kind="paywall")
        page(client)
        post(client, resource, learner, kind="dead")
        assert [report.kind for report in Report.objects.all()] == ["paywall"]
        assert "You reported “A book on Skill 1” before." in page(client)

    def test_htmx_gets_the_line_in_place_of_the_buttons(
        self, client: Client, learner: Learner, resource: Resource
    ) -> None:
        target = f"report-{resource.pk}"
        answer = text_of(post(client, resource, learner, target))
        assert answer.startswith(f'<small id="{target}" tabindex="-1" autofocus>You reported this link on')
        assert "Thank you." in answer
        assert "autofocus" not in page(client)

    def test_a_guest_may_too_and_is_remembered(self, client: Client, resource: Resource) -> None:
        answer = text_of(post(client, resource, "", f"report-{resource.pk}"))
        guest = Learner.objects.get(user=None)
        assert Report.objects.get().learner == guest
        assert f'name="learner" value="{guest.pk}"' in answer
        assert "You reported this link" in page(client)
        assert "You reported this link" not in page(Client())

    def test_settled_says_that_somebody_looked(self, client: Client, learner: Learner, resource: Resource) -> None:
        post(client, resource, learner)
        assert reports.settle([resource], at=NOW) == {resource.pk: 1}
        assert "A curator looked at it." in page(client)

    def test_what_is_paid_is_not_reported_as_paid(self, client: Client, learner: Learner, resource: Resource) -> None:
        Resource.objects.update(free=False)
        outline.touch(resource, at=NOW)
        shown = page(client)
        assert "The link is dead</button>" in shown
        assert "It is not free</button>" not in shown
        response = post(client, resource, learner, kind="paywall")
        assert (response.status_code, "It is listed as paid already." in text_of(response)) == (422, True)
        assert not Report.objects.exists()


class TestRefusals:
    @pytest.mark.parametrize("kind", ["", "boring", "DEAD", "\x00"])
    def test_it_must_be_said_what_is_wrong(
        self, client: Client, learner: Learner, resource: Resource, kind: str
    ) -> None:
        for target in ("", f"report-{resource.pk}"):
            response = post(client, resource, learner, target, kind=kind)
            assert response.status_code == 422
            assert "Say what is wrong: the link is dead, or it is not free." in text_of(response)
        assert not Report.objects.exists()

    def test_ten_a_day(self, client: Client, learner: Learner, resource: Resource) -> None:
        others = [make_resource(resource.skill, url=f"https://example.org/more-{n}") for n in range(11)]
        outline.touch(resource, at=NOW)
        for other in others[:10]:
            assert post(client, other, learner).status_code == 302
        for target in ("", f"report-{resource.pk}"):
            response = post(client, resource, learner, target)
            assert response.status_code == 429
            assert "That makes more than 10 reports within a day." in text_of(response)
        assert post(client, others[0], learner).status_code == 302
        assert Report.objects.count() == 10
        Report.objects.filter(resource=others[0]).update(at=Report.objects.earliest("at").at - DAY)
        assert post(client, resource, learner).status_code == 302
        assert Report.objects.count() == 11

    def test_what_is_gone_is_409(self, client: Client, learner: Learner, resource: Resource) -> None:
        Resource.objects.filter(pk=resource.pk).update(retired_at=NOW)
        outline.touch(resource, at=NOW)
        response = post(client, resource, learner)
        assert (response.status_code, "no longer on the roadmap" in text_of(response)) == (409, True)
        assert not Report.objects.exists()

    def test_what_is_on_no_published_roadmap_is_409(self, client: Client, learner: Learner) -> None:
        make_roadmap("draft", published=False)
        hidden = make_resource(make_skill("alone"), url="https://example.org/hidden")
        assert post(client, hidden, learner).status_code == 409
        Roadmap.objects.update(is_published=False)
        assert post(client, Resource.objects.get(skill__slug="skill-1"), learner).status_code == 409
        assert not Report.objects.exists()

    def test_what_never_was_is_404(self, client: Client, learner: Learner) -> None:
        assert post(client, Resource(uid=uuid.uuid4()), learner).status_code == 404
        assert client.post("/resources/1/report/", {"kind": "dead"}).status_code == 404

    def test_by_get_nothing_happens(self, client: Client, learner: Learner, resource: Resource) -> None:
        assert client.get(path(resource)).status_code == 405
        assert not Report.objects.exists()

    def test_a_stale_form_writes_nothing(self, client: Client, learner: Learner, resource: Resource) -> None:
        stranger = make_learner(User.objects.create_user("ada@example.org"))
        assert post(client, resource, stranger)["Location"].startswith("/accounts/login/")
        assert post(client, resource, "")["Location"].startswith("/accounts/login/")
        assert not Report.objects.exists()

    def test_without_a_token_nothing_happens(self, user: User, resource: Resource) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        response = post(client, resource, Learner.objects.get(user=user))
        assert response.status_code == 403
        assert not Report.objects.exists()

    def test_the_way_back_stays_here(self, client: Client, learner: Learner, resource: Resource) -> None:
        response = post(client, resource, learner, next="https://evil.example/")
        assert response["Location"] == f"{PAGE}#resources"

    def test_a_preview_offers_nothing_to_report(self, client: Client, learner: Learner) -> None:
        client.get(preview.link(Roadmap.objects.get()))
        assert "The link is dead" not in page(client)


class TestOnThePage:
    def test_a_dead_link_says_so_and_is_still_a_link(self, client: Client, resource: Resource) -> None:
        LinkCheck.objects.create(resource=resource, outcome="dead", at=NOW, failed_on=NOW - DAY)
        outline.touch(resource, at=NOW)
        shown = page(client)
        assert "<span>This link did not answer on 25 November 2026.</span>" in shown
        assert f'<a href="{resource.url}" rel="noopener">A book on Skill 1</a>' in shown
        assert "link not checked yet" not in shown
        book = text_of(client.get("/roadmaps/trail/book/"))
        assert book.count("This link did not answer on 25 November 2026.") == 1

    @pytest.mark.parametrize("outcome", ["fine", "moved", "unsure", "failing"])
    def test_one_failure_or_a_doubt_is_not_told(self, client: Client, resource: Resource, outcome: str) -> None:
        LinkCheck.objects.create(resource=resource, outcome=outcome, at=NOW, failed_on=NOW)
        outline.touch(resource, at=NOW)
        assert "did not answer" not in page(client)

    @pytest.mark.parametrize("many", [1, 12])
    def test_queries(self, client: Client, learner: Learner, resource: Resource, many: int) -> None:
        for number in range(many):
            other = make_resource(resource.skill, url=f"https://example.org/more-{number}")
            Report.objects.create(learner=learner, resource=other, kind="dead", at=NOW)
        outline.touch(resource, at=NOW)
        page(client)
        with queries() as asked:
            page(client)
        assert len(asked) == 7, asked.counted
        assert len([sql for sql in asked.counted if "progress_report" in sql]) == 1

    def test_a_visitor_is_not_asked_about(self, client: Client) -> None:
        page(client)
        with queries() as asked:
            page(client)
        assert len(asked) == 1

    def test_of_reporting(self, client: Client, learner: Learner, resource: Resource) -> None:
        page(client)
        with queries() as asked:
            post(client, resource, learner)
        assert len(asked) < 12, asked.counted


class TestSettling:
    def test_all_open_ones_of_these_and_no_others(self, resource: Resource) -> None:
        other = Resource.objects.get(skill__slug="skill-2")
        before = NOW - DAY
        people = [make_learner() for _ in range(3)]
        for who in people:
            Report.objects.create(learner=who, resource=resource, kind="dead", at=before)
        Report.objects.create(learner=people[0], resource=other, kind="dead", at=before)
        Report.objects.filter(learner=people[2]).update(settled_at=before)
        assert reports.settle([resource], at=NOW) == {resource.pk: 2}
        assert list(Report.objects.order_by("id").values_list("settled_at", flat=True)) == [NOW, NOW, before, None]
        assert reports.settle([resource], at=NOW + DAY) == {}

    def test_as_many_queries_for_many_as_for_few(self, resource: Resource) -> None:
        def asked() -> int:
            with queries() as made:
                reports.settle([resource], at=NOW)
            return len(made)

        Report.objects.create(learner=make_learner(), resource=resource, kind="dead", at=NOW)
        few = asked()
        for _ in range(20):
            Report.objects.create(learner=make_learner(), resource=resource, kind="dead", at=NOW)
        assert asked() == few


class TestAttention:
    def test_what_waits_longest_first_and_how_many_say_so(self, resource: Resource) -> None:
        other = Resource.objects.get(skill__slug="skill-2")
        silent = make_resource(resource.skill, url="https://example.org/silent")
        gone = make_resource(resource.skill, url="https://example.org/gone", retired_at=NOW)
        settled = make_resource(resource.skill, url="https://example.org/settled")
        for row, kind, day in (
            (resource, "dead", 3),
            (resource, "paywall", 2),
            (resource, "dead", 4),
            (other, "dead", 1),
            (gone, "dead", 0),
            (settled, "dead", 0),
        ):
            Report.objects.create(learner=make_learner(), resource=row, kind=kind, at=NOW + day * DAY)
        Report.objects.create(learner=make_learner(), resource=other, kind="paywall", at=NOW, settled_at=NOW)
        reports.settle([settled], at=NOW)
        assert set(reports.attention()) == {resource, other}
        assert {silent, gone, settled}.isdisjoint(reports.attention())
        assert reports.attention().count() == 2


class TestMerging:
    def test_a_guests_reports_come_along_once_each(self, user: User, resource: Resource) -> None:
        other = Resource.objects.get(skill__slug="skill-2")
        guest, own = make_learner(), make_learner(user)
        Report.objects.create(learner=own, resource=resource, kind="paywall", at=NOW)
        for row in (resource, other):
            Report.objects.create(learner=guest, resource=row, kind="dead", at=NOW)
        learners.merge(guest=guest.pk, into=own.pk, at=NOW, day=NOW.date())
        kept = Report.objects.order_by("resource__skill__slug").values_list("learner", "resource", "kind")
        assert list(kept) == [(own.pk, resource.pk, "paywall"), (own.pk, other.pk, "dead")]


def test_a_replaced_resource_keeps_its_reports(client: Client, learner: Learner, resource: Resource) -> None:
    """Whoever reported it has nothing to say of the new one yet, and may."""
    post(client, resource, learner)
    Resource.objects.filter(pk=resource.pk).update(retired_at=NOW)
    make_resource(Skill.objects.get(slug="skill-1"), url="https://example.org/new")
    outline.touch(resource, at=NOW)
    assert Report.objects.get().resource == resource
    assert re.search(r"<button[^>]*>The link is dead</button>", page(client))
