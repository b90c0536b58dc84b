"""Who has no password confirms that it is them where they sign in: at a linked account elsewhere."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.internal.flows import reauthentication
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts import confirming
from accounts.models import User

PROCESS = "reauthenticate"


def is_needed(user: User) -> bool:
    return not (user.has_usable_password() or reauthentication.get_reauthentication_flows(user))


def providers(request: HttpRequest) -> list[Any]:
    """Those that the operator has keys for and the account is linked with."""
    linked = set(SocialAccount.objects.filter(user=request.user.pk).values_list("provider", flat=True))
    return [provider for provider in get_adapter().list_providers(request) if provider.sub_id in linked]


def was_lately(request: HttpRequest) -> bool:
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(record.get("reauthenticated") and record["at"] > since for record in records)


def confirm(request: HttpRequest, sociallogin: Any) -> HttpResponse:
    """When the browser is back. What matches by its e-mail address only is not linked, and confirms nothing."""
    account, back = sociallogin.account, sociallogin.get_redirect_url(request)
    if account.pk is None or account.user_id != request.user.pk:
        messages.error(request, "That is not the account that is linked here. Nothing was changed.")
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back or '/'})}")
    extra = {"provider": account.provider, "uid": account.uid, "reauthenticated": True}
    record_authentication(request, account.user, "socialaccount", **extra)
    if confirming.missing(request, account.user):
        return confirming.go_on(request, back)
    # A form that was sent is not sent again by coming back from another site: it is shown once more.
    resumed = reauthentication.resume_request(request)
    return resumed or redirect(back or settings.LOGIN_REDIRECT_URL)
