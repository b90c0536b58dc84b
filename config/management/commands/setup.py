"""Brings a new or an older installation up to date; make up and the container run it before they serve."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from roadmap import library, listings
from roadmap.models import Roadmap

FIXTURE = "ai-engineer-2026"
LOCK = 2026_11_24  # any number, the same for everybody who sets up this database


class Command(BaseCommand):
    help = "Makes or updates database, content and static files. Quick and without effect where nothing is to do."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--static-only", action="store_true", help="touch no database; for building an image")

    def handle(self, *args: Any, static_only: bool, **options: Any) -> None:
        with _alone_on_this_machine():
            self.collect()
        if static_only:
            return
        with _alone_on_this_database():
            self.migrate()
            self.load()
        call_command("housekeep", stdout=self.stdout)

    def migrate(self) -> None:
        executor = MigrationExecutor(connection)
        steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if steps:
            self.stdout.write(f"Database: {len(steps)} migrations applied.")

    def load(self) -> None:
        if not Roadmap.objects.exists():
            call_command("loaddata", FIXTURE, verbosity=0)
            file = f"{FIXTURE}.json"
            library.remember(library.parse({file: (settings.FIXTURE_DIRS[0] / file).read_bytes()}))
            listings.update(Roadmap.objects.values_list("pk", flat=True), timezone.now())
            self.stdout.write(f"Content: {FIXTURE} loaded.")

    def collect(self) -> None:
        """Compressing takes seconds, so it is done only when a source is not what it was. What earlier versions
        collected stays: pages that are still open ask for it."""
        if settings.DEBUG:
            return  # served from their sources
        root = Path(settings.STATIC_ROOT)
        stamp, sources = root / "collected", _sources()
        if stamp.exists() and stamp.read_text() == sources:
            return
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(sources)
        self.stdout.write("Static files: collected.")


def _sources() -> str:
    """A digest of every static file and of what turns them into what is served."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            with storage.open(name) as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(f"{name} {content}\n".encode())
    return digest.hexdigest()


@contextmanager
def _alone_on_this_machine() -> Iterator[None]:
    with (settings.VAR / "setup.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _alone_on_this_database() -> Iterator[None]:
    """Several machines may start at once. The lock lives in a transaction, which holds behind PgBouncer, too."""
    if connection.vendor != "postgresql":
        with _alone_on_this_machine():
            yield
        return
    guard = connection.copy()
    try:
        guard.set_autocommit(False)
        with guard.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield
        guard.rollback()
    finally:
        guard.close()
