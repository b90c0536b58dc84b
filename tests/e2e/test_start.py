import pytest
from playwright.sync_api import Page, expect


@pytest.mark.walk
def test_a_visitor_finds_the_roadmap_from_the_start_page(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_role("link", name="Open the roadmap").click()
    expect(page).to_have_url(f"{site}/roadmaps/ai-engineer-2026/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("AI engineer")
