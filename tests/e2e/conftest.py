"""A real browser against a real server. Each test here is marked e2e and gets a page by pytest-playwright."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Model

from roadmap.entries import KINDS
from roadmap.models import Skill
from tests import browser

# Playwright's event loop runs in the tests' thread; Django would refuse it the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def base_url() -> None:
    """Instead of pytest-playwright's, of whose making pytest 9 warns."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    executable = browser.find()
    if executable is None:
        pytest.fail("There is no Chromium: install it, or name it with CAIRN_CHROMIUM.")
    return browser_type_launch_args | {
        "executable_path": executable,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(scope="session")
def shipped() -> dict[type[Model], list[Model]]:
    """The rows of the shipped roadmap, once they have been loaded: reading the file takes longer than most tests."""
    return {}


@pytest.fixture
def site(transactional_db: None, live_server: Any, shipped: dict[type[Model], list[Model]]) -> str:
    """The address of a served Cairn with the shipped roadmap."""
    if shipped:
        for model, rows in shipped.items():
            model._base_manager.bulk_create(rows)
    else:
        call_command("loaddata", "ai-engineer-2026", verbosity=0)
        for each in (*KINDS.values(), Skill.prerequisites.through):
            shipped[each] = list(each._base_manager.all())
    return str(live_server.url)
