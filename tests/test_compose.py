"""compose.yaml, as far as it can be tried without containers: what it asks for is there, what it says is understood."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from django.db import connection

from tests.config.test_backups import OnPostgreSQL

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "compose.yaml").read_text()
SECRETS = dict.fromkeys(re.findall(r"\$\{(\w+):\?", TEXT), "0123456789abcdef" * 4)


def filled(part: Any) -> Any:
    """As compose does it: ${NAME}, ${NAME:-otherwise}, ${NAME:?or this is said}."""
    if isinstance(part, dict):
        return {key: filled(each) for key, each in part.items()}
    if isinstance(part, list):
        return [filled(each) for each in part]
    named = re.compile(r"\$\{(\w+)(?::(?:-([^${}]*)|\?[^${}]*))?\}")
    while isinstance(part, str) and named.search(part):  # one may be what another is otherwise
        part = named.sub(lambda match: SECRETS.get(match[1]) or match[2] or "", part)
    return part


COMPOSE: dict[str, Any] = filled(yaml.safe_load(TEXT))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "cairn"]


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    environment |= {"PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_it_asks_for_is_there() -> None:
    assert OURS == ["setup", "web", "housekeeper"]
    for service in SERVICES.values():
        for other, how in service.get("depends_on", {}).items():
            health = {"test": True} if other == "web" else SERVICES[other].get("healthcheck", {})  # web's: Dockerfile
            assert "test" in health or how["condition"] == "service_completed_successfully"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).is_file() if source.startswith(".") else source in COMPOSE["volumes"]
    assert re.search(r"^HEALTHCHECK .*config/healthcheck\.py", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert sorted(SECRETS) == ["CACHE_PASSWORD", "POSTGRES_PASSWORD", "SECRET_KEY", "WEB_PASSWORD"]
    runbook = (ROOT / "docs/operations.md").read_text() + (ROOT / "README.md").read_text()
    assert [name for name in SECRETS if f"{name}=$(openssl" not in runbook and f" {name} " not in runbook] == []


@pytest.mark.parametrize("name", ["setup", "web"])
def test_the_site_understands_its_environment(name: str, tmp_path: Path) -> None:
    told = {key: str(value) for key, value in SERVICES[name]["environment"].items()}
    read = (ROOT / "config/settings.py").read_text() + (ROOT / "config/gunicorn.py").read_text()
    assert [key for key in told if not re.search(rf"env\.\w+\(\s*\"{key}\"", read)] == []
    for command in (("manage.py", "check"), ("-m", "gunicorn", "-c", "config/gunicorn.py", "--check-config")):
        done = run(*command, **told, CAIRN_VAR=str(tmp_path))
        assert done.returncode == 0, done.stderr


def test_nobody_comes_in_without_an_account_of_its_own() -> None:
    web, setup, cache = (SERVICES[name] for name in ("web", "setup", "cache"))
    users = {name: re.match(r"\w+://(\w+):(\w+)@", SERVICES[name]["environment"]["DATABASE_URL"]) for name in OURS}
    assert [user and user[1] for user in users.values()] == ["cairn", "web", "web"]
    assert web["environment"]["CACHE_URL"].startswith("redis://web:")
    settings = cache["environment"]["SETTINGS"].splitlines()
    assert "user default off" in settings
    assert [line for line in settings if line.startswith("user web on >") and "-@admin -@dangerous" in line]
    assert not any("PASSWORD" in str(service.get("command")) for service in SERVICES.values())
    assert setup["restart"] == "no"


if connection.vendor == "postgresql":

    @pytest.fixture
    def site(tmp_path: Path) -> Iterator[OnPostgreSQL]:
        site = OnPostgreSQL(tmp_path)
        site.make()
        yield site
        site.drop()
        site.sql("DROP ROLE IF EXISTS web")

    @pytest.mark.server
    def test_the_site_reads_and_writes_rows_and_nothing_else(site: OnPostgreSQL) -> None:
        secrets = {f"PG{name.upper()}": each for name, each in site.server.items()} | {"WEB_PASSWORD": "a secret"}
        psql = ["psql", f"--dbname={site.name}", "--set=ON_ERROR_STOP=1", "--file=deploy/roles.sql"]
        subprocess.run(psql, cwd=ROOT, env=site.environment | secrets, check=True, capture_output=True)
        site.done("manage.py", "migrate", "-v", "0")
        site.done("manage.py", "createcachetable")
        url = site.environment["DATABASE_URL"]
        site.environment["DATABASE_URL"] = re.sub(r"//[^@]+@", "//web:a%20secret@", url)

        site.done("-m", "tests.config.drill", "fill")
        site.done("manage.py", "housekeep")
        assert site.done("manage.py", "migrate", "--check") == ""
        with psycopg.connect(**site.server | {"user": "web", "password": "a secret"}, dbname=site.name) as web:
            for command in ("CREATE TABLE mine (id int)", "DROP TABLE progress_mark", "TRUNCATE progress_mark"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege), web.transaction():
                    web.execute(command)
