"""Results while typing, by keyboard, and as a plain page."""

import re

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.people import ROADMAP

LABEL = "What are you looking for?"


def test_results_while_typing_with_a_typing_error(page: Page, site: str) -> None:
    page.goto(site + "/search/")
    field = page.get_by_label(LABEL)
    expect(field).to_be_focused()
    page.keyboard.type("pytroch")
    expect(page.get_by_role("main").get_by_role("link", name="PyTorch", exact=True).first).to_be_visible()
    expect(page.locator("#found")).to_have_text(re.compile(r"^\d+ results for “pytroch”$"))
    expect(page).to_have_url(f"{site}/search/?q=pytroch")
    expect(page).to_have_title("Search: pytroch · Cairn")
    expect(field).to_be_focused()
    page.reload()
    expect(field).to_have_value("pytroch")
    expect(page.locator("#found")).to_have_text(re.compile(r"^\d+ results for “pytroch”$"))


def test_by_keyboard_from_anywhere_to_a_skill(page: Page, site: str) -> None:
    page.goto(site + ROADMAP)
    page.keyboard.press("/")
    expect(page).to_have_url(f"{site}/search/")
    field = page.get_by_label(LABEL)
    expect(field).to_be_focused()
    page.get_by_role("button", name="Search").focus()
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    page.keyboard.type("pytroch")
    first = page.locator("#results").get_by_role("link", name="PyTorch", exact=True).first
    expect(first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="PyTorch internals")).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("PyTorch")


def test_as_a_plain_page(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + "/roadmaps/")
    page.get_by_role("link", name="Search", exact=True).click()
    page.get_by_label(LABEL).fill("vector datab")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Vector databases", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vector databases")
    context.close()


def test_too_long_is_kept_and_told_beside_the_field(page: Page, site: str) -> None:
    page.goto(site + "/search/")
    field, typed = page.get_by_label(LABEL), "long " * 2_000
    field.fill(typed)
    page.get_by_role("button", name="Search").click()
    expect(field).to_have_value(typed)
    assert field.evaluate("field => field.validity.patternMismatch && field.title") == "At most 200 characters"
    page.goto(f"{site}/search/?q={'x' * 300}")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("alert")).to_have_text(re.compile("^This is 300 characters long"))
    field.fill("pytorch")
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(field).to_have_attribute("aria-invalid", "false")


def test_offline_says_that_no_answer_came(context: BrowserContext, site: str) -> None:
    page = context.new_page()
    page.goto(site + "/search/")
    context.set_offline(True)
    page.get_by_label(LABEL).fill("pytorch")
    expect(page.locator("#found")).to_have_text("No answer came. Press Search to try again.")
    context.set_offline(False)
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#found")).to_have_text(re.compile("results for “pytorch”$"))
