"""A person opens the site, signs up, marks skills, and finds it all again."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.people import ROADMAP, expect_state, press, row, sign_in, sign_out, sign_up

SIZES = {"laptop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(params=[("laptop", True), ("phone", True), ("laptop", False), ("phone", False)], ids=str)
def visitor(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A fresh browser of either size, with and without JavaScript."""
    size, script = request.param
    context = browser.new_context(viewport=SIZES[size], java_script_enabled=script, has_touch=size == "phone")
    yield context.new_page()
    context.close()


def test_the_main_job(visitor: Page, site: str) -> None:
    page = visitor
    sign_up(page, site)
    page.goto(site + ROADMAP)
    receipt = page.locator("#receipt")
    expect(receipt).to_have_text("0 of 50 done, 50 left")

    press(page, "python-core", "Done")
    expect_state(page, "python-core", "done")
    press(page, "pytorch", "Learning")
    expect_state(page, "pytorch", "learning")
    press(page, "attention", "Skipped")
    expect_state(page, "attention", "skipped")
    expect(receipt).to_have_text("1 of 50 done, 1 skipped, 48 left")
    expect(page.locator("#overall")).to_have_attribute("value", "1")
    expect(page.locator("#overall")).to_have_attribute("max", "50")
    expect(page.locator("#section-programming-mastery-count")).to_contain_text("1 of 5")
    expect(page.locator("#phase-software-engineering-fundamentals-gauge")).to_contain_text("1 of 11")

    page.reload()
    sign_out(page)
    page.goto(site + ROADMAP)
    expect_state(page, "python-core", "todo")
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()
    sign_in(page)
    expect(page).to_have_url(re.compile(rf"{ROADMAP}$"))
    for slug, state in (("python-core", "done"), ("pytorch", "learning"), ("attention", "skipped")):
        expect_state(page, slug, state)

    press(page, "attention", "Done")
    expect(receipt).to_have_text("2 of 50 done, 48 left")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect_state(page, "attention", "skipped")
    expect(receipt).to_have_text("1 of 50 done, 1 skipped, 48 left")


@pytest.mark.walk
def test_numbers_change_without_a_reload(page: Page, site: str) -> None:
    sign_up(page, site)
    page.goto(site + ROADMAP)
    page.evaluate("window.untouched = true")
    press(page, "rust", "Done")
    expect(page.locator("#receipt")).to_have_text("0 of 50 done, 1 extra, 50 left")
    press(page, "aws", "Learning")
    expect(page.locator(".fork", has=row(page, "aws")).locator(".pick")).to_have_attribute("data-state", "learning")
    press(page, "docker", "Done")
    expect(page.locator("#receipt")).to_have_text("1 of 50 done, 1 extra, 49 left")
    expect(page.locator("#toasts")).to_have_text(re.compile("^Docker marked done"))
    assert page.evaluate("window.untouched") is True


def test_by_keyboard_alone(page: Page, site: str) -> None:
    page.goto(site + ROADMAP)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    done = row(page, "python-core").get_by_role("button", name="Done", exact=True)
    for _ in range(60):
        page.keyboard.press("Tab")
        if done.evaluate("button => button === document.activeElement"):
            break
    expect(done).to_be_focused()
    page.keyboard.press("Enter")
    expect_state(page, "python-core", "done")
    expect(row(page, "python-core").get_by_role("button", name="Done", exact=True)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect_state(page, "python-core", "learning")


def test_quick_presses_all_arrive_in_order(page: Page, site: str) -> None:
    page.goto(site + ROADMAP)
    for slug in ("python-core", "python-generators", "python-decorators", "python-asyncio"):
        press(page, slug, "Learning")
        press(page, slug, "Done")
    expect(page.locator("#receipt")).to_have_text("4 of 50 done, 46 left")
    page.reload()
    expect(page.locator("#receipt")).to_have_text("4 of 50 done, 46 left")


def test_a_row_stays_open_over_a_swap(page: Page, site: str) -> None:
    page.goto(site + ROADMAP)
    row(page, "python-core").get_by_text("The language in depth").first.click()
    expect(row(page, "python-core").get_by_role("link", name="Checkpoints")).to_be_visible()
    press(page, "python-core", "Done")
    expect_state(page, "python-core", "done")
    expect(row(page, "python-core").get_by_role("link", name="Checkpoints")).to_be_visible()


def test_a_phase_at_once_and_back(visitor: Page, site: str) -> None:
    page = visitor
    page.goto(site + ROADMAP)
    phase = page.locator("#phase-software-engineering-fundamentals")
    phase.get_by_role("button", name="I know all of this phase").click()
    expect(page.locator("#receipt")).to_have_text("11 of 50 done, 39 left")
    expect(page.locator("#toasts")).to_contain_text("11 skills in “Software engineering fundamentals” marked done.")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#receipt")).to_have_text("0 of 50 done, 50 left")


@pytest.mark.parametrize("size", SIZES)
def test_many_at_once_leave_the_page_where_it_is(page: Page, site: str, size: str) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]  # width and height
    page.goto(site + ROADMAP)
    for what in ("section", "phase"):  # which a page that is loaded anew closes once nothing of it is left
        know = page.get_by_role("button", name=f"I know all of this {what}").first
        know.scroll_into_view_if_needed()
        stood = page.evaluate("scrollY")
        know.click()
        expect(page.locator("#toasts")).to_contain_text("marked done")
        expect_in_place(page, stood)
        page.locator("#toasts").get_by_role("button", name="Undo").click()
        expect(page.locator("#toasts")).to_contain_text("as they were")
        expect_in_place(page, stood)


def expect_in_place(page: Page, stood: float) -> None:
    page.wait_for_timeout(100)  # until what is new has settled
    assert page.evaluate("scrollY") == stood
    expect(page.locator("main")).to_have_count(1)


def test_on_a_skills_page(visitor: Page, site: str) -> None:
    page = visitor
    page.goto(site + ROADMAP + "skills/docker/")
    control = page.get_by_role("group", name="Docker")
    control.get_by_role("button", name="Learning").click()
    expect(control.get_by_role("button", name="Learning")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Learning since")).to_be_visible()
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(control.get_by_role("button", name="To do")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Not marked yet.")).to_be_visible()


def test_a_guests_marks_come_along_on_signing_up(page: Page, site: str) -> None:
    page.goto(site + ROADMAP)
    press(page, "docker", "Done")
    expect_state(page, "docker", "done")
    sign_up(page, site)
    page.goto(site + ROADMAP)
    expect_state(page, "docker", "done")


def test_a_guests_marks_are_merged_on_signing_in(page: Page, site: str) -> None:
    sign_up(page, site)
    page.goto(site + ROADMAP)
    sign_out(page)
    page.goto(site + ROADMAP)
    press(page, "docker", "Done")
    expect_state(page, "docker", "done")
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()
    sign_in(page)
    expect(page.locator("#toasts")).to_contain_text("1 skill that you marked before signing in is now in your record.")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect_state(page, "docker", "todo")


def test_a_stale_tab_leads_to_signing_in_and_writes_nothing(context: BrowserContext, site: str) -> None:
    stale = context.new_page()
    sign_up(stale, site)
    stale.goto(site + ROADMAP)
    other = context.new_page()
    other.goto(site + ROADMAP)
    sign_out(other)
    press(stale, "docker", "Done")
    expect(stale.get_by_role("heading", level=1)).to_have_text("Sign in")
    sign_in(stale)
    expect(stale).to_have_url(re.compile(rf"{ROADMAP}$"))
    expect_state(stale, "docker", "todo")


def test_offline_says_that_nothing_was_saved(context: BrowserContext, site: str) -> None:
    page = context.new_page()
    page.goto(site + ROADMAP)
    context.set_offline(True)
    press(page, "docker", "Done")
    expect(page.locator("#toasts")).to_contain_text("Not saved. There is no connection.")
    expect_state(page, "docker", "todo")
    context.set_offline(False)
    press(page, "docker", "Done")
    expect_state(page, "docker", "done")


def test_a_deep_link_opens_what_hides_it(page: Page, site: str) -> None:
    page.goto(site + ROADMAP)
    page.locator("#phase-portfolio").get_by_role("button", name="I know all of this phase").click()
    expect(page.locator("#receipt")).to_have_text("3 of 50 done, 47 left")
    page.goto("about:blank")
    page.goto(f"{site}{ROADMAP}#skill-full-stack-rag-app")
    expect(row(page, "full-stack-rag-app").get_by_role("button", name="Done", exact=True)).to_be_in_viewport()


def test_light_and_dark_are_remembered(visitor: Page, site: str) -> None:
    page = visitor
    page.goto(site + "/privacy/")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page).to_have_url(re.compile("/privacy/$"))
    page.goto(site + ROADMAP)
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Auto").click()
    expect(page.locator("html:not([data-theme])")).to_have_count(1)
