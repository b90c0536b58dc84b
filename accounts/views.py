from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.models import EmailConfirmationHMAC
from allauth.account.views import (
    BaseReauthenticateView,
    ConfirmEmailVerificationCodeView,
    ConfirmEmailView,
    EmailVerificationSentView,
    ReauthenticateView,
)
from allauth.mfa.base import views as mfa
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_safe

from accounts import confirming, elsewhere, erasure, events, limits
from accounts.forms import DeleteForm, ProfileForm, SettingsForm
from accounts.models import Event, User


def _copy(request: HttpRequest) -> User:
    """Of whoever asks, for a form: the page does not call its reader by a name that was refused."""
    return get_object_or_404(User, pk=request.user.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    user = _copy(request)
    form = SettingsForm(request.POST or None, instance=user)
    if form.is_valid():
        form.save()
        messages.success(request, "Your settings are saved.")
        return redirect("settings")
    return render(request, "accounts/settings.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def profile_settings(request: HttpRequest) -> HttpResponse:
    user = _copy(request)
    form = ProfileForm(request.POST or None, instance=user)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved. Your profile is on." if user.is_public else "Saved. Your profile is off.")
        return redirect("profile_settings")
    switches = [form[name] for name in ("is_public", "shows_streak", "is_findable")]
    context = {"form": form, "switches": switches}
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request: HttpRequest) -> HttpResponse:
    user = _copy(request)
    form = DeleteForm(request.POST or None, user=user)
    if form.is_valid():
        try:
            erasure.ask(user=user, at=timezone.now())
        except erasure.LastSuperuser:
            form.add_error(None, "You are the last administrator. Make somebody else one first.")
        else:
            events.record(user, Event.Kind.ERASURE_ASKED, request)
            erasure.tell(user)
            logout(request)
            day = date_format(user.erase_at, "j F Y") if user.erase_at else ""
            messages.success(request, f"Your account will be erased on {day}. Until then, signing in takes it back.")
            return redirect("home")
    return render(request, "accounts/delete.html", {"form": form}, status=422 if form.errors else 200)


class EnterCode(ConfirmEmailVerificationCodeView):
    def _resend_form_valid(self, form: Any) -> HttpResponse:
        """Whose address is taken gets another letter, too: else a mail server that is slow or down would tell."""
        send = self._process.send
        self._process.send = lambda **_: send()
        response: HttpResponse = super()._resend_form_valid(form)
        return response


@login_not_required
def email_verification_sent(request: HttpRequest) -> HttpResponse:
    by_code = app_settings.EMAIL_VERIFICATION_BY_CODE_ENABLED
    response: HttpResponse = (EnterCode if by_code else EmailVerificationSentView).as_view()(request)
    return response


class Asks(BaseReauthenticateView):
    """A page that asks who it is: for one thing of two, or for the only one."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        ways = get_adapter().get_reauthentication_methods(self.request.user)
        shows = confirming.shown_by(way for way in ways if way["url"] == self.request.path)
        wanted = confirming.missing(self.request, self.request.user)
        # Another way is what stands for the same; what is asked for besides has its turn.
        others = context["reauthentication_alternatives"]
        context["reauthentication_alternatives"] = [way for way in others if confirming.shown_by([way]) & shows]
        context["is_half_done"] = len(wanted) == 1
        context["comes_next"] = next((way["id"] for way in ways if confirming.shown_by([way]) & (wanted - shows)), "")
        return context


class Reauthenticate(Asks, ReauthenticateView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if not self.request.user.has_usable_password():
            context["providers"] = elsewhere.providers(self.request)
        return context


class ReauthenticateByCode(Asks, mfa.ReauthenticateView):
    pass


class ReauthenticateByPasskey(Asks, webauthn.ReauthenticateWebAuthnView):
    def form_valid(self, form: Any) -> HttpResponse:
        """As with a code: the form knows what was shown."""
        form.save()
        response: HttpResponse = BaseReauthenticateView.form_valid(self, form)
        return response


class Adds:
    """Whoever has just set up a factor has shown it: the page that follows does not ask for it."""

    request: HttpRequest

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]  # of the view it is mixed into
        confirming.added(self.request)
        return response


class ActivateApp(Adds, totp.ActivateTOTPView):
    pass


class AddPasskey(Adds, webauthn.AddWebAuthnView):
    pass


class Sessions(ListUserSessionsView):
    """Looked at by whoever is signed in; ended by who has confirmed that it is them."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        raise_if_reauthentication_required(request, app="allauth.usersessions")
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response


class ConfirmEmail(ConfirmEmailView):
    def get_object(self, queryset: Any = None) -> EmailConfirmationHMAC:
        """Links are an operator's help; where codes are what confirms, allauth itself knows of none."""
        found = EmailConfirmationHMAC.from_key(self.kwargs["key"])
        if found is None:
            raise Http404
        return found

    def logout_other_user(self, confirmation: Any) -> None:
        """Who is signed in as somebody else is signed out by confirming, not by looking."""
        if self.request.method == "POST":
            super().logout_other_user(confirmation)


@require_safe
def security_log(request: HttpRequest) -> HttpResponse:
    shown = Event.objects.filter(user=request.user.pk, at__gte=timezone.now() - events.KEPT).order_by("-at", "-id")
    return render(request, "accounts/security.html", {"events": shown[:200]})


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """What every limit answers, allauth's too, which finds it as handler429."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(getattr(request, "retry_after", limits.RETRY_AFTER))
    return response
