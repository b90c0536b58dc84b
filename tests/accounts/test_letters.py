"""What the owner of an account is written about, beside the line in the security log."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts import erasure
from accounts.models import Event, User
from tests.accounts.acts import (
    PASSWORD,
    add_passkey,
    confirm_identity,
    confirm_with,
    mailed_code,
    mailed_link,
    recovery_codes,
    set_up_app,
    sign_in,
)

OLD, NEW = "noor@example.org", "new@example.org"
WORDS = {"password1": "twelve new stones", "password2": "twelve new stones"}
ASKED_FOR = {"Your code for Cairn", "Choose a new password"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("with_mail")
def test_of_each_change_and_of_nothing_else(client: Client, confirmed: User) -> None:
    """That an account elsewhere was linked: test_providers.py."""
    told: list[tuple[str, str, str]] = []
    quiet: set[str] = set()

    def look(*_: Any) -> None:
        """What was done since then: of which kind, and the letter about it."""
        kinds = list(Event.objects.order_by("id").values_list("kind", flat=True))
        letters = [(letter.subject, letter.to[0]) for letter in mail.outbox if letter.subject not in ASKED_FOR]
        told.extend((kinds[0], *letter) for letter in letters)
        quiet.update(kinds if not letters else ())
        mail.outbox.clear()
        Event.objects.all().delete()
        cache.clear()

    look(sign_in(client, password="wrong horse battery"))
    look(sign_in(client))
    look(client.post("/accounts/password/change/", {"oldpassword": PASSWORD} | WORDS))
    confirm_identity(client, WORDS["password1"])
    client.post("/accounts/email/", {"action_add": "", "email": NEW})
    look(client.post("/accounts/confirm-email/", {"code": mailed_code()}))
    linked = SocialAccount.objects.create(user=confirmed, provider="github", uid="77")
    look(client.post("/accounts/3rdparty/", {"account": linked.pk}))

    client.post("/accounts/password/reset/", {"email": NEW})
    form = client.get(mailed_link())["Location"]
    look(client.post(form, {"password1": PASSWORD, "password2": PASSWORD}))
    look(sign_in(client, NEW))
    set_up_app(client)
    look()
    look(client.post("/accounts/2fa/recovery-codes/generate/"))
    passkey = add_passkey(client)
    look()
    look(client.post("/accounts/logout/"))
    sign_in(client, NEW)
    look(client.post("/accounts/2fa/authenticate/", {"code": recovery_codes(confirmed)[0]}))

    confirmed.refresh_from_db()
    confirmed.set_unusable_password()
    confirmed.save()
    client.force_login(confirmed)
    confirm_with(client, passkey)
    look()
    look(client.post("/accounts/password/set/", WORDS))
    look(client.post("/accounts/2fa/totp/deactivate/"))
    look(client.post(f"/accounts/2fa/webauthn/keys/{Authenticator.objects.get(type='webauthn').pk}/remove/"))
    look(b"".join(client.post("/settings/data/export/")))
    Client().post("/accounts/login/", {"login": NEW, "password": WORDS["password1"]})
    look(client.post("/accounts/sessions/"))
    client.post("/settings/delete/", {"confirmation": NEW})
    look()
    look(erasure.erase_due(now=timezone.now() + erasure.GRACE))

    assert told == [
        ("password_changed", "Your password was changed", OLD),
        ("email_changed", "Your e-mail address was changed", OLD),
        ("provider_linked", "Github was unlinked from your account", NEW),
        ("password_reset", "Your password was reset", NEW),
        ("factor_added", "An authenticator app was set up", NEW),
        ("recovery_codes", "New recovery codes were made", NEW),
        ("factor_added", "A passkey was added", NEW),
        ("password_changed", "Your account has a password now", NEW),
        ("factor_removed", "The authenticator app was switched off", NEW),
        ("factor_removed", "A passkey was removed", NEW),
        ("erasure_asked", "Your Cairn account will be erased", NEW),
        ("erased", "Your Cairn account is erased", NEW),
    ]
    assert quiet == {"sign_in_failed", "signed_in", "signed_out", "recovery_code_used", "exported", "sessions_ended"}
