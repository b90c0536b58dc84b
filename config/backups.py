"""Backups: the whole database in one file, taken while the site is in use, and put back whole or not at all.

SQLite is copied by its online backup, which sees one moment and holds up no writer; it is put back the same way, as one
write transaction, so that processes that have the database open go on with what was restored. PostgreSQL's own tools do
the same there: pg_dump reads in one snapshot, and what pg_restore says is run in one transaction.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.management.base import CommandError
from django.db import DatabaseError, OperationalError, connection
from django.db.backends.postgresql.client import DatabaseClient

from config import health

Migrations = set[tuple[str, str]]
LIST = "COPY public.django_migrations (id, app, name, applied) FROM stdin;"


def backup(file: Path) -> None:
    """Writes the file, which is there only when it is whole and was read back."""
    if file.exists():
        raise CommandError(f"{file} is there already. Name a file that is not.")
    if not file.parent.is_dir():
        raise CommandError(f"There is no folder {file.parent}.")
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)  # it holds everybody's record
    try:
        save, read = (_save_sqlite, _read_sqlite) if _is_sqlite() else (_save_postgresql, _read_postgresql)
        save(draft)
        _made_here(read(draft))
        _sync(draft)
        draft.replace(file)
        _sync(file.parent)
    finally:
        draft.unlink(missing_ok=True)


def restore(file: Path, *, replace: bool) -> None:
    if not file.is_file():
        raise CommandError(f"There is no file {file}.")
    _made_here((_read_sqlite if _is_sqlite() else _read_postgresql)(file))
    tables = _tables()
    if tables != [] and not replace:
        what = "cannot be read" if tables is None else "is not empty"
        raise CommandError(f"The database {what}. With --replace, what is in it is lost.")
    load: Callable[[Path, list[str] | None], None] = _load_sqlite if _is_sqlite() else _load_postgresql
    load(file, tables)


def _made_here(migrations: Migrations) -> None:
    if ("accounts", "0001_initial") not in migrations:
        raise CommandError("This is no backup of a Cairn.")
    apps = {app for app, _ in health.wanted()}
    newer = sorted(f"{app} {name}" for app, name in migrations - health.wanted() if app in apps)
    if newer:
        raise CommandError(f"This backup is of a newer Cairn ({', '.join(newer)}). Restore it with that one.")


def _is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def _tables() -> list[str] | None:
    """None where there is a database that is damaged."""
    try:
        return connection.introspection.table_names()
    except OperationalError as error:
        raise CommandError(f"The database cannot be reached: {error}") from error
    except DatabaseError:
        return None
    finally:
        connection.close()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ---- SQLite ---------------------------------------------------------------------------------------------------------
def _open(path: Path, how: str) -> Any:
    """For `with`; unlike what the driver does by itself, it never makes a file."""
    return closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?{how}", uri=True, timeout=20))


def _database() -> Path:
    return Path(connection.settings_dict["NAME"])


def _save_sqlite(draft: Path) -> None:
    try:
        with _open(_database(), "mode=rw") as source, _open(draft, "mode=rw") as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, not three
    except sqlite3.Error as error:
        raise CommandError(f"The database cannot be read: {error}.") from error


def _read_sqlite(file: Path) -> Migrations:
    """Every page and every row that another one needs."""
    try:
        with _open(file, "mode=ro&immutable=1") as source:
            whole = source.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            if not whole or source.execute("PRAGMA foreign_key_check").fetchone():
                raise CommandError(f"{file} is damaged.")
            return set(source.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.Error as error:
        raise CommandError(f"{file} is damaged, or no backup of a Cairn on SQLite: {error}.") from error


def _load_sqlite(file: Path, tables: list[str] | None) -> None:
    database = _database()
    if tables is None:
        for path in (Path(f"{database}{end}") for end in ("-wal", "-shm", "")):
            with suppress(FileNotFoundError):
                path.replace(f"{path}.damaged")
    with _open(file, "mode=ro&immutable=1") as source, _open(database, "mode=rwc") as target:
        target.execute("PRAGMA journal_mode=WAL")
        target.execute("PRAGMA synchronous=FULL")
        source.backup(target)


# ---- PostgreSQL -----------------------------------------------------------------------------------------------------
def _tool(name: str, *options: str) -> list[str]:
    if not shutil.which(name):
        raise CommandError(f"There is no {name} here. Install PostgreSQL's client, of the server's version or later.")
    return [name, *options]


def on_command_line(settings: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Options that say where the database is, and an environment for what no list of processes may show."""
    arguments, secrets = DatabaseClient.settings_to_cmd_args_env(settings, [])
    return [*arguments[1:-1], f"--dbname={arguments[-1]}"], {**os.environ, **(secrets or {})}


def _run(command: list[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 -- put together here, and given to no shell
    if done.returncode:
        raise CommandError(done.stderr.strip() or f"{command[0]} failed.")
    return done.stdout


def _save_postgresql(draft: Path) -> None:
    where, environment = on_command_line(connection.settings_dict)
    _run(_tool("pg_dump", *where, "--format=custom", "--no-password", f"--file={draft}"), environment)


def _read_postgresql(file: Path) -> Migrations:
    """All of it is unpacked, and thrown away."""
    _run(_tool("pg_restore", f"--file={os.devnull}", "--", str(file)))
    listed = _run(_tool("pg_restore", "--data-only", "--table=django_migrations", "--file=-", "--", str(file)))
    _, _, rows = listed.partition(f"{LIST}\n")
    rows, _, _ = rows.partition("\\.\n")
    return {(app, name) for _, app, name, _ in (row.split("\t") for row in rows.splitlines())}


def _load_postgresql(file: Path, tables: list[str] | None) -> None:
    """What was dropped is dropped only if all of the rest is there."""
    where, environment = on_command_line(connection.settings_dict)
    options = ("--no-psqlrc", "--quiet", "--no-password", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--file=-")
    read = _tool("pg_restore", "--no-owner", "--no-privileges", "--file=-", "--", str(file))
    with _fed(_tool("psql", *where, *options), environment) as write:
        write(b"BEGIN;\n")
        if tables:
            names = ", ".join(connection.ops.quote_name(table) for table in tables)
            write(f"DROP TABLE {names} CASCADE;\n".encode())
        with subprocess.Popen(read, stdout=subprocess.PIPE) as reading:  # noqa: S603 -- put together here, and given to no shell
            while part := reading.stdout.read(2**16) if reading.stdout else b"":
                write(part)
        if reading.returncode:
            raise CommandError("pg_restore failed, and nothing was changed.")
        write(b"COMMIT;\n")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def _fed(command: list[str], environment: dict[str, str]) -> Iterator[Callable[[bytes], object]]:
    """A process that reads what is written here, and has to end well."""
    with subprocess.Popen(  # noqa: S603 -- put together here, and given to no shell
        command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        if process.stdin is None or process.stderr is None:
            raise AssertionError
        with suppress(BrokenPipeError):  # it gave up, and says why
            yield process.stdin.write
        with suppress(BrokenPipeError):
            process.stdin.close()
        said = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise CommandError(f"Nothing was changed: {said.strip()}")
