"""What operators do for accounts and to them. Its owner finds each act in the security log, as an operator's."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows import email_verification
from allauth.account.models import EmailConfirmationHMAC
from allauth.core.exceptions import ImmediateHttpResponse
from django.db import transaction
from django.http import HttpRequest

from accounts import events, sessions
from accounts.models import Event, User


class Mailed(Enum):
    """What came of a mail."""

    SENT = "Sent to"
    CONFIRMED = "Already confirmed"
    LIMIT = "Not sent, as the limit of mails to an address is reached; try again in an hour"
    UNSENT = "Not sent, as the mail server does not answer; the rest was not tried"


def send_verification(*, request: HttpRequest, user: User) -> Mailed:
    """A link, as a code works only in the browser that asked for it. Counted like every mail that was asked for."""
    address = email_verification.get_address_for_user(user)
    if address.verified:
        return Mailed.CONFIRMED
    if not email_verification.consume_email_verification_rate_limit(request, address.email):
        return Mailed.LIMIT
    adapter = get_adapter(request)
    url = adapter.get_email_confirmation_url(request, EmailConfirmationHMAC.create(address))
    try:
        sent = adapter.is_sent("account/email/email_confirmation_link", address.email, {"activate_url": url})
    except ImmediateHttpResponse:
        return Mailed.LIMIT
    return Mailed.SENT if sent else Mailed.UNSENT


@transaction.atomic
def end_sessions(*, users: Iterable[User], but: str | None = None) -> list[User]:
    """Everywhere, but for the session with this key; whose there were."""
    ended = [user for user in users if sessions.end_all(user, but=but)]
    for user in ended:
        events.by_operator(user, Event.Kind.SESSIONS_ENDED)
    return ended


@dataclass
class Deactivation:
    done: list[User] = field(default_factory=list)
    oneself: bool = False
    last: User | None = None
    """Who stays, as nobody else could run the site."""


@transaction.atomic
def deactivate(*, users: Iterable[User], by: User) -> Deactivation:
    """Signs them out, too. Two operators may do it to each other at once: the second finds that nobody else is left."""
    result = Deactivation()
    running = set(User.objects.operators().select_for_update().order_by("pk").values_list("pk", flat=True))
    for user in _locked(users, is_active=True):
        if user == by:
            result.oneself = True
        elif running == {user.pk}:
            result.last = user
        else:
            running.discard(user.pk)
            _switch(user, on=False)
            sessions.end_all(user)
            result.done.append(user)
    return result


@transaction.atomic
def activate(*, users: Iterable[User]) -> list[User]:
    """Those who were not."""
    found = _locked(users, is_active=False)
    for user in found:
        _switch(user, on=True)
    return found


def _locked(users: Iterable[User], *, is_active: bool) -> list[User]:
    keys = [user.pk for user in users]
    return list(User.objects.select_for_update().filter(pk__in=keys, is_active=is_active).order_by("pk"))


def _switch(user: User, *, on: bool) -> None:
    user.is_active = on
    user.save(update_fields=["is_active"])
    events.by_operator(user, Event.Kind.ACTIVATED if on else Event.Kind.DEACTIVATED)
