"""What allauth adds and leaves out where there is a mail server; it decides when it is imported, before any test."""

from typing import Never

from allauth.account import views as account
from allauth.mfa.webauthn import views as webauthn
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest
from django.urls import include, path, re_path

from config.urls import *  # noqa: F403 -- the error handlers, too
from config.urls import urlpatterns as always


@login_not_required
def left_out(request: HttpRequest, key: str) -> Never:
    """Where codes confirm addresses, there are no links that do."""
    raise Http404


urlpatterns = [
    path("accounts/signup/passkey/", account.signup_by_passkey, name="account_signup_by_passkey"),
    path("accounts/2fa/webauthn/signup/", webauthn.signup_webauthn, name="mfa_signup_webauthn"),
    path("accounts/", include([re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", left_out)])),
    *always,
]
