from allauth.account import views as allauth
from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.urls import path

from accounts import google, views

urlpatterns = [
    # Asked for as with any other factor; allauth asks for nothing where there was no password before.
    path(
        "accounts/password/set/",
        reauthentication_required(allauth.password_set, app="allauth.account"),
        name="account_set_password",
    ),
    path("accounts/reauthenticate/", views.Reauthenticate.as_view(), name="account_reauthenticate"),
    path("accounts/2fa/reauthenticate/", views.ReauthenticateByCode.as_view(), name="mfa_reauthenticate"),
    path(
        "accounts/2fa/webauthn/reauthenticate/",
        views.ReauthenticateByPasskey.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("accounts/2fa/totp/activate/", views.ActivateApp.as_view(), name="mfa_activate_totp"),
    path("accounts/2fa/webauthn/add/", views.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("accounts/confirm-email/", views.email_verification_sent, name="account_email_verification_sent"),
    # A mail that an operator sends leads here, also where allauth itself confirms by code.
    path("accounts/confirm-email/<str:key>/", views.ConfirmEmail.as_view(), name="account_confirm_email"),
    path("accounts/sessions/", views.Sessions.as_view(), name="usersessions_list"),
    path("settings/", views.settings, name="settings"),
    path("settings/delete/", reauthentication_required(views.delete_account), name="delete_account"),
    path("settings/security/", views.security_log, name="security_log"),
    path("settings/profile/", views.profile_settings, name="profile_settings"),
]
if "google" in settings.PROVIDERS:
    urlpatterns.append(path("accounts/google/login/callback/", google.callback, name="google_callback"))
