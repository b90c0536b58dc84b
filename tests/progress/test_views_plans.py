import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from progress.models import Change, Follow, Learner, Mark, Plan
from roadmap.models import Group, Roadmap, Skill
from tests.factories import make_group, make_trail, place
from tests.queries import queries

pytestmark = pytest.mark.django_db
PAGE = "/plan/"
DAY = dt.timedelta(days=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.fixture
def trail() -> Roadmap:
    """Five skills of 4 hours."""
    return make_trail(5)


@pytest.fixture
def learner(client: Client, user: User, trail: Roadmap) -> Learner:
    client.force_login(user)
    return Learner.objects.get(user=user)


def form(learner: Learner, **values: Any) -> dict[str, Any]:
    """Five hours a week, one a day."""
    days = {day: "1" if number < 5 else "" for number, day in enumerate(WEEKDAYS)}
    return {"learner": learner.pk, "week": "5", "start": f"{timezone.localdate()}", "target": "", **days} | values


def save(client: Client, learner: Learner, **values: Any) -> Any:
    return client.post(PAGE, form(learner, **values))


def mark(learner: Learner, slug: str, state: str) -> None:
    Mark.objects.create(learner=learner, skill=Skill.objects.get(slug=slug), state=state, since=timezone.now())


def body(client: Client, url: str = PAGE) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def finish(page: str) -> dt.date:
    found = re.search(r"<h1>You finish around (.*?)</h1>", page)
    assert found
    return dt.datetime.strptime(f"{found[1]} +0000", "%d %B %Y %z").date()


class TestPlan:
    def test_a_new_one_begins_with_what_is_usual(self, client: Client, learner: Learner) -> None:
        page = body(client)
        assert "<h1>Plan</h1>" in page
        assert "20 hours are left" in page
        assert re.search(r'name="week"[^>]*value="10"', page) or re.search(r'value="10"[^>]*name="week"', page)

    def test_hours_become_dates(self, client: Client, learner: Learner) -> None:
        response = save(client, learner)
        assert (response.status_code, response["Location"]) == (302, PAGE)
        plan = Plan.objects.get()
        assert plan.weekdays == (4, 4, 4, 4, 4, 0, 0)
        assert (plan.made_on, plan.target, plan.optional) == (timezone.localdate(), None, False)
        page = body(client)
        days = [timezone.localdate() + number * DAY for number in range(28)]
        assert finish(page) == [day for day in days if day.weekday() < 5][19]
        assert "20 h of it left, at 5 h a week" in page
        assert "1 Phase first" in page
        assert page.index("Skill 1</a>") < page.index("Skill 5</a>")
        assert Follow.objects.get().learner == learner

    def test_what_is_done_leaves_it(self, client: Client, learner: Learner) -> None:
        save(client, learner)
        before = finish(body(client))
        for skill in Skill.objects.order_by("pk")[:4]:
            Mark.objects.create(learner=learner, skill=skill, state="done", since=timezone.now())
        page = body(client)
        assert finish(page) < before - 20 * DAY
        assert "Skill 1</a>" not in page
        mark(learner, "skill-5", "skipped")
        assert "<h1>Nothing left to plan</h1>" in body(client)

    def test_three_empty_weeks_move_the_finish_by_three_weeks_and_nothing_is_overdue(
        self, client: Client, learner: Learner
    ) -> None:
        save(client, learner)
        plan = Plan.objects.get()
        today = finish(body(client))
        Plan.objects.update(start=plan.start - 21 * DAY, made_on=plan.made_on - 21 * DAY, target=plan.start - DAY)
        page = body(client)
        assert finish(page) == today
        assert not re.search(r"overdue|behind|late\b|missed|failed", page, re.IGNORECASE)

    def test_a_week_alone_is_spread_over_the_days_as_they_are(self, client: Client, learner: Learner) -> None:
        save(client, learner)
        save(client, learner, week="10")
        assert Plan.objects.get().weekdays == (8, 8, 8, 8, 8, 0, 0)

    def test_days_alone_make_the_week(self, client: Client, learner: Learner) -> None:
        save(client, learner)
        save(client, learner, saturday="3", sunday="1,5")
        assert Plan.objects.get().weekdays == (4, 4, 4, 4, 4, 12, 6)

    def test_a_target_tells_the_hours_that_it_takes_and_offers_them(self, client: Client, learner: Learner) -> None:
        target = timezone.localdate() + 13 * DAY
        save(client, learner, target=f"{target}")
        page = body(client)
        found = re.search(r"it takes ([\d.]+) h a week", page)
        assert found
        quarters = int(float(found[1]) * 4)
        assert client.post("/plan/hours/", {"learner": learner.pk, "quarters": quarters})["Location"] == PAGE
        page = body(client)
        assert finish(page) <= target
        assert "That is in time for your target" in page

    def test_a_target_out_of_reach_is_said_plainly(self, client: Client, learner: Learner) -> None:
        Skill.objects.update(hours=40)
        save(client, learner, target=f"{timezone.localdate()}")
        assert "Even with all 24 hours of your days it takes longer" in body(client)

    def test_a_target_with_nothing_left_to_do_is_no_trouble(self, client: Client, learner: Learner) -> None:
        save(client, learner, target=f"{timezone.localdate() + 13 * DAY}")
        for number in range(1, 6):
            mark(learner, f"skill-{number}", "done")
        page = body(client)
        assert "<h1>Nothing left to plan</h1>" in page
        assert "Even with all 24 hours" not in page

    def test_a_target_that_was_imported_may_lie_anywhere(self, client: Client, learner: Learner) -> None:
        save(client, learner)
        Plan.objects.update(target=dt.date.max)
        assert "That is in time for your target, 31 December 9999" in body(client)

    def test_from_the_third_week_the_own_pace_is_offered(self, client: Client, learner: Learner) -> None:
        save(client, learner)
        today = timezone.localdate()
        Plan.objects.update(made_on=today - 14 * DAY)
        for number, days in ((1, 14), (2, 8), (3, 2)):
            skill = Skill.objects.get(slug=f"skill-{number}")
            at = timezone.now() - days * DAY
            Mark.objects.create(learner=learner, skill=skill, state="done", since=at)
            step = {"after": "done", "after_since": at, "at": at, "day": today - days * DAY, "cause": "mark"}
            Change.objects.create(learner=learner, skill=skill, batch=f"{number:032}", **step)
        assert "In the last weeks you found about 6 h a week." in body(client)
        Plan.objects.update(made_on=today - DAY)
        assert "In the last weeks you found" not in body(client)  # what was done before the plan tells no pace
        Plan.objects.update(made_on=today - 14 * DAY)
        client.post("/plan/hours/", {"learner": learner.pk, "quarters": "24"})
        assert sum(Plan.objects.get().weekdays) == 24
        assert "In the last weeks you found" not in body(client)

    def test_one_to_pick_is_planned_with(self, client: Client, learner: Learner, trail: Roadmap) -> None:
        section = Group.objects.get().section
        group = make_group(section, "frameworks", title="A framework", rule="any")
        one, other = place(group, "short-one", "long-one")
        Skill.objects.filter(pk=other.pk).update(hours=40)
        save(client, learner)
        page = body(client)
        assert "For “A framework”" in page
        assert "Long one</a>" not in page
        save(client, learner, **{"pick-frameworks": other.pk})
        page = body(client)
        assert "Long one</a>" in page
        assert "Short one</a>" not in page
        assert Plan.objects.get().picks == {str(group.pk): other.pk}
        Mark.objects.create(learner=learner, skill=one, state="learning", since=timezone.now())
        assert "Short one</a>" in body(client)

    def test_the_dashboard_says_it_in_a_sentence(self, client: Client, learner: Learner) -> None:
        mark(learner, "skill-1", "done")
        assert "Make it a plan with dates" in body(client, "/dashboard/")
        save(client, learner)
        assert re.search(r'At 5 h a week <a href="/plan/">you finish around', body(client, "/dashboard/"))

    def test_each_roadmap_has_its_own(self, client: Client, learner: Learner) -> None:
        make_trail(0, "other")
        client.post("/plan/?roadmap=trail", form(learner))
        client.post("/plan/?roadmap=other", form(learner, week="7", saturday="2"))
        assert sorted(sum(plan.weekdays) for plan in Plan.objects.all()) == [20, 28]
        assert client.get("/plan/?roadmap=none").status_code == 404

    @pytest.mark.parametrize("skills", [5, 500])
    def test_queries(self, client: Client, user: User, skills: int) -> None:
        make_trail(skills)
        client.force_login(user)
        save(client, Learner.objects.get(user=user))
        body(client)
        with queries() as asked:
            body(client)
        assert len(asked) == 7, asked.counted


class TestPauses:
    def test_move_the_dates_and_back(self, client: Client, learner: Learner) -> None:
        save(client, learner)
        before, today = finish(body(client)), timezone.localdate()
        days = {"learner": learner.pk, "first": f"{today + 2 * DAY}", "last": f"{today + 15 * DAY}"}
        assert client.post("/plan/pauses/", days)["Location"] == PAGE
        assert finish(body(client)) == before + 14 * DAY
        client.post("/plan/pauses/", days)
        assert Plan.objects.get().away == [(today + 2 * DAY, today + 15 * DAY)]
        client.post("/plan/pauses/", days | {"action": "remove"})
        assert finish(body(client)) == before

    @pytest.mark.parametrize(
        ("first", "last", "name", "sentence"),
        [
            ("2026-12-24", "", "last", "Give a date such as 2026-12-24."),
            ("2026-12-24", "2026-12-23", "last", "A pause ends on its first day or later."),
            ("soon", "2026-12-23", "first", "Give a date such as 2026-12-24."),
            ("2026-12-24", "2199-12-31", "last", "takes more than 50 years"),
        ],
    )
    def test_nonsense_is_refused_and_the_old_plan_kept(
        self, client: Client, learner: Learner, first: str, last: str, name: str, sentence: str
    ) -> None:
        save(client, learner)
        before = Plan.objects.values().get()
        response = client.post("/plan/pauses/", {"learner": learner.pk, "first": first, "last": last})
        assert response.status_code == 422
        page = response.content.decode()
        assert re.search(rf'id="id_{name}_error">.*?{re.escape(sentence)}', page, re.DOTALL)
        assert Plan.objects.values().get() == before

    def test_fifty_are_the_most(self, client: Client, learner: Learner) -> None:
        save(client, learner)
        plan, today = Plan.objects.get(), timezone.localdate()
        plan.away = [(today + n * DAY, today + n * DAY) for n in range(50)]
        plan.save()
        days = {"learner": learner.pk, "first": f"{today + 60 * DAY}", "last": f"{today + 60 * DAY}"}
        response = client.post("/plan/pauses/", days)
        assert response.status_code == 422
        assert "at most 50 pauses" in response.content.decode()

    def test_without_a_plan(self, client: Client, learner: Learner) -> None:
        days = {"learner": learner.pk, "first": "2026-12-24", "last": "2026-12-25"}
        response = client.post("/plan/pauses/", days)
        assert response.status_code == 422
        assert not Plan.objects.exists()


class TestUnhappy:
    @pytest.mark.parametrize(
        ("values", "name", "sentence"),
        [
            (dict.fromkeys(("week", *WEEKDAYS), "0"), "week", "Give at least one day of the week some hours."),
            (dict.fromkeys(("week", *WEEKDAYS), ""), "week", "Give at least one day of the week some hours."),
            ({"week": "300"}, "week", "Give 0 to 168 hours."),
            ({"week": "130"}, "week", "Your days have room for 120 hours."),
            ({"week": "-1"}, "week", "Give 0 to 168 hours."),
            ({"week": "much"}, "week", "Give a number of hours"),
            ({"week": "NaN"}, "week", "Give a number of hours"),
            ({"week": "1e9"}, "week", "Give 0 to 168 hours."),
            ({"week": "7.1"}, "week", "Use quarters of an hour"),
            ({"week": "9", "monday": "2"}, "week", "Change the days or the week, not both."),
            ({"monday": "25"}, "monday", "Give 0 to 24 hours."),
            ({"start": ""}, "start", "Give a date such as"),
            ({"start": "2099-01-01"}, "start", "Start within the next 5 years."),
            ({"start": "1066-10-14"}, "start", "Start within the next 5 years."),
            ({"target": "2020-01-01"}, "target", "This day has passed."),
            ({"target": "tomorrow"}, "target", "Give a date such as"),
            ({"target": "9999-12-31"}, "target", "Choose a day within the next 50 years."),
            ({"pick-frameworks": "0"}, "pick-frameworks", "Choose one of these."),
        ],
    )
    def test_is_said_beside_the_field_and_the_old_plan_stays(
        self, client: Client, learner: Learner, trail: Roadmap, values: dict[str, str], name: str, sentence: str
    ) -> None:
        place(make_group(Group.objects.get().section, "frameworks", title="A framework", rule="any"), "one", "two")
        save(client, learner)
        before = Plan.objects.values().get()
        response = save(client, learner, **values)
        assert response.status_code == 422
        page = response.content.decode()
        assert re.search(rf'id="id_{name}_error">.*?{re.escape(sentence)}', page, re.DOTALL), page
        assert Plan.objects.values().get() == before

    @pytest.mark.parametrize(
        ("url", "values", "name"),
        [(PAGE, {"week": "much"}, "week"), ("/plan/pauses/", {"first": "soon", "last": "2026-12-24"}, "first")],
    )
    def test_stands_at_the_head_of_the_page_too(
        self, client: Client, learner: Learner, url: str, values: dict[str, str], name: str
    ) -> None:
        save(client, learner)
        page = client.post(url, form(learner) | values).content.decode()
        assert 0 < page.index(f'<li><a href="#id_{name}">') < page.index('<h2 id="phases">')

    def test_hours_are_text_as_browsers_empty_a_number_that_they_do_not_know(
        self, client: Client, learner: Learner
    ) -> None:
        assert re.search(r'<input type="text" name="week" [^>]*inputmode="decimal"', body(client))

    def test_a_start_after_the_target(self, client: Client, learner: Learner) -> None:
        today = timezone.localdate()
        response = save(client, learner, start=f"{today + 9 * DAY}", target=f"{today + 2 * DAY}")
        assert "This is before the start." in response.content.decode()

    def test_too_few_hours_for_a_life(self, client: Client, learner: Learner) -> None:
        Skill.objects.update(hours=2000)
        few = dict.fromkeys(("tuesday", "wednesday", "thursday", "friday"), "0")
        response = save(client, learner, week="0.25", monday="0.25", **few)
        assert response.status_code == 422
        assert "takes more than 50 years" in response.content.decode()
        assert not Plan.objects.exists()
        assert not Follow.objects.exists()

    def test_content_that_outgrows_the_hours_is_said(self, client: Client, learner: Learner) -> None:
        few = dict.fromkeys(("tuesday", "wednesday", "thursday", "friday"), "0")
        save(client, learner, week="0.25", monday="0.25", **few)
        Skill.objects.update(hours=2000)
        Roadmap.objects.update(version="0" * 32)
        assert "has no end in sight" in body(client)
        Mark.objects.create(learner=learner, skill=Skill.objects.all()[0], state="learning", since=timezone.now())
        assert "The plan needs more hours" in body(client, "/dashboard/")

    @pytest.mark.parametrize("quarters", ["", "0", "673", "-4", "1.5", "9999999"])
    def test_hours_that_nobody_offered(self, client: Client, learner: Learner, quarters: str) -> None:
        save(client, learner)
        before = Plan.objects.values().get()
        assert client.post("/plan/hours/", {"learner": learner.pk, "quarters": quarters}).status_code == 422
        assert Plan.objects.values().get() == before

    def test_removing_it_leaves_what_was_done(self, client: Client, learner: Learner) -> None:
        save(client, learner)
        Mark.objects.create(learner=learner, skill=Skill.objects.all()[0], state="done", since=timezone.now())
        client.post("/plan/remove/", {"learner": learner.pk})
        assert not Plan.objects.exists()
        assert Mark.objects.count() == 1
        client.post("/plan/remove/", {"learner": learner.pk})

    def test_without_an_account_it_leads_to_signing_in(self, client: Client, trail: Roadmap) -> None:
        assert client.get(PAGE)["Location"] == "/accounts/login/?next=/plan/"
