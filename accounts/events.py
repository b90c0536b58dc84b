"""Writes the security log: what happened to an account, heard from Django's and allauth's signals."""

import datetime as dt
import re
from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as social
from django.contrib.auth.signals import user_logged_out
from django.dispatch import Signal
from django.http import HttpRequest

from accounts.models import Event, User

Kind = Event.Kind
KEPT = dt.timedelta(days=90)
# The first that matches: each of them claims to be some of those below it.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X|Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
# As allauth calls what was shown -> in the owner's words.
_WAYS = {
    "password": "password",
    "password_reset": "reset link",
    Authenticator.Type.TOTP: "code of the app",
    Authenticator.Type.RECOVERY_CODES: "recovery code",
    Authenticator.Type.WEBAUTHN: "passkey",
    "github": "GitHub",
    "google": "Google",
}


def forget_old(*, now: dt.datetime) -> None:
    Event.objects.filter(at__lt=now - KEPT).exclude(kind=Kind.ERASED).delete()


def agent(header: str) -> str:
    """Such as "Firefox on Linux"; nothing of what the browser says beyond that is kept."""
    browser, system = (
        next((name for pattern, name in names if re.search(pattern, header)), "") for names in (_BROWSERS, _SYSTEMS)
    )
    return " on ".join(filter(None, (browser or ("A browser" if system else ""), system)))


def agent_of(request: HttpRequest) -> str:
    return agent(request.headers.get("User-Agent", ""))


def record(user: User | None, kind: Event.Kind, request: HttpRequest, how: str = "") -> None:
    Event.objects.create(user=user, kind=kind, agent=agent_of(request), how=how)


def by_operator(user: User, kind: Event.Kind) -> None:
    """Done to an account by whoever runs the site: no browser of theirs shows."""
    Event.objects.create(user=user, kind=kind, agent="An operator")


def failed(email: str, request: HttpRequest) -> None:
    """A wrong password. For an address without an account a line that is nobody's: the same work for both."""
    record(User.objects.alike("email", email).first(), Kind.SIGN_IN_FAILED, request, "password")


def _on(signal: Signal, kind: Event.Kind) -> None:
    def receive(*, request: HttpRequest, user: User | None = None, **rest: Any) -> None:
        if user is not None:
            record(user, kind, request)

    signal.connect(receive, weak=False)


def _signed_in(*, user: User, request: HttpRequest, **rest: Any) -> None:
    """allauth keeps in the session what was shown on the way in; a new account's first time is after nothing of it."""
    shown = get_authentication_records(request, user)
    names = [str(each.get("type") or each.get("provider") or each["method"]) for each in shown]
    record(user, Kind.SIGNED_IN, request, ", ".join(_WAYS.get(name, name) for name in names))


def _code_failed(*, user: User, request: HttpRequest, **rest: Any) -> None:
    record(user, Kind.SIGN_IN_FAILED, request, "code")


def _factor_added(*, user: User, request: HttpRequest, authenticator: Authenticator, **rest: Any) -> None:
    codes = authenticator.type == Authenticator.Type.RECOVERY_CODES
    record(user, Kind.RECOVERY_CODES if codes else Kind.FACTOR_ADDED, request)


def _factor_removed(*, user: User, request: HttpRequest, authenticator: Authenticator, **rest: Any) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:  # they go with the last factor
        record(user, Kind.FACTOR_REMOVED, request)


def _factor_used(*, user: User, request: HttpRequest, authenticator: Authenticator, **rest: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record(user, Kind.RECOVERY_CODE_USED, request)


def _email_changed(*, user: User, request: HttpRequest, from_email_address: Any, **rest: Any) -> None:
    if from_email_address:  # the first one is confirmed, not changed
        record(user, Kind.EMAIL_CHANGED, request)


def _linked(*, request: HttpRequest, sociallogin: Any, **rest: Any) -> None:
    record(sociallogin.user, Kind.PROVIDER_LINKED, request)


def _unlinked(*, request: HttpRequest, socialaccount: Any, **rest: Any) -> None:
    record(socialaccount.user, Kind.PROVIDER_LINKED, request)


def listen() -> None:
    _on(account.user_signed_up, Kind.SIGNED_UP)
    account.user_logged_in.connect(_signed_in)
    _on(user_logged_out, Kind.SIGNED_OUT)
    _on(account.password_changed, Kind.PASSWORD_CHANGED)
    _on(account.password_reset, Kind.PASSWORD_RESET)
    _on(account.password_set, Kind.PASSWORD_CHANGED)
    _on(mfa.authenticator_reset, Kind.RECOVERY_CODES)
    mfa.authentication_failed.connect(_code_failed)
    mfa.authenticator_added.connect(_factor_added)
    mfa.authenticator_removed.connect(_factor_removed)
    mfa.authenticator_used.connect(_factor_used)
    account.email_changed.connect(_email_changed)
    social.social_account_added.connect(_linked)
    social.social_account_removed.connect(_unlinked)
