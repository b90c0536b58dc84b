"""Where a session is kept, how long it lasts, and what it has shown to know.

That one ends after 14 days without a visit is the cookie's and the session's own age; the rest is here.
"""

import datetime as dt
import time
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import CharField, DateTimeField, Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from web.http import Request
from web.prepared import prepared

LONGEST = dt.timedelta(days=90).total_seconds()
STAFF_IDLE = dt.timedelta(hours=8).total_seconds()
STAFF_SEEN_EVERY = dt.timedelta(minutes=10).total_seconds()
_SINCE, _SEEN = "since", "staff_seen"


@prepared(key=CharField(), now=DateTimeField())
def _living(key: str, now: dt.datetime) -> "QuerySet[Session]":
    return Session.objects.filter(session_key=key, expire_date__gt=now)


class SessionStore(db.SessionStore):
    """Django's; every page asks it for a row, which it does with a prepared query here."""

    def _get_session_from_db(self) -> Session | None:
        found = _living(key=self.session_key, now=timezone.now())
        if not found:
            self._session_key = None
            return None
        return found[0]


def begin(request: HttpRequest, **kwargs: Any) -> None:
    request.session[_SINCE] = int(time.time())


def renew(request: HttpRequest, **kwargs: Any) -> None:
    """Whoever has confirmed who it is goes on under another key: one that was stolen before is worth nothing more."""
    if not kwargs.get("reauthenticated"):
        return
    before = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


def end(request: Request, **kwargs: Any) -> None:
    request.signed_out = True  # the middleware tells the browser


def is_over(request: HttpRequest, user: User) -> bool:
    """Of somebody signed in. A curator's or operator's session is also kept alive here."""
    now, since = time.time(), request.session.get(_SINCE, 0)
    if now - since > LONGEST:
        return True
    if user.is_staff:
        idle = now - request.session.get(_SEEN, since)
        if idle > STAFF_IDLE:
            return True
        if idle > STAFF_SEEN_EVERY:
            request.session[_SEEN] = int(now)
    return False


def has_shown_factor(request: HttpRequest, user: User) -> bool:
    """Whether this session was signed in to, or confirmed, with a second factor or passkey that is still there."""
    shown = {record.get("id") for record in get_authentication_records(request, user) if record["method"] == "mfa"}
    return bool(Authenticator.objects.filter(user=user, pk__in=shown).exists())


def has_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user).exists())


def end_all(user: User, *, but: str | None = None) -> int:
    """Each of the user's but the one with this key; how many there were."""
    found = UserSession.objects.filter(user=user).exclude(session_key=but)
    for session in found:
        session.end()
    return len(found)


@transaction.atomic
def end_everybodys() -> int:
    """After a restore: some of them were ended since. Guests keep theirs, which is all that they have."""
    keys = UserSession.objects.values("session_key")
    ended, _ = Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.all().delete()
    return ended


def forget_ended() -> None:
    """Of a session that is over nothing is kept: neither browser nor address."""
    living = Session.objects.filter(expire_date__gt=timezone.now(), session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(living)).delete()
