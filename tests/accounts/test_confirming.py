"""What matters asks whoever has a second factor for both, the password and the factor. B11 of docs/trust.md."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client

from accounts.models import Event, User
from tests.accounts.acts import (
    PASSWORD,
    Passkey,
    add_passkey,
    app_code,
    confirm_identity,
    confirm_with,
    recovery_codes,
    set_up_app,
    sign_in,
    sign_in_with,
)
from tests.accounts.pages import Page

pytestmark = pytest.mark.django_db
ASK, CODE, KEY = "/accounts/reauthenticate/", "/accounts/2fa/reauthenticate/", "/accounts/2fa/webauthn/reauthenticate/"
EMAIL, NEW = "/accounts/email/", {"action_add": "", "email": "new@example.org"}
BACK = "?next=%2Faccounts%2Femail%2F"
RIGHT = {"password": PASSWORD, "next": EMAIL}


@pytest.fixture
def passkey(user: User) -> Passkey:
    client = Client()
    sign_in(client)
    return add_passkey(client)


def email() -> str:
    return User.objects.get().email


def later(client: Client, seconds: int = 301) -> None:
    """What this browser has shown was so long ago."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= seconds
    session.save()


class TestBoth:
    @pytest.fixture(autouse=True)
    def _asked(self, client: Client, user: User, secret: str) -> None:
        """An address was typed and sent long after signing in."""
        client.force_login(user)
        assert client.post(EMAIL, NEW)["Location"] == ASK + BACK

    def test_the_password_is_followed_by_the_code_and_by_what_was_sent(self, client: Client, secret: str) -> None:
        first = client.get(ASK + BACK).content.decode()
        assert client.post(ASK, RIGHT)["Location"] == CODE + BACK
        assert email() == "noor@example.org"
        second = client.get(CODE + BACK).content.decode()
        assert client.post(CODE, {"code": app_code(secret), "next": EMAIL})["Location"] == EMAIL
        assert email() == "new@example.org"

        assert "Enter your password once more. A code comes next." in first
        assert "Half of it is done. Enter a code from your app, or a recovery code." in second
        assert [page for page in (first, second) if "Another way" in page] == []

    def test_the_code_is_followed_by_the_password(self, client: Client, secret: str) -> None:
        assert client.post(CODE, {"code": app_code(secret), "next": EMAIL})["Location"] == ASK + BACK
        page = client.get(ASK + BACK).content.decode()
        assert "Half of it is done. Enter your password once more.</p>" in page
        assert email() == "noor@example.org"
        assert client.post(ASK, RIGHT)["Location"] == EMAIL
        assert email() == "new@example.org"

    def test_what_is_wrong_shows_nothing(self, client: Client, secret: str) -> None:
        assert Page(client.post(ASK, RIGHT | {"password": "wrong horse battery"})).error("password")
        client.post(ASK, RIGHT)
        assert Page(client.post(CODE, {"code": "000000", "next": EMAIL})).error("code")
        assert client.get("/settings/delete/")["Location"].startswith(CODE)
        assert email() == "noor@example.org"
        client.post(CODE, {"code": app_code(secret), "next": EMAIL})
        assert email() == "new@example.org"

    def test_one_twice_is_not_both(self, client: Client, user: User, secret: str) -> None:
        for _ in range(2):
            client.post(ASK, RIGHT)
        assert client.post(EMAIL, NEW)["Location"] == CODE + BACK
        later(client)
        for code in (app_code(secret), recovery_codes(user)[0]):
            client.post(CODE, {"code": code, "next": EMAIL})
        assert client.post(EMAIL, NEW)["Location"] == ASK + BACK
        assert email() == "noor@example.org"

    def test_a_password_that_is_too_old_by_then_is_asked_for_again(self, client: Client, secret: str) -> None:
        client.post(ASK, RIGHT)
        later(client)
        assert client.post(CODE, {"code": app_code(secret), "next": EMAIL})["Location"] == ASK + BACK
        assert email() == "noor@example.org"
        client.post(ASK, RIGHT)
        assert email() == "new@example.org"

    def test_so_is_a_code(self, client: Client, secret: str) -> None:
        client.post(CODE, {"code": app_code(secret), "next": EMAIL})
        later(client)
        assert client.post(ASK, RIGHT)["Location"] == CODE + BACK
        assert email() == "noor@example.org"
        client.post(CODE, {"code": app_code(secret, 1), "next": EMAIL})
        assert email() == "new@example.org"

    def test_the_older_of_them_says_for_how_long(self, client: Client, secret: str) -> None:
        client.post(ASK, RIGHT)
        later(client, 200)
        client.post(CODE, {"code": app_code(secret), "next": EMAIL})
        assert client.get("/settings/delete/").status_code == 200
        later(client, 101)
        assert client.get("/settings/delete/")["Location"].startswith(ASK)

    def test_a_recovery_code_counts_once_and_lets_new_ones_be_seen(self, client: Client, user: User) -> None:
        client.post(ASK, RIGHT)
        code = recovery_codes(user)[0]
        assert client.post(CODE, {"code": code, "next": EMAIL})["Location"] == EMAIL
        made = client.post("/accounts/2fa/recovery-codes/generate/", follow=True)
        assert Page(made).h1 == ["Recovery codes"]
        later(client)
        client.post(ASK, RIGHT)
        assert Page(client.post(CODE, {"code": code})).error("code")
        assert client.get("/settings/delete/")["Location"].startswith(CODE)

    def test_a_page_to_look_at_asks_for_both_too(self, client: Client, secret: str) -> None:
        codes = "/accounts/2fa/recovery-codes/"
        assert client.post(ASK, {"password": PASSWORD, "next": codes})["Location"] == codes
        assert client.get(codes)["Location"].startswith(CODE)
        assert client.post(CODE, {"code": app_code(secret), "next": codes})["Location"] == codes
        assert client.get(codes).status_code == 200


def heard(kind: str) -> Callable[[], bool]:
    return lambda: Event.objects.filter(kind=kind, user__email="noor@example.org").exists()


def left() -> int:
    return len(recovery_codes(User.objects.get()))


@pytest.mark.parametrize(
    ("path", "data", "is_done"),
    [
        ("/accounts/2fa/totp/deactivate/", {}, heard("factor_removed")),
        ("/accounts/2fa/recovery-codes/generate/", {}, lambda: left() == 10),
        ("/accounts/2fa/webauthn/keys/{key}/remove/", {}, heard("factor_removed")),
        (
            "/accounts/2fa/webauthn/keys/{key}/edit/",
            {"name": "Blue"},
            lambda: Authenticator.objects.filter(data__name="Blue").exists(),
        ),
        ("/accounts/3rdparty/", {"account": "{account}"}, lambda: not SocialAccount.objects.exists()),
        ("/accounts/sessions/", {}, heard("sessions_ended")),
        ("/settings/data/export/", {}, heard("exported")),
        ("/settings/delete/", {"confirmation": "noor@example.org"}, lambda: User.objects.get().erase_at is not None),
    ],
)
def test_whatever_was_sent_is_done_after_both_and_only_then(
    client: Client, confirmed: User, secret: str, path: str, data: dict[str, str], is_done: Callable[[], bool]
) -> None:
    owner = Client()
    sign_in(owner)
    owner.post("/accounts/2fa/authenticate/", {"code": recovery_codes(confirmed)[0]})
    add_passkey(owner)
    ids = {
        "key": Authenticator.objects.get(type="webauthn").pk,
        "account": SocialAccount.objects.create(user=confirmed, provider="github", uid="77").pk,
    }
    path, data = path.format(**ids), {name: value.format(**ids) for name, value in data.items()}

    client.force_login(confirmed)
    asked = client.post(path, data)["Location"]
    assert asked.startswith(ASK)
    asked = client.post(asked, {"password": PASSWORD})["Location"]
    assert asked.startswith(KEY)
    assert not is_done()
    answer = client.post(asked.replace(KEY, CODE), {"code": app_code(secret)})
    assert "/reauthenticate/" not in answer.get("Location", "")
    assert is_done()


class TestPasskey:
    @pytest.fixture(autouse=True)
    def _asked(self, client: Client, user: User, passkey: Passkey) -> None:
        client.force_login(user)
        assert client.post(EMAIL, NEW)["Location"] == ASK + BACK

    def test_that_asked_for_a_fingerprint_is_both(self, client: Client, passkey: Passkey) -> None:
        assert "Use a passkey" in client.get(ASK + BACK).content.decode()
        assert confirm_with(client, passkey, EMAIL)["Location"] == EMAIL
        assert email() == "new@example.org"

    def test_without_one_it_is_half(self, client: Client, passkey: Passkey) -> None:
        assert confirm_with(client, passkey, EMAIL, verified=False)["Location"] == ASK + BACK
        assert email() == "noor@example.org"
        client.post(ASK, RIGHT)
        assert email() == "new@example.org"

    @pytest.mark.parametrize("verified", [True, False])
    def test_after_the_password_it_is_asked_for_before_a_recovery_code(
        self, client: Client, passkey: Passkey, verified: bool
    ) -> None:
        assert "Your passkey comes next." in client.get(ASK + BACK).content.decode()
        assert client.post(ASK, RIGHT)["Location"] == KEY + BACK
        page = client.get(KEY + BACK).content.decode()
        assert "Half of it is done. Use your passkey." in page
        assert f'href="{CODE}{BACK}">Use a code</a>' in page
        confirm_with(client, passkey, EMAIL, verified=verified)
        assert email() == "new@example.org"

    def test_a_forged_one_shows_nothing(self, client: Client, passkey: Passkey) -> None:
        forged = Passkey()
        forged.id, forged.user_handle = passkey.id, passkey.user_handle
        confirm_with(client, forged, EMAIL)
        assert client.post(EMAIL, NEW)["Location"] == ASK + BACK
        assert email() == "noor@example.org"

    def test_one_that_was_removed_shows_nothing_any_more(self, client: Client, user: User, passkey: Passkey) -> None:
        confirm_with(client, passkey, EMAIL)
        owner = Client()
        sign_in_with(owner, passkey)
        other = add_passkey(owner)
        key = Authenticator.objects.filter(type="webauthn").earliest("pk").pk
        owner.post(f"/accounts/2fa/webauthn/keys/{key}/remove/")
        assert client.get("/settings/delete/")["Location"].startswith(ASK)
        confirm_with(client, other, EMAIL)
        assert client.get("/settings/delete/").status_code == 200

    def test_of_who_has_no_password_is_asked_for_at_once(self, client: Client, user: User, passkey: Passkey) -> None:
        user.set_unusable_password()
        user.save()
        client.force_login(user)
        assert client.post(EMAIL, NEW)["Location"] == KEY + BACK
        assert client.post(CODE, {"code": recovery_codes(user)[0], "next": EMAIL})["Location"] == KEY + BACK
        assert email() == "noor@example.org"
        confirm_with(client, passkey, EMAIL)
        assert email() == "new@example.org"

    def test_a_key_without_pin_alone_is_not_enough_for_them(self, client: Client, user: User, passkey: Passkey) -> None:
        user.set_unusable_password()
        user.save()
        client.force_login(user)
        client.post(EMAIL, NEW)
        assert confirm_with(client, passkey, EMAIL, verified=False)["Location"] == KEY + BACK
        assert f'href="{ASK}{BACK}">Set a password</a>' in client.get(KEY + BACK).content.decode()
        assert email() == "noor@example.org"


def test_who_has_an_app_and_no_password_sets_one_first(client: Client, user: User, secret: str) -> None:
    """As when the operator took the keys of the linked account out."""
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    assert client.post(EMAIL, NEW)["Location"] == ASK + BACK
    assert "<h2>Set a password</h2>" in client.get(ASK + BACK).content.decode()
    assert client.post(CODE, {"code": app_code(secret), "next": EMAIL})["Location"] == ASK + BACK
    assert email() == "noor@example.org"


class TestSigningIn:
    def test_with_password_and_code_is_enough_for_five_minutes(self, client: Client, secret: str) -> None:
        sign_in(client)
        client.post("/accounts/2fa/authenticate/", {"code": app_code(secret)})
        assert client.get("/settings/delete/").status_code == 200
        later(client)
        assert client.get("/settings/delete/")["Location"].startswith(ASK)

    def test_so_is_a_passkey_alone(self, client: Client, passkey: Passkey) -> None:
        sign_in_with(client, passkey)
        assert client.get("/settings/delete/").status_code == 200
        later(client)
        assert client.get("/settings/delete/")["Location"].startswith(ASK)

    def test_a_session_from_before_the_factor_has_shown_half(self, client: Client, user: User) -> None:
        owner = Client()
        for each in (owner, client):
            sign_in(each)
        confirm_identity(client)
        secret = set_up_app(owner)
        assert owner.get("/accounts/2fa/recovery-codes/").status_code == 200  # its first code was shown just now
        assert client.get("/settings/delete/")["Location"].startswith(CODE)
        cache.clear()
        client.post(CODE, {"code": app_code(secret)})
        assert client.get("/settings/delete/").status_code == 200


def test_without_a_second_factor_the_password_is_asked_for_and_nothing_else(client: Client, user: User) -> None:
    sign_in(client)
    assert client.post(EMAIL, NEW)["Location"] == ASK + BACK
    assert "Enter your password once more.</p>" in client.get(ASK + BACK).content.decode()
    assert client.post(ASK, RIGHT)["Location"] == EMAIL
    assert email() == "new@example.org"
