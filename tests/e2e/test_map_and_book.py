"""The map lights up what stands around a skill; the book holds every address and prints."""

import itertools
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from roadmap.models import Resource, Skill

ROADMAP = "/roadmaps/ai-engineer-2026/"


def node(page: Page, title: str, state: str = "to do") -> Locator:
    return page.get_by_role("region", name="The picture").get_by_role("link", name=f"{title}, {state}", exact=True)


def test_a_node_leads_to_its_skill(page: Page, site: str) -> None:
    page.goto(site + ROADMAP)
    page.locator("#skill-docker").get_by_role("button", name="Done", exact=True).click()
    expect(page.locator("#skill-docker")).to_have_attribute("data-state", "done")
    page.get_by_role("link", name="Map", exact=True).click()
    node(page, "Docker", "done").click()
    expect(page).to_have_url(f"{site}{ROADMAP}skills/docker/")


def test_focus_and_pointer_light_what_stands_around(page: Page, site: str) -> None:
    page.goto(f"{site}{ROADMAP}map/")
    rag = Skill.objects.get(slug="rag")
    before = {f"{title}, to do" for title in rag.prerequisites.values_list("title", flat=True)}
    opens = {f"{title}, to do" for title in rag.opens.values_list("title", flat=True)}
    assert before
    assert opens

    def lit(kind: str) -> set[str | None]:
        return {found.get_attribute("aria-label") for found in page.locator(f"a.node.{kind}").all()}

    node(page, "RAG pipelines").focus()
    assert (lit("self"), lit("needs"), lit("opens")) == ({"RAG pipelines, to do"}, before, opens)
    expect(page.locator(".lines .needs")).to_have_count(len(before))
    expect(page.locator(".lines .opens")).to_have_count(len(opens))
    node(page, "Go").hover()
    assert lit("self") == {"Go, to do"}
    page.mouse.move(5, 5)
    assert lit("self") == {"RAG pipelines, to do"}
    page.get_by_role("link", name="Read it as a list").focus()
    expect(page.locator(".lit, .self, .needs, .opens")).to_have_count(0)


def test_on_a_phone_the_map_scrolls_by_itself_and_opens_where_one_is(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{site}{ROADMAP}map/")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(node(page, "The language in depth")).to_be_in_viewport(ratio=0.8)
    region = page.get_by_role("region", name="The picture")
    region.focus()
    before = region.evaluate("region => region.scrollLeft")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.querySelector('[data-map]').scrollLeft > before", arg=before)
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_no_title_leaves_its_node(browser: Browser, site: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{site}{ROADMAP}map/")
    page.evaluate("document.fonts.ready")
    outside = page.evaluate(
        """() => [...document.querySelectorAll("a.node")].filter((node) => {
             const frame = node.querySelector("rect").getBoundingClientRect();
             const text = node.querySelector("text").getBoundingClientRect();
             return text.right > frame.right || text.bottom > frame.bottom || text.top < frame.top;
           }).map((node) => node.getAttribute("aria-label"))"""
    )
    assert outside == []
    context.close()


def test_without_javascript_map_and_book_are_whole(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}{ROADMAP}map/")
    page.get_by_role("link", name="Read it as a list").click()
    expect(page).to_have_url(re.compile("#list$"))
    entry = page.locator("#list [data-state]").filter(has_text=re.compile("^RAG pipelines, "))
    expect(entry).to_contain_text("Know first")
    node(page, "RAG pipelines").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("RAG pipelines")
    page.goto(f"{site}{ROADMAP}book/")
    page.get_by_role("navigation", name="Contents").get_by_role("link", name="Docker").click()
    expect(page.get_by_role("heading", name="Docker")).to_be_in_viewport()
    context.close()


def test_the_book_holds_every_address_and_prints(page: Page, site: str, tmp_path: Path) -> None:
    page.goto(f"{site}{ROADMAP}book/")
    text = page.locator("main").inner_text()
    assert [url for url in Resource.objects.values_list("url", flat=True) if url not in text] == []
    levels = [
        int(level)
        for level in page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => h.localName[1])")
    ]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    pdf = page.pdf(path=tmp_path / "book.pdf", format="A4", prefer_css_page_size=True, tagged=True, outline=True)
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 20
