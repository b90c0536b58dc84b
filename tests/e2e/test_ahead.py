"""Reviews and the plan, as a learner meets them: by mouse, by keys, without a script."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from progress.models import Learner, Mark, Review
from roadmap.models import Skill
from tests.e2e.people import sign_up
from tests.e2e.test_every_page import examine

SIZES = {"laptop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(params=[("laptop", True), ("phone", False)], ids=str)
def page(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Page]:
    """Somebody who has had two skills done for a week."""
    size, script = request.param
    context = browser.new_context(viewport=SIZES[size], java_script_enabled=script)
    page = context.new_page()
    sign_up(page, site)
    for slug in ("python-core", "docker"):
        since = timezone.now() - dt.timedelta(days=7)
        Mark.objects.create(
            learner=Learner.objects.get(), skill=Skill.objects.get(slug=slug), state="done", since=since
        )
    yield page
    context.close()


def rate(page: Page, name: str) -> None:
    page.get_by_text("Show the answer").click()
    page.get_by_role("button", name=re.compile(f"^{name}")).click()


def test_a_review_from_question_to_undo(page: Page, site: str) -> None:
    page.goto(site + "/dashboard/")
    page.get_by_role("link", name="Answer five now").click()
    expect(page.get_by_text("Question 1 of 5")).to_be_visible()
    first = page.locator("#asked").inner_text()
    expect(page.get_by_role("button", name=re.compile("^Good"))).not_to_be_visible()
    rate(page, "Good")
    expect(page.get_by_text("Question 2 of 5")).to_be_visible()
    expect(page.locator("#asked")).not_to_have_text(first)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("The answer is taken back")
    expect(page.locator("#asked")).to_have_text(first)
    for number in range(2, 6):
        rate(page, "Forgot" if number == 2 else "Easy")
        expect(page.get_by_text(f"Question {number} of 5")).to_be_visible()
    rate(page, "Hard")
    expect(page.get_by_role("heading", name="Done for today")).to_be_visible()
    expect(page.get_by_text("overdue")).to_have_count(0)
    expect(page.locator("aside").get_by_role("heading", name="Fading")).to_be_visible()
    page.goto(site + "/roadmaps/ai-engineer-2026/")
    expect(page.locator(".skill .tag").get_by_text("fading")).to_have_count(1)
    assert Review.objects.filter(undone_at=None).count() == 5


def test_by_keys_alone(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_up(page, site)
    since = timezone.now() - dt.timedelta(days=7)
    Mark.objects.create(
        learner=Learner.objects.get(), skill=Skill.objects.get(slug="docker"), state="done", since=since
    )
    page.goto(site + "/review/")
    page.keyboard.press("3")  # nothing to rate before the answer was seen
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name=re.compile("^Good"))).to_be_visible()
    page.keyboard.press("3")
    expect(page.get_by_text("Question 2 of")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("Question 1 of")).to_be_visible()
    page.get_by_text("Show the answer").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name=re.compile("^Good"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^Easy")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Question 2 of")).to_be_visible()
    assert [review.rating for review in Review.objects.filter(undone_at=None)] == [4]
    context.close()


def test_a_plan_and_its_re_flow(page: Page, site: str) -> None:
    page.goto(site + "/dashboard/")
    page.get_by_role("link", name="Make it a plan with dates").click()
    page.get_by_label("Hours a week").fill("12")
    page.get_by_label("Target").fill(f"{timezone.localdate() + dt.timedelta(days=100)}")
    page.get_by_role("button", name="Make the plan").click()
    finish = page.locator("h1")
    expect(finish).to_contain_text("You finish around")
    before = finish.inner_text()
    expect(page.get_by_label("Monday")).to_have_value("2.5")

    first = timezone.localdate() + dt.timedelta(days=7)
    page.get_by_label("First day").fill(f"{first}")
    page.get_by_label("Last day").fill(f"{first + dt.timedelta(days=29)}")
    page.get_by_role("button", name="Add the pause").click()
    expect(finish).not_to_have_text(before)
    page.get_by_role("button", name=re.compile("^Remove ")).click()
    expect(finish).to_have_text(before)

    page.get_by_role("button", name=re.compile("^Plan with")).click()
    expect(page.get_by_text("That is in time for your target")).to_be_visible()

    page.get_by_label("Hours a week").fill("300")
    page.get_by_role("button", name="Save the plan").click()
    expect(page.locator("#id_week_error")).to_contain_text("Give 0 to 168 hours.")
    expect(page.get_by_label("Hours a week")).to_have_value("300")

    page.goto(site + "/plan/")
    page.get_by_role("button", name="An entry a week").click()
    address = page.get_by_label("Address to subscribe to").input_value()
    answer = page.request.get(address)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    page.get_by_role("button", name="Close it").click()
    expect(page.locator("#toasts")).to_contain_text("The calendar is closed")
    assert page.request.get(address).status == 404


def test_the_pages_on_the_way(browser: Browser, site: str) -> None:
    context = browser.new_context(reduced_motion="reduce")  # axe looks before a toast is all there
    page = context.new_page()
    sign_up(page, site)
    learner, since = Learner.objects.get(), timezone.now() - dt.timedelta(days=7)
    for slug in ("python-core", "docker"):
        Mark.objects.create(learner=learner, skill=Skill.objects.get(slug=slug), state="done", since=since)
    page.goto(site + "/review/")
    page.get_by_text("Show the answer").click()
    page.get_by_text("How reviews come").click()
    wrong = examine(page, "review with its answer")
    page.get_by_role("button", name=re.compile("^Forgot")).click()
    expect(page.get_by_role("heading", name="Fading")).to_be_visible()
    wrong += examine(page, "review with what fades")
    page.goto(site + "/plan/")
    page.get_by_label("Target").fill(f"{timezone.localdate() + dt.timedelta(days=300)}")
    page.get_by_role("button", name="Make the plan").click()
    expect(page.locator("h1")).to_contain_text("You finish")
    page.get_by_text("The other").click()
    wrong += examine(page, "plan")
    page.get_by_label("First day").fill(f"{timezone.localdate()}")
    page.get_by_role("button", name="Add the pause").click()
    expect(page.locator("#id_last_error")).to_be_visible()
    wrong += examine(page, "plan with a mistake in a pause")
    page.get_by_label("Start").fill("")
    page.get_by_role("button", name="Save the plan").click()
    expect(page.locator("#id_start_error")).to_be_visible()
    wrong += examine(page, "plan with a mistake")
    for path in ("/dashboard/", "/roadmaps/ai-engineer-2026/", "/roadmaps/ai-engineer-2026/map/"):
        page.goto(site + path)
        wrong += examine(page, f"{path} with what fades")
    context.close()
    assert wrong == []
