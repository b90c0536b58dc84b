"""The weekly letters that are due. Safe to run twice; housekeep runs it, too."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from progress import letters


class Command(BaseCommand):
    help = "Sends the weekly letters that are due: one a week to whoever wants one."

    def handle(self, *args: Any, **options: Any) -> None:
        sent, failed = letters.send_due(timezone.now())
        self.stdout.write(f"{sent} letters sent.")
        if failed:
            raise CommandError(f"Up to {failed} were not sent: is the mail server up? They go out with the next run.")
