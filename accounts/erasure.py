"""Leaving: hidden at once, erased for good after some days, taken back by signing in meanwhile."""

import datetime as dt
import logging
import os
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string

from accounts import events, handles, letters, sessions
from accounts.models import Event, HeldHandle, User

GRACE = dt.timedelta(days=7)
NOTED = "erased"

log = logging.getLogger(__name__)


class LastSuperuser(Exception):
    """Nobody would be left to run the site."""


@transaction.atomic
def ask(*, user: User, at: dt.datetime) -> None:
    """Hides the account and ends its sessions."""
    # All of them are locked, in one order: of two who leave at once the second waits, and is then the last.
    left = User.objects.operators().select_for_update().order_by("pk")
    if user.is_superuser and not {each.pk for each in left} - {user.pk}:
        raise LastSuperuser
    user.erase_at, user.is_public = at + GRACE, False
    user.save(update_fields=["erase_at", "is_public"])
    sessions.end_all(user)


def come_back(*, request: HttpRequest, user: User, **rest: Any) -> None:
    """Signing in takes it back. The profile stays off until its owner switches it on again."""
    if User.objects.filter(pk=user.pk, erase_at__isnull=False).update(erase_at=None):
        user.erase_at = None
        events.record(user, Event.Kind.ERASURE_TAKEN_BACK, request)
        messages.success(request, "Welcome back. Your account stays, and everything is as it was.")


def erase_due(*, now: dt.datetime) -> int:
    """Erases whose time has come, and whom an older backup brought back, each in a transaction of its own; how many."""
    for pk, joined in _erased():
        User.objects.filter(pk=pk, date_joined=joined).update(erase_at=now)
    due = list(User.objects.filter(erase_at__lte=now).values_list("pk", flat=True))
    return sum(_erase(pk, now) for pk in due)


@transaction.atomic
def _erase(pk: int, now: dt.datetime) -> bool:
    user = User.objects.select_for_update().filter(pk=pk, erase_at__lte=now).first()
    if user is None:
        return False  # signed in at the last moment
    email, joined = user.email, user.date_joined
    if user.handle:
        HeldHandle.objects.update_or_create(
            digest=handles.digest(user.handle), defaults={"until": now + handles.HELD, "user": None}
        )
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=pk)
    about.update(object_repr="An erased account")
    user.delete()
    Event.objects.create(kind=Event.Kind.ERASED, at=now)
    transaction.on_commit(lambda: _note(pk, joined))
    transaction.on_commit(lambda: _farewell(email))
    return True


def _erased() -> list[tuple[int, dt.datetime]]:
    """Beside the database, as one that is restored knows nothing of it. A number and a moment lead to nobody."""
    try:
        lines = (settings.VAR / NOTED).read_text().splitlines()
    except FileNotFoundError:
        return []
    return [(int(pk), dt.datetime.fromisoformat(joined)) for pk, joined in (line.split() for line in lines)]


def _note(pk: int, joined: dt.datetime) -> None:
    try:
        with (settings.VAR / NOTED).open("a") as file:
            file.write(f"{pk} {joined.isoformat()}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:  # the account is erased all the same
        log.error("An erasure could not be noted in %s (%s).", NOTED, type(error).__name__)


def tell(user: User) -> None:
    context = {"erase_at": user.erase_at, "site_url": settings.SITE_URL}
    text = render_to_string("accounts/email/erasure_asked.txt", context)
    letters.was_sent(lambda: send_mail("Your Cairn account will be erased", text, None, [user.email]))


def _farewell(email: str) -> None:
    text = render_to_string("accounts/email/erased.txt")
    letters.was_sent(lambda: send_mail("Your Cairn account is erased", text, None, [email]))
