"""From a learner's idea to a resource with a name beside it."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from progress.models import Learner, Suggestion
from roadmap.models import Skill
from tests.e2e.people import ROADMAP, sign_in
from tests.e2e.test_every_page import examine, look
from tests.factories import NOW

SKILL = f"{ROADMAP}skills/docker/"
PASSWORD = "correct horse battery"


def enter(page: Page, site: str, user: User, way: str = "/dashboard/") -> None:
    page.goto(f"{site}/accounts/login/?next={way}")
    sign_in(page, user.email, PASSWORD)
    expect(page).to_have_url(re.compile(f"{way}$"))


@pytest.fixture
def curator(transactional_db: None) -> User:
    user = User.objects.create_user("curator@example.org", PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name="Curators"))
    return user


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_suggested_accepted_and_named(browser: Browser, site: str, user: User, curator: User, script: bool) -> None:
    learner = browser.new_context(java_script_enabled=script).new_page()
    enter(learner, site, user)
    learner.goto(site + SKILL)
    learner.get_by_role("link", name="Suggest a resource or a correction").click()
    learner.get_by_label("Title").fill("Containers from scratch")
    learner.get_by_label("In your words").fill("Builds one in an hour.")
    learner.get_by_label("Say that it came from me").check()
    learner.get_by_role("button", name="Send it").click()
    expect(learner.get_by_label("Link")).to_have_attribute("aria-invalid", "true")
    expect(learner.locator("#id_url_error")).to_have_text("Give the link.")
    expect(learner.get_by_label("In your words")).to_have_value("Builds one in an hour.")
    learner.get_by_label("Link").fill("https://example.org/containers")
    learner.get_by_role("button", name="Send it").click()
    expect(learner).to_have_url(re.compile("/suggestions/$"))
    expect(learner.get_by_role("article")).to_contain_text("Waiting for a curator")

    desk = browser.new_context(java_script_enabled=script).new_page()
    enter(desk, site, curator, "/admin/progress/suggestion/")
    desk.get_by_role("link", name="Containers from scratch").click()
    expect(desk.get_by_text("To be named: Noor")).to_be_visible()
    accept = desk.get_by_role("form", name="Accept")
    accept.get_by_role("button", name="Accept and add it").click()
    expect(desk.get_by_text("Please correct what is marked below.")).to_be_visible()
    accept.get_by_label("Kind").select_option("Tutorial")
    accept.get_by_label("Level").select_option("Beginner")
    accept.get_by_label("Minutes").fill("60")
    accept.get_by_label("Answer").fill("Thank you, it is in.")
    accept.get_by_role("button", name="Accept and add it").click()
    expect(desk.get_by_text("The suggestion is accepted. It is on “Docker” now.")).to_be_visible()

    learner.goto(site + "/dashboard/")
    learner.get_by_role("link", name="See what became of it").click()
    expect(learner.get_by_role("article")).to_contain_text("Thank you, it is in.")
    learner.get_by_role("article").get_by_role("link", name="Docker").click()
    row = learner.get_by_role("row", name=re.compile("Containers from scratch"))
    expect(row).to_contain_text("Suggested by Noor")


def test_declined_with_a_reason_and_withdrawn(browser: Browser, site: str, user: User, curator: User) -> None:
    learner = browser.new_context().new_page()
    enter(learner, site, user)
    for words in ("It takes longer.", "It takes less."):
        learner.goto(site + SKILL + "suggest/")
        learner.get_by_label("A correction").check()
        learner.get_by_label("In your words").fill(words)
        learner.get_by_role("button", name="Send it").click()
        expect(learner.get_by_role("article").first).to_contain_text(words)
    learner.get_by_role("button", name="Withdraw the correction").first.click()
    expect(learner.locator("#toasts")).to_contain_text("Your suggestion is withdrawn.")
    expect(learner.get_by_role("article")).to_have_count(1)

    desk = browser.new_context().new_page()
    enter(desk, site, curator, "/admin/progress/suggestion/")
    desk.get_by_role("link", name="It takes longer.").click()
    desk.get_by_role("button", name="Decline").click()
    expect(desk.get_by_text("Say why: the learner sees it.")).to_be_visible()
    desk.get_by_label("Reason").fill("The hours are for a working developer.")
    desk.get_by_role("button", name="Decline").click()
    expect(desk.get_by_text("The suggestion is declined.")).to_be_visible()

    learner.goto(site + "/suggestions/")
    expect(learner.get_by_role("article")).to_contain_text("The hours are for a working developer.")


def make(user: User) -> Suggestion:
    """One of each fate; the open one."""
    learner, skill = Learner.objects.get(user=user), Skill.objects.get(slug="docker")
    values: dict[str, Any] = {"learner": learner, "skill": skill, "at": NOW}
    link = {"kind": "resource", "title": "A book", "url": "https://example.org/" + "long" * 60}
    Suggestion.objects.create(
        **values, **link, text="Good.", status="declined", answer="Too old.\nSorry.", decided_at=NOW
    )
    Suggestion.objects.create(**values, kind="correction", text="Wrong.", status="accepted", decided_at=NOW)
    return Suggestion.objects.create(**values, **link, text="word " * 190, wants_credit=True)


def test_the_pages_on_the_way(browser: Browser, site: str, user: User, curator: User) -> None:
    context = browser.new_context()
    page = context.new_page()
    enter(page, site, user)
    made = make(user)
    wrong = [text for path in ("/suggestions/", "/dashboard/") for text in look(context.new_page(), site, path)]
    page.goto(site + SKILL + "suggest/")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("alert")).to_contain_text("Three things to fix")
    wrong += examine(page, "what is to be fixed")
    context.close()

    context = browser.new_context()
    page = context.new_page()
    enter(page, site, curator, "/admin/progress/suggestion/")
    wrong += look(context.new_page(), site, f"/admin/progress/suggestion/{made.pk}/change/")
    context.close()
    assert wrong == []
