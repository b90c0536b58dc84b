"""Second factors' secrets as they lie in the database: unreadable without the secret key.

AES-256-GCM, marked with a number, so that what comes after it can be told apart. What has no mark is of before,
Fernet's (AES-128-CBC with HMAC); it is read, and reencrypt() ends it.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.crypto import salted_hmac

MARK = "2:"
NONCE = 12
"""Bytes, random: with one key a few billions of secrets could have theirs before two are likely to share one."""


def _keys(purpose: str) -> list[bytes]:
    """The present one, then former ones; for each purpose others."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [salted_hmac(purpose, "", secret=secret, algorithm="sha256").digest() for secret in secrets]


def encrypt(text: str) -> str:
    nonce = os.urandom(NONCE)
    sealed = AESGCM(_keys("cairn.vault.2")[0]).encrypt(nonce, text.encode(), None)
    return MARK + base64.urlsafe_b64encode(nonce + sealed).decode()


def decrypt(encrypted: str) -> str:
    if not encrypted.startswith(MARK):
        former = [Fernet(base64.urlsafe_b64encode(key)) for key in _keys("cairn.vault")]
        return MultiFernet(former).decrypt(encrypted.encode()).decode()
    sealed = base64.urlsafe_b64decode(encrypted.removeprefix(MARK))
    for key in _keys("cairn.vault.2"):
        try:
            return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], None).decode()
        except InvalidTag:
            continue
    raise InvalidTag


def reencrypt(encrypted: str) -> str:
    """With the present key, whichever of the known ones it was made with."""
    return encrypt(decrypt(encrypted))
