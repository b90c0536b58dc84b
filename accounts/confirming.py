"""What matters asks once more who it is: whoever has a second factor shows both, within the same few minutes."""

import time
from collections.abc import Iterable
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode

from accounts.models import User

FIRST, SECOND = "first", "second"
# What each way to confirm shows, in the order in which they are asked for.
SHOWS = {
    "reauthenticate": {FIRST},
    "elsewhere": {FIRST},
    "mfa_reauthenticate:webauthn": {FIRST, SECOND},  # the first if it asked for a PIN or fingerprint
    "mail": {FIRST},
    "mfa_reauthenticate": {SECOND},
}


def missing(request: HttpRequest, user: User) -> set[str]:
    """What was not shown here lately, on signing in or since. Nothing where there is no second factor."""
    factors = set(Authenticator.objects.filter(user=user).values_list("pk", flat=True))
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    wanted = {FIRST, SECOND} if factors else set()
    for record in get_authentication_records(request, user):
        if record["at"] > since:
            wanted -= _shown(record, user, factors)
    return wanted


def _shown(record: dict[str, Any], user: User, factors: set[int]) -> set[str]:
    if record["method"] == "mfa":
        # A factor that was removed shows nothing any more. A recovery code is used up, so new ones take nothing back.
        if record.get("id") not in factors and record.get("type") != Authenticator.Type.RECOVERY_CODES:
            return set()
        return {FIRST, SECOND} if record.get("passwordless") else {SECOND}
    return {FIRST} if record["method"] == ("password" if user.has_usable_password() else "socialaccount") else set()


def shown_by(ways: Iterable[dict[str, Any]]) -> set[str]:
    return {part for way in ways for part in SHOWS[way["id"]]}


def fitting(ways: list[dict[str, Any]], wanted: set[str]) -> list[dict[str, Any]]:
    """Those that show something of what is wanted; all of them if nothing is."""
    order = list(SHOWS)
    found = [way for way in ways if not wanted or SHOWS[way["id"]] & wanted]
    return sorted(found, key=lambda way: order.index(way["id"]))


def go_on(request: HttpRequest, back: str | None) -> HttpResponse:
    """To what is left to show. What was begun waits in the session until then."""
    way = get_adapter(request).get_reauthentication_methods(request.user)[0]
    return redirect(f"{way['url']}?{urlencode({'next': back or '/'})}")


def added(request: HttpRequest) -> None:
    """Whoever has just set up a factor has shown it."""
    factors = Authenticator.objects.filter(user=request.user.pk).exclude(type=Authenticator.Type.RECOVERY_CODES)
    factor = factors.latest("pk")
    record_authentication(request, factor.user, "mfa", id=factor.pk, type=factor.type)
