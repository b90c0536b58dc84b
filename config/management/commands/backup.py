"""The whole database in one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config import backups


class Command(BaseCommand):
    help = "Backs up the database into a new file, while Cairn goes on serving, and reads it back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        backups.backup(file)
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes, read back and whole.")
        self.stdout.write(
            "Keep the secret key beside it, but not in the same place: second factors are encrypted with it."
        )
