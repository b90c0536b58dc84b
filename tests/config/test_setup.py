"""The one command that brings an installation up to date."""

import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from roadmap.models import Roadmap
from tests.factories import make_roadmap

HOUSEKEEPING = (
    "Housekeeping: expired sessions removed, 0 guests forgotten,"
    " 0 accounts erased, 0 drafts published, 0 letters sent.\n"
)
COLLECTED = "Static files: collected.\n"
LOADED = "Content: ai-engineer-2026 loaded.\n"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, settings: Any) -> Path:
    settings.STATIC_ROOT = tmp_path / "static"
    return tmp_path / "static"


def setup(**options: Any) -> str:
    said = StringIO()
    call_command("setup", stdout=said, **options)
    return said.getvalue()


@pytest.mark.django_db
def test_makes_what_is_lacking_and_nothing_the_second_time(root: Path) -> None:
    assert setup() == COLLECTED + LOADED + HOUSEKEEPING
    roadmap = Roadmap.objects.get()
    files = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert len(files) > 100
    assert setup() == HOUSEKEEPING
    again = Roadmap.objects.get()
    assert (again.slug, again.version) == ("ai-engineer-2026", roadmap.version)
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == files


@pytest.mark.django_db
def test_leaves_other_content_alone() -> None:
    make_roadmap("mine", published=False)
    assert setup() == COLLECTED + HOUSEKEEPING
    assert Roadmap.objects.get().slug == "mine"


def test_static_files_are_collected_anew_when_one_has_changed(tmp_path: Path, root: Path, settings: Any) -> None:
    source = tmp_path / "source" / "a.css"
    source.parent.mkdir()
    settings.STATICFILES_DIRS = [source.parent]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    served = []
    for colour in ("red", "tan"):
        source.write_text(f"a {{ color: {colour} }}")
        os.utime(source, (0, 0))  # an older date is a change, too, as after going back to an earlier version
        assert setup(static_only=True) == COLLECTED
        assert setup(static_only=True) == ""
        served.append(root / staticfiles_storage.stored_name("a.css"))
    # The former one is still there, for pages that are open.
    assert [path.read_text() for path in served] == ["a { color: red }", "a { color: tan }"]


def test_static_files_are_served_from_their_sources_to_developers(root: Path, settings: Any) -> None:
    settings.DEBUG = True
    assert setup(static_only=True) == ""
    assert not root.exists()
