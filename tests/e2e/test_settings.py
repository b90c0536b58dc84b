"""What a browser tells of itself, and what goes along with the account."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from accounts.models import User
from tests.e2e.people import EMAIL, PASSWORD, sign_in, sign_up


@pytest.fixture
def browser_context_args() -> dict[str, str]:
    return {"timezone_id": "Europe/Berlin"}


def offer(page: Page) -> Locator:
    return page.locator("#zone-here").filter(visible=True)


def test_an_account_begins_in_the_time_zone_of_its_browser(page: Page, site: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    sign_up(page, site)
    assert User.objects.get().time_zone == "Europe/Berlin"
    page.goto(site + "/settings/")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    expect(page.locator("#zone-here")).to_be_hidden()
    assert said == []


@pytest.mark.usefixtures("with_mail")
def test_also_with_a_passkey(page: Page, site: str) -> None:
    page.goto(site + "/accounts/signup/passkey/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter the code")
    assert User.objects.get().time_zone == "Europe/Berlin"


def test_without_javascript_it_begins_in_utc(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False, timezone_id="Europe/Berlin")
    page = context.new_page()
    sign_up(page, site)
    page.goto(site + "/settings/")
    expect(page.get_by_label("Time zone")).to_have_value("UTC")
    expect(page.locator("#zone-here")).to_be_hidden()
    page.get_by_label("Name", exact=True).fill("Noor")
    page.get_by_role("button", name="Save settings").click()
    expect(page.locator("#toasts")).to_have_text("Your settings are saved.")
    context.close()


def test_elsewhere_the_settings_offer_the_zone_of_that_browser(page: Page, browser: Browser, site: str) -> None:
    sign_up(page, site)
    travelling = browser.new_context(timezone_id="America/New_York")
    there = travelling.new_page()
    there.goto(site + "/accounts/login/?next=/settings/")
    sign_in(there)
    expect(offer(there)).to_have_text("This browser is in America/New York. Use it")
    there.set_viewport_size({"width": 320, "height": 800})
    assert there.evaluate("document.documentElement.scrollWidth") == 320
    assert Axe().run(there).response["violations"] == []
    there.get_by_role("button", name="Use it").click()
    expect(there.locator("#zone-here")).to_be_hidden()
    expect(there.get_by_label("Time zone")).to_be_focused()
    assert User.objects.get().time_zone == "Europe/Berlin"  # until it is saved
    there.get_by_role("button", name="Save settings").click()
    expect(there.locator("#toasts")).to_have_text("Your settings are saved.")
    expect(there.locator("#zone-here")).to_be_hidden()
    assert User.objects.get().time_zone == "America/New_York"
    page.goto(site + "/settings/")
    expect(offer(page)).to_have_text("This browser is in Europe/Berlin. Use it")
    travelling.close()


@pytest.mark.parametrize("name", ["Asia/Kolkata", "Asia/Calcutta"])
def test_another_name_of_the_same_place_is_no_other_zone(browser: Browser, site: str, name: str) -> None:
    User.objects.create_user(EMAIL, PASSWORD, time_zone=name)
    context = browser.new_context(timezone_id="Asia/Kolkata")
    page = context.new_page()
    page.goto(site + "/accounts/login/?next=/settings/")
    sign_in(page)
    expect(page.get_by_label("Time zone")).to_have_value(name)
    expect(page.locator("#zone-here")).to_be_hidden()
    context.close()


def test_colours_go_along_with_the_account(page: Page, browser: Browser, site: str) -> None:
    page.goto(site + "/privacy/")
    page.get_by_role("button", name="Dark").click()
    sign_up(page, site)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    other = browser.new_context()
    elsewhere = other.new_page()
    elsewhere.goto(site + "/accounts/login/?next=/settings/")
    expect(elsewhere.locator("html:not([data-theme])")).to_have_count(1)
    sign_in(elsewhere)
    expect(elsewhere).to_have_url(re.compile("/settings/$"))
    expect(elsewhere.locator("html")).to_have_attribute("data-theme", "dark")
    elsewhere.get_by_role("combobox", name="Colours").select_option("Light")
    elsewhere.get_by_role("button", name="Save settings").click()
    expect(elsewhere.locator("html")).to_have_attribute("data-theme", "light")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    other.close()
