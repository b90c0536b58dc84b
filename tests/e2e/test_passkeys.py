"""Passkeys, codes and sessions in a browser; the passkey's device is the browser's own pretended one."""

import re
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from accounts.sessions import SessionStore
from tests.accounts.acts import app_code
from tests.e2e.people import EMAIL, PASSWORD, sign_in, sign_out, sign_up
from tests.e2e.test_every_page import examine

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def holder(context: BrowserContext) -> Iterator[Page]:
    """Somebody whose device makes passkeys; nothing may be said on the console."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield page
    assert said == []


def confirm(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def ask_the_device(page: Page, button: str) -> None:
    page.wait_for_load_state()  # the button does nothing before its script is there
    page.get_by_role("button", name=button).click()


def shown_long_ago() -> None:
    """Password and code, in every browser."""
    for row in Session.objects.all():
        session = SessionStore(row.session_key)
        for record in session.get("account_authentication_methods", []):
            record["at"] = 0
        session.save()


def leave_and_return(page: Page, site: str, path: str = "/accounts/login/") -> None:
    page.goto(site + "/privacy/")
    sign_out(page)
    page.goto(site + path)


def code_by_mail() -> str:
    found = re.search(r"^\d{3}-\d{3}-\d{3}$", mail.outbox[-1].body, re.MULTILINE)
    assert found
    return found.group(0)


@pytest.mark.usefixtures("with_mail")
def test_signing_up_and_in_with_a_passkey(holder: Page, site: str) -> None:
    page = holder
    page.goto(site + "/accounts/signup/")
    page.get_by_role("link", name="Create it with a passkey instead").click()
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_role("button", name="Send the code").click()
    page.get_by_role("textbox", name="Code").fill(code_by_mail())
    page.get_by_role("button", name="Confirm the address").click()
    expect(page.get_by_label("Name")).to_have_value(re.compile("^Chrome on "))
    ask_the_device(page, "Make the passkey")
    expect(page).to_have_url(re.compile("/dashboard/$"))
    assert not User.objects.get().has_usable_password()

    leave_and_return(page, site, "/accounts/login/?next=/privacy/")
    ask_the_device(page, "Sign in with a passkey")
    expect(page).to_have_url(site + "/privacy/")
    expect(page.locator("details.menu summary")).to_contain_text("noor")


def test_adding_a_passkey_and_signing_in_without_the_password(holder: Page, site: str) -> None:
    page = holder
    sign_up(page, site)
    page.goto(site + "/settings/")
    page.get_by_role("link", name="Passkeys").click()
    page.get_by_role("link", name="Add a passkey").click()
    confirm(page)
    page.get_by_label("Name").fill("This laptop")
    ask_the_device(page, "Make the passkey")
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    expect(page.locator(".codes li")).to_have_count(10)
    leave_and_return(page, site)
    ask_the_device(page, "Sign in with a passkey")
    expect(page).to_have_url(re.compile("/dashboard/$"))
    page.goto(site + "/accounts/2fa/webauthn/")
    expect(page.get_by_role("listitem").filter(has_text="This laptop")).to_contain_text("last used on")

    # After the password it is the second step.
    leave_and_return(page, site)
    sign_in(page)
    ask_the_device(page, "Use a passkey")
    expect(page).to_have_url(re.compile("/dashboard/$"))


def test_a_browser_without_a_passkey_says_so(context: BrowserContext, site: str) -> None:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.goto(site + "/accounts/login/")
    ask_the_device(page, "Sign in with a passkey")
    expect(page.locator("#toasts")).to_contain_text("No passkey.")
    expect(page).to_have_url(site + "/accounts/login/")


def test_an_app_and_its_recovery_codes(page: Page, site: str) -> None:
    sign_up(page, site)
    page.goto(site + "/accounts/2fa/totp/activate/")
    confirm(page)
    expect(page.get_by_role("img", name="QR code with the key below")).to_be_visible()
    secret = page.locator(".key").inner_text()
    page.get_by_role("textbox", name="Code").fill(app_code(secret))
    page.get_by_role("button", name="Switch it on").click()
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    with page.expect_download() as file:
        page.get_by_role("link", name="Download the codes").click()
    assert codes[0] in file.value.path().read_text()

    leave_and_return(page, site)
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("The second step")
    page.get_by_role("textbox", name="Code").fill("000000")
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("This code is not right.")
    page.get_by_role("textbox", name="Code").fill(codes[0])
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile("/dashboard/$"))
    page.goto(site + "/accounts/2fa/")
    expect(page.get_by_text("Nine are left.")).to_be_visible()
    assert Authenticator.objects.count() == 2


def test_what_was_typed_waits_for_the_password_and_the_code(page: Page, site: str) -> None:
    sign_up(page, site)
    page.goto(site + "/accounts/2fa/totp/activate/")
    confirm(page)
    secret = page.locator(".key").inner_text()
    page.get_by_role("textbox", name="Code").fill(app_code(secret))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    cache.clear()
    shown_long_ago()

    page.goto(site + "/accounts/email/")
    page.get_by_label("E-mail").fill("new@example.org")
    page.get_by_role("button", name="Change the address").click()
    expect(page.locator(".mast")).to_contain_text("Enter your password once more. A code comes next.")
    assert examine(page, "the first page") == []
    confirm(page)
    expect(page.locator(".mast")).to_contain_text("Half of it is done. Enter a code from your app, or a recovery code.")
    assert examine(page, "the second page") == []
    assert User.objects.get().email == EMAIL
    page.get_by_role("textbox", name="Code").fill(app_code(secret))
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("#toasts")).to_contain_text("Your e-mail address is changed.")
    assert User.objects.get().email == "new@example.org"


def test_a_session_is_ended_in_a_second_browser(browser: Browser, page: Page, site: str) -> None:
    sign_up(page, site)
    other = browser.new_context()
    elsewhere = other.new_page()
    elsewhere.goto(site + "/accounts/login/")
    sign_in(elsewhere)
    expect(elsewhere).to_have_url(re.compile("/dashboard/$"))

    page.goto(site + "/settings/")
    page.get_by_role("link", name="Where you are signed in").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="Sign out everywhere else").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("#toasts")).to_have_text("You are signed out everywhere else.")
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    elsewhere.reload()
    expect(elsewhere).to_have_url(re.compile(r"/accounts/login/\?next=/dashboard/$"))
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where you are signed in")
    other.close()
