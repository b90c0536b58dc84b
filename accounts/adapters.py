"""Where allauth asks how this site does things."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import Provider
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import get_random_string

from accounts import confirming, elsewhere, events, letters, limits, sessions, vault
from accounts.models import Event, User
from accounts.validators import zones
from web.http import own_path

log = logging.getLogger(__name__)

# Mail that anybody can have sent to an address. What tells its owner of a change is never held back.
_ASKED_FOR = ("email_confirmation", "password_reset_key", "unknown_account", "account_already_exists")
_WAYS = {
    "reauthenticate": "Use the password",
    "mfa_reauthenticate": "Use a code",
    "mfa_reauthenticate:webauthn": "Use a passkey",
    "elsewhere": "Use the linked account",
    "mail": "Set a password",
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "duplicate_email": "This is your e-mail address already.",
        "email_password_mismatch": "The e-mail address and the password do not belong together.",
        "email_taken": "There is an account with this address already. Sign in, or reset the password.",
        "enter_current_password": "This is not your current password.",
        "incorrect_code": "This is not the code we sent. Take the one from the latest mail.",
        "incorrect_password": "This is not your password.",
        "rate_limited": "That was too quick. Wait a minute, then try again.",
        "too_many_login_attempts": "Too many wrong tries. Wait a few minutes, then sign in again.",
    }

    def is_safe_url(self, url: str) -> bool:
        """As for forms of our own. allauth's breaks over addresses such as https://[."""
        return own_path(self.request, url, "") != ""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        saved: User = super().save_user(request, user, form, commit=False)
        _settle(saved, request, request.POST.get("time_zone"))
        if commit:
            saved.save()
        return saved

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        sent = self.is_sent(template_prefix, email, context)
        if _is_asked_for(template_prefix):
            letters.remember(self.request, sent=sent)

    def is_sent(self, template_prefix: str, email: str, context: dict[str, Any]) -> bool:
        if _is_asked_for(template_prefix):
            limits.mail(self.request, email)
        return letters.was_sent(lambda: super(AccountAdapter, self).send_mail(template_prefix, email, context))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """For an account and a network: whoever tries passwords elsewhere does not lock its owner out."""
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{ratelimit.get_ip(request)}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        # Apart from allauth's own count, which a second factor of the same network sets back.
        usage = limits.consume(request, "wrong_password")
        if not usage:
            raise self.validation_error("too_many_login_attempts")
        self._wrong_password = usage
        super().pre_authenticate(request, **credentials)

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        self._wrong_password.rollback()

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        limits.failed()
        events.failed(credentials.get("email", ""), request)

    def is_reauthentication_required(self, *, app: str, **rest: Any) -> bool:
        """allauth asks nothing of whoever has neither password nor factor, and one of the two of whoever has both."""
        user = self.request.user
        if user.is_authenticated and sessions.has_factor(user):
            if confirming.missing(self.request, user):
                raise ReauthenticationRequired
            return False
        if user.is_authenticated and elsewhere.is_needed(user) and not elsewhere.was_lately(self.request):
            raise ReauthenticationRequired
        return bool(super().is_reauthentication_required(app=app, **rest))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """What is asked for next stands first."""
        if not user.is_authenticated:
            return []
        ways = super().get_reauthentication_methods(user)
        if not user.has_usable_password():
            way = "elsewhere" if elsewhere.providers(self.request) else "mail"
            ways.append({"id": way, "url": reverse("account_reauthenticate")})
        ways = [way | {"description": _WAYS[way["id"]]} for way in ways]
        return confirming.fitting(ways, confirming.missing(self.request, user))


class MFAAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_generate_recovery_codes": "Recovery codes come with two-step verification. Switch it on first.",
        "incorrect_code": "This code is not right. Take a new one.",
        "unverified_email": "Confirm your e-mail address first.",
    }

    def encrypt(self, text: str) -> str:
        return vault.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.decrypt(encrypted_text)

    def _get_site_name(self) -> str:
        return "Cairn"

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002 -- allauth's name for it
        """After the browser that made it, and told apart."""
        name = events.agent_of(self.request) or "Passkey"
        count = Authenticator.objects.filter(user=user, type=type, data__name__startswith=name).count()
        return f"{name} {count + 1}" if count else name


class FormerProvider(Provider):
    """One whose keys the operator took out again: what is linked to it still has a name, and can be unlinked."""

    uses_apps = False

    def __init__(self, request: HttpRequest, slug: str) -> None:
        super().__init__(request)
        self.id, self.name = slug, slug.capitalize()


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "connected_other": "That account is linked to somebody else here.",
        "email_taken": "There is an account with this address already. Sign in to it, then link %s in the settings.",
        "no_password": "Without it you could not sign in any more. Set a password first.",
        "no_verified_email": "Without it you could not sign in any more. Confirm your e-mail address first.",
    }

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[Any]:
        """Those of the settings; there are none in the database, so it is not asked on each page to sign in on."""
        return [
            app for apps in _build_apps_from_settings(provider=provider, client_id=client_id).values() for app in apps
        ]

    def get_provider(self, request: HttpRequest, provider: str, client_id: Any = None) -> Any:
        try:
            return super().get_provider(request, provider, client_id)
        except SocialApp.DoesNotExist:
            return FormerProvider(request, provider)

    def get_requests_session(self) -> Any:
        """What these sites are asked leads nowhere else."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if not sociallogin.state:  # a way in of Google's own, which no form of ours began
            raise PermissionDenied
        if sociallogin.state.get("process") == elsewhere.PROCESS:
            raise ImmediateHttpResponse(elsewhere.confirm(request, sociallogin))

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:
        """Both sides must have confirmed it: an account made with somebody else's address is not handed to them."""
        return bool(EmailAddress.objects.filter(email=email.lower(), verified=True).exists())

    def generate_state_param(self, state: dict[str, Any]) -> str:
        state["time_zone"] = self.request.POST.get("time_zone")  # kept until the browser is back from the other site
        return get_random_string(32)

    def on_authentication_error(self, request: HttpRequest, provider: Any, **rest: Any) -> None:
        """Called off, or refused there, or nothing that was begun here."""
        log.warning("A sign-in with %s failed (%s).", provider.id, rest.get("error") or "unknown")

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        _settle(sociallogin.user, request, sociallogin.state.get("time_zone"))
        saved: User = super().save_user(request, sociallogin, form)
        return saved


class UserSessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: list[Any]) -> None:
        super().end_sessions(sessions)
        if sessions:
            events.record(sessions[0].user, Event.Kind.SESSIONS_ENDED, self.request)


def _is_asked_for(template_prefix: str) -> bool:
    return template_prefix.rpartition("/")[2].startswith(_ASKED_FOR)


def _settle(user: User, request: HttpRequest, zone: str | None) -> None:
    """A new account begins in its browser's time zone, and in the colours that were chosen there."""
    if zone in zones():
        user.time_zone = zone
    if (theme := request.COOKIES.get(settings.THEME_COOKIE_NAME)) in User.Appearance.values:
        user.appearance = theme
