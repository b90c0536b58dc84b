"""What curators see and do about links and reports."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from progress.models import Report
from roadmap import replacing
from roadmap.models import LinkCheck, Resource, Revision, Skill
from tests.factories import NOW, make_learner, make_resource, make_trail
from tests.queries import queries
from tests.roadmap.admin.desk import act, address, errors, said, save, shown, version

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def check(resource: Resource, outcome: str, **more: Any) -> LinkCheck:
    return LinkCheck.objects.create(resource=resource, outcome=outcome, **{"at": NOW, "failed_on": NOW} | more)


def report(resource: Resource, kind: str = "dead", user: User | None = None, **more: Any) -> Report:
    return Report.objects.create(learner=make_learner(user), resource=resource, kind=kind, at=NOW, **more)


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestList:
    @pytest.fixture(autouse=True)
    def _trail(self) -> None:
        make_trail(4)
        one, two, three, _ = Resource.objects.order_by("skill__slug")
        check(one, "dead", failed_on=NOW - DAY)
        check(two, "moved", moved_to="https://example.org/new")
        check(three, "unsure")
        report(one, "paywall")
        report(one)
        report(one, settled_at=NOW)
        report(two, settled_at=NOW)

    def rows(self, desk: Client, **filters: str) -> list[Any]:
        return list(desk.get(address(Resource, "changelist"), filters).context["cl"].result_list)

    @pytest.mark.parametrize(
        ("filters", "slugs"),
        [
            ({}, ["skill-1", "skill-2", "skill-3", "skill-4"]),
            ({"link": "dead"}, ["skill-1"]),
            ({"link": "moved"}, ["skill-2"]),
            ({"link": "unsure"}, ["skill-3"]),
            ({"link": "none"}, ["skill-4"]),
            ({"reports": "open"}, ["skill-1"]),
            ({"reports": "open", "link": "moved"}, []),
        ],
    )
    def test_filters(self, desk: Client, filters: dict[str, str], slugs: list[str]) -> None:
        assert [row.skill.slug for row in self.rows(desk, **filters)] == slugs

    def test_columns(self, desk: Client) -> None:
        page = text(desk.get(address(Resource, "changelist")))
        assert '<td class="field-link">Dead</td><td class="field-link_checked">25 November 2026</td>' in page
        assert '<td class="field-open_reports">2</td>' in page
        assert page.count('<td class="field-open_reports"></td>') == 3

    def test_sorted_by_reports(self, desk: Client) -> None:
        columns = ["action", *("title", "skill", "kind", "level", "free", "link", "link_checked", "open_reports")]
        rows = self.rows(desk, o=f"-{columns.index('open_reports')}")
        assert [row.open_reports for row in rows] == [2, 0, 0, 0]

    def test_asks_as_much_for_many_as_for_few(self, desk: Client) -> None:
        def asked() -> int:
            with queries() as made:
                desk.get(address(Resource, "changelist"))
            return len(made)

        few = asked()
        for number in range(20):
            more = make_resource(Skill.objects.get(slug="skill-1"), url=f"https://example.org/more-{number}")
            check(more, "dead")
            report(more)
        assert asked() == few


class TestPage:
    def test_says_what_is_known_and_nobody_by_name(self, desk: Client, user: User) -> None:
        make_trail(1)
        resource = Resource.objects.get()
        assert "Not checked yet." in text(desk.get(address(resource)))
        failed = {"status": 404, "detail": "It answers 404 (Not Found).", "failed_on": NOW - 2 * DAY}
        check(resource, "dead", **failed)
        report(resource, "paywall", user)
        report(resource, "dead", settled_at=NOW + DAY)
        page = text(desk.get(address(resource)))
        assert (
            "Dead: checked on 25 November 2026, failing since 23 November 2026.<br>It answers 404 (Not Found)."
        ) in page
        assert "It is not free, 25 November 2026: open" in page
        assert "The link is dead, 25 November 2026: settled on 26 November 2026" in page
        assert "noor" not in page.lower()
        assert "Learner " not in page

    def test_where_it_moved_is_a_link(self, desk: Client) -> None:
        make_trail(1)
        check(Resource.objects.get(), "moved", moved_to="https://example.org/?a=<b>", failed_on=None)
        page = text(desk.get(address(Resource.objects.get())))
        new = "https://example.org/?a=&lt;b&gt;"
        assert f'It moved to <a href="{new}" rel="noopener">{new}</a>' in page

    def test_another_address_is_not_known_yet(self, desk: Client) -> None:
        make_trail(1)
        resource = Resource.objects.get()
        check(resource, "dead")
        save(desk, resource, url="https://example.org/new")
        assert shown().places[0].skill.resources[0].dead_on is None
        assert not LinkCheck.objects.exists()
        check(resource, "dead")
        save(desk, Skill.objects.get(), **{"resources-0-url": "https://example.org/newer"})
        assert not LinkCheck.objects.exists()

    def test_reports_are_shown_to_superusers_without_their_learner(self, desk: Client, boss: Client) -> None:
        make_trail(1)
        made = report(Resource.objects.get())
        listed = reverse("admin:progress_report_changelist")
        assert desk.get(listed).status_code == 403
        for url in (listed, reverse("admin:progress_report_change", args=[made.pk])):
            page = text(boss.get(url))
            assert "The link is dead" in page
            assert "Learner " not in page.partition('id="content-main"')[2]

    def test_a_reported_resource_is_not_deleted(self, desk: Client) -> None:
        make_trail(1)
        resource = Resource.objects.get()
        report(resource)
        response = desk.post(address(resource, "delete"), {"post": "yes"})
        assert "1 record of learners depends on it. Retire it instead" in text(response)
        assert Resource.objects.exists()


class TestSettling:
    def test_marks_them_and_says_how_many(self, desk: Client) -> None:
        make_trail(2)
        one, two = Resource.objects.order_by("skill__slug")
        for row in (one, one, two):
            report(row)
        before = version(one.skill.placements.get().roadmap)
        assert said(act(desk, "settle_reports", one)) == ["2 reports are settled."]
        assert [each.settled_at is None for each in Report.objects.order_by("id")] == [False, False, True]
        assert said(act(desk, "settle_reports", one, two)) == ["1 report is settled."]
        assert said(act(desk, "settle_reports", one, two)) == ["No report was open."]
        assert version(one.skill.placements.get().roadmap) == before

    def test_needs_the_right_to_change(self, user: User) -> None:
        make_trail(1)
        report(Resource.objects.get())
        user.is_staff = True
        user.save()
        user.user_permissions.set(Permission.objects.filter(codename="view_resource"))
        client = Client()
        client.force_login(user)
        act(client, "settle_reports", Resource.objects.get())
        assert Report.objects.get().settled_at is None


class TestReplacing:
    URL = "https://example.org/new"

    @pytest.fixture(autouse=True)
    def _trail(self) -> None:
        make_trail(1)
        skill = Skill.objects.get()
        Resource.objects.update(position=1)
        for number in (2, 3):
            make_resource(skill, title=f"Number {number}", url=f"https://example.org/{number}", position=number)

    @pytest.fixture
    def old(self) -> Resource:
        found = Resource.objects.get(position=2)
        found.credit = "Ada"
        found.save()
        return found

    def form(self, desk: Client, old: Resource) -> dict[str, Any]:
        form = desk.get(address(old, "replace")).context["adminform"].form
        return {field.html_name: field.value() for field in form if field.value() not in (None, False)}

    def replace(self, desk: Client, old: Resource, **values: Any) -> Any:
        data = self.form(desk, old) | {"url": self.URL} | values
        return desk.post(address(old, "replace"), {name: value for name, value in data.items() if value is not None})

    def titles(self) -> list[str]:
        return [each.title for each in shown().places[0].skill.resources]

    def test_the_form_is_filled_in_from_the_old(self, desk: Client, old: Resource) -> None:
        assert self.form(desk, old) == {
            "title": "Number 2",
            "url": "https://example.org/2",
            "kind": "book",
            "level": "beginner",
            "free": True,
            "publisher": "Example",
            "minutes": 90,
            "why": "It is good.",
        }
        check(old, "moved", moved_to=self.URL, failed_on=None)
        assert self.form(desk, old)["url"] == self.URL
        assert f'href="{address(old, "replace")}">Replace</a>' in text(desk.get(address(old)))

    def test_the_new_one_stands_in_the_place_of_the_old(self, desk: Client, old: Resource) -> None:
        made = report(old)
        check(old, "dead")
        before = version(old.skill.placements.get().roadmap)
        response = self.replace(desk, old, title="Better")
        new = Resource.objects.get(url=self.URL)
        assert response["Location"] == address(new)
        assert said(desk.get(response["Location"])) == [
            "“Better” stands in the place of “Number 2” now, which is retired and keeps what learners did with it."
        ]
        assert self.titles() == ["A book on Skill 1", "Better", "Number 3"]
        old.refresh_from_db()
        assert (old.is_retired, old.url, old.title) == (True, "https://example.org/2", "Number 2")
        assert (new.skill, new.credit, new.checked_on, new.retired_at) == (old.skill, "Ada", None, None)
        assert not hasattr(new, "check_state")
        assert Report.objects.get() == made
        assert made.resource == old
        assert version(old.skill.placements.get().roadmap) != before

    def test_is_one_act_of_the_history(self, desk: Client, old: Resource, curator: User) -> None:
        self.replace(desk, old)
        revisions = Revision.objects.order_by("action")
        assert [(each.action, each.name, each.why, each.by) for each in revisions] == [
            ("changed", "Number 2", "Replaced", curator),
            ("created", "Number 2", "Replaced", curator),
        ]
        assert len({each.act for each in revisions}) == 1

    def test_rows_without_a_place_of_their_own_get_one(self, desk: Client, old: Resource) -> None:
        Resource.objects.update(position=0)
        assert self.titles() == ["A book on Skill 1", "Number 2", "Number 3"]
        self.replace(desk, old, title="Better")
        assert self.titles() == ["A book on Skill 1", "Better", "Number 3"]
        self.replace(desk, Resource.objects.get(title="Better"), title="Best", url="https://example.org/best")
        assert self.titles() == ["A book on Skill 1", "Best", "Number 3"]

    def test_wrong_input_is_told_beside_its_field_and_kept(self, desk: Client, old: Resource) -> None:
        response = self.replace(desk, old, title="", url="not an address", minutes="0", why="Still good.")
        assert response.status_code == 422
        form = response.context["adminform"].form
        assert form.errors == {
            "title": ["This field is required."],
            "url": ["Write a whole address, such as https://example.org/page."],
            "minutes": ["A resource takes at least a minute."],
        }
        assert form["why"].value() == "Still good."
        page = text(response)
        assert 'aria-invalid="true"' in page
        assert "Please correct the errors below." in page
        assert not Resource.objects.get(pk=old.pk).is_retired
        assert Resource.objects.count() == 3

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            ("https://example.org/2", "This is the address that it has now. Write the one that takes its place."),
            ("https://example.org/3", "“Number 3” on this skill has this address already. Retire this one instead."),
            (
                "https://example.org/1",
                "“A book on Skill 1” on this skill has this address and is retired. Bring that one back instead.",
            ),
        ],
    )
    def test_an_address_that_the_skill_has(self, desk: Client, old: Resource, url: str, sentence: str) -> None:
        Resource.objects.filter(url="https://example.org/1").update(retired_at=NOW)
        response = self.replace(desk, old, url=url)
        assert errors(response) == [sentence]
        assert not Resource.objects.get(pk=old.pk).is_retired

    def test_what_is_retired_has_no_place(self, desk: Client, old: Resource) -> None:
        form = self.form(desk, old)
        Resource.objects.filter(pk=old.pk).update(retired_at=NOW)
        assert "Replace</a>" not in text(desk.get(address(old)))
        response = desk.post(address(old, "replace"), form | {"url": self.URL}, follow=True)
        assert said(response) == ["“Number 2” is retired: nothing of it can be replaced."]
        assert Resource.objects.count() == 3
        with pytest.raises(replacing.Gone):
            replacing.replace(old, make_unsaved(self.URL), at=NOW, by=None)
        assert Resource.objects.count() == 3

    def test_who_may(self, desk: Client, old: Resource, user: User) -> None:
        missing = address(old, "replace").replace(str(old.pk), "999999")
        assert desk.get(missing).status_code == 404
        user.is_staff = True
        user.save()
        client = Client()
        client.force_login(user)
        for rights in (["view_resource"], ["view_resource", "add_resource"], ["view_resource", "change_resource"]):
            user.user_permissions.set(Permission.objects.filter(codename__in=rights))
            assert client.get(address(old, "replace")).status_code == 403
            assert client.post(address(old, "replace"), {"url": self.URL}).status_code == 403
            assert "Replace</a>" not in text(client.get(address(old)))
        assert Client().get(address(old, "replace")).status_code == 302
        assert Resource.objects.count() == 3


def make_unsaved(url: str) -> Resource:
    return Resource(title="New", url=url, kind="book", publisher="Example", minutes=9, level="beginner", why="Good.")
