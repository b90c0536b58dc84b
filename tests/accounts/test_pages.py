"""Every account page: in our dress, and fit for the policy. And changing what belongs to an account."""

import re
from pathlib import Path
from typing import Any

import pytest
from allauth.account import urls
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse

from accounts.models import User
from tests.accounts.acts import add_passkey, confirm_identity, confirm_with, set_up_app, sign_in
from tests.accounts.pages import Page
from tests.test_urls import patterns

pytestmark = pytest.mark.django_db

VISITOR = {
    "account_login": "Sign in",
    "account_signup": "Create an account",
    "account_inactive": "This account is switched off",
    "account_reset_password": "Reset the password",
    "account_reset_password_done": "Ask for the link",
    "account_reset_password_from_key": "This link no longer works",
    "account_reset_password_from_key_done": "The password is changed",
    "account_email_verification_sent": "Check your mail",
    "account_confirm_email": "This link no longer works",
}
MEMBER = {
    "account_logout": "Sign out",
    "account_email": "E-mail address",
    "account_change_password": "Change the password",
    "account_reauthenticate": "Confirm that it is you",
}
WITHOUT_PASSWORD = {"account_set_password": "Set a password"}
FACTORS = {
    "mfa_index": "Two-step verification",
    "mfa_activate_totp": "Set up an authenticator app",
    "mfa_deactivate_totp": "Switch the app off",
    "mfa_view_recovery_codes": "Recovery codes",
    "mfa_generate_recovery_codes": "Make new codes",
    "mfa_list_webauthn": "Passkeys",
    "mfa_add_webauthn": "Add a passkey",
    "mfa_edit_webauthn": "Rename the passkey",
    "mfa_remove_webauthn": "Remove the passkey",
    "mfa_reauthenticate": "Confirm that it is you",
    "mfa_reauthenticate_webauthn": "Confirm that it is you",
    "usersessions_list": "Where you are signed in",
    "socialaccount_connections": "Other accounts",
}
# Shown between password and session, answered to scripts, a file, or only with keys of another site.
ELSEWHERE = {
    *("mfa_authenticate", "mfa_login_webauthn", "mfa_download_recovery_codes"),
    *("socialaccount_login_cancelled", "socialaccount_login_error", "socialaccount_signup"),
}
# Reached only in the middle of something that is switched off.
NOWHERE = {"account_confirm_login_code"}
ARGUMENTS: dict[str, dict[str, str]] = {
    "account_reset_password_from_key": {"uidb36": "1", "key": "a-b"},
    "account_confirm_email": {"key": "abc"},
}


def _url(name: str) -> str:
    return reverse(name, kwargs=ARGUMENTS.get(name))


def _well_made(response: Any, heading: str) -> None:
    page = Page(response)
    assert response.status_code == 200
    assert "base.html" in [template.name for template in response.templates]
    assert page.h1 == [heading]
    assert page.title == f"{heading} · Cairn"
    assert len([attrs for attrs in page.all("main") if attrs.get("id") == "main"]) == 1
    assert page.blocked == []
    described = [name for attrs in page.all("input") for name in (attrs.get("aria-describedby") or "").split()]
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert set(described) <= set(ids)
    assert len(ids) == len(set(ids))
    labelled = {attrs["for"] for attrs in page.all("label")}
    shown = [attrs for attrs in page.all("input") if attrs.get("type") != "hidden" and "hidden" not in attrs]
    assert {attrs["id"] for attrs in shown} == labelled
    assert not [attrs for attrs in shown if "placeholder" in attrs]


def test_every_address_of_allauth_is_looked_at_here() -> None:
    names = {pattern.name for pattern in urls.urlpatterns}

    assert names == {*VISITOR, *MEMBER, *WITHOUT_PASSWORD, *NOWHERE}
    more = {
        pattern.name
        for urlconf in ("mfa", "usersessions", "socialaccount")
        for _, pattern in patterns(get_resolver(f"allauth.{urlconf}.urls"))
    }
    assert more == {*FACTORS, *ELSEWHERE}


@pytest.mark.parametrize("name", MEMBER | WITHOUT_PASSWORD)
def test_a_visitor_is_led_to_signing_in_and_back(client: Client, name: str) -> None:
    response = client.get(_url(name))

    expected = "/" if name == "account_logout" else f"/accounts/login/?next={_url(name)}"
    assert response["Location"] == expected


def test_search_engines_may_lead_to_signing_in_and_up_alone(client: Client) -> None:
    for name in ("account_login", "account_signup"):
        page = client.get(reverse(name), {"next": "/privacy/"}).content.decode()
        assert f'<link rel="canonical" href="http://localhost:8000{reverse(name)}">' in page
        assert "noindex" not in page
    assert "noindex" in client.get(reverse("account_reset_password")).content.decode()


@pytest.mark.parametrize(("name", "heading"), VISITOR.items())
def test_pages_of_a_visitor(client: Client, name: str, heading: str) -> None:
    _well_made(client.get(_url(name)), heading)


@pytest.mark.parametrize(("name", "heading"), MEMBER.items())
def test_pages_of_somebody_signed_in(client: Client, user: User, name: str, heading: str) -> None:
    client.force_login(user)

    _well_made(client.get(_url(name)), heading)


@pytest.mark.parametrize(("name", "heading"), FACTORS.items())
def test_pages_about_factors_sessions_and_other_accounts(client: Client, user: User, name: str, heading: str) -> None:
    sign_in(client)
    if name not in ("mfa_activate_totp", "mfa_index"):
        set_up_app(client)
    add_passkey(client)
    key = Authenticator.objects.get(type="webauthn").pk
    arguments = {"pk": key} if name in ("mfa_edit_webauthn", "mfa_remove_webauthn") else None

    _well_made(client.get(reverse(name, kwargs=arguments)), heading)


def test_the_page_between_password_and_code(client: Client, user: User) -> None:
    sign_in(client)
    set_up_app(client)
    client.post("/accounts/logout/")

    _well_made(client.get(sign_in(client)["Location"]), "The second step")


def test_the_page_of_a_way_in_that_was_not_taken(client: Client) -> None:
    _well_made(client.get("/accounts/3rdparty/login/cancelled/"), "You did not sign in")


@pytest.mark.django_db(transaction=True)
def test_page_of_somebody_without_a_password(client: Client, user: User) -> None:
    sign_in(client)
    passkey = add_passkey(client)
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    confirm_with(client, passkey)

    assert client.get("/accounts/password/change/")["Location"] == "/accounts/password/set/"
    _well_made(client.get("/accounts/password/set/"), "Set a password")


def test_page_of_somebody_without_anything_to_confirm_with(client: Client) -> None:
    client.force_login(User.objects.create_user("ada@example.org"))

    _well_made(client.get("/accounts/password/set/", follow=True), "Confirm that it is you")


@pytest.mark.usefixtures("with_mail")
def test_page_that_asks_for_a_code(client: Client) -> None:
    client.post("/accounts/signup/", {"email": "ada@example.org", "password1": "a trail of ten stones"})

    _well_made(client.get("/accounts/confirm-email/"), "Enter the code")


@pytest.mark.parametrize(
    "name",
    [
        *("account/signup_closed.html", "account/verified_email_required.html", "429.html"),
        *("socialaccount/authentication_error.html", "socialaccount/login.html"),
    ],
)
def test_pages_without_an_address_of_their_own(client: Client, user: User, name: str) -> None:
    request = RequestFactory().get("/somewhere/")
    request.user, request.session = user, client.session
    html = get_template(name).render({}, request)

    page = Page(type("Response", (), {"content": html.encode()}))
    assert len(page.h1) == 1
    assert page.title == f"{page.h1[0]} · Cairn"
    assert page.blocked == []


def test_our_words_are_calm_and_spelled_alike() -> None:
    folders = [
        Path(settings.BASE_DIR) / "templates" / name for name in ("account", "mfa", "socialaccount", "usersessions")
    ]
    code = re.compile(r"{%.*?%}|{{.*?}}|<.*?>", re.DOTALL)
    files = [path for folder in folders for path in folder.rglob("*.*")]
    texts = {path.name: code.sub("", path.read_text()) for path in files}

    assert "Sign in" in texts["login.html"]
    assert [name for name, text in texts.items() if "!" in text] == []
    assert [name for name, text in texts.items() if re.search(r"\bemail|log ?in\b", text, re.IGNORECASE)] == []


def test_a_password_is_changed_only_with_the_current_one(client: Client, user: User) -> None:
    client.force_login(user)
    new = {"password1": "twelve new stones", "password2": "twelve new stones"}

    page = Page(client.post("/accounts/password/change/", new | {"oldpassword": "wrong horse battery"}))

    assert page.error("oldpassword") == "This is not your current password."
    assert page.title == "Error: Change the password · Cairn"
    assert page.field("oldpassword")["autocomplete"] == "current-password"
    assert User.objects.get().check_password("correct horse battery")


def test_changing_the_password_keeps_this_session_and_ends_others(client: Client, user: User) -> None:
    elsewhere = Client()
    for each in (client, elsewhere):
        each.force_login(user)
    data = {"oldpassword": "correct horse battery", "password1": "twelve new stones", "password2": "twelve new stones"}

    response = client.post("/accounts/password/change/", data, follow=True)

    assert User.objects.get().check_password("twelve new stones")
    assert response.status_code == 200
    assert "Your password is changed." in response.content.decode()
    assert elsewhere.get("/accounts/email/")["Location"] == "/accounts/login/?next=/accounts/email/"


def test_reauthenticating_leads_back_only_with_the_password(client: Client, user: User) -> None:
    client.force_login(user)
    wrong = client.post("/accounts/reauthenticate/", {"password": "wrong horse battery", "next": "/privacy/"})
    right = client.post("/accounts/reauthenticate/", {"password": "correct horse battery", "next": "/privacy/"})

    assert Page(wrong).error("password") == "This is not your password."
    assert Page(wrong).fields("next")[0] == "/privacy/"
    assert right["Location"] == "/privacy/"


def test_without_mail_a_taken_address_is_refused(client: Client, user: User) -> None:
    User.objects.create_user("ada@example.org", "a trail of ten stones")
    client.force_login(user)

    page = Page(client.post("/accounts/email/", {"action_add": "", "email": "Ada@example.org"}))

    assert page.error("email") == "There is an account with this address already. Sign in, or reset the password."
    assert User.objects.get(pk=user.pk).email == "noor@example.org"


def test_without_mail_a_new_address_counts_at_once(client: Client, user: User) -> None:
    client.force_login(user)
    confirm_identity(client)

    response = client.post("/accounts/email/", {"action_add": "", "email": "New@example.org"}, follow=True)

    assert User.objects.get().email == "new@example.org"
    assert list(EmailAddress.objects.values_list("email", "primary")) == [("new@example.org", True)]
    assert "Your e-mail address is changed." in response.content.decode()
    assert "Not confirmed" not in response.content.decode()
    signed_in = Client().post("/accounts/login/", {"login": "new@example.org", "password": "correct horse battery"})
    assert signed_in["Location"] == reverse("dashboard")
