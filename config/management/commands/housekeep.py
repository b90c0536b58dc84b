"""What comes round. Safe at any time, as often as one likes; daily is enough."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from progress import learners


class Command(BaseCommand):
    help = "Removes expired sessions, and guests who have not been seen for long."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("clearsessions")
        guests = learners.forget_guests(before=timezone.now() - learners.GUEST_AGE)
        self.stdout.write(f"Housekeeping: expired sessions removed, {guests} guests forgotten.")
