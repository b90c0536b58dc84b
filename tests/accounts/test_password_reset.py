import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail
from django.test import Client
from django.utils.http import int_to_base36 as base36

from accounts.models import User
from tests.accounts.acts import set_up_app
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


# A6
def test_a_link_works_once(client: Client, user: User) -> None:
    link = _ask(client, "noor@example.org")
    client.post(_open(client, link), NEW)

    page = Page(Client().get(link))

    assert page.h1 == ["This link no longer works"]


# A8
def test_a_link_is_dead_after_the_address_changed(client: Client, user: User) -> None:
    link = _ask(client, "noor@example.org")
    User.objects.update(email="other@example.org")

    assert Page(client.get(link)).h1 == ["This link no longer works"]


@pytest.mark.parametrize("after", ["signing in", "a new password", "another reset"])
def test_a_link_is_dead_after(client: Client, user: User, after: str) -> None:
    link = _ask(client, "noor@example.org")
    if after == "signing in":
        Client().post("/accounts/login/", {"login": user.email, "password": "correct horse battery"})
    elif after == "a new password":
        user.set_password("another horse battery")
        user.save()
    else:
        other = Client()
        other.post(_open(other, _ask(other, "noor@example.org")), NEW)

    assert Page(client.get(link)).h1 == ["This link no longer works"]


# A9
@pytest.mark.usefixtures("user")
@pytest.mark.parametrize("change", [lambda key: f"{key[:-1]}{'ab'[key[-1] == 'a']}", str.upper, lambda key: f"{key}0"])
def test_an_altered_link_is_refused(client: Client, change: Callable[[str], str]) -> None:
    link = _ask(client, "noor@example.org")
    start, _, key = link.rstrip("/").rpartition("/key/")

    assert Page(client.get(f"{start}/key/{change(key)}/")).h1 == ["This link no longer works"]


def test_the_link_of_another_is_refused(client: Client, user: User) -> None:
    other = User.objects.create_user("ada@example.org", "a trail of ten stones")
    link = _ask(client, "noor@example.org")
    mine, theirs = (f"/key/{base36(each.pk)}-" for each in (user, other))

    assert mine in link
    assert Page(client.get(link.replace(mine, theirs))).h1 == ["This link no longer works"]


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize(("minutes", "works"), [(59, True), (61, False)])
def test_a_link_works_for_an_hour(client: Client, monkeypatch: pytest.MonkeyPatch, minutes: int, works: bool) -> None:
    link = _ask(client, "noor@example.org")
    now = dt.datetime.now() + dt.timedelta(minutes=minutes)  # noqa: DTZ005 -- Django's own clock for it is naive, too
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda _: now)

    assert (client.get(link).status_code == 302) is works


# A10
@pytest.mark.usefixtures("user")
def test_the_key_is_in_no_address_that_a_page_could_tell_others(client: Client) -> None:
    link = _ask(client, "noor@example.org")
    moved = client.get(link)
    page = client.get(moved["Location"])
    key = link.rstrip("/").rpartition("-")[2]

    assert key not in moved["Location"] + page.content.decode()
    assert moved["Referrer-Policy"] == page["Referrer-Policy"] == "same-origin"


# A18
def test_a_scanner_that_opens_the_link_changes_nothing(client: Client, user: User) -> None:
    link = _ask(client, "noor@example.org")
    scanner = Client()
    scanner.get(_open(scanner, link))
    scanner.head(link)
    user.refresh_from_db()
    assert user.check_password("correct horse battery")

    client.post(_open(client, link), NEW)
    user.refresh_from_db()
    assert user.check_password(NEW["password1"])


# A11
def test_the_old_password_is_refused_afterwards(client: Client, user: User) -> None:
    client.post(_open(client, _ask(client, "noor@example.org")), NEW)
    other = Client()
    other.post("/accounts/login/", {"login": user.email, "password": "correct horse battery"})
    assert "_auth_user_id" not in other.session
    other.post("/accounts/login/", {"login": user.email, "password": NEW["password1"]})
    assert "_auth_user_id" in other.session


# A13
def test_a_reset_does_not_get_around_the_second_step(client: Client, user: User) -> None:
    client.post("/accounts/login/", {"login": user.email, "password": "correct horse battery"})
    set_up_app(client)
    other = Client()
    other.post(_open(other, _ask(other, "noor@example.org")), NEW)
    assert "_auth_user_id" not in other.session
    response = other.post("/accounts/login/", {"login": user.email, "password": NEW["password1"]})
    assert response["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in other.session


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
