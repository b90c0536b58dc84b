"""Limits on tries and on mail. A23 to A29 of docs/trust.md."""

import logging
import time
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache, caches
from django.test import Client

from accounts import limits
from accounts.models import User
from tests.accounts.acts import PASSWORD, app_code, is_signed_in, set_up_app, sign_in
from tests.accounts.pages import Page

pytestmark = pytest.mark.django_db
WRONG = "wrong horse battery"
TOO_MANY = "Too many wrong tries. Wait a few minutes, then sign in again."


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: now)


# A23
@pytest.mark.usefixtures("user")
class TestOneAccount:
    def test_five_wrong_passwords_in_a_quarter_of_an_hour(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(5):
            assert TOO_MANY not in sign_in(client, password=WRONG).content.decode()
        assert TOO_MANY in sign_in(client).content.decode()
        later(monkeypatch, 16 * 60)
        sign_in(client)
        assert is_signed_in(client)

    def test_twenty_a_day(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        for turn in range(4):
            with monkeypatch.context() as clock:
                later(clock, turn * 16 * 60)
                for _ in range(5):
                    sign_in(client, password=WRONG)
        with monkeypatch.context() as clock:
            later(clock, 5 * 16 * 60)
            assert TOO_MANY in sign_in(client).content.decode()
        later(monkeypatch, 25 * 3600)
        sign_in(client)
        assert is_signed_in(client)

    def test_its_owner_elsewhere_is_not_locked_out(self, client: Client) -> None:
        for _ in range(6):
            sign_in(client, password=WRONG)
        owner = Client(REMOTE_ADDR="198.51.100.7")
        sign_in(owner)
        assert is_signed_in(owner)

    def test_a_reset_gets_its_owner_in_from_there_too(self, client: Client, user: User) -> None:
        for _ in range(6):
            sign_in(client, password=WRONG)
        client.post("/accounts/password/reset/", {"email": user.email})
        assert mail.outbox[-1].subject == "Choose a new password"

    def test_signing_in_does_not_set_the_count_back(self, client: Client) -> None:
        for _ in range(4):
            sign_in(client, password=WRONG)
        sign_in(client)
        other = Client()
        sign_in(other, password=WRONG)
        assert TOO_MANY in sign_in(other, password=WRONG).content.decode()


# A24
def test_many_accounts_from_one_address(client: Client) -> None:
    for number in range(10):
        assert TOO_MANY not in sign_in(client, f"{number}@example.org", WRONG).content.decode()
    assert TOO_MANY in sign_in(client, "11@example.org", WRONG).content.decode()


def test_a_second_factor_does_not_set_that_count_back(client: Client, user: User) -> None:
    sign_in(client)
    secret = set_up_app(client)
    other = Client()
    for number in range(9):
        sign_in(other, f"{number}@example.org", WRONG)
    assert client.post("/accounts/2fa/reauthenticate/", {"code": app_code(secret, 1)}).status_code == 302
    sign_in(other, "a@example.org", WRONG)
    assert TOO_MANY in sign_in(other, "b@example.org", WRONG).content.decode()


def test_very_many_from_everywhere_raise_an_alarm_and_lock_nobody_out(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(limits, "ALARM", 3)
    for number in range(4):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(
            "/accounts/login/", {"login": f"{number}@example.org", "password": WRONG}
        )
    alarms = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in alarms] == [
        "3 failed sign-ins within 5 minutes: somebody is trying passwords."
    ]
    sign_in(client)
    assert is_signed_in(client)


# A25
def test_a_forged_forwarded_address_does_not_set_limits_back(client: Client, user: User) -> None:
    for number in range(5):
        sign_in(
            client, password=WRONG, headers={"x-forwarded-for": f"203.0.113.{number}", "x-real-ip": f"10.0.0.{number}"}
        )
    assert TOO_MANY in sign_in(client, headers={"x-forwarded-for": "203.0.113.99"}).content.decode()


def test_behind_a_proxy_only_what_it_adds_counts(client: Client, user: User, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(5):
        sign_in(client, password=WRONG, headers={"x-forwarded-for": f"203.0.113.{number}, 198.51.100.7"})
    assert TOO_MANY in sign_in(client, headers={"x-forwarded-for": "203.0.113.99, 198.51.100.7"}).content.decode()
    sign_in(client, headers={"x-forwarded-for": "198.51.100.8"})
    assert is_signed_in(client)


def test_one_ipv6_network_counts_as_one(client: Client, user: User) -> None:
    for number in range(5):
        sign_in(Client(REMOTE_ADDR=f"2001:db8::{number:x}"), password=WRONG)
    assert TOO_MANY in sign_in(Client(REMOTE_ADDR="2001:db8::ffff")).content.decode()


# A26
def test_limits_are_kept_where_all_processes_look(client: Client, user: User) -> None:
    for _ in range(5):
        sign_in(client, password=WRONG)
    caches.close_all()
    assert type(cache._connections[cache._alias]).__name__ == "DatabaseCache"
    assert TOO_MANY in sign_in(Client()).content.decode()


# A27
@pytest.mark.usefixtures("with_mail")
class TestMail:
    def ask(self, address: str = "noor@example.org") -> Any:
        return Client().post("/accounts/password/reset/", {"email": address})

    def test_five_an_hour_to_one_address_over_all_ways(self, confirmed: User, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(3):
            assert self.ask().status_code == 302
        for _ in range(2):
            with monkeypatch.context() as clock:
                later(clock, 11 * (_ + 1))  # a code only every ten seconds
                assert (
                    Client()
                    .post("/accounts/signup/", {"email": confirmed.email, "password1": "a trail of ten stones"})
                    .status_code
                    == 302
                )
        refused = self.ask("NOOR@example.org")
        signing_up = Client().post(
            "/accounts/signup/", {"email": confirmed.email, "password1": "a trail of ten stones"}
        )

        assert [refused.status_code, signing_up.status_code] == [429, 429]
        assert len(mail.outbox) == 5
        assert refused["Retry-After"] == "3600"
        assert self.ask("other@example.org").status_code == 302

    def test_twenty_a_day(self, confirmed: User, monkeypatch: pytest.MonkeyPatch) -> None:
        for hour in range(6):
            with monkeypatch.context() as clock:
                later(clock, hour * 3700)
                for _ in range(5):
                    self.ask()
        assert len(mail.outbox) == 20

    def test_known_and_unknown_addresses_run_out_alike(self, confirmed: User) -> None:
        answers = [[self.ask(address) for _ in range(6)][-1] for address in (confirmed.email, "none@example.org")]
        assert [answer.status_code for answer in answers] == [429, 429]
        assert [Page(answer).h1 for answer in answers] == [["Too many tries"]] * 2

    def test_what_tells_of_a_change_is_never_held_back(self, client: Client, confirmed: User) -> None:
        for _ in range(5):
            self.ask()
        sign_in(client)
        new = {"oldpassword": PASSWORD, "password1": "twelve new stones", "password2": "twelve new stones"}
        client.post("/accounts/password/change/", new)
        assert mail.outbox[-1].subject == "Your password was changed"

    def test_a_sign_up_that_ran_out_can_go_on_later(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(5):
            self.ask("ada@example.org")
        ada = {"email": "ada@example.org", "password1": "a trail of ten stones"}
        assert client.post("/accounts/signup/", ada).status_code == 429
        later(monkeypatch, 3700)
        client = Client()
        sign_in(client, "ada@example.org", ada["password1"])
        assert mail.outbox[-1].subject == "Your code for Cairn"


# A28
@pytest.mark.parametrize(
    ("url", "data", "times"),
    [
        ("/accounts/login/", {"login": "x", "password": "x"}, 30),
        ("/accounts/signup/", {"email": "x", "password1": "x"}, 20),
        ("/accounts/password/reset/key/1-abc-def/", {}, 20),
        ("/accounts/2fa/webauthn/login/", {"credential": "{}"}, 30),
    ],
)
def test_too_many_requests_are_answered_alike(client: Client, url: str, data: dict[str, str], times: int) -> None:
    for _ in range(times):
        assert client.post(url, data).status_code != 429
    response = client.post(url, data)
    assert (response.status_code, response["Retry-After"]) == (429, "300")
    assert Page(response).h1 == ["Too many tries"]


# A29
@pytest.mark.parametrize(
    ("url", "data"),
    [
        ("/accounts/login/", {"login": "noor@example.org", "password": "x" * 2**20}),
        ("/accounts/signup/", {"email": "ada@example.org", "password1": "x" * 2**20}),
        ("/accounts/reauthenticate/", {"password": "x" * 2**20}),
        ("/accounts/password/change/", {"oldpassword": "x" * 2**20, "password1": "", "password2": ""}),
    ],
)
def test_an_endless_password_is_refused_before_it_is_hashed(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch, url: str, data: dict[str, str]
) -> None:
    if url not in ("/accounts/login/", "/accounts/signup/"):
        client.force_login(user)
    hashed: list[str] = []
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(args[1]) or "")
    started = time.perf_counter()
    page = client.post(url, data).content.decode()

    assert "Use at most 128 characters." in page
    assert hashed == []
    assert time.perf_counter() - started < 2
