"""The plan as a calendar, read by parsers that are not the one it was written with."""

import datetime as dt
import re
from typing import Any

import pytest
import vobject
from django.test import Client
from django.utils import timezone

from accounts.models import User
from progress.models import Learner, Mark, Plan
from roadmap.models import Roadmap, Skill
from tests.factories import make_trail
from tests.queries import queries

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TITLE = "Größe; Form, and a very long title that goes on until a line of 75 octets has no more room for it 🏔"


@pytest.fixture
def trail() -> Roadmap:
    roadmap = make_trail(5)
    Skill.objects.filter(slug="skill-1").update(title=TITLE)
    return roadmap


@pytest.fixture
def learner(client: Client, user: User, trail: Roadmap) -> Learner:
    client.force_login(user)
    learner = Learner.objects.get(user=user)
    days = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "1")
    client.post("/plan/", {"learner": learner.pk, "week": "5", "start": f"{timezone.localdate()}", **days})
    return learner


def share(client: Client, learner: Learner, events: str = "week") -> str:
    client.post("/plan/calendar/", {"learner": learner.pk, "events": events})
    return f"/calendar/{Plan.objects.get().token}.ics"


def read(path: str) -> str:
    response = Client().get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return response.content.decode()


def events(text: str) -> list[dict[str, Any]]:
    found = [event for component in vobject.readComponents(text) for event in component.vevent_list]
    return [
        {name: event.getChildValue(name) for name in ("uid", "dtstart", "dtend", "summary", "description")}
        for event in found
    ]


class TestFeed:
    def test_by_week_all_day_and_in_order(self, client: Client, learner: Learner) -> None:
        found = events(read(share(client, learner)))
        assert len(found) in (4, 5)
        for event in found:
            assert event["dtstart"].weekday() == 0
            assert event["dtend"] - event["dtstart"] == 7 * DAY
        assert found[0]["summary"].startswith(TITLE)
        hours = re.findall(r": ([\d.]+) h", "\n".join(event["description"] for event in found))
        assert sum(map(float, hours)) == 20

    def test_by_skill(self, client: Client, learner: Learner) -> None:
        found = events(read(share(client, learner, "skill")))
        assert [event["summary"] for event in found] == [TITLE, *(f"Skill {n}" for n in range(2, 6))]
        assert all(event["dtstart"] < event["dtend"] for event in found)
        assert found[0]["description"] == "4 h, phase 1: Phase first"

    @pytest.mark.parametrize("kind", ["week", "skill"])
    def test_a_re_flow_moves_entries_and_doubles_none(self, client: Client, learner: Learner, kind: str) -> None:
        path = share(client, learner, kind)
        before = {event["uid"]: event["dtstart"] for event in events(read(path))}
        first = timezone.localdate()
        client.post("/plan/pauses/", {"learner": learner.pk, "first": f"{first}", "last": f"{first + 20 * DAY}"})
        after = {event["uid"]: event["dtstart"] for event in events(read(path))}
        assert len(after) == len(events(read(path)))
        if kind == "skill":
            assert after.keys() == before.keys()
            assert all(after[uid] > before[uid] for uid in before)
        else:
            assert all(after[uid] == before[uid] for uid in after.keys() & before.keys())

    def test_what_is_done_is_no_entry_any_more(self, client: Client, learner: Learner) -> None:
        path = share(client, learner, "skill")
        Mark.objects.create(
            learner=learner, skill=Skill.objects.get(slug="skill-2"), state="done", since=timezone.now()
        )
        assert "Skill 2" not in read(path)

    def test_a_plan_with_nothing_left_is_an_empty_calendar(self, client: Client, learner: Learner) -> None:
        path = share(client, learner)
        for skill in Skill.objects.all():
            Mark.objects.create(learner=learner, skill=skill, state="done", since=timezone.now())
        text = read(path)
        assert "BEGIN:VEVENT" not in text
        assert text.startswith("BEGIN:VCALENDAR")

    def test_strict_parsers_find_nothing_to_mend(self, client: Client, learner: Learner) -> None:
        """RFC 5545: CRLF, lines of at most 75 octets folded between letters, and all that must be there."""
        content = Client().get(share(client, learner, "skill")).content
        assert content.endswith(b"\r\n")
        assert b"\n" not in content.replace(b"\r\n", b"")
        lines = content.split(b"\r\n")
        assert all(len(line) <= 75 and line.decode() is not None for line in lines)
        text = content.decode()
        assert "Größe\\; Form\\, and" in text
        for name in ("VERSION:2.0", "PRODID:", "METHOD:PUBLISH", "X-WR-CALNAME:"):
            assert text.count(name) == 1
        count = text.count("BEGIN:VEVENT")
        for name in ("UID:", "DTSTAMP:", "DTSTART;VALUE=DATE:", "DTEND;VALUE=DATE:", "SUMMARY:"):
            assert text.count(f"\r\n{name}") - (name == "UID:") == count == 5, name

    def test_the_same_bytes_and_304_until_it_changes(self, client: Client, learner: Learner) -> None:
        path = share(client, learner)
        first = Client().get(path)
        assert first["Cache-Control"] == "public, max-age=300"
        again = Client().get(path, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        client.post("/plan/hours/", {"learner": learner.pk, "quarters": "40"})
        assert Client().get(path, headers={"If-None-Match": first["ETag"]}).status_code == 200

    def test_it_tells_a_stranger_nothing_but_the_plan(self, client: Client, learner: Learner) -> None:
        User.objects.update(name="Axolotl", handle="axolotl")
        Mark.objects.create(
            learner=learner, skill=Skill.objects.get(slug="skill-2"), state="done", since=timezone.now()
        )
        response = Client().get(share(client, learner))
        said = response.content.decode() + str(response.headers)
        for word in ("Axolotl", "axolotl", "noor", str(learner.uid), "Skill 2"):
            assert word not in said
        assert not response.cookies
        assert response["X-Robots-Tag"] == "noindex"

    @pytest.mark.parametrize("skills", [5, 200])
    def test_queries(self, client: Client, user: User, skills: int) -> None:
        make_trail(skills)
        client.force_login(user)
        learner = Learner.objects.get(user=user)
        client.post("/plan/", {"learner": learner.pk, "week": "10", "start": f"{timezone.localdate()}", "monday": "10"})
        path = share(client, learner)
        read(path)
        with queries() as asked:
            read(path)
        assert len(asked) == 3, asked.counted


class TestToken:
    def test_has_256_bits_and_is_there_only_when_asked_for(self, client: Client, learner: Learner) -> None:
        assert Plan.objects.get().token is None
        share(client, learner)
        token = Plan.objects.get().token
        assert token
        assert re.fullmatch(r"[\w-]{43}", token)

    def test_is_not_led_on_from_plain_http(self, client: Client, learner: Learner, settings: Any) -> None:
        path = share(client, learner)
        settings.TLS = settings.SECURE_SSL_REDIRECT = True
        assert Client().get(path).status_code == 404
        assert Client().get(path, secure=True).status_code == 200

    def test_a_renewed_one_leaves_the_old_address_empty(self, client: Client, learner: Learner) -> None:
        old = share(client, learner)
        new = share(client, learner, "skill")
        assert old != new
        assert Client().get(old).status_code == 404
        assert read(new)

    def test_it_can_be_closed(self, client: Client, learner: Learner) -> None:
        path = share(client, learner)
        client.post("/plan/calendar/", {"learner": learner.pk, "events": "none"})
        assert Client().get(path).status_code == 404
        assert Plan.objects.exists()

    @pytest.mark.parametrize("how", [{"is_active": False}, {"erase_at": dt.datetime(2099, 1, 1, tzinfo=dt.UTC)}])
    def test_who_is_gone_has_none(self, client: Client, learner: Learner, how: dict[str, Any]) -> None:
        path = share(client, learner)
        User.objects.update(**how)
        assert Client().get(path).status_code == 404

    @pytest.mark.parametrize("token", ["x", "a" * 43, "None", "%00", "a" * 5000])
    def test_unknown_ones_are_alike(self, db: None, token: str) -> None:
        assert Client().get(f"/calendar/{token}.ics").status_code == 404

    def test_nonsense_changes_nothing(self, client: Client, learner: Learner) -> None:
        path = share(client, learner)
        assert client.post("/plan/calendar/", {"learner": learner.pk, "events": "hour"}).status_code == 422
        assert read(path)

    def test_there_is_none_without_a_plan(self, client: Client, learner: Learner) -> None:
        Plan.objects.all().delete()
        assert client.post("/plan/calendar/", {"learner": learner.pk, "events": "week"}).status_code == 409
