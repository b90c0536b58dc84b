"""Passkeys on the server's side; in a browser: tests/e2e/test_passkeys.py."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from accounts.models import Event, User
from tests.accounts.acts import (
    PASSWORD,
    Passkey,
    add_passkey,
    ask_for_passkey,
    is_signed_in,
    mailed_code,
    sign_in,
    sign_in_with,
)
from tests.accounts.pages import Page

pytestmark = pytest.mark.django_db
ENDLESS = '{"response": ' * 100_000
LOGIN = "/accounts/2fa/webauthn/login/"
UNKNOWN = "This passkey does not belong to an account here, or the time for it was over. Try again."


@pytest.fixture
def passkey(user: User, settings: Any) -> Passkey:
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False  # as over TLS
    client = Client()
    sign_in(client)
    return add_passkey(client)


def refused(client: Client, response: Any) -> bool:
    assert response["Location"] == "/accounts/login/"
    return UNKNOWN in client.get("/accounts/login/").content.decode() and not is_signed_in(client)


def test_signs_in_without_a_password_and_leads_back(client: Client, user: User, passkey: Passkey) -> None:
    credential = passkey.sign(ask_for_passkey(client))
    response = client.post(LOGIN, {"credential": credential, "next": "/privacy/"})

    assert response["Location"] == "/privacy/"
    assert client.session["_auth_user_id"] == str(user.pk)
    assert Event.objects.latest("id").kind == "signed_in"


def test_is_named_after_its_browser(client: Client, user: User) -> None:
    sign_in(client)
    agent = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = Page(client.get("/accounts/2fa/webauthn/add/", headers=agent))

    assert page.field("name")["value"] == "Firefox on Linux"
    assert "checked" in page.field("passwordless")


def test_is_listed_renamed_and_removed(client: Client, user: User) -> None:
    sign_in(client)
    add_passkey(client)
    key = Authenticator.objects.get(type="webauthn").pk
    client.post(f"/accounts/2fa/webauthn/keys/{key}/edit/", {"name": "Blue key"})
    listed = client.get("/accounts/2fa/webauthn/").content.decode()
    client.post(f"/accounts/2fa/webauthn/keys/{key}/remove/")

    assert "<b>Blue key</b>" in listed
    assert not Authenticator.objects.exists()


def test_without_javascript_the_button_says_what_is_missing(client: Client) -> None:
    response = client.post(LOGIN, {"credential": ""}, follow=True)
    assert "Passkeys need JavaScript, and a browser that knows them." in response.content.decode()


# B7
class TestForgeries:
    def test_a_replayed_answer(self, client: Client, passkey: Passkey) -> None:
        credential = passkey.sign(ask_for_passkey(client))
        client.post(LOGIN, {"credential": credential})
        assert is_signed_in(client)
        other = Client()
        ask_for_passkey(other)
        assert refused(other, other.post(LOGIN, {"credential": credential}))

    def test_an_answer_that_nobody_asked_for(
        self, client: Client, passkey: Passkey, caplog: pytest.LogCaptureFixture
    ) -> None:
        credential = passkey.sign(ask_for_passkey(Client()))
        assert refused(client, client.post(LOGIN, {"credential": credential}))
        assert "A passkey was refused." in caplog.messages

    @pytest.mark.parametrize("origin", ["https://evil.example", "https://testserver.evil.example", "null"])
    def test_another_origin(self, client: Client, passkey: Passkey, origin: str) -> None:
        assert refused(client, sign_in_with(client, passkey, origin=origin))

    def test_another_site(self, client: Client, passkey: Passkey) -> None:
        passkey.host = "evil.example"
        assert refused(client, sign_in_with(client, passkey, origin="https://testserver"))

    def test_the_handle_of_somebody_else(self, client: Client, passkey: Passkey) -> None:
        User.objects.create_user("ada@example.org", PASSWORD)
        other = Client()
        sign_in(other, "ada@example.org")
        hers = add_passkey(other)
        assert refused(client, sign_in_with(client, passkey, user_handle=hers.user_handle))

    def test_a_handle_of_nobody(self, client: Client, passkey: Passkey) -> None:
        assert refused(client, sign_in_with(client, passkey, user_handle="enp6enp6enp6enp6"))

    def test_a_key_that_only_claims_to_be_the_one(self, client: Client, passkey: Passkey) -> None:
        forged = Passkey()
        forged.id, forged.user_handle = passkey.id, passkey.user_handle
        assert refused(client, sign_in_with(client, forged))

    def test_without_fingerprint_or_pin(self, client: Client, passkey: Passkey) -> None:
        assert refused(client, sign_in_with(client, passkey, verified=False))

    @pytest.mark.parametrize("count", [4, 5])
    def test_a_count_that_does_not_rise(self, client: Client, passkey: Passkey, count: int) -> None:
        passkey.count = 5
        sign_in_with(Client(), passkey)
        passkey.count = count
        assert refused(client, sign_in_with(client, passkey))
        passkey.count = 6
        sign_in_with(client, passkey)
        assert is_signed_in(client)

    def test_a_passkey_without_a_count_may_be_used_again(self, client: Client, passkey: Passkey) -> None:
        for _ in range(2):
            other = Client()
            sign_in_with(other, passkey)
            assert is_signed_in(other)

    @pytest.mark.parametrize(
        "credential", ["[]", "{}", "1", "null", '"x"', "{", '{"response": 1}', '{"id": "é"}', ENDLESS]
    )
    def test_what_is_no_answer_at_all(self, client: Client, passkey: Passkey, credential: str) -> None:
        ask_for_passkey(client)
        response = client.post(LOGIN, {"credential": credential})
        assert response["Location"] == "/accounts/login/"
        assert not is_signed_in(client)

    @pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
    @pytest.mark.parametrize("value", ["", "AAAA", 7, None, "é"])
    def test_a_broken_part(self, client: Client, passkey: Passkey, part: str, value: Any) -> None:
        credential = json.loads(passkey.sign(ask_for_passkey(client)))
        credential["response"][part] = value
        response = client.post(LOGIN, {"credential": json.dumps(credential)})
        assert response["Location"] == "/accounts/login/"
        assert not is_signed_in(client)


@pytest.mark.parametrize("credential", ["[]", "{}", "1", '{"response": {"attestationObject": "AAAA"}}', ENDLESS])
def test_a_passkey_that_is_none_is_not_added(client: Client, user: User, credential: str) -> None:
    sign_in(client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.get("/accounts/2fa/webauthn/add/")
    response = client.post("/accounts/2fa/webauthn/add/", {"name": "x", "credential": credential})

    assert response.status_code == 200
    assert not Authenticator.objects.exists()


@pytest.mark.usefixtures("with_mail")
class TestSigningUp:
    ADA = {"email": "ada@example.org"}

    def test_first_the_code_then_the_passkey(self, client: Client) -> None:
        sent = client.post("/accounts/signup/passkey/", self.ADA | {"next": "/privacy/"})
        assert not is_signed_in(client)
        made = client.post(sent["Location"], {"code": mailed_code()})
        assert made["Location"] == "/accounts/2fa/webauthn/signup/"
        assert client.get("/dashboard/").status_code == 302
        passkey = Passkey()
        page = client.get(made["Location"])
        assert Page(page).h1 == ["Make your passkey"]
        credential = passkey.make(page.context["js_data"]["creation_options"])
        response = client.post(made["Location"], {"name": "Phone", "credential": credential})

        user = User.objects.get()
        assert response["Location"] == "/privacy/"
        assert client.session["_auth_user_id"] == str(user.pk)
        assert not user.has_usable_password()
        other = Client()
        sign_in_with(other, passkey)
        assert is_signed_in(other)

    def test_a_taken_address_is_answered_like_a_free_one(self, client: Client, confirmed: User) -> None:
        free = Client().post("/accounts/signup/passkey/", self.ADA)
        taken = client.post("/accounts/signup/passkey/", {"email": confirmed.email})

        assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"])
        assert mail.outbox[-1].subject == "You have an account already"

    def test_a_password_can_be_set_later_once_the_passkey_was_shown(self, client: Client) -> None:
        sent = client.post("/accounts/signup/passkey/", self.ADA)
        made = client.post(sent["Location"], {"code": mailed_code()})
        passkey = Passkey()
        options = client.get(made["Location"]).context["js_data"]["creation_options"]
        client.post(made["Location"], {"name": "Phone", "credential": passkey.make(options)})
        new = {"password1": "twelve new stones", "password2": "twelve new stones"}
        asked = client.post("/accounts/password/set/", new)
        assert asked["Location"].startswith("/accounts/2fa/webauthn/reauthenticate/")
        assert not User.objects.get().has_usable_password()
        options = client.get(asked["Location"]).context["js_data"]["request_options"]
        client.post(asked["Location"], {"credential": passkey.sign(options), "next": "/accounts/password/set/"})
        client.post("/accounts/password/set/", new)
        assert User.objects.get().check_password("twelve new stones")


def test_without_mail_nobody_signs_up_with_a_passkey(client: Client) -> None:
    assert client.get("/accounts/signup/passkey/").status_code == 404
    assert "passkey instead" not in client.get("/accounts/signup/").content.decode()
