"""Before a former key leaves SECRET_KEY_FALLBACKS."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand
from django.db import transaction

from accounts import vault

SECRETS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


class Command(BaseCommand):
    help = "Encrypts the secrets of second factors with the present SECRET_KEY, so that the former one can go."

    def handle(self, *args: Any, **options: Any) -> None:
        keys = list(Authenticator.objects.filter(type__in=SECRETS).values_list("pk", flat=True))
        count = sum(_reencrypt(key) for key in keys)
        self.stdout.write(f"Encrypted with the present key: {count} secrets.")


@transaction.atomic
def _reencrypt(key: int) -> bool:
    """Locked, as a recovery code may be used meanwhile."""
    authenticator = Authenticator.objects.select_for_update().filter(pk=key).first()
    if authenticator is None:
        return False
    name = SECRETS[authenticator.type]
    authenticator.data[name] = vault.reencrypt(authenticator.data[name])
    authenticator.save(update_fields=["data"])
    return True
