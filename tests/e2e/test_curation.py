"""Curators at work in a real browser, under the site's own policy."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import Group as Role
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from roadmap.models import Group, LinkCheck, Placement, Resource, Roadmap, Skill
from tests.e2e.people import sign_in
from tests.e2e.test_every_page import examine
from tests.factories import NOW, make_follower

OUTLINE = "/admin/curation/outline/ai-engineer-2026/"


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
    context = browser.new_context(**options)
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


def test_the_question_in_every_width(browser: Browser, site: str, followers: None) -> None:
    context = browser.new_context()
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
    curator.get_by_role("link", name="Outline of AI engineer 2026").click()
    expect(curator.get_by_role("heading", level=1)).to_have_text("Outline of AI engineer 2026")


# ---- the outline ----------------------------------------------------------------------------------------------------
def key(slug: str) -> str:
    return f"placement-{Placement.objects.get(skill__slug=slug).pk}"


def in_group_of(slug: str) -> list[str]:
    placed = Placement.objects.filter(group=Placement.objects.get(skill__slug=slug).group)
    return list(placed.values_list("skill__slug", flat=True))


def drag(page: Page, row: str, onto: str) -> None:
    """By its handle, to where the other row is."""
    page.wait_for_load_state()  # with its scripts
    handle = page.locator(f"#{row} > .row .handle")
    handle.evaluate("handle => handle.scrollIntoView({ block: 'center' })")  # at an edge dragging would scroll
    start, end = handle.bounding_box(), page.locator(f"#{onto} > .row").bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + 20, start["y"] + 20, steps=4)
    page.mouse.move(end["x"] + 60, end["y"] + end["height"] / 2, steps=12)
    page.mouse.move(end["x"] + 60, end["y"] + end["height"] / 2 + 1, steps=2)
    page.mouse.up()


@pytest.fixture
def scripted(browser: Browser, site: str, followers: None) -> Iterator[Page]:
    with at_the_desk(browser, site) as page:
        page.goto(site + OUTLINE)
        yield page


def test_a_row_is_dragged_within_its_group(scripted: Page) -> None:
    first, second, third, *rest = in_group_of("python-core")
    drag(scripted, key(third), key(first))
    expect(scripted.locator(".messagelist")).to_contain_text("has its new place.")
    assert in_group_of("python-core") == [third, first, second, *rest]


def test_a_row_dragged_into_a_choice_is_asked_about(scripted: Page) -> None:
    """From a list where each counts to a group to pick one from, in the same section."""
    choice = Group.objects.get(slug="second-language")
    name = in_group_of("python-core")[-1]
    onto = Placement.objects.filter(group=choice)[0]
    drag(scripted, key(name), f"placement-{onto.pk}")
    expect(scripted.get_by_role("heading", level=1)).to_have_text("What this does to learners")
    expect(scripted.locator(".said")).to_have_text(re.compile("^2 learners; median"))
    scripted.get_by_role("link", name="Back", exact=True).click()
    expect(scripted.locator(f"#group-{choice.pk} > ol > li")).to_have_count(3)
    drag(scripted, key(name), f"placement-{onto.pk}")
    scripted.get_by_role("button", name="Save it").click()
    expect(scripted.locator(".messagelist")).to_contain_text("A second language” now.")
    assert Placement.objects.get(skill__slug=name).group == choice


def test_groups_and_sections_are_dragged_too(scripted: Page) -> None:
    one, two = Group.objects.filter(section=Group.objects.get(slug="second-language").section)
    drag(scripted, f"group-{two.pk}", f"group-{one.pk}")
    expect(scripted.locator(".messagelist")).to_contain_text("has its new place.")
    assert list(Group.objects.filter(section=one.section)) == [two, one]
    first, second, *_ = one.section.phase.sections.all()
    drag(scripted, f"section-{second.pk}", f"section-{first.pk}")
    expect(scripted.locator(".messagelist")).to_contain_text("has its new place.")
    assert list(one.section.phase.sections.all())[:2] == [second, first]


def test_by_keyboard_alone(curator: Page, site: str) -> None:
    curator.goto(site + OUTLINE)
    first, second, third, *rest = in_group_of("python-core")
    title = Skill.objects.get(slug=first).title
    down = curator.get_by_role("button", name=f"Move {title} down", exact=True)
    down.press("Enter")
    expect(curator.locator(".messagelist")).to_contain_text(f"“{title}” has its new place.")
    expect(curator.locator(".messagelist")).to_be_in_viewport()
    expect(down).to_be_focused()
    assert in_group_of("python-core") == [second, first, third, *rest]
    curator.keyboard.press("Enter")
    expect(curator.locator(f"#{key(third)} + #{key(first)}")).to_be_visible()
    assert in_group_of("python-core") == [second, third, first, *rest]
    curator.get_by_role("link", name=f"Open {title}", exact=True).press("Enter")
    panel = curator.locator(f"#{key(first)}-panel")
    expect(panel.get_by_label("Title")).to_have_value(title)
    panel.get_by_label("Move to").select_option(label="A second language")
    panel.get_by_role("button", name="Move", exact=True).press("Enter")
    curator.get_by_role("button", name="Save it").press("Enter")
    expect(curator.locator(".messagelist")).to_contain_text(f"“{title}” is in “")
    assert Placement.objects.get(skill__slug=first).group.slug == "second-language"


def test_a_row_is_edited_where_it_stands(curator: Page, site: str) -> None:
    curator.goto(site + OUTLINE)
    row = key("docker")
    curator.get_by_role("link", name="Open Docker", exact=True).click()
    panel = curator.locator(f"#{row}-panel")
    panel.get_by_label("Title").fill("Containers")
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(curator.locator(".messagelist")).to_contain_text("“Containers” is saved.")
    expect(curator.locator(".messagelist")).to_be_in_viewport()
    expect(curator.locator(f"#{row} > .row .name")).to_have_text("Containers")
    expect(curator.get_by_role("link", name="Open Containers", exact=True)).to_be_focused()
    curator.get_by_role("link", name="Open Containers", exact=True).click()
    panel.get_by_label("Importance").select_option("optional")
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(curator.locator(".said")).to_contain_text("2 learners; median")
    curator.get_by_role("button", name="Save it").click()
    expect(curator.locator(f"#{row} > .row .tag")).to_have_text("optional")


def test_a_row_is_closed_again(curator: Page, site: str) -> None:
    curator.goto(site + OUTLINE)
    curator.get_by_role("link", name="Open Docker", exact=True).click()
    panel = curator.locator(f"#{key('docker')}-panel")
    panel.get_by_role("link", name="Close Docker").click()
    expect(panel).to_be_empty()


def test_what_was_changed_meanwhile_is_told(curator: Page, site: str) -> None:
    curator.goto(site + OUTLINE)
    curator.get_by_role("link", name="Open Docker", exact=True).click()
    panel = curator.locator(f"#{key('docker')}-panel")
    panel.get_by_label("Title").fill("Typed")
    Roadmap.objects.update(version="00000000-0000-0000-0000-000000000001")
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(curator.get_by_role("alert")).to_contain_text("The outline was changed after you had opened it.")
    expect(panel.get_by_label("Title")).to_have_value("Typed")
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(curator.locator(".messagelist")).to_contain_text("“Typed” is saved.")


@pytest.mark.parametrize("kind", ["phase", "section", "group", "placement"])
def test_an_open_row_in_every_width(browser: Browser, site: str, kind: str) -> None:
    context = browser.new_context()
    page = enter(context, site)
    page.goto(site + OUTLINE)
    path = f"{OUTLINE}?row={page.locator(f'li.{kind}').nth(1).get_attribute('id')}"
    page.goto(site + path)
    expect(page.locator(".panel form").first).to_be_visible()
    assert examine(page, path) == []
    context.close()
