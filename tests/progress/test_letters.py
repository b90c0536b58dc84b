import datetime as dt
import re
from email.message import Message
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from progress import journey, learners, letters, plans
from progress.models import Follow, Learner, Letter, Mark
from roadmap import outline
from roadmap.models import Listing, Roadmap, Skill
from tests.factories import make_trail

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 11, 30, 9, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def trail() -> Roadmap:
    roadmap = make_trail(4)
    for skill in Skill.objects.all():
        skill.questions.create(question="Why?", answer="So.")
    return roadmap


@pytest.fixture
def learner(trail: Roadmap, user: User) -> Learner:
    return wants_letters(user, trail)


def wants_letters(user: User, trail: Roadmap) -> Learner:
    User.objects.filter(pk=user.pk).update(weekly_letter=True)
    learner = Learner.objects.create(user=user)
    Follow.objects.create(learner=learner, roadmap=trail, since=MONDAY - 60 * DAY, used_at=MONDAY)
    skill = Skill.objects.get(slug="skill-1")
    Mark.objects.create(learner=learner, skill=skill, state="done", since=MONDAY - 30 * DAY)
    return learner


def sent() -> Any:
    [letter] = mail.outbox
    return letter


def test_nobody_gets_one_who_has_not_asked_for_it(learner: Learner) -> None:
    User.objects.update(weekly_letter=False)
    assert letters.send_due(MONDAY) == (0, 0)
    assert User(email="x@example.org").weekly_letter is False


def test_says_plan_next_reviews_and_changes_as_text_and_as_html(learner: Learner, trail: Roadmap) -> None:
    shown = outline.get("trail")
    assert shown
    trip = journey.of(shown, learners.states(learner.pk))
    plans.save(learner=learner.pk, trip=trip, today=MONDAY.date(), at=MONDAY)
    skill = Skill.objects.get(slug="skill-4")
    Listing.objects.create(roadmap=trail, skill=skill, title="Skill 4", is_shown=True, at=MONDAY - DAY)
    assert letters.send_due(MONDAY) == (1, 0)
    letter = sent()
    assert letter.to == ["noor@example.org"]
    assert letter.subject == "Your week on Trail"
    [(html, kind)] = letter.alternatives
    assert kind == "text/html"
    for text in (letter.body, re.sub(r"<[^>]+>", "", html)):
        for words in (
            "Hello Noor",
            "1 of 4 done",
            "By your plan you finish around",
            "Skill 2, 4 h",
            "1 question for today",
            "New: Skill 4",
        ):
            assert words in text, words
    assert "http://localhost:8000/roadmaps/trail/skills/skill-2/" in letter.body
    assert "<script" not in html
    assert "style=" not in html


@pytest.mark.parametrize("follows", [True, False])
def test_what_was_there_when_one_came_is_not_new(learner: Learner, trail: Roadmap, follows: bool) -> None:
    skill = Skill.objects.get(slug="skill-4")
    Listing.objects.create(roadmap=trail, skill=skill, title="Skill 4", is_shown=True, at=MONDAY - 2 * DAY)
    Follow.objects.update(since=MONDAY - DAY)
    if not follows:
        Follow.objects.all().delete()
    letters.send_due(MONDAY)
    assert "1 of 4 done" in sent().body
    assert "Changed on the roadmap" not in sent().body


def test_names_are_harmless_in_html_and_plain_in_text(learner: Learner) -> None:
    User.objects.update(name="Ada <3 & Co")
    letters.send_due(MONDAY)
    assert "Hello Ada <3 & Co," in sent().body
    assert "Hello Ada &lt;3 &amp; Co," in sent().alternatives[0][0]


def test_one_a_week_however_often_it_is_sent(learner: Learner) -> None:
    assert [letters.send_due(MONDAY + hours * DAY / 24) for hours in (0, 1, 100)] == [(1, 0), (0, 0), (0, 0)]
    assert letters.send_due(MONDAY + 7 * DAY) == (1, 0)
    assert list(Letter.objects.order_by("week").values_list("week", flat=True)) == [
        MONDAY.date(),
        MONDAY.date() + 7 * DAY,
    ]


def test_the_week_begins_where_the_learner_is(learner: Learner) -> None:
    User.objects.update(time_zone="Pacific/Auckland")
    letters.send_due(dt.datetime(2026, 11, 29, 12, 0, tzinfo=dt.UTC))  # Monday, one in the morning
    assert Letter.objects.get().week == MONDAY.date()


@pytest.mark.parametrize("how", [{"is_active": False}, {"erase_at": MONDAY + DAY}])
def test_who_is_gone_gets_none(learner: Learner, how: dict[str, Any]) -> None:
    User.objects.update(**how)
    assert letters.send_due(MONDAY) == (0, 0)


def test_an_address_that_is_not_confirmed_gets_none(learner: Learner, with_mail: None) -> None:
    assert letters.send_due(MONDAY) == (0, 0)
    learner.user.emailaddress_set.create(email="noor@example.org", verified=True, primary=True)
    assert letters.send_due(MONDAY) == (1, 0)


def test_without_a_roadmap_it_is_still_a_letter(user: User) -> None:
    User.objects.update(weekly_letter=True)
    Learner.objects.create(user=user)
    assert letters.send_due(MONDAY) == (1, 0)
    assert sent().subject == "Your week on Cairn"


class TestUnhappy:
    def test_what_could_not_be_sent_goes_out_with_the_next_run(
        self, learner: Learner, trail: Roadmap, settings: Any
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # where nobody listens
        assert letters.send_due(MONDAY) == (0, 1)
        assert not Letter.objects.exists()
        with pytest.raises(CommandError, match="Up to 1 were not sent"):
            call_command("sendletters")
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert letters.send_due(MONDAY + DAY) == (1, 0)

    def test_a_run_resumes_where_one_before_ended(self, learner: Learner, trail: Roadmap) -> None:
        assert letters.send_due(MONDAY) == (1, 0)
        for number in range(3):
            wants_letters(User.objects.create_user(f"{number}@example.org"), trail)
        assert letters.send_due(MONDAY + DAY) == (3, 0)
        assert len({letter.to[0] for letter in mail.outbox}) == len(mail.outbox) == 4

    def test_housekeep_sends_them_too(self, learner: Learner, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("housekeep")
        assert "1 letters sent" in capsys.readouterr().out
        call_command("sendletters")
        assert "0 letters sent." in capsys.readouterr().out


class TestStop:
    def link(self) -> tuple[str, Message]:
        message = sent().message()
        return str(message["List-Unsubscribe"]).strip("<>"), message

    def test_one_click_as_rfc_8058_wants_it(self, learner: Learner) -> None:
        letters.send_due(MONDAY)
        url, message = self.link()
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        strict = Client(enforce_csrf_checks=True)
        path = url.removeprefix("http://localhost:8000")
        response = strict.post(path, {"List-Unsubscribe": "One-Click"}, headers={"Origin": "https://mail.example"})
        assert response.status_code == 200
        assert "set-cookie" not in {name.lower() for name in response.headers}
        assert not User.objects.get().weekly_letter
        assert letters.send_due(MONDAY + 7 * DAY) == (0, 0)

    def test_a_look_at_the_page_stops_nothing(self, learner: Learner, client: Client) -> None:
        letters.send_due(MONDAY)
        path = self.link()[0].removeprefix("http://localhost:8000")
        assert "Stop the weekly letter?" in client.get(path).content.decode()
        assert User.objects.get().weekly_letter
        assert "No more letters" in client.post(path).content.decode()
        assert not User.objects.get().weekly_letter

    def test_the_link_tells_nothing_and_stops_nobody_elses(self, learner: Learner, client: Client) -> None:
        letters.send_due(MONDAY)
        path = self.link()[0].removeprefix("http://localhost:8000")
        assert "noor" not in path
        assert client.post(path[:-2] + "x/").status_code == 404
        assert client.post("/letters/stop/abc/").status_code == 404
        assert User.objects.get().weekly_letter
        User.objects.get().delete()
        assert client.post(path).status_code == 404


def test_switched_on_and_off_in_the_settings(client: Client, user: User, with_mail: None) -> None:
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    client.force_login(user)
    data = {"name": "Noor", "time_zone": "UTC", "appearance": "auto"}
    client.post("/settings/", data | {"weekly_letter": "on"})
    assert User.objects.get().weekly_letter
    client.post("/settings/", data)
    assert not User.objects.get().weekly_letter


def test_not_offered_where_no_mail_is_sent(client: Client, user: User) -> None:
    client.force_login(user)
    assert "weekly_letter" not in client.get("/settings/").content.decode()
    User.objects.update(weekly_letter=True)
    client.post("/settings/", {"name": "Noor", "time_zone": "UTC", "appearance": "auto"})
    assert User.objects.get().weekly_letter
