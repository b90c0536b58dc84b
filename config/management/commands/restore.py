"""What `backup` wrote, put back."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from accounts import sessions
from config import backups


class Command(BaseCommand):
    help = "Puts a backup back, whole or not at all, and brings it up to date. Everybody signs in anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="even though what the database holds is then lost")

    def handle(self, *args: Any, file: Path, replace: bool, **options: Any) -> None:
        backups.restore(file, replace=replace)
        call_command("migrate", interactive=False, verbosity=0)
        call_command("housekeep", stdout=self.stdout)
        ended = sessions.end_everybodys()
        self.stdout.write(f"Restored from {file}. {ended} sessions ended: whoever has an account signs in anew.")
        self.stdout.write("It wants the SECRET_KEY that it was made under, or that one among SECRET_KEY_FALLBACKS.")
