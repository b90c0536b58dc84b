import datetime as dt
import itertools
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from progress.models import Change, CheckpointTick, Follow, Learner, Mark
from roadmap import outline
from roadmap.models import Roadmap, Section, Skill
from tests.factories import NOW, make_group, make_roadmap, make_section, make_trail, place
from tests.queries import queries

pytestmark = pytest.mark.django_db
TODAY = "/dashboard/"
EARLIER = NOW - dt.timedelta(days=20)


@pytest.fixture
def learner(client: Client, user: User) -> Learner:
    client.force_login(user)
    return Learner.objects.get(user=user)


def body(client: Client, url: str = TODAY) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def mark(client: Client, learner: Learner, slug: str, state: str) -> None:
    client.post(f"/progress/trail/skills/{slug}/", {"state": state, "learner": learner.pk})


def change(learner: Learner, day: dt.date, **fields: Any) -> Change:
    values = {
        "batch": uuid.uuid4(),
        "skill": Skill.objects.order_by("pk")[0],
        "after": "done",
        "after_since": NOW,
        "at": dt.datetime.combine(day, dt.time(12), dt.UTC),
        "cause": "mark",
    }
    return Change.objects.create(learner=learner, day=day, **(values | fields))


def suggested(page: str) -> list[str]:
    return re.findall(r'<div class="step"><h3><a href="[^"]*">(.*?)</a>', page)


class TestDashboard:
    def test_a_new_learner_is_asked_what_is_known_already(self, client: Client, learner: Learner) -> None:
        make_trail(3)
        page = body(client)
        assert "Welcome, Noor" in page
        assert 'name="scope" value="section-first"' in page
        assert suggested(page) == ["Skill 1", "Skill 2", "Skill 3"]

    def test_what_is_known_is_marked_as_one_act(self, client: Client, learner: Learner) -> None:
        roadmap = make_trail(2)
        place(make_group(make_section(roadmap, "second")), "other")
        place(make_group(make_section(roadmap, "third")), "rest")
        data = {"scope": ["section-first", "section-second"], "state": "done", "learner": learner.pk, "next": TODAY}
        assert client.post("/progress/trail/all/", data)["Location"] == "/dashboard/#section-first"
        assert set(Mark.objects.values_list("skill__slug", flat=True)) == {"skill-1", "skill-2", "other"}
        assert Change.objects.values("batch").distinct().count() == 1
        assert "<b>3 skills</b> in “Trail” marked done." in body(client)

    def test_nothing_ticked_is_said(self, client: Client, learner: Learner) -> None:
        make_trail(1)
        response = client.post("/progress/trail/all/", {"state": "done", "learner": learner.pk})
        assert response.status_code == 422
        assert "Say what to mark" in response.content.decode()

    def test_numbers_are_those_of_the_roadmap(self, client: Client, learner: Learner) -> None:
        make_trail(4)
        mark(client, learner, "skill-1", "done")
        mark(client, learner, "skill-2", "skipped")
        receipt = '1 of 4 done, 1 skipped, <a href="/roadmaps/trail/?state=left">2 left</a>'
        assert receipt in body(client)
        assert receipt in body(client, "/roadmaps/trail/")
        assert "1 of 4 done</h1>" in body(client)

    def test_what_is_being_learned_comes_first(self, client: Client, learner: Learner) -> None:
        make_trail(4)
        mark(client, learner, "skill-3", "learning")
        page = body(client)
        assert suggested(page) == ["Skill 3", "Skill 1", "Skill 2"]
        assert "You are learning it since" in page

    def test_each_suggestion_says_why(self, client: Client, learner: Learner) -> None:
        make_trail(3)
        one, two, three = Skill.objects.order_by("slug")
        two.prerequisites.add(one)
        three.prerequisites.add(two)
        outline.touch(two, at=NOW)
        page = body(client)
        assert suggested(page) == ["Skill 1"]
        assert "It needs nothing first. It opens Skill 2. About 4&nbsp;h." in page
        mark(client, learner, "skill-1", "done")
        page = body(client)
        assert suggested(page) == ["Skill 2"]
        assert "You have what it needs: Skill 1. It opens Skill 3." in page

    def test_another_can_be_suggested_and_round_again(self, client: Client, learner: Learner) -> None:
        make_trail(5)
        assert 'another=3#next-up"' in body(client)
        assert suggested(body(client, "/dashboard/?another=3")) == ["Skill 4", "Skill 5"]
        for odd in ("x", "-1", "٣", "9" * 40, "5"):
            assert suggested(body(client, f"/dashboard/?another={odd}"))

    def test_starting_one_leads_back(self, client: Client, learner: Learner) -> None:
        make_trail(2)
        data = {"state": "learning", "learner": learner.pk, "next": TODAY}
        response = client.post(
            "/progress/trail/skills/skill-2/", data, headers={"HX-Request": "true", "HX-Target": "main"}
        )
        assert response["Location"].startswith(TODAY)
        assert suggested(body(client))[0] == "Skill 2"

    def test_when_all_is_settled_it_is_proud(self, client: Client, learner: Learner) -> None:
        make_trail(2)
        mark(client, learner, "skill-1", "done")
        mark(client, learner, "skill-2", "skipped")
        page = body(client)
        assert "Trail complete" in page
        assert "1 done, 1 skipped" in page
        assert 'href="/roadmaps/trail/?state=skipped"' in page

    def test_activity_counts_what_stands(self, client: Client, learner: Learner) -> None:
        make_trail(1)
        today = timezone.localdate()
        change(learner, today - dt.timedelta(days=1))
        change(learner, today - dt.timedelta(days=5), undone_at=NOW)
        change(learner, today - dt.timedelta(days=6), cause="merge")
        change(learner, today - dt.timedelta(days=7), cause="reset")
        checkpoint = Skill.objects.get().checkpoints.create(text="You can.")
        CheckpointTick.objects.create(learner=learner, checkpoint=checkpoint, at=NOW, day=today - dt.timedelta(days=10))
        assert "2 active days in 26 weeks" in body(client)

    def test_today_is_the_learners_own(self, client: Client, learner: Learner) -> None:
        """A day at each end of the date line: 26 hours lie between them."""
        make_trail(1)
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            User.objects.update(time_zone=zone)
            Change.objects.all().delete()
            Mark.objects.all().delete()
            mark(client, learner, "skill-1", "done")
            page = body(client)
            assert "<div><dt>day streak</dt><dd>1</dd></div>" in page, zone
            drawn = page.partition("Activity over 26 weeks")[2].partition("</g>")[0]
            assert re.findall(r'class="h(\d)"', drawn)[-1] == "1", zone

    def test_another_roadmap_is_shown_on_this_page_only(self, client: Client, learner: Learner) -> None:
        make_trail(1)
        other = make_roadmap("other")
        place(make_group(make_section(other)), "elsewhere")
        mark(client, learner, "skill-1", "learning")
        assert suggested(body(client, "/dashboard/?roadmap=other")) == ["Elsewhere"]
        assert suggested(body(client)) == ["Skill 1"]
        client.post("/roadmaps/other/current/", {"learner": learner.pk})
        assert suggested(body(client)) == ["Elsewhere"]
        assert Follow.objects.order_by("-used_at")[0].roadmap == other
        assert client.get("/dashboard/?roadmap=none").status_code == 404

    def test_asks_for_an_account(self, client: Client) -> None:
        make_trail(1)
        client.post("/progress/trail/skills/skill-1/", {"state": "done", "learner": ""})
        for url in ("/dashboard/", "/history/", "/notes/", "/settings/"):
            assert client.get(url)["Location"] == f"/accounts/login/?next={url}"

    def test_without_a_roadmap_it_leads_to_the_list(self, client: Client, learner: Learner) -> None:
        assert client.get(TODAY)["Location"] == "/roadmaps/"


@pytest.mark.parametrize(("skills", "changes"), [(5, 10), (500, 10), (5, 3_000)])
def test_queries_of_the_dashboard(client: Client, learner: Learner, skills: int, changes: int) -> None:
    trail = make_trail(skills)
    Follow.objects.create(learner=learner, roadmap=trail, since=NOW, used_at=NOW)
    skill = Skill.objects.order_by("pk")[0]
    Change.objects.bulk_create(
        Change(
            batch=uuid.uuid4(),
            learner=learner,
            skill=skill,
            after="done",
            after_since=NOW,
            at=NOW,
            day=NOW.date() - dt.timedelta(days=n % 100),
            cause="mark",
        )
        for n in range(changes)
    )
    body(client)
    for url, expected in ((TODAY, 8), ("/history/", 7)):
        with queries() as asked:
            body(client, url)
        assert len(asked) == expected, (url, asked.counted)


class TestHistory:
    def test_shows_acts_newest_first_with_cause(self, client: Client, learner: Learner) -> None:
        make_trail(3)
        mark(client, learner, "skill-1", "learning")
        mark(client, learner, "skill-1", "done")
        client.post("/progress/trail/all/", {"scope": "roadmap", "state": "done", "learner": learner.pk})
        body(client, "/privacy/")  # shows the messages
        page = re.sub(r"\s+", " ", body(client, "/history/"))
        assert page.index("<b>2 skills</b> marked done") < page.index("<b>Skill 1</b> learning → done")
        assert page.index("learning → done") < page.index("<b>Skill 1</b> learning<")
        assert page.count(">Undo<") == 3
        assert "“I know all of this”" in page

    def test_undo_leads_back_and_is_noted(self, client: Client, learner: Learner) -> None:
        make_trail(1)
        mark(client, learner, "skill-1", "done")
        batch = Change.objects.get().batch
        response = client.post(f"/progress/undo/{batch}/", {"learner": learner.pk, "next": "/history/"})
        assert response["Location"] == "/history/"
        body(client, "/privacy/")  # shows the messages
        page = body(client, "/history/")
        assert "Taken back on" in page
        assert f"/progress/undo/{batch}/" not in page

    def test_what_is_too_old_has_no_undo(self, client: Client, learner: Learner) -> None:
        make_trail(1)
        change(learner, timezone.localdate() - dt.timedelta(days=31))
        page = body(client, "/history/")
        assert "<b>Skill 1</b> done" in page
        assert ">Undo<" not in page

    def test_comes_in_pages(self, client: Client, learner: Learner) -> None:
        make_trail(1)
        for n in range(45):
            change(learner, dt.date(2026, 11, 25), at=NOW + dt.timedelta(minutes=n))
        assert body(client, "/history/").count('<li class="act') == 20
        assert body(client, "/history/?page=3").count('<li class="act') == 5
        for odd in ("0", "99", "x"):
            assert body(client, f"/history/?page={odd}").count('<li class="act') in (5, 20)

    def test_a_reset_of_a_section_is_one_act(self, client: Client, learner: Learner) -> None:
        make_trail(2)
        mark(client, learner, "skill-1", "done")
        mark(client, learner, "skill-2", "skipped")
        page = body(client, "/history/")
        assert f'<option value="section-{Section.objects.get().slug}">' in page
        data = {"scope": "section-first", "state": "todo", "learner": learner.pk, "next": "/history/"}
        assert client.post("/progress/trail/all/", data)["Location"].startswith("/history/")
        assert set(Mark.objects.values_list("state", flat=True)) == {"todo"}
        batch = Change.objects.filter(cause="reset")[0].batch
        client.post(f"/progress/undo/{batch}/", {"learner": learner.pk, "next": "/history/"})
        assert dict(Mark.objects.values_list("skill__slug", "state")) == {"skill-1": "done", "skill-2": "skipped"}

    def test_anothers_acts_are_not_there(self, client: Client, learner: Learner) -> None:
        make_trail(1)
        change(Learner.objects.create(user=User.objects.create_user("ada@example.org")), dt.date(2026, 11, 25))
        assert "Nothing yet" in body(client, "/history/")


@pytest.mark.parametrize(
    ("zone", "moments"),
    [
        # The clock goes back in the night to the 25th of October 2026, and forward in the night to the 29th of March.
        ("Europe/Berlin", ["2026-10-24T21:30Z", "2026-10-25T22:30Z", "2026-10-26T22:59Z"]),
        ("Europe/Berlin", ["2026-03-28T22:59Z", "2026-03-29T21:59Z", "2026-03-29T22:01Z"]),
        ("America/New_York", ["2026-11-01T03:59Z", "2026-11-01T04:01Z", "2026-11-03T04:59Z"]),
        ("Pacific/Kiritimati", ["2026-06-01T09:59Z", "2026-06-01T10:01Z", "2026-06-03T09:59Z"]),
        ("Pacific/Pago_Pago", ["2026-06-01T10:59Z", "2026-06-01T11:01Z", "2026-06-03T10:59Z"]),
        ("Asia/Kathmandu", ["2026-12-31T18:14Z", "2026-12-31T18:16Z", "2027-01-02T18:14Z"]),
        ("UTC", ["2028-02-28T23:59Z", "2028-02-29T12:00Z", "2028-03-01T00:00Z"]),
    ],
)
def test_three_local_days_are_a_streak_of_three(
    client: Client,
    user: User,
    learner: Learner,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    moments: list[str],
) -> None:
    make_trail(3)
    User.objects.update(time_zone=zone)
    for number, moment in enumerate(moments, start=1):
        monkeypatch.setattr(timezone, "now", lambda moment=moment: dt.datetime.fromisoformat(moment))
        client.force_login(user)
        mark(client, learner, f"skill-{number}", "done")
    assert "<div><dt>day streak</dt><dd>3</dd></div>" in body(client)
    days = sorted(Change.objects.values_list("day", flat=True))
    assert [later - earlier for earlier, later in itertools.pairwise(days)] == [dt.timedelta(days=1)] * 2


def test_changing_the_zone_back_and_forth_gains_and_loses_nothing(
    client: Client, learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_trail(2)
    now = timezone.now()
    change(learner, now.date())
    change(learner, now.date() - dt.timedelta(days=1), skill=Skill.objects.order_by("pk")[1])
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"):
        User.objects.update(time_zone=zone)
        assert "<div><dt>best streak</dt><dd>2</dd></div>" in body(client), zone
    assert "<div><dt>day streak</dt><dd>2</dd></div>" in body(client)


class TestNews:
    @pytest.fixture(autouse=True)
    def _trail(self, client: Client, learner: Learner) -> None:
        trail = make_trail(3)
        Roadmap.objects.update(published_at=EARLIER)
        outline.touch(trail, at=EARLIER)
        mark(client, learner, "skill-1", "done")
        Follow.objects.update(since=EARLIER)

    def change(self, at: dt.datetime) -> None:
        (new,) = place(Skill.objects.get(slug="skill-1").placements.get().group, f"new-{at:%d}")
        Skill.objects.filter(slug="skill-2").update(title="Second")
        Skill.objects.filter(slug="skill-1").update(retired_at=at)
        outline.touch(new, at=at)

    def test_is_told_until_it_was_read(self, client: Client, learner: Learner) -> None:
        assert "changed</h2>" not in body(client)
        at = EARLIER + dt.timedelta(days=1)
        self.change(at)
        page = body(client)
        assert "<p>1 new, 1 retired, 1 renamed; your 1 done is kept.</p>" in page
        assert "<li>Renamed: Skill 2 is now Second</li>" in page
        form = {"learner": learner.pk, "next": TODAY, "until": at.isoformat()}
        assert f'name="until" value="{at.isoformat()}"' in page
        assert client.post("/roadmaps/trail/seen/", form)["Location"] == TODAY
        assert "changed</h2>" not in body(client)
        self.change(at + dt.timedelta(days=1))
        assert "<p>1 new; your 1 done is kept.</p>" in body(client)
        # An older page that is answered late takes nothing back.
        client.post("/roadmaps/trail/seen/", form | {"until": EARLIER.isoformat()})
        assert "<p>1 new; " in body(client)

    def test_costs_nothing_while_nothing_changed(self, client: Client, learner: Learner) -> None:
        with queries() as before:
            body(client)
        self.change(EARLIER + dt.timedelta(days=1))
        client.get("/roadmaps/trail/")  # reads the content
        with queries() as after:
            body(client)
        assert len(after) == len(before) + 2

    @pytest.mark.parametrize("until", ["", "soon", "2026-13-01T00:00:00", "2026-11-26", "9999-12-31T23:59:59+00:00"])
    def test_a_moment_that_is_none_or_to_come_hides_nothing_later(
        self, client: Client, learner: Learner, until: str
    ) -> None:
        client.post("/roadmaps/trail/seen/", {"learner": learner.pk, "until": until})
        self.change(timezone.now() + dt.timedelta(seconds=1))
        assert "<p>1 new, 1 retired, 1 renamed" in body(client)

    def test_another_s_form_writes_nothing(self, client: Client, learner: Learner) -> None:
        form = {"learner": learner.pk + 1, "until": timezone.now().isoformat()}
        assert client.post("/roadmaps/trail/seen/", form)["Location"].startswith("/accounts/login/")
        assert Follow.objects.get().changes_seen_at is None
