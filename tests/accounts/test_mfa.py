"""Second steps: the app's codes, recovery codes, and what the admin asks of staff. B1 to B10 of docs/trust.md."""

import base64
import datetime as dt
import re
import time
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.cache.backends import db
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import vault
from accounts.models import Event, User
from tests.accounts.acts import (
    PASSWORD,
    add_passkey,
    app_code,
    confirm_identity,
    is_signed_in,
    recovery_codes,
    set_up_app,
    sign_in,
    sign_in_with,
    stored_secret,
)
from tests.accounts.pages import Page

pytestmark = pytest.mark.django_db
CODE = "/accounts/2fa/authenticate/"
NOT_RIGHT = "This code is not right. Take a new one."


def kinds(user: User) -> list[str]:
    return list(Event.objects.filter(user=user).order_by("id").values_list("kind", flat=True))


def test_the_code_to_read_is_a_drawing_in_the_page(client: Client, user: User) -> None:
    sign_in(client)
    confirm_identity(client)
    page = client.get("/accounts/2fa/totp/activate/")
    path = re.findall(r' d="([^"]+)"', page.context["totp_svg"])[0]
    assert '<svg viewBox="0 0 ' in page.content.decode()
    assert f'<path d="{path}"/></svg>' in page.content.decode()
    assert "<?xml" not in page.content.decode()


@pytest.mark.django_db(transaction=True)  # what is told of it waits for the commit
def test_an_app_is_set_up_with_its_first_code(client: Client, user: User) -> None:
    sign_in(client)
    confirm_identity(client)
    page = Page(client.get("/accounts/2fa/totp/activate/"))
    shown = re.search(r'<code class="key">([A-Z2-7]{32})</code>', page.html)
    assert shown
    wrong = Page(client.post("/accounts/2fa/totp/activate/", {"code": "000000"}))
    right = client.post("/accounts/2fa/totp/activate/", {"code": app_code(shown.group(1))}, follow=True)

    assert page.all("svg")
    assert "data:" not in page.html
    assert wrong.error("code") == NOT_RIGHT
    assert Page(right).h1 == ["Recovery codes"]
    assert [code in right.content.decode() for code in recovery_codes(user)] == [True] * 10
    assert kinds(user)[-2:] == ["factor_added", "recovery_codes"]


# B1
def test_between_password_and_code_nobody_is_signed_in(client: Client, secret: str) -> None:
    assert sign_in(client)["Location"] == CODE
    assert client.get("/dashboard/")["Location"] == "/accounts/login/?next=/dashboard/"
    assert not is_signed_in(client)
    client.post(CODE, {"code": app_code(secret)})
    assert is_signed_in(client)


def test_without_a_password_first_there_is_no_second_step(client: Client, secret: str) -> None:
    assert client.post(CODE, {"code": app_code(secret)})["Location"] == "/accounts/login/"
    assert not is_signed_in(client)


# B2
def test_a_code_counts_once_also_in_another_browser_and_within_the_tolerance(
    client: Client, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, now, other = app_code(secret), time.time(), Client()
    sign_in(client)
    client.post(CODE, {"code": code})
    sign_in(other)
    again = other.post(CODE, {"code": code})
    monkeypatch.setattr(time, "time", lambda: now + 31)  # allauth has forgotten it, and it is still tolerated
    monkeypatch.setattr(db, "tz_now", lambda: timezone.now() + dt.timedelta(seconds=31))
    later = other.post(CODE, {"code": code})

    assert is_signed_in(client)
    assert [Page(each).error("code") for each in (again, later)] == [NOT_RIGHT] * 2
    assert not is_signed_in(other)


# B3
def test_codes_run_out_and_a_new_password_sign_in_gives_no_more(client: Client, secret: str) -> None:
    for _ in range(5):
        sign_in(client)
        client.post(CODE, {"code": "000000"})
        client.post("/accounts/logout/")
    other = Client(REMOTE_ADDR="203.0.113.9")
    sign_in(other)
    page = Page(other.post(CODE, {"code": app_code(secret)}))

    assert page.error("code") == "Too many wrong tries. Wait a few minutes, then sign in again."
    assert not is_signed_in(other)


def test_a_passkey_alone_still_opens_when_codes_have_run_out(client: Client, user: User) -> None:
    sign_in(client)
    set_up_app(client)
    passkey = add_passkey(client)
    other = Client()
    sign_in(other)
    for _ in range(6):
        other.post(CODE, {"code": "000000"})
    owner = Client()
    sign_in_with(owner, passkey)
    assert is_signed_in(owner)


# B4: half a minute to either side, as MFA_TOTP_TOLERANCE says
@pytest.mark.parametrize(
    ("steps", "counts"), [(-10, False), (-2, False), (-1, True), (0, True), (1, True), (10, False)]
)
def test_clocks_may_differ_by_half_a_minute(client: Client, secret: str, steps: int, counts: bool) -> None:
    sign_in(client)
    client.post(CODE, {"code": app_code(secret, steps)})
    assert is_signed_in(client) is counts


# B5; two at once: tests/accounts/test_races.py
def test_a_recovery_code_counts_once(client: Client, user: User, secret: str) -> None:
    code = recovery_codes(user)[0]
    sign_in(client)
    client.post(CODE, {"code": code})
    other = Client()
    sign_in(other)
    page = Page(other.post(CODE, {"code": code}))

    assert is_signed_in(client)
    assert page.error("code") == NOT_RIGHT
    assert len(recovery_codes(user)) == 9
    assert kinds(user)[-3:] == ["recovery_code_used", "signed_in", "sign_in_failed"]


def test_new_recovery_codes_replace_the_old(client: Client, user: User, secret: str) -> None:
    old = recovery_codes(user)
    sign_in(client)
    client.post(CODE, {"code": app_code(secret)})
    confirm_identity(client)
    client.post("/accounts/2fa/recovery-codes/generate/")
    file = client.get("/accounts/2fa/recovery-codes/download/")

    assert set(recovery_codes(user)).isdisjoint(old)
    assert [code in file.content.decode() for code in recovery_codes(user)] == [True] * 10
    assert file["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert "no-store" in file["Cache-Control"]


# B6
SENSITIVE = (
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/2fa/recovery-codes/download/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/2fa/webauthn/keys/{key}/remove/",
    "/accounts/2fa/webauthn/keys/{key}/edit/",
)


@pytest.mark.parametrize("path", SENSITIVE)
def test_factors_change_only_after_confirming_who_it_is(client: Client, user: User, path: str) -> None:
    sign_in(client)
    if "totp/activate" not in path:
        set_up_app(client)
    add_passkey(client)
    before = list(Authenticator.objects.order_by("id").values())
    path = path.format(key=Authenticator.objects.get(type="webauthn").pk)
    fresh = Client()
    fresh.force_login(user)

    for answer in (fresh.get(path), fresh.post(path, {"code": "1", "name": "x", "credential": "{}"})):
        if answer.status_code != 405:  # two of them only show something
            assert answer["Location"].startswith("/accounts/reauthenticate/?next=")
    assert list(Authenticator.objects.order_by("id").values()) == before


@pytest.mark.parametrize("path", ["totp/deactivate/", "webauthn/keys/{key}/remove/", "recovery-codes/generate/"])
def test_factors_do_not_change_by_get_or_without_a_token(client: Client, user: User, path: str) -> None:
    sign_in(client)
    set_up_app(client)
    add_passkey(client)
    before = list(Authenticator.objects.order_by("id").values("id", "type"))
    path = f"/accounts/2fa/{path}".format(key=Authenticator.objects.get(type="webauthn").pk)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies

    assert client.get(path).status_code == 200
    assert strict.post(path).status_code == 403
    assert list(Authenticator.objects.order_by("id").values("id", "type")) == before
    assert client.post(path).status_code == 302
    assert list(Authenticator.objects.order_by("id").values("id", "type")) != before


def test_nobody_sees_or_removes_the_passkey_of_another(client: Client, user: User) -> None:
    owner = Client()
    sign_in(owner)
    add_passkey(owner)
    key = Authenticator.objects.get(type="webauthn").pk
    User.objects.create_user("ada@example.org", PASSWORD)
    sign_in(client, "ada@example.org")
    confirm_identity(client)

    for path in (f"/accounts/2fa/webauthn/keys/{key}/remove/", f"/accounts/2fa/webauthn/keys/{key}/edit/"):
        assert [client.get(path).status_code, client.post(path, {"name": "Mine"}).status_code] == [404, 404]
    assert Authenticator.objects.get(pk=key).data["name"] == "Phone"


def test_switching_the_app_off_takes_the_recovery_codes_along(client: Client, user: User, secret: str) -> None:
    sign_in(client)
    client.post(CODE, {"code": app_code(secret)})
    confirm_identity(client)
    client.post("/accounts/2fa/totp/deactivate/")

    assert not Authenticator.objects.exists()
    assert kinds(user)[-1] == "factor_removed"
    other = Client()
    sign_in(other)
    assert is_signed_in(other)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("with_mail")
def test_a_letter_tells_of_each_change(client: Client, confirmed: User) -> None:
    sign_in(client)
    set_up_app(client)
    add_passkey(client)
    client.post("/accounts/2fa/recovery-codes/generate/")
    client.post(f"/accounts/2fa/webauthn/keys/{Authenticator.objects.get(type='webauthn').pk}/remove/")
    client.post("/accounts/2fa/totp/deactivate/")

    assert [(letter.subject, letter.to) for letter in mail.outbox] == [
        ("An authenticator app was set up", ["noor@example.org"]),
        ("A passkey was added", ["noor@example.org"]),
        ("New recovery codes were made", ["noor@example.org"]),
        ("A passkey was removed", ["noor@example.org"]),
        ("The authenticator app was switched off", ["noor@example.org"]),
    ]
    assert [letter.body for letter in mail.outbox if "!" in letter.body or "http://" not in letter.body] == []


@pytest.mark.usefixtures("with_mail")
def test_an_unconfirmed_address_can_have_no_second_factor(client: Client, user: User) -> None:
    client.force_login(user)
    client.get("/accounts/email/")
    response = client.get("/accounts/2fa/totp/activate/", follow=True)

    assert Page(response).h1 == ["Two-step verification"]
    assert "Confirm your e-mail address first." in response.content.decode()


# B8, B9
class TestStaff:
    @pytest.fixture(autouse=True)
    def _public(self, settings: Any, user: User) -> None:
        settings.TLS = True
        user.is_staff = user.is_superuser = True
        user.save()

    def test_are_led_to_adding_a_factor_first(self, client: Client) -> None:
        sign_in(client)
        response = client.get("/admin/", follow=True)
        assert Page(response).h1 == ["Two-step verification"]
        assert "The admin asks for a passkey or a second step." in response.content.decode()

    def test_enter_once_they_have_shown_it(self, client: Client, user: User) -> None:
        """The code alone is asked for, or the first one is enough, with which the app was set up."""
        other = Client()
        for each in (client, other):
            sign_in(each)
        secret = set_up_app(other)
        assert other.get("/admin/").status_code == 200
        led = client.get("/admin/", follow=True)
        assert led.redirect_chain[-1][0] == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F"
        cache.clear()
        assert client.post(led.redirect_chain[-1][0], {"code": app_code(secret)})["Location"] == "/admin/"
        assert client.get("/admin/").status_code == 200

    def test_enter_with_a_passkey_at_once(self, client: Client) -> None:
        sign_in(client)
        passkey = add_passkey(client)
        other = Client()
        sign_in_with(other, passkey)
        assert other.get("/admin/").status_code == 200

    def test_a_session_from_before_the_factor_does_not_enter(self, client: Client) -> None:
        sign_in(client)
        before = Client()
        sign_in(before)
        set_up_app(client)
        assert before.get("/admin/accounts/user/")["Location"].startswith("/admin/login/")

    def test_lose_access_with_the_last_factor(self, client: Client) -> None:
        sign_in(client)
        passkey = add_passkey(client)
        other = Client()
        sign_in_with(other, passkey)
        assert other.get("/admin/").status_code == 200
        client.post(f"/accounts/2fa/webauthn/keys/{Authenticator.objects.get(type='webauthn').pk}/remove/")
        assert other.get("/admin/")["Location"] == "/admin/login/?next=/admin/"

    def test_take_the_same_way_in_as_everybody(self, client: Client, secret: str) -> None:
        page = client.get("/admin/login/?next=/admin/roadmap/")
        assert page["Location"] == "/accounts/login/?next=%2Fadmin%2Froadmap%2F"
        refused = client.post("/admin/login/?next=/admin/", {"username": "noor@example.org", "password": PASSWORD})
        assert refused["Location"] == "/accounts/login/?next=%2Fadmin%2F"
        assert sign_in(client)["Location"] == CODE
        assert not is_signed_in(client)

    def test_next_elsewhere_leads_to_the_admin(self, client: Client) -> None:
        assert client.get("/admin/login/?next=//evil.example/")["Location"] == "/accounts/login/?next=%2Fadmin%2F"


def test_somebody_who_is_not_staff_is_refused(client: Client, user: User) -> None:
    client.force_login(user)
    assert client.get("/admin/", follow=True).status_code == 403


def test_on_a_laptop_staff_are_only_told(client: Client, user: User) -> None:
    User.objects.update(is_staff=True)
    client.force_login(user)
    response = client.get("/admin/")
    assert response.status_code == 200
    assert "On a public site the admin asks for a passkey or a second step." in response.content.decode()


# B10
def test_no_secret_is_readable_in_the_database(client: Client, user: User, secret: str) -> None:
    codes = recovery_codes(user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        dump = str(cursor.fetchall())
    dump += str([session.get_decoded() for session in Session.objects.all()])

    assert [found for found in (secret, *codes) if found in dump] == []
    assert vault.MARK in dump
    assert stored_secret(user) == secret


def test_secrets_outlive_a_change_of_the_key(user: User, secret: str, settings: Any) -> None:
    former, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 60
    settings.SECRET_KEY_FALLBACKS = [former]
    codes = recovery_codes(user)
    assert stored_secret(user) == secret
    said = StringIO()
    call_command("reencrypt", stdout=said)
    settings.SECRET_KEY_FALLBACKS = []

    assert said.getvalue() == "Encrypted with the present key: 2 secrets.\n"
    assert (stored_secret(user), recovery_codes(user)) == (secret, codes)
    settings.SECRET_KEY = former
    with pytest.raises(InvalidTag):
        stored_secret(user)


def test_the_same_secret_looks_different_each_time() -> None:
    assert vault.encrypt("stones") != vault.encrypt("stones")
    assert vault.decrypt(vault.encrypt("stones")) == "stones"


def test_a_secret_that_was_altered_is_refused() -> None:
    sealed = vault.encrypt("stones")
    with pytest.raises(InvalidTag):
        vault.decrypt(sealed[:-6] + ("B" if sealed[-6] == "A" else "A") + sealed[-5:])


def test_what_was_encrypted_before_is_read_and_renewed() -> None:
    key = salted_hmac("cairn.vault", "", algorithm="sha256").digest()
    before = Fernet(base64.urlsafe_b64encode(key)).encrypt(b"stones").decode()
    assert vault.decrypt(before) == "stones"
    assert vault.reencrypt(before).startswith(vault.MARK)
    assert vault.decrypt(vault.reencrypt(before)) == "stones"
