"""Nobody learns whether an address has an account: the same answer for the same work. A1 to A5 of docs/trust.md."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from tests.accounts.acts import sign_in
from tests.queries import queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_mail", "confirmed")]
KNOWN, UNKNOWN = "noor@example.org", "none@example.org"


class Seen:
    """All that somebody outside can tell apart: the answer, and the work behind it."""

    def __init__(self, act: Callable[[Client], Any], monkeypatch: pytest.MonkeyPatch) -> None:
        cache.clear()
        hashed: list[str] = []
        encode = MD5PasswordHasher.encode
        letters = len(mail.outbox)
        with monkeypatch.context() as patch, queries() as asked:
            patch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(args[1]) or encode(*args))
            response = act(Client())
        self.status = response.status_code
        self.headers = {name: value for name, value in response.items() if name not in ("Expires", "X-Request-ID")}
        self.cookies = {
            name: (cookie["max-age"], cookie["path"], cookie["httponly"]) for name, cookie in response.cookies.items()
        }
        self.body = re.sub(r'value="[A-Za-z0-9]{64}"', "", response.content.decode()).replace(UNKNOWN, KNOWN)
        self.hashes = len(hashed)
        self.letters = len(mail.outbox) - letters
        self.queries = len(asked)
        self.writes = sum(not sql.startswith("SELECT") for sql in asked.counted)

    @property
    def answer(self) -> tuple[Any, ...]:
        return self.status, self.headers, self.cookies, self.body


def both(act: Callable[[Client, str], Any], monkeypatch: pytest.MonkeyPatch) -> list[Seen]:
    return [Seen(lambda client, email=email: act(client, email), monkeypatch) for email in (KNOWN, UNKNOWN)]


# A2, A4
def test_signing_in(monkeypatch: pytest.MonkeyPatch) -> None:
    known, unknown = both(lambda client, email: sign_in(client, email, "wrong horse battery"), monkeypatch)
    assert known.answer == unknown.answer
    assert known.status == 200
    assert (known.hashes, known.letters) == (unknown.hashes, unknown.letters) == (1, 0)
    assert known.writes == unknown.writes  # a line of the security log, be it nobody's
    assert known.queries == pytest.approx(unknown.queries, abs=2)  # an address is looked for in two tables


# A3, A5
def test_resetting(monkeypatch: pytest.MonkeyPatch) -> None:
    known, unknown = both(lambda client, email: client.post("/accounts/password/reset/", {"email": email}), monkeypatch)
    assert known.answer == unknown.answer
    assert (known.hashes, known.letters) == (unknown.hashes, unknown.letters) == (0, 1)
    assert known.writes == unknown.writes
    assert known.queries == pytest.approx(unknown.queries, abs=2)  # an address is looked for in two tables


# A1
@pytest.mark.parametrize("way", ["/accounts/signup/", "/accounts/signup/passkey/"])
def test_signing_up(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    password = {"password1": "a trail of ten stones"}
    known, unknown = both(lambda client, email: client.post(way, {"email": email} | password), monkeypatch)
    assert known.answer == unknown.answer
    assert (known.hashes, known.letters) == (unknown.hashes, unknown.letters) == (int("passkey" not in way), 1)
    assert known.queries == pytest.approx(unknown.queries, rel=0.25)  # what is stored of the new account
    assert User.objects.count() == 2


def test_asking_for_a_code_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page after signing up, and what its buttons do."""

    def act(client: Client, email: str) -> Any:
        client.post("/accounts/signup/", {"email": email, "password1": "a trail of ten stones"})
        cache.clear()  # ten seconds later
        client.post("/accounts/confirm-email/", {"code": "000-000-000"})
        return client.post("/accounts/confirm-email/", {"action": "resend"}, follow=True)

    known, unknown = both(act, monkeypatch)
    assert known.answer == unknown.answer
    assert known.letters == unknown.letters == 2
