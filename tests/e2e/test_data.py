"""Taking one's data along: out of one account, into another."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.people import PASSWORD, ROADMAP, expect_state, press, sign_up
from tests.e2e.test_every_page import look


def export(page: Page, site: str, folder: Path) -> Path:
    page.goto(site + "/settings/")
    page.get_by_role("link", name="My data").click()
    page.get_by_role("link", name="Export my data").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Confirm").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the zip").click()
    assert re.fullmatch(r"cairn-\d{4}-\d\d-\d\d\.zip", download.value.suggested_filename)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_out_of_one_account_and_into_another(browser: Browser, site: str, tmp_path: Path, script: bool) -> None:
    page = browser.new_context(java_script_enabled=script).new_page()
    sign_up(page, site)
    page.goto(site + ROADMAP)
    press(page, "docker", "Done")
    expect_state(page, "docker", "done")
    packed = export(page, site, tmp_path)

    other = browser.new_context(java_script_enabled=script).new_page()
    other.goto(site + "/accounts/signup/")
    other.get_by_label("E-mail").fill("ada@example.org")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("main").get_by_role("button", name="Create account").click()
    expect(other).to_have_url(re.compile("/dashboard/$"))
    other.goto(site + "/settings/data/")
    other.get_by_role("button", name="Look at the file").click()
    expect(other.locator("#id_file_error")).to_contain_text("Choose a file first.")
    other.get_by_label("File").set_input_files(packed)
    other.get_by_role("button", name="Look at the file").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Nothing is imported yet")
    other.get_by_text("Which marks").click()
    expect(other.get_by_text("Docker: done since")).to_be_visible()
    other.get_by_role("button", name="Import", exact=True).click()
    expect(other.locator("#toasts")).to_contain_text("1 mark is imported.")
    other.goto(site + ROADMAP)
    expect_state(other, "docker", "done")


def test_the_pages_on_the_way(browser: Browser, site: str, tmp_path: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_up(page, site)
    page.goto(site + ROADMAP)
    press(page, "docker", "Done")
    expect_state(page, "docker", "done")
    export(page, site, tmp_path)
    wrong = look(context.new_page(), site, "/settings/data/export/")
    mark = {"skill": "249685de-016b-5f64-8c1a-2799d206dda2", "state": "skipped", "since": "2026-01-01T00:00:00Z"}
    alchemy = mark | {"skill": "00000000-0000-4000-8000-000000000001", "title": "Alchemy"}
    file = tmp_path / "cairn.json"
    file.write_text(
        json.dumps(
            {
                "format": "cairn",
                "version": 1,
                "exported_at": "2026-01-01T00:00:00Z",
                "account": {"name": "Noor"},
                "marks": [mark, alchemy],
            }
        )
    )
    page.goto(site + "/settings/data/")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_role("cell", name="stays as it is here")).to_be_visible()
    wrong += look(context.new_page(), site, "/settings/data/import/")
    assert wrong == []
