import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.accounts.pages import Page

pytestmark = pytest.mark.django_db
URL = "/accounts/password/reset/"
NEW = {"password1": "twelve new stones", "password2": "twelve new stones"}


def _ask(client: Client, email: str) -> str:
    """The link of the mail."""
    client.post(URL, {"email": email})
    found = re.search(r"http://testserver(\S+)", mail.outbox[-1].body)
    assert found
    return found.group(1)


def _open(client: Client, link: str) -> str:
    """Where the form is: at an address without the key."""
    response = client.get(link)
    assert response.status_code == 302
    return str(response["Location"])


def test_a_broken_address_is_answered_next_to_its_field(client: Client) -> None:
    page = Page(client.post(URL, {"email": "noor"}))

    assert page.error("email") == "Enter an e-mail address with an @, such as name@example.org."
    assert page.field("email")["value"] == "noor"
    assert page.title == "Error: Reset the password · Cairn"
    assert mail.outbox == []


@pytest.mark.usefixtures("user", "with_mail")
def test_an_unknown_address_is_answered_like_a_known_one(client: Client) -> None:
    known = client.post(URL, {"email": "noor@example.org"}, follow=True)
    unknown = client.post(URL, {"email": "none@example.org"}, follow=True)

    assert known.redirect_chain == unknown.redirect_chain == [("/accounts/password/reset/done/", 302)]
    lines = [[line for line in each.content.decode().splitlines() if "csrf" not in line] for each in (known, unknown)]
    assert lines[0] == lines[1]
    assert [(each.subject, each.to) for each in mail.outbox] == [
        ("Choose a new password", ["noor@example.org"]),
        ("No account with this address", ["none@example.org"]),
    ]
    assert "/password/reset/key/" not in mail.outbox[1].body
    assert "http://testserver/accounts/signup/" in mail.outbox[1].body


def test_an_inactive_account_gets_no_link(client: Client, user: User) -> None:
    User.objects.update(is_active=False)

    client.post(URL, {"email": "noor@example.org"})

    assert [each.subject for each in mail.outbox] == ["No account with this address"]


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize("key", ["1-abc-def", "zzzzz-c0ffee-1234", "0-set-password"])
def test_a_made_up_link_says_so_and_leads_to_a_new_one(client: Client, key: str) -> None:
    page = Page(client.get(f"/accounts/password/reset/key/{key}/"))

    assert page.h1 == ["This link no longer works"]
    assert page.title == "This link no longer works · Cairn"
    assert URL in page.links


def test_a_link_works_once(client: Client, user: User) -> None:
    link = _ask(client, "noor@example.org")
    client.post(_open(client, link), NEW)

    page = Page(Client().get(link))

    assert page.h1 == ["This link no longer works"]


def test_a_link_is_dead_after_the_address_changed(client: Client, user: User) -> None:
    link = _ask(client, "noor@example.org")
    User.objects.update(email="other@example.org")

    assert Page(client.get(link)).h1 == ["This link no longer works"]


@pytest.mark.parametrize(
    ("data", "field", "sentence"),
    [
        (NEW | {"password2": "twelve old stones"}, "password2", "You must type the same password each time."),
        (NEW | {"password2": ""}, "password2", "Enter the new password once more."),
        (
            {"password1": "short", "password2": "short"},
            "password1",
            "This password is too short. It must contain at least 10 characters.",
        ),
    ],
)
@pytest.mark.usefixtures("user")
def test_a_bad_new_password_changes_nothing(client: Client, data: dict[str, str], field: str, sentence: str) -> None:
    form = _open(client, _ask(client, "noor@example.org"))

    page = Page(client.post(form, data))

    assert page.error(field) == sentence
    assert page.title == "Error: Choose a new password · Cairn"
    assert User.objects.get().check_password("correct horse battery")


@pytest.mark.usefixtures("with_mail")
def test_the_link_sets_a_new_password_and_ends_other_sessions(client: Client, user: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(user)
    form = _open(client, _ask(client, "noor@example.org"))
    page = Page(client.get(form))

    response = client.post(form, NEW, follow=True)

    assert (page.field("password1")["autocomplete"], page.field("password2")["autocomplete"]) == ("new-password",) * 2
    assert Page(response).h1 == ["The password is changed"]
    assert 'class="toast ' not in response.content.decode()
    assert User.objects.get().check_password(NEW["password1"])
    assert elsewhere.get("/accounts/email/").status_code == 302
    assert "_auth_user_id" not in client.session
    notice = mail.outbox[-1]
    assert (notice.subject, notice.to) == ("Your password was reset", ["noor@example.org"])
    assert "127.0.0.1" in notice.body


@pytest.mark.parametrize("with_server", [True, False])
def test_without_a_mail_server_the_pages_say_where_the_link_is(client: Client, request: Any, with_server: bool) -> None:
    if with_server:
        request.getfixturevalue("with_mail")

    for url in (URL, f"{URL}done/"):
        assert ("This site sends no mail" in client.get(url).content.decode()) is not with_server


def test_the_mail_is_plain_and_short(client: Client, user: User) -> None:
    link = _ask(client, "noor@example.org")

    message = mail.outbox[-1]
    assert message.body.splitlines()[0] == "Hello,"
    assert message.body.splitlines()[-2:] == ["Cairn", "http://localhost:8000"]
    assert link in message.body
    assert "!" not in message.body
    assert not message.alternatives
