from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.pages import Page

pytestmark = pytest.mark.django_db
URL = "/accounts/login/"
GOOD = {"login": "noor@example.org", "password": "correct horse battery"}


def _comparable(response: Any) -> list[str]:
    return [line for line in response.content.decode().splitlines() if "csrf" not in line]


@pytest.mark.usefixtures("user")
def test_an_unknown_address_and_a_wrong_password_look_alike(client: Client) -> None:
    wrong = client.post(URL, GOOD | {"password": "wrong horse battery"})
    unknown = client.post(URL, GOOD | {"login": "none@example.org"})

    assert wrong.status_code == unknown.status_code == 200
    assert _comparable(wrong) == [line.replace("none@", "noor@") for line in _comparable(unknown)]
    page = Page(wrong)
    assert page.title == "Error: Sign in · Cairn"
    assert "The e-mail address and the password do not belong together." in page.html
    assert page.field("login")["value"] == "noor@example.org"
    assert "value" not in page.field("password")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("login", "", "Enter your e-mail address."),
        ("login", "noor", "Enter an e-mail address with an @, such as name@example.org."),
        ("password", "", "Enter your password."),
        ("password", "x" * 129, "Use at most 128 characters."),
    ],
)
@pytest.mark.usefixtures("user")
def test_bad_input_is_answered_next_to_its_field(client: Client, field: str, value: str, sentence: str) -> None:
    page = Page(client.post(URL, GOOD | {field: value}))

    assert page.error(field) == sentence
    assert page.summary == [f"id_{field}"]
    assert "_auth_user_id" not in client.session


def test_an_inactive_account_is_led_to_a_page_that_says_so(client: Client, user: User) -> None:
    User.objects.update(is_active=False)

    response = client.post(URL, GOOD, follow=True)

    assert Page(response).h1 == ["This account is switched off"]
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("user")
def test_wrong_passwords_run_out(client: Client) -> None:
    for _ in range(5):
        client.post(URL, GOOD | {"password": "wrong horse battery"})
    page = Page(client.post(URL, GOOD))

    assert "Too many wrong tries. Wait a few minutes, then sign in again." in page.html
    assert "_auth_user_id" not in client.session


def test_too_many_requests_get_a_page_and_a_time_to_wait(client: Client) -> None:
    for number in range(30):
        client.post(URL, {"login": f"{number}", "password": "x"})
    response = client.post(URL, GOOD)

    page = Page(response)
    assert response.status_code == 429
    assert response["Retry-After"] == "300"
    assert page.h1 == ["Too many tries"]
    assert URL in page.links
    assert page.blocked == []


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_next_elsewhere_leads_to_our_own_start(client: Client, target: str) -> None:
    response = client.post(URL, GOOD | {"next": target})

    assert response["Location"] == reverse("dashboard")


@pytest.mark.usefixtures("user")
def test_next_survives_an_error_and_leads_back(client: Client) -> None:
    page = Page(client.get(URL, {"next": "/roadmaps/?tag=ai&free=1"}))
    again = Page(client.post(URL, GOOD | {"password": "no", "next": page.fields("next")[0]}))
    response = client.post(URL, GOOD | {"login": "NOOR@example.org", "next": again.fields("next")[0]})

    assert response["Location"] == "/roadmaps/?tag=ai&free=1"
    assert "_auth_user_id" in client.session


def test_the_links_to_signing_up_keep_next(client: Client) -> None:
    page = Page(client.get(URL, {"next": "/roadmaps/?tag=ai"}))

    assert page.links.count("/accounts/signup/?next=%2Froadmaps%2F%3Ftag%3Dai") == 2
    assert not [link for link in page.links if link and link.startswith(URL)]
    assert page.field("login")["autocomplete"] == "email"
    assert page.field("password")["autocomplete"] == "current-password"


def test_other_pages_link_to_signing_in_and_back(client: Client) -> None:
    assert "/accounts/login/?next=%2Fprivacy%2F" in Page(client.get("/privacy/")).links


def test_signing_in_and_out_says_nothing_twice(client: Client, user: User) -> None:
    client.post(URL, GOOD)
    inside = client.get("/privacy/").content.decode()
    response = client.post("/accounts/logout/")
    outside = client.get("/privacy/").content.decode()

    assert 'class="toast ' not in inside + outside
    assert user.get_short_name() in inside
    assert response["Location"] == reverse("home")
    assert "_auth_user_id" not in client.session


def test_a_get_does_not_sign_out(client: Client, user: User) -> None:
    client.force_login(user)

    page = Page(client.get("/accounts/logout/"))

    assert page.h1 == ["Sign out"]
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_session_lasts_two_weeks(client: Client, user: User) -> None:
    client.post(URL, GOOD)

    assert client.session.get_expiry_age() == pytest.approx(14 * 24 * 3600, abs=5)
