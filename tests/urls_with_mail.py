"""What allauth adds where there is a mail server; it decides when it is imported, before any test."""

from allauth.account import views as account
from allauth.mfa.webauthn import views as webauthn
from django.urls import path

from config.urls import *  # noqa: F403 -- the error handlers, too
from config.urls import urlpatterns as always

urlpatterns = [
    path("accounts/signup/passkey/", account.signup_by_passkey, name="account_signup_by_passkey"),
    path("accounts/2fa/webauthn/signup/", webauthn.signup_webauthn, name="mfa_signup_webauthn"),
    *always,
]
