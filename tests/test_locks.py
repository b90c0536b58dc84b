"""The lock files hold what pyproject.toml asks for: every version pinned, every file by its hash, no place named."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUN = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
DEV = [Requirement(line) for line in PROJECT["dependency-groups"]["dev"]]
SECURITY = [Requirement(line) for line in PROJECT["dependency-groups"]["security"]]


def locked(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text().replace("\\\n", " ")
    pins = {}
    for line in text.splitlines():
        assert re.fullmatch(r"[a-z0-9-]+==[^ ;]+( ;[^:]+?)?( +--hash=sha256:[0-9a-f]{64})+ *", line), line
        package, _, version = line.split()[0].partition("==")
        pins[package] = version
    return pins


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("requirements.lock", RUN), ("requirements-dev.lock", RUN + DEV), ("requirements-security.lock", SECURITY)],
)
def test_what_is_asked_for_is_locked(name: str, wanted: list[Requirement]) -> None:
    pins = locked(name)
    lacking = [str(want) for want in wanted if not want.specifier.contains(pins.get(want.name, "0"))]
    assert lacking == []
    assert {want.name for want in wanted} - set(pins) == set()


def test_tests_run_on_what_serves() -> None:
    run, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {package: dev.get(package) for package in run} == run
