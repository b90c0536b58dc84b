"""Which addresses are due, what an answer means, and what is kept of it."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from roadmap import entries, history, links, outline
from roadmap.models import LinkCheck, Listing, Placement, Resource, Revision, Roadmap, Skill
from roadmap.tree import Resource as Shown
from tests.factories import NOW, make_group, make_resource, make_roadmap, make_section, make_skill, make_trail
from tests.queries import queries
from web.client import Answer

Outcome = LinkCheck.Outcome
DAY = dt.timedelta(days=1)
URL = "https://example.org/1"


def verdict(outcome: str, **more: Any) -> links.Verdict:
    return links.Verdict(Outcome(outcome), **more)


def write(outcome: str, at: dt.datetime = NOW, url: str = URL, **more: Any) -> LinkCheck:
    links.write({url: verdict(outcome, **more)}, at=at)
    return LinkCheck.objects.get(resource__url=url)


class TestJudge:
    @pytest.mark.parametrize("status", [200, 203, 204, 206])
    def test_fine(self, status: int) -> None:
        assert links.judge(URL, Answer(status, URL)) == verdict("fine", status=status)

    @pytest.mark.parametrize("status", [404, 410, 500, 502, 503, 504, 522, 599])
    def test_failing(self, status: int) -> None:
        found = links.judge(URL, Answer(status, URL))
        assert (found.outcome, found.status) == (Outcome.FAILING, status)

    @pytest.mark.parametrize("status", [300, 301, 304, 400, 401, 402, 403, 405, 406, 408, 418, 429, 451, 999])
    def test_what_keeps_programs_out_says_nothing(self, status: int) -> None:
        found = links.judge(URL, Answer(status, URL))
        assert (found.outcome, found.status) == (Outcome.UNSURE, status)

    def test_in_words(self) -> None:
        assert links.judge(URL, Answer(404, URL)).detail == "It answers 404 (Not Found)."
        assert links.judge(URL, Answer(522, URL)).detail == "It answers 522."

    def test_silence(self) -> None:
        silent = Answer(None, URL, error="It gave no answer.")
        assert links.judge(URL, silent) == verdict("failing", detail="It gave no answer.")
        unclear = Answer(None, URL, error="Its robots.txt says no.", is_unclear=True)
        assert links.judge(URL, unclear) == verdict("unsure", detail="Its robots.txt says no.")
        assert len(links.judge(URL, Answer(None, URL, error="x" * 999)).detail) == 200

    def test_moved(self) -> None:
        new = "https://example.org/new"
        assert links.judge(URL, Answer(200, new, new)) == verdict("moved", status=200, moved_to=new)
        assert links.judge(f"{URL}#a", Answer(200, new, new)).moved_to == f"{new}#a"
        assert links.judge(f"{URL}#a", Answer(200, new, f"{new}#b")).moved_to == f"{new}#b"

    def test_elsewhere_for_now(self) -> None:
        found = links.judge(URL, Answer(200, "https://example.org/today"))
        assert found == verdict("fine", status=200, detail="It leads on to https://example.org/today")

    def test_moved_too_far_to_be_kept(self) -> None:
        new = "https://example.org/" + "x" * 500
        found = links.judge(URL, Answer(200, new, new))
        assert (found.outcome, found.moved_to, len(found.detail)) == (Outcome.FINE, "", 200)

    def test_moved_and_gone(self) -> None:
        assert links.judge(URL, Answer(404, "https://example.org/new", "https://example.org/new")).outcome == "failing"


@pytest.mark.django_db
class TestDue:
    def urls(self, before: dt.datetime = NOW, **more: Any) -> list[str]:
        return [url for found in links.due(before=before, **more).values() for url in found]

    def test_what_was_never_asked_for_then_what_is_longest_ago(self) -> None:
        make_trail(4)
        write("fine", NOW - DAY, "https://example.org/1")
        write("failing", NOW - 3 * DAY, "https://example.org/3")
        write("fine", NOW, "https://example.org/4")
        assert self.urls() == [f"https://example.org/{n}" for n in (2, 3, 1)]
        assert self.urls(NOW - 2 * DAY) == ["https://example.org/2", "https://example.org/3"]

    def test_only_those_that_failed(self) -> None:
        make_trail(4)
        for number, outcome in ((1, "fine"), (2, "failing"), (3, "unsure")):
            write(outcome, NOW - DAY, f"https://example.org/{number}")
        assert self.urls(only_failing=True) == ["https://example.org/2"]

    def test_retired_is_left_alone_and_a_draft_is_not(self) -> None:
        make_trail(3)
        Resource.objects.filter(url__endswith="1").update(retired_at=NOW)
        Skill.objects.filter(slug="skill-2").update(retired_at=NOW)
        Skill.objects.filter(slug="skill-3").update(is_draft=True)
        assert self.urls() == ["https://example.org/3"]

    def test_one_address_is_one_question_wherever_it_stands(self) -> None:
        make_trail(2)
        one, two = Skill.objects.order_by("slug")
        make_resource(two, url="https://example.org/1")
        make_resource(one, url="https://example.org/1#part")
        with queries() as asked:
            due = links.due(before=NOW)
        assert due == {
            "https://example.org/1": ["https://example.org/1", "https://example.org/1#part"],
            "https://example.org/2": ["https://example.org/2"],
        }
        assert len(asked) == 1


@pytest.mark.django_db
class TestWrite:
    @pytest.fixture(autouse=True)
    def _trail(self) -> None:
        make_trail(2)

    def test_fine(self) -> None:
        check = write("fine", status=200)
        assert (check.outcome, check.status, check.at, check.failed_on) == ("fine", 200, NOW, None)
        assert check.resource.checked_on == NOW.date()
        assert Resource.objects.get(url__endswith="2").checked_on is None

    def test_moved_is_there_and_says_where(self) -> None:
        check = write("moved", moved_to="https://example.org/new")
        assert (check.moved_to, check.resource.checked_on) == ("https://example.org/new", NOW.date())

    def test_two_failures_on_different_days_make_it_dead(self) -> None:
        first, again, next_day = write("failing"), write("failing", NOW + DAY / 4), write("failing", NOW + DAY)
        assert [check.outcome for check in (first, again, next_day)] == ["failing", "failing", "dead"]
        assert {check.failed_on for check in (first, again, next_day)} == {NOW.date()}
        later = write("failing", NOW + 9 * DAY)
        assert (later.outcome, later.failed_on) == ("dead", NOW.date())

    @pytest.mark.parametrize("success", ["fine", "moved"])
    def test_a_success_between_them_begins_anew(self, success: str) -> None:
        write("failing")
        assert write(success, NOW + DAY).failed_on is None
        check = write("failing", NOW + 2 * DAY)
        assert (check.outcome, check.failed_on) == ("failing", (NOW + 2 * DAY).date())

    def test_the_dead_come_back(self) -> None:
        write("failing")
        write("failing", NOW + DAY)
        check = write("fine", NOW + 2 * DAY)
        assert (check.outcome, check.failed_on, check.resource.checked_on) == ("fine", None, (NOW + 2 * DAY).date())

    def test_not_sure_is_neither(self) -> None:
        write("failing")
        between = write("unsure", NOW + DAY, status=429)
        assert (between.outcome, between.failed_on, between.resource.checked_on) == ("unsure", NOW.date(), None)
        assert write("failing", NOW + 2 * DAY).outcome == "dead"

    def test_every_resource_with_the_address_is_told(self) -> None:
        other = make_resource(Skill.objects.get(slug="skill-2"), url=URL)
        checks = links.write({URL: verdict("fine")}, at=NOW)
        assert {check.resource_id for check in checks} == {Resource.objects.get(skill__slug="skill-1").pk, other.pk}

    def test_an_address_that_was_changed_meanwhile_is_not_judged(self) -> None:
        Resource.objects.filter(url=URL).update(url="https://example.org/new")
        assert links.write({URL: verdict("failing")}, at=NOW) == []
        assert not LinkCheck.objects.exists()

    def test_as_many_queries_for_many_as_for_few(self) -> None:
        def asked(count: int) -> int:
            with queries() as made:
                links.write({f"https://example.org/{n}": verdict("fine") for n in range(count)}, at=NOW)
            return len(made)

        skill = make_skill("many")
        for number in range(3, 30):
            make_resource(skill, url=f"https://example.org/{number}")
        assert asked(2) == asked(30)


@pytest.mark.django_db
class TestShow:
    def resource(self) -> Shown:
        found = outline.get("trail")
        assert found
        return found.places[0].skill.resources[0]

    def test_learners_see_the_day_and_what_is_dead(self) -> None:
        make_trail(1)
        assert (self.resource().checked_on, self.resource().dead_on) == (None, None)
        for outcome, day, shown in (
            ("fine", 0, (0, None)),
            ("failing", 1, (0, None)),
            ("failing", 2, (0, 2)),
            ("fine", 3, (3, None)),
        ):
            at = NOW + day * DAY
            write(outcome, at)
            links.show(since=at)
            days = tuple(None if each is None else (NOW + each * DAY).date() for each in shown)
            assert (self.resource().checked_on, self.resource().dead_on) == days

    def test_is_no_change_for_learners(self) -> None:
        make_trail(1)
        outline.touch(Skill.objects.get(), at=NOW)
        before = Roadmap.objects.get()
        seen = Listing.objects.count()
        write("fine", NOW + DAY)
        links.show(since=NOW + DAY)
        after = Roadmap.objects.get()
        assert after.version != before.version
        assert after.updated_at == before.updated_at == NOW
        assert (Listing.objects.count(), Revision.objects.count()) == (seen, 0)

    def test_where_nothing_was_found_nothing_is_new(self) -> None:
        make_trail(1)
        other = make_roadmap("other")
        skill = make_skill("alone")
        Placement.objects.create(group=make_group(make_section(other)), roadmap=other, skill=skill)
        make_resource(skill, url="https://example.org/alone")
        before = dict(Roadmap.objects.values_list("slug", "version"))
        write("fine")
        links.show(since=NOW)
        after = dict(Roadmap.objects.values_list("slug", "version"))
        assert (after["trail"] != before["trail"], after["other"] == before["other"]) == (True, True)

    def test_the_outline_is_read_with_no_more_queries_for_it(self) -> None:
        make_trail(1)
        with queries() as few:
            outline.get("trail")
        skill = Skill.objects.get()
        for number in range(20):
            make_resource(skill, url=f"https://example.org/more-{number}")
        links.write({each.url: verdict("failing") for each in Resource.objects.all()}, at=NOW)
        outline.forget()
        with queries() as many:
            outline.get("trail")
        assert len(many) == len(few)


@pytest.mark.django_db
class TestAnotherAddress:
    def change(self, resource: Resource, **values: Any) -> None:
        watch = history.Watch(resource)
        for name, value in values.items():
            setattr(resource, name, value)
        resource.save()
        watch.record(why="Edited", at=NOW, by=None)

    def test_nothing_is_known_of_it(self) -> None:
        make_trail(2)
        write("fine", NOW)
        write("failing", NOW + DAY)
        write("failing", NOW + 2 * DAY)
        links.write({"https://example.org/2": verdict("fine")}, at=NOW)
        self.change(Resource.objects.get(url=URL), url="https://example.org/new")
        changed, other = Resource.objects.order_by("skill__slug")
        assert changed.checked_on is None
        assert other.checked_on == NOW.date()
        assert [check.resource for check in LinkCheck.objects.all()] == [other]

    def test_unless_a_curator_looked_later(self) -> None:
        make_trail(1)
        write("failing", NOW)
        self.change(Resource.objects.get(), url="https://example.org/new", checked_on=(NOW + DAY).date())
        assert Resource.objects.get().checked_on == (NOW + DAY).date()
        assert not LinkCheck.objects.exists()

    def test_other_changes_keep_it(self) -> None:
        make_trail(1)
        write("fine")
        self.change(Resource.objects.get(), title="Another title")
        assert Resource.objects.get().checked_on == NOW.date()
        assert LinkCheck.objects.exists()

    def test_reverting_to_an_old_address_forgets_too(self) -> None:
        make_trail(1)
        self.change(Resource.objects.get(), url="https://example.org/new")
        write("fine", timezone.now(), "https://example.org/new")
        history.revert(Revision.objects.get(), by=None, at=NOW)
        assert Resource.objects.get().url == URL
        assert not LinkCheck.objects.exists()

    def test_checks_are_no_content(self) -> None:
        make_trail(1)
        before = entries.all_of("resource")
        write("fine")
        assert entries.all_of("resource") == before


@pytest.mark.django_db
class TestAttention:
    def test_is_for_what_is_dead_and_not_taken_off(self) -> None:
        make_trail(4)
        for number in (2, 1, 3):
            for day in range(2):
                write("failing", NOW + day * DAY, f"https://example.org/{number}")
        write("moved", NOW, "https://example.org/4", moved_to="https://example.org/new")
        Resource.objects.filter(url__endswith="3").update(retired_at=NOW)
        dead = links.attention(Outcome.DEAD).values_list("url", flat=True)
        assert set(dead) == {"https://example.org/1", "https://example.org/2"}
        assert links.attention(Outcome.DEAD).count() == 2
        assert [row.check_state.moved_to for row in links.attention(Outcome.MOVED)] == ["https://example.org/new"]
