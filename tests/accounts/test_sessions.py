"""How sessions begin, last and end. A12, A14 to A16, C5, C8 and C9 of docs/trust.md."""

import datetime as dt
import time

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts import events, sessions
from accounts.models import Event, User
from tests.accounts.acts import PASSWORD, confirm_identity, is_signed_in, mailed_link, sign_in
from tests.accounts.pages import Page
from tests.factories import make_trail
from tests.queries import queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("user")]
DAY = 24 * 3600
NEW = {"password1": "twelve new stones", "password2": "twelve new stones"}


def is_led_to_sign_in(client: Client) -> bool:
    return client.get("/settings/").get("Location") == "/accounts/login/?next=/settings/"


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """So long from now, for the clock that sessions look at."""
    now = time.time() + seconds
    monkeypatch.setattr(sessions.time, "time", lambda: now)


def test_are_listed_and_ended_elsewhere(client: Client, user: User) -> None:
    firefox = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    other, third = Client(headers=firefox), Client()
    for each in (client, other, third):
        sign_in(each)
    page = client.get("/accounts/sessions/").content.decode()
    asked = client.post("/accounts/sessions/")["Location"]
    assert asked == "/accounts/reauthenticate/?next=%2Faccounts%2Fsessions%2F"
    assert not is_led_to_sign_in(other)
    response = client.post(asked, {"password": PASSWORD}, follow=True)

    assert page.count("<li><b>") == 3
    assert "<b>Firefox on Linux</b>" in page
    assert "You are signed out everywhere else." in response.content.decode()
    assert [is_led_to_sign_in(each) for each in (client, other, third)] == [False, True, True]
    assert Event.objects.filter(user=user, kind="sessions_ended").count() == 1


def test_of_another_are_neither_listed_nor_ended(client: Client) -> None:
    other = Client()
    User.objects.create_user("ada@example.org", PASSWORD)
    sign_in(other, "ada@example.org")
    sign_in(client)
    confirm_identity(client)
    assert client.get("/accounts/sessions/").content.decode().count("<li><b>") == 1
    client.post("/accounts/sessions/")
    assert not is_led_to_sign_in(other)


def test_open_nothing_to_an_account_that_is_switched_off(client: Client) -> None:
    """Even one that nobody ended."""
    sign_in(client)
    User.objects.update(is_active=False)
    assert is_led_to_sign_in(client)


def test_go_on_under_another_key_once_somebody_confirmed_who_it_is(client: Client) -> None:
    sign_in(client)
    thief = Client()
    thief.cookies["session"] = client.cookies["session"].value
    confirm_identity(client)
    assert is_led_to_sign_in(thief)
    assert not is_led_to_sign_in(client)
    assert [session.session_key for session in UserSession.objects.all()] == [client.session.session_key]


def test_that_are_over_leave_nothing(client: Client) -> None:
    other = Client()
    sign_in(client)
    sign_in(other)
    other.post("/accounts/logout/")
    assert UserSession.objects.count() == 2
    sessions.forget_ended()
    assert [session.session_key for session in UserSession.objects.all()] == [client.session.session_key]


# A12
def test_a_reset_ends_all_of_them(client: Client) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    client.post("/accounts/password/reset/", {"email": "noor@example.org"})
    client.post(client.get(mailed_link())["Location"], NEW)
    assert is_led_to_sign_in(elsewhere)


# A14
def test_a_planted_id_never_becomes_the_victims(client: Client) -> None:
    make_trail(1)
    client.post("/progress/trail/skills/skill-1/", {"state": "done"})
    planted = client.session.session_key
    attacker = Client()
    attacker.cookies["session"] = str(planted)
    sign_in(client)

    assert client.session.session_key != planted
    assert is_led_to_sign_in(attacker)


def test_a_made_up_id_is_not_taken_over(client: Client) -> None:
    client.cookies["session"] = "a" * 32
    sign_in(client)
    assert client.cookies["session"].value != "a" * 32
    assert not is_led_to_sign_in(client)


# A15
def test_a_cookie_is_dead_after_signing_out(client: Client) -> None:
    sign_in(client)
    thief = Client()
    thief.cookies["session"] = client.cookies["session"].value
    assert not is_led_to_sign_in(thief)
    client.post("/accounts/logout/")
    assert is_led_to_sign_in(thief)


# A16
@pytest.mark.parametrize(
    ("staff", "hours", "seconds", "ends"),
    [
        (False, 9, 0, False),
        (False, 90 * 24, -60, False),
        (False, 90 * 24, 60, True),
        (True, 8, -60, False),
        (True, 8, 60, True),
    ],
)
def test_ends_by_itself(
    client: Client, monkeypatch: pytest.MonkeyPatch, staff: bool, hours: int, seconds: int, ends: bool
) -> None:
    User.objects.update(is_staff=staff)
    sign_in(client)
    Session.objects.update(expire_date=timezone.now() + dt.timedelta(days=365))  # visited in between
    at(monkeypatch, hours * 3600 + seconds)

    assert is_led_to_sign_in(client) is ends
    assert is_signed_in(client) is not ends


def test_ends_after_fourteen_days_without_a_visit(client: Client) -> None:
    sign_in(client)
    session = Session.objects.get(session_key=client.session.session_key)
    assert session.expire_date - timezone.now() == pytest.approx(dt.timedelta(days=14), abs=dt.timedelta(seconds=5))
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
    assert is_led_to_sign_in(client)


def test_of_staff_is_kept_alive_by_visits_and_written_every_ten_minutes(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.update(is_staff=True)
    sign_in(client)
    client.get("/settings/")
    at(monkeypatch, 5 * 60)
    with queries() as asked:
        client.get("/settings/")
    assert [sql for sql in asked.counted if not sql.startswith("SELECT")] == []
    for hours in range(7, 29, 7):
        monkeypatch.undo()
        at(monkeypatch, hours * 3600)
        assert not is_led_to_sign_in(client)


def test_that_does_not_say_since_when_is_over(client: Client, user: User) -> None:
    client.force_login(user)
    session = client.session
    del session["since"]
    session.save()
    assert is_led_to_sign_in(client)


def test_is_over_in_the_middle_of_a_form_and_nothing_is_saved(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client)
    at(monkeypatch, 91 * DAY)
    response = client.post("/settings/", {"name": "Somebody else", "time_zone": "UTC"})
    user.refresh_from_db()
    assert (response["Location"], user.name) == ("/accounts/login/?next=/settings/", "Noor")


# C9
def test_signing_out_clears_drafts_and_private_pages_are_stored_nowhere(client: Client) -> None:
    sign_in(client)
    page = client.get("/settings/")
    response = client.post("/accounts/logout/")
    assert page["Cache-Control"] == "private, no-store"
    assert "Clear-Site-Data" not in page
    assert response["Clear-Site-Data"] == '"storage"'
    assert "Clear-Site-Data" not in client.post("/accounts/logout/")


# C5
def test_nobody_is_signed_in_or_out_from_elsewhere(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client).status_code == 403
    assert not is_signed_in(client)
    client.force_login(user)
    assert client.post("/accounts/logout/").status_code == 403
    assert client.get("/accounts/logout/").status_code == 200
    assert is_signed_in(client)


# C8; the names and Secure over TLS: tests/accounts/test_hardening.py
def test_cookies_are_for_this_site_and_no_script(client: Client) -> None:
    client.get("/accounts/login/")
    sign_in(client)
    for name in ("session", "csrf"):
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
            " Safari/537.36 Edg/140.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile"
            " Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0"
            " Safari/605.1.15",
            "Safari on macOS",
        ),
        ("curl/8.5 (Linux)", "A browser on Linux"),
        ("curl/8.5", ""),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_browser_is_told_in_a_few_words(header: str, words: str) -> None:
    assert events.agent(header) == words


def test_the_security_log_hears_of_it_all(client: Client, user: User) -> None:
    sign_in(client, password="wrong horse battery")
    sign_in(client)
    client.post("/accounts/password/change/", NEW | {"oldpassword": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": NEW["password1"]})
    client.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})
    client.post("/accounts/logout/")
    client.post("/accounts/password/reset/", {"email": "new@example.org"})
    client.post(client.get(mailed_link())["Location"], dict.fromkeys(NEW, PASSWORD))
    Client().post("/accounts/signup/", {"email": "ada@example.org", "password1": "a trail of ten stones"})

    assert list(Event.objects.filter(user=user).order_by("id").values_list("kind", flat=True)) == [
        *("sign_in_failed", "signed_in", "password_changed", "email_changed", "signed_out", "password_reset")
    ]
    ada = User.objects.get(email="ada@example.org")
    assert list(ada.events.order_by("id").values_list("kind", flat=True)) == ["signed_up", "signed_in"]
    assert Page(client.get("/accounts/login/")).h1 == ["Sign in"]
