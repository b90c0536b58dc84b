"""The learner's desk: dashboard, history, ticks, notes, evidence, keys."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.people import ROADMAP, expect_state, press, row, sign_up

SKILL = f"{ROADMAP}skills/docker/"


@pytest.fixture(params=[True, False], ids=["script", "plain"])
def learner(request: pytest.FixtureRequest, browser: Browser, site: str) -> Page:
    """Somebody who has just signed up, with JavaScript and without."""
    page = browser.new_context(java_script_enabled=request.param).new_page()
    sign_up(page, site)
    return page


def test_a_first_visit_marks_what_is_known(learner: Page) -> None:
    expect(learner.get_by_role("heading", level=1)).to_have_text("Welcome, noor")
    learner.get_by_role("checkbox", name="Mathematics refresher").check()
    learner.get_by_role("checkbox", name="Programming mastery").check()
    learner.get_by_role("button", name="Mark these done").click()
    expect(learner.get_by_role("heading", level=1)).to_have_text("8 of 50 done")
    learner.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(learner.get_by_role("heading", level=1)).to_have_text("Welcome, noor")


def test_next_up_is_started_and_another_suggested(learner: Page) -> None:
    sign = learner.get_by_role("region", name="Next up")
    expect(sign.get_by_role("heading", level=3).first).to_have_text("The language in depth")
    sign.get_by_role("button", name="I know this The language in depth").click()
    expect(learner.get_by_role("heading", level=1)).to_have_text("1 of 50 done")
    first = sign.get_by_role("heading", level=3).first.inner_text()
    sign.get_by_role("link", name="Suggest another").click()
    expect(sign.get_by_role("heading", level=3).first).not_to_have_text(first)
    name = sign.get_by_role("heading", level=3).first.inner_text()
    sign.get_by_role("button", name=f"Start {name}").click()
    expect(sign.get_by_role("heading", level=3).first).to_have_text(name)
    expect(sign).to_contain_text("You are learning it since")


def test_history_undoes_and_resets(learner: Page, site: str) -> None:
    learner.goto(site + ROADMAP)
    press(learner, "docker", "Done")
    expect_state(learner, "docker", "done")
    press(learner, "kubernetes", "Learning")
    expect_state(learner, "kubernetes", "learning")
    learner.goto(site + "/history/")
    learner.get_by_role("button", name="Undo Kubernetes").click()
    expect(learner.get_by_text("Taken back on")).to_have_count(1)
    learner.get_by_label("What goes back to do").select_option("Model deployment and serving")
    learner.get_by_role("button", name="Put back to do").click()
    expect(learner.locator("#toasts")).to_contain_text("1 skill in “Model deployment and serving” back to do.")
    learner.goto(site + ROADMAP)
    expect_state(learner, "docker", "todo")


def test_all_ticked_offers_done(learner: Page, site: str) -> None:
    learner.goto(site + SKILL)
    points = learner.locator("#checkpoints").get_by_role("checkbox")
    count = points.count()
    for number in range(count):
        points.nth(number).click()
        expect(points.nth(number)).to_have_attribute("aria-checked", "true")
    learner.get_by_role("button", name="Mark it done").click()
    control = learner.get_by_role("group", name="Docker")
    expect(control.get_by_role("button", name="Done")).to_have_attribute("aria-pressed", "true")
    points.first.click()
    expect(points.first).to_have_attribute("aria-checked", "false")


def test_evidence_is_added_after_a_mistake(learner: Page, site: str) -> None:
    learner.goto(site + SKILL)
    learner.get_by_label("What it is").fill("My image")
    learner.get_by_label("Link", exact=True).fill("example.org/image")
    learner.get_by_role("button", name="Add link").click()
    expect(learner.get_by_label("Link", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(learner.get_by_label("What it is")).to_have_value("My image")
    learner.get_by_label("Link", exact=True).fill("https://example.org/image")
    learner.get_by_role("button", name="Add link").click()
    expect(learner.get_by_role("link", name="My image")).to_be_visible()
    learner.get_by_role("button", name="Make public My image").click()
    expect(learner.get_by_role("button", name="Make private My image")).to_be_visible()
    learner.goto(site + "/notes/")
    expect(learner.get_by_role("link", name="My image")).to_be_visible()


def test_a_note_is_written_and_previewed_by_hand(learner: Page, site: str) -> None:
    learner.goto(site + SKILL)
    learner.get_by_label("What you learned").fill("Layers are **cached**.")
    learner.get_by_role("button", name="Preview").click()
    expect(learner.get_by_role("region", name="Preview").locator("strong")).to_have_text("cached")
    learner.get_by_role("button", name="Save note").click()
    expect(learner.locator("#note-saved")).to_contain_text("Saved")
    learner.goto(site + "/notes/?q=layers")
    expect(learner.get_by_role("article")).to_contain_text("Layers are cached.")


def test_a_preview_keeps_the_focus(page: Page, site: str) -> None:
    sign_up(page, site)
    page.goto(site + SKILL)
    page.get_by_label("What you learned").fill("Layers are **cached**.")
    expect(page.locator("#note-version")).to_have_value("1")  # the same value as that of the button
    page.get_by_role("button", name="Preview").press("Enter")
    expect(page.get_by_role("region", name="Preview")).to_be_visible()
    expect(page.get_by_role("button", name="Preview")).to_be_focused()


def test_a_note_is_saved_as_one_types(page: Page, site: str) -> None:
    sign_up(page, site)
    page.goto(site + SKILL)
    page.get_by_label("What you learned").press_sequentially("Small images start sooner.", delay=20)
    expect(page.locator("#note-saved")).to_contain_text("Saved")
    expect(page.get_by_label("What you learned")).to_be_focused()
    page.reload()
    expect(page.get_by_label("What you learned")).to_have_value("Small images start sooner.")


def test_a_note_outlives_a_closed_tab(context: BrowserContext, site: str) -> None:
    page = context.new_page()
    sign_up(page, site)
    page.goto(site + SKILL)
    page.get_by_label("What you learned").press_sequentially("Not yet saved")
    page.close()
    other = context.new_page()
    other.goto(site + SKILL)
    expect(other.get_by_label("What you learned")).to_have_value("Not yet saved")
    expect(other.locator("#note-saved")).to_contain_text("Saved")


def both_written_in(context: BrowserContext, site: str) -> tuple[Page, Page]:
    """Two tabs of one page: the first is saved, the second is told so."""
    one, two = context.new_page(), context.new_page()
    sign_up(one, site)
    one.goto(site + SKILL)
    two.goto(site + SKILL)
    one.get_by_label("What you learned").fill("From one")
    expect(one.locator("#note-saved")).to_contain_text("Saved")
    two.get_by_label("What you learned").fill("From two")
    expect(two.get_by_role("alert")).to_contain_text("Changed in another tab")
    return one, two


def test_two_tabs_keep_both_texts(context: BrowserContext, site: str) -> None:
    one, two = both_written_in(context, site)
    expect(two.get_by_label("What you learned")).to_have_value("From one\n\n---\n\nFrom two")
    two.get_by_role("button", name="Save note").click()
    expect(two.locator("#note-version")).to_have_value("2")
    expect(two.locator("#note-saved")).to_contain_text("Saved")
    one.reload()
    expect(one.get_by_label("What you learned")).to_have_value("From one\n\n---\n\nFrom two")


def test_a_draft_does_not_come_back_over_what_was_saved_with_it(context: BrowserContext, site: str) -> None:
    one, two = both_written_in(context, site)
    two.close()  # which sends both
    for _ in range(50):
        if "From two" in one.request.get(site + SKILL).text():
            break
        one.wait_for_timeout(100)
    one.reload()
    expect(one.get_by_label("What you learned")).to_have_value("From one\n\n---\n\nFrom two")
    expect(one.locator("#note-saved")).not_to_contain_text("Brought back")


def test_a_draft_that_is_behind_comes_below_what_was_saved_since(
    browser: Browser, context: BrowserContext, site: str
) -> None:
    here, elsewhere = context.new_page(), browser.new_page()
    sign_up(here, site)
    elsewhere.context.add_cookies(context.cookies())  # type: ignore[arg-type]  # what one says the other takes
    here.goto(site + SKILL)
    context.set_offline(True)
    here.get_by_label("What you learned").fill("Written under way")
    expect(here.locator("#note-saved")).not_to_contain_text("Saved")
    here.wait_for_timeout(1500)
    here.close()
    elsewhere.goto(site + SKILL)
    elsewhere.get_by_label("What you learned").fill("Written at home")
    expect(elsewhere.locator("#note-saved")).to_contain_text("Saved")
    context.set_offline(False)
    back = context.new_page()
    back.goto(site + SKILL)
    expect(back.get_by_label("What you learned")).to_have_value("Written at home\n\n---\n\nWritten under way")
    back.get_by_role("button", name="Save note").click()
    expect(back.locator("#note-saved")).to_contain_text("Saved")
    elsewhere.reload()
    expect(elsewhere.get_by_label("What you learned")).to_have_value("Written at home\n\n---\n\nWritten under way")


def test_the_keys(page: Page, site: str) -> None:
    page.goto(site + ROADMAP)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, "python-generators").locator("summary")).to_be_focused()
    page.keyboard.press("d")
    expect_state(page, "python-generators", "done")
    expect(row(page, "python-generators").get_by_role("button", name="Done", exact=True)).not_to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("l")
    expect_state(page, "python-core", "learning")
    page.keyboard.press("u")
    expect_state(page, "python-core", "todo")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("next skill")
    page.keyboard.press("j")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)


def test_the_keys_are_silent_while_one_types_and_can_be_switched_off(page: Page, site: str) -> None:
    sign_up(page, site)
    page.goto(site + SKILL)
    page.get_by_label("What you learned").press_sequentially("lds?")
    expect(page.get_by_label("What you learned")).to_have_value("lds?")
    expect(page.get_by_text("Not marked yet.")).to_be_visible()
    page.goto(site + "/settings/")
    page.get_by_label("Keyboard shortcuts").uncheck()
    page.get_by_role("button", name="Save settings").click()
    expect(page.locator("#toasts")).to_contain_text("Your settings are saved.")
    page.goto(site + SKILL)
    page.keyboard.press("d")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("Not marked yet.")).to_be_visible()


def test_the_week_table_says_what_the_picture_shows(learner: Page, site: str) -> None:
    learner.goto(site + ROADMAP)
    press(learner, "docker", "Done")
    expect_state(learner, "docker", "done")
    learner.goto(site + "/dashboard/")
    expect(learner.get_by_role("img", name=re.compile("1 active day"))).to_be_visible()
    learner.get_by_text("Week by week").click()
    expect(learner.get_by_role("table").get_by_role("row").nth(1)).to_contain_text("1")
