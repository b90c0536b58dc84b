"""Second factors' secrets as they lie in the database: unreadable without the secret key."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


def _vault() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [salted_hmac("cairn.vault", "", secret=key, algorithm="sha256").digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def encrypt(text: str) -> str:
    return _vault().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    return _vault().decrypt(encrypted.encode()).decode()


def reencrypt(encrypted: str) -> str:
    """With the present key, whichever of the known ones it was made with."""
    return _vault().rotate(encrypted.encode()).decode()
