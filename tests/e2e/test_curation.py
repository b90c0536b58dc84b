"""Curators at work in a real browser, under the site's own policy."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import Group as Role
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from roadmap.models import LinkCheck, Placement, Resource, Roadmap, Skill
from tests.e2e.people import sign_in
from tests.e2e.test_every_page import examine
from tests.factories import NOW, make_follower


@pytest.fixture
def followers(site: str) -> None:
    """Two who have done something."""
    roadmap = Roadmap.objects.get()
    make_follower(roadmap, docker="done", kubernetes="learning")
    make_follower(roadmap, docker="skipped", python_core="done", rag="done")


def enter(context: BrowserContext, site: str) -> Page:
    user = User.objects.create_user("curator@example.org", "correct horse battery", name="Ana", is_staff=True)
    user.groups.add(Role.objects.get(name="Curators"))
    page = context.new_page()
    page.goto(site + "/accounts/login/?next=/admin/")
    sign_in(page, user.email, "correct horse battery")
    page.wait_for_url("**/admin/")
    return page


@contextmanager
def at_the_desk(browser: Browser, site: str, **options: bool) -> Iterator[Page]:
    """The console stays silent, but for answers that say that something is wrong."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    page = enter(context, site)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert [text for text in said if "status of 4" not in text] == []
    context.close()


@pytest.fixture(params=[True, False], ids=["script", "plain"])
def curator(request: pytest.FixtureRequest, browser: Browser, site: str, followers: None) -> Iterator[Page]:
    """With JavaScript and without."""
    with at_the_desk(browser, site, java_script_enabled=request.param) as page:
        yield page


def docker(page: Page, site: str) -> None:
    page.goto(f"{site}/admin/roadmap/skill/{Skill.objects.get(slug='docker').pk}/change/")


def test_retiring_asks_first(curator: Page, site: str) -> None:
    docker(curator, site)
    curator.get_by_label("Title:").first.fill("Containers")
    curator.get_by_label("News:").fill("First line\nsecond “line” <b>")
    curator.locator("#id_retired").check()
    curator.get_by_role("button", name="Save", exact=True).click()
    expect(curator.get_by_role("heading", level=1)).to_have_text("What this does to learners")
    expect(curator.locator(".said")).to_have_text(re.compile("^2 learners; median .+; nobody’s marks are lost.$"))
    expect(curator.get_by_text("“Docker” leaves this roadmap. 2 learners have marked it")).to_be_visible()
    assert not Skill.objects.get(slug="docker").is_retired

    curator.get_by_role("button", name="Back to the form").click()
    expect(curator.get_by_label("Title:").first).to_have_value("Containers")
    expect(curator.get_by_label("News:")).to_have_value("First line\nsecond “line” <b>")
    expect(curator.locator("#id_retired")).to_be_checked()

    curator.get_by_role("button", name="Save", exact=True).click()
    curator.get_by_role("button", name="Save it").click()
    expect(curator.locator(".messagelist")).to_contain_text("“Containers” is retired and off the roadmap.")
    skill = Skill.objects.get(slug="docker")
    assert (skill.title, skill.news.splitlines()) == ("Containers", ["First line", "second “line” <b>"])
    assert skill.is_retired


def test_the_action_of_the_list_asks_too(curator: Page, site: str) -> None:
    curator.goto(f"{site}/admin/roadmap/placement/?q=docker")
    curator.get_by_role("row").filter(has_text="Docker").first.get_by_role("checkbox").check()
    curator.get_by_label("Action:").select_option(label="Retire selected placements")
    curator.get_by_role("button", name=re.compile("^(Run|Go)")).click()
    curator.get_by_role("link", name="Back", exact=True).click()
    assert not Placement.objects.get(skill__slug="docker").is_retired
    expect(curator).to_have_url(re.compile(r"placement/\?q=docker$"))


def test_two_at_one_row(browser: Browser, site: str, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    one, two = browser.new_context(), browser.new_context()
    first = enter(one, site)
    docker(first, site)
    second = two.new_page()
    second.goto(site + "/accounts/login/?next=/admin/")
    sign_in(second, user.email, "correct horse battery")
    second.wait_for_url("**/admin/")
    docker(second, site)
    first.get_by_label("Title:").first.fill("Containers")
    first.get_by_role("button", name="Save", exact=True).click()
    expect(first.locator(".messagelist")).to_contain_text("was changed successfully")
    second.get_by_label("Title:").first.fill("Images")
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.locator(".errorlist").first).to_contain_text("“Containers” was changed by Ana on")
    expect(second.get_by_label("Title:").first).to_have_value("Images")
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.locator(".messagelist")).to_contain_text("“Images” was changed successfully")
    one.close()
    two.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_question_in_every_width(browser: Browser, site: str, followers: None, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = enter(context, site)
    docker(page, site)
    page.locator("#id_retired").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Save it")).to_be_visible()
    assert examine(page, "the question") == []
    context.close()


# ---- the desk -------------------------------------------------------------------------------------------------------
def test_from_the_desk_to_what_needs_attention(curator: Page, site: str) -> None:
    resource = Resource.objects.filter(skill__slug="docker")[0]
    LinkCheck.objects.create(resource=resource, outcome="dead", at=NOW, failed_on=NOW)
    curator.goto(site + "/admin/")
    curator.get_by_role("link", name="1 dead link").click()
    expect(curator.locator("#result_list tbody tr")).to_have_count(1)
    expect(curator.locator("#result_list")).to_contain_text(resource.title)
    curator.goto(site + "/admin/")
    curator.get_by_role("link", name="Usage of AI engineer 2026").click()
    cells = curator.get_by_role("row").filter(has_text="Docker").get_by_role("cell")
    assert cells.all_inner_texts()[:4] == ["0", "0", "1", "1"]
