"""What comes round. Safe at any time, as often as one likes; daily is enough."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts import erasure, events, sessions
from progress import learners, letters
from progress.portability import importing
from roadmap import publishing


class Command(BaseCommand):
    help = (
        "Publishes what is due; removes what is over: sessions, security log, guests, accounts to be erased;"
        " sends the weekly letters."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("clearsessions")
        sessions.forget_ended()
        events.forget_old(now=timezone.now())
        importing.forget_pending(now=timezone.now())
        published = publishing.publish_due(now=timezone.now())
        erased = erasure.erase_due(now=timezone.now())
        sent, unsent = letters.send_due(timezone.now())
        guests = learners.forget_guests(before=timezone.now() - learners.GUEST_AGE)
        counts = f"{guests} guests forgotten, {erased} accounts erased, {published} drafts published"
        counts += f", {sent} letters sent" + (f", {unsent} not, the mail server did not take them" if unsent else "")
        self.stdout.write(f"Housekeeping: expired sessions removed, {counts}.")
