from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from progress.models import Learner, Mark
from tests.accounts.pages import Page
from tests.factories import make_trail

pytestmark = pytest.mark.django_db
URL = "/accounts/signup/"
GOOD = {"email": "ada@example.org", "password1": "a trail of ten stones"}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "", "Enter your e-mail address."),
        ("email", "ada.example.org", "Enter an e-mail address with an @, such as name@example.org."),
        ("email", f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.org", "Use at most 254 characters."),
        ("password1", "", "Choose a password."),
        ("password1", "nine9char", "This password is too short. It must contain at least 10 characters."),
        ("password1", "x7" * 64 + "y", "Use at most 128 characters."),
        ("password1", "1234567890", "This password has leaked elsewhere. Choose another."),
        ("password1", "iLoveYou123", "This password has leaked elsewhere. Choose another."),
        ("password1", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "This password has leaked elsewhere. Choose another."),
        ("password1", "Cairn-R0admap-2026", "Do not make it of the words of this site alone."),
        ("password1", "my localhost 1", "Do not make it of the words of this site alone."),
        ("password1", "ada@example.org", "The password is too similar to the e-mail address."),
    ],
)
def test_bad_input_is_answered_next_to_its_field(client: Client, field: str, value: str, sentence: str) -> None:
    response = client.post(URL, GOOD | {field: value})

    page = Page(response)
    assert page.error(field) == sentence
    assert page.summary == [f"id_{field}"]
    assert page.title == "Error: Create an account · Cairn"
    assert page.field("email").get("value", "") == (GOOD | {field: value})["email"]
    assert "value" not in page.field("password1")
    assert not User.objects.exists()


def test_two_errors_are_counted_and_linked(client: Client) -> None:
    page = Page(client.post(URL, {"email": "ada", "password1": "short"}))

    assert page.summary == ["id_email", "id_password1"]
    assert "Two things to fix" in page.html


@pytest.mark.usefixtures("user")
def test_without_mail_a_taken_address_is_told(client: Client) -> None:
    page = Page(client.post(URL, GOOD | {"email": "NOOR@example.org"}))

    assert page.error("email") == "There is an account with this address already. Sign in, or reset the password."
    assert User.objects.count() == 1


def test_a_bot_that_fills_the_trap_gets_no_account(client: Client) -> None:
    response = client.post(URL, GOOD | {"website": "https://spam.example"})

    assert response["Location"] == "/accounts/confirm-email/"
    assert not User.objects.exists()
    assert "hidden" in Page(client.get(URL)).field("website")


@pytest.mark.usefixtures("user", "with_mail")
def test_with_mail_a_taken_address_is_answered_like_a_free_one(client: Client) -> None:
    other = Client()
    free = client.post(URL, GOOD)
    taken = other.post(URL, GOOD | {"email": "noor@example.org"})

    assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"])
    pages = [Page(each.get(free["Location"])).html for each in (client, other)]
    ids = [[line for line in page.splitlines() if "csrf" not in line] for page in pages]
    assert ids[0] == [line.replace("noor@example.org", "ada@example.org") for line in ids[1]]
    assert User.objects.count() == 2
    code, notice = mail.outbox
    assert (code.subject, code.to) == ("Your code for Cairn", ["ada@example.org"])
    assert (notice.subject, notice.to) == ("You have an account already", ["noor@example.org"])
    assert "http://testserver/accounts/password/reset/" in notice.body


@pytest.mark.usefixtures("user", "with_mail")
def test_a_taken_address_costs_as_much_hashing_as_a_free_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(args[1]) or encode(*args))

    Client().post(URL, GOOD)
    free = len(hashed)
    client.post(URL, GOOD | {"email": "noor@example.org"})

    assert free > 0
    assert len(hashed) == 2 * free


def test_next_elsewhere_leads_to_our_own_start(client: Client) -> None:
    response = client.post(URL, GOOD | {"next": "https://evil.example/"})

    assert response["Location"] == reverse("dashboard")


def test_signing_up_signs_in_and_leads_back(client: Client) -> None:
    page = Page(client.get(URL, {"next": "/privacy/"}))
    response = client.post(URL, GOOD | {"email": "Ada@Example.ORG", "next": page.fields("next")[0]})

    user = User.objects.get()
    assert user.email == "ada@example.org"
    assert user.check_password(GOOD["password1"])
    assert EmailAddress.objects.filter(user=user, email=user.email).count() == 1
    assert response["Location"] == "/privacy/"
    assert client.session["_auth_user_id"] == str(user.pk)
    assert mail.outbox == []
    assert "toast" not in Page(client.get("/privacy/")).html.split('id="toasts"')[1].split("</div>")[0]


# A30
def test_a_password_counts_as_typed(client: Client) -> None:
    password = "  spaced – ünïcode 🪨  "
    client.post(URL, GOOD | {"password1": password})

    assert User.objects.get().check_password(password)
    assert not User.objects.get().check_password(password.strip())


@pytest.mark.parametrize("password", ["x7é" * 42 + "ab", "🪨 " * 64])
def test_so_does_a_long_one(client: Client, password: str) -> None:
    assert len(password) == 128
    client.post(URL, GOOD | {"password1": password})
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": GOOD["email"], "password": password})

    assert "_auth_user_id" in client.session


def test_one_with_a_null_character_is_refused_in_words(client: Client) -> None:
    assert Page(client.post(URL, GOOD | {"password1": "ten stones\0in a row"})).error("password1") == (
        "Null characters are not allowed."
    )


@pytest.mark.parametrize(("cookie", "kept"), [("dark", "dark"), ("purple", "auto"), (None, "auto")])
def test_the_colours_that_were_chosen_come_along(client: Client, cookie: str | None, kept: str) -> None:
    if cookie:
        client.cookies["theme"] = cookie
    client.post(URL, GOOD)

    assert User.objects.get().appearance == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("Asia/Calcutta", "Asia/Calcutta"),
        *(
            (zone, "UTC")
            for zone in (None, "", "UTC", "Etc/GMT+5", "Mars/Olympus", "../etc/passwd", "a\0b", "x" * 9000)
        ),
    ],
)
def test_the_account_begins_in_the_time_zone_of_its_browser(client: Client, said: str | None, kept: str) -> None:
    client.post(URL, GOOD | ({"time_zone": said} if said is not None else {}))

    assert User.objects.get().time_zone == kept


@pytest.mark.usefixtures("with_mail")
@pytest.mark.parametrize("way", [URL, "/accounts/signup/passkey/"])
def test_also_with_mail_and_with_a_passkey(client: Client, way: str) -> None:
    page = Page(client.get(way))
    assert page.fields("time_zone") == [None]
    assert "/static/js/zone.js" in [script.get("src") for script in page.all("script")]
    client.post(way, GOOD | {"time_zone": "Asia/Tokyo"})

    assert User.objects.get().time_zone == "Asia/Tokyo"


def test_what_a_guest_marked_comes_along(client: Client) -> None:
    make_trail(2)
    client.post("/progress/trail/skills/skill-1/", {"state": "done"})
    guest = Learner.objects.get()

    client.post(URL, GOOD)

    assert Learner.objects.get().user == User.objects.get()
    assert list(Mark.objects.values_list("learner", "skill__slug", "state")) == [(guest.pk, "skill-1", "done")]


def test_the_page_says_so_and_leads_to_signing_in_and_back(client: Client) -> None:
    page = Page(client.get(URL, {"next": "/roadmaps/?tag=ai"}))

    assert "What you marked here as a guest comes along" in page.html
    assert page.links.count("/accounts/login/?next=%2Froadmaps%2F%3Ftag%3Dai") == 2
    assert page.fields("next")[0] == "/roadmaps/?tag=ai"
    assert page.field("email")["autocomplete"] == "email"
    assert page.field("password1")["autocomplete"] == "new-password"
    assert page.field("password1")["aria-describedby"] == "id_password1_helptext"


@pytest.mark.parametrize("with_server", [True, False])
def test_the_page_says_what_mail_to_expect(client: Client, request: Any, with_server: bool) -> None:
    if with_server:
        request.getfixturevalue("with_mail")

    html = client.get(URL).content.decode()

    assert ("One mail to confirm the address" in html) is with_server
    assert ("This site sends no mail" in html) is not with_server


def test_somebody_signed_in_is_led_on(client: Client, user: User) -> None:
    client.force_login(user)

    assert client.get(URL, {"next": "/privacy/"})["Location"] == "/privacy/"
