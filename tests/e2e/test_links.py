"""Links that do not lead anywhere: a learner reports one, a curator replaces it."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from progress.models import Report
from roadmap import outline
from roadmap.models import LinkCheck, Resource
from tests.e2e.people import ROADMAP, sign_in, sign_up
from tests.e2e.test_every_page import look
from tests.factories import NOW

SKILL = f"{ROADMAP}skills/docker/"


def kill(number: int) -> Resource:
    """The skill's resource of this number is dead."""
    resource = Resource.objects.filter(skill__slug="docker")[number]
    LinkCheck.objects.create(resource=resource, outcome="dead", at=NOW, failed_on=NOW - dt.timedelta(days=1))
    outline.touch(resource, at=NOW)
    return resource


def report(page: Page, resource: Resource, button: str) -> None:
    """By keyboard alone."""
    row = page.get_by_role("row", name=resource.title)
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    if button != "The link is dead":
        page.keyboard.press("Tab")
    expect(row.get_by_role("button", name=button)).to_be_focused()
    page.keyboard.press("Enter")
    expect(row).to_contain_text("You reported this link on")
    expect(page.locator("#toasts")).to_contain_text(f"Thank you. A curator will look at “{resource.title}”.")


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_guest_reports_two_links(browser: Browser, site: str, script: bool) -> None:
    page = browser.new_context(java_script_enabled=script).new_page()
    dead = kill(0)
    page.goto(site + SKILL)
    expect(page.get_by_role("row", name=dead.title)).to_contain_text("This link did not answer on 25 November 2026.")
    report(page, dead, "The link is dead")
    if script:
        expect(page.locator(f"#report-{dead.pk}")).to_be_focused()
    paid = Resource.objects.filter(skill__slug="docker", free=True).exclude(pk=dead.pk)[0]
    report(page, paid, "It is not free")
    page.reload()
    expect(page.get_by_text("You reported this link on")).to_have_count(2)
    assert list(Report.objects.order_by("id").values_list("kind", flat=True)) == ["dead", "paywall"]


def test_every_state_of_a_link_can_be_read(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    dead = kill(0)
    sign_up(page, site)
    page.goto(site + SKILL)
    report(page, dead, "The link is dead")
    page.close()
    page = context.new_page()
    page.add_init_script(
        "addEventListener('load', () => document.querySelectorAll('.report').forEach((each) => { each.open = true; }))"
    )
    assert look(page, site, SKILL) == []
    expect(page.get_by_role("button", name="The link is dead").first).to_be_visible()
    context.close()


def test_a_curator_replaces_a_dead_one(browser: Browser, site: str, user: User) -> None:
    User.objects.update(is_staff=True)
    user.groups.add(Group.objects.get(name="Curators"))
    dead, said = kill(0), list[str]()
    page = browser.new_context().new_page()
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(site + "/accounts/login/?next=/admin/roadmap/resource/?link=dead")
    sign_in(page, user.email, "correct horse battery")
    page.get_by_role("link", name=dead.title, exact=True).click()
    page.get_by_role("link", name="Replace", exact=True).click()
    page.get_by_role("textbox", name="Address").fill("example.org")
    page.get_by_role("button", name="Replace").click()
    expect(page.get_by_text("Write a whole address")).to_be_visible()
    page.get_by_role("textbox", name="Address").fill("https://example.org/better")
    page.get_by_role("textbox", name="Title").fill("A better one")
    page.get_by_role("button", name="Replace").click()
    expect(page.get_by_text(f"“A better one” stands in the place of “{dead.title}” now")).to_be_visible()
    assert [text for text in said if "status of 422" not in text] == []
    page.goto(site + SKILL)
    expect(page.locator("#resources tbody tr").first).to_contain_text("A better one")
    expect(page.get_by_text("This link did not answer")).to_have_count(0)
