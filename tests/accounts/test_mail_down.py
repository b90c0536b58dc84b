"""A mail server that is closed, hangs or refuses. G9 of docs/trust.md, and A1 and A3 while it lasts."""

import logging
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import Event, User
from config import env
from tests.accounts.acts import PASSWORD, confirm_identity, is_signed_in, mailed_code, set_up_app, sign_in
from tests.accounts.pages import Page
from tests.accounts.test_enumeration import both

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_mail", "confirmed")]
NEW = {"email": "new@example.org", "password1": "a trail of ten stones"}
CODE, RESET = "/accounts/confirm-email/", "/accounts/password/reset/"
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


class Refuses(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 mail.example.org\r\n")
        for line in self.rfile:
            self.wfile.write(b"250 fine\r\n" if line[:4] in (b"ehlo", b"helo") else b"550 not for noor@example.org\r\n")


@pytest.fixture(params=["closed", "hangs", "refuses"])
def go_down(
    request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    with socket.socket() as quiet, socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refuses) as refuses:
        quiet.bind(("127.0.0.1", 0))
        if request.param == "hangs":
            quiet.listen()  # and never answers
        threading.Thread(target=refuses.serve_forever, kwargs={"poll_interval": 0.01}).start()
        port = refuses.server_address[1] if request.param == "refuses" else quiet.getsockname()[1]
        monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{port}")
        broken = (env.email("EMAIL_URL", needed=True) or {}) | {"EMAIL_TIMEOUT": 0.2}

        def switch() -> None:
            for name, value in broken.items():
                setattr(settings, name, value)

        yield switch
        refuses.shutdown()


@pytest.fixture
def down(go_down: Callable[[], None]) -> None:
    go_down()


def repair(settings: Any) -> None:
    settings.EMAIL_BACKEND = LOCMEM
    cache.clear()  # a few minutes later


@pytest.mark.usefixtures("down")
def test_signing_up_loses_nothing_and_goes_on_once_it_answers(client: Client, settings: Any) -> None:
    page = Page(client.post("/accounts/signup/", NEW, follow=True))
    assert page.h1 == ["Enter the code"]
    assert "The mail to <b>new@example.org</b> could not be sent." in page.html
    assert "on its way" not in page.html
    cache.clear()
    again = Page(client.post(CODE, {"action": "resend"}, follow=True))
    assert ("on its way" in again.html, "No mail was sent" in again.html) == (False, True)
    repair(settings)
    sent = Page(client.post(CODE, {"action": "resend"}, follow=True))
    assert ("on its way" in sent.html, "No mail was sent" in sent.html) == (True, False)
    client.post(CODE, {"code": mailed_code()})
    assert is_signed_in(client)
    assert EmailAddress.objects.get(email="new@example.org").verified


@pytest.mark.usefixtures("down")
def test_a_reset_says_so_and_works_later(client: Client, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    page = Page(client.post(RESET, {"email": "noor@example.org"}, follow=True))
    assert page.h1 == ["No mail was sent"]
    assert "on its way" not in page.html
    assert RESET in page.links
    told = [record for record in caplog.records if record.name == "accounts.letters"]
    assert [record.levelno for record in told] == [logging.ERROR]
    assert "could not be sent" in told[0].getMessage()
    assert "noor" not in caplog.text
    repair(settings)
    assert Page(client.post(RESET, {"email": "noor@example.org"}, follow=True)).h1 == ["Check your mail"]
    assert len(mail.outbox) == 1


@pytest.mark.usefixtures("down")
@pytest.mark.parametrize(
    "act",
    [
        lambda client, email: client.post(RESET, {"email": email}),
        lambda client, email: client.post(RESET, {"email": email}, follow=True),
        lambda client, email: client.post("/accounts/signup/", NEW | {"email": email}),
        lambda client, email: client.post("/accounts/signup/", NEW | {"email": email}, follow=True),
        lambda client, email: client.post("/accounts/signup/passkey/", {"email": email}, follow=True),
    ],
)
def test_nobody_learns_who_has_an_account(act: Callable[[Client, str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    known, unknown = both(act, monkeypatch)
    assert known.answer == unknown.answer
    assert known.hashes == unknown.hashes


def test_nor_when_it_goes_down_in_between(
    settings: Any, go_down: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def act(client: Client, email: str) -> Any:
        settings.EMAIL_BACKEND = LOCMEM
        client.post("/accounts/signup/", NEW | {"email": email})
        cache.clear()
        go_down()
        return client.post(CODE, {"action": "resend"}, follow=True)

    known, unknown = both(act, monkeypatch)
    assert known.answer == unknown.answer
    assert "No mail was sent" in known.body


def test_what_changes_an_account_is_done_and_logged_as_ever(
    client: Client, user: User, go_down: Callable[[], None]
) -> None:
    sign_in(client)
    confirm_identity(client)
    go_down()
    new = "twelve new stones"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", data).status_code == 302
    confirm_identity(client, new)
    page = Page(client.post("/accounts/email/", {"action_add": "", "email": "new@example.org"}, follow=True))
    assert "The mail to <b>new@example.org</b> could not be sent." in page.html
    assert client.post("/settings/delete/", {"confirmation": user.email})["Location"] == "/"
    kinds = list(Event.objects.filter(user=user).order_by("id").values_list("kind", flat=True))
    assert kinds == ["signed_in", "password_changed", "erasure_asked", "signed_out"]
    user.refresh_from_db()
    assert (user.email, user.check_password(new), user.erase_at is None) == ("noor@example.org", True, False)


def test_so_is_what_adds_a_second_step(client: Client, user: User, go_down: Callable[[], None]) -> None:
    sign_in(client)
    go_down()
    set_up_app(client)
    assert set(user.authenticator_set.values_list("type", flat=True)) == {"totp", "recovery_codes"}
