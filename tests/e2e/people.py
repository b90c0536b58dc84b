"""What people do in more than one test, by role and name."""

import re

from playwright.sync_api import Locator, Page, expect

EMAIL, PASSWORD = "noor@example.org", "a long good sentence"
ROADMAP = "/roadmaps/ai-engineer-2026/"


def row(page: Page, slug: str) -> Locator:
    return page.locator(f"#skill-{slug}")


def press(page: Page, slug: str, state: str) -> None:
    row(page, slug).get_by_role("group").get_by_role("button", name=state, exact=True).click()


def expect_state(page: Page, slug: str, state: str) -> None:
    expect(row(page, slug)).to_have_attribute("data-state", state)
    label = {"todo": "To do"}.get(state, state.capitalize())
    button = row(page, slug).get_by_role("button", name=label, exact=True)
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(row(page, slug).locator('[aria-pressed="true"]')).to_have_count(1)


def sign_up(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_role("link", name="Create an account").first.click()
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Create account").click()
    expect(page).to_have_url(re.compile("/dashboard/$"))


def sign_out(page: Page) -> None:
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()


def sign_in(page: Page, email: str = EMAIL, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
