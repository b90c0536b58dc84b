"""What people do on the way in, and the devices that they hold: an authenticator app, a passkey."""

import base64
import hashlib
import json
import re
import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail
from django.test import Client
from fido2 import cbor
from fido2.cose import ES256

from accounts import vault
from accounts.models import User

PASSWORD = "correct horse battery"


def sign_in(client: Client, email: str = "noor@example.org", password: str = PASSWORD, **extra: Any) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": password}, **extra)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def confirm_identity(client: Client, password: str = PASSWORD) -> None:
    assert client.post("/accounts/reauthenticate/", {"password": password}).status_code == 302


def mailed_code() -> str:
    found = re.search(r"^\d{3}-\d{3}-\d{3}$", mail.outbox[-1].body, re.MULTILINE)
    assert found
    return found.group(0)


def mailed_link() -> str:
    found = re.search(r"http://testserver(\S+)", mail.outbox[-1].body)
    assert found
    return found.group(1)


def app_code(secret: str, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def set_up_app(client: Client) -> str:
    """Of somebody signed in with a password; the secret that the app then knows."""
    confirm_identity(client)
    secret = str(client.get("/accounts/2fa/totp/activate/").context["form"].secret)
    response = client.post("/accounts/2fa/totp/activate/", {"code": app_code(secret)})
    assert response["Location"] == "/accounts/2fa/recovery-codes/"
    return secret


def recovery_codes(user: User) -> list[str]:
    codes: list[str] = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()
    return codes


def stored_secret(user: User) -> str:
    return vault.decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Passkey:
    """A WebAuthn authenticator in a few lines, honest unless told otherwise."""

    def __init__(self, host: str = "testserver") -> None:
        self.host = host
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(str(id(self)).encode()).digest()
        self.count = 0
        self.user_handle = ""

    def _client_data(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def make(self, options: dict[str, Any]) -> str:
        """What the browser answers to navigator.credentials.create()."""
        options = json.loads(json.dumps(options["publicKey"]))
        self.user_handle = options["user"]["id"]
        public = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(0x45) + attested}
        client_data = self._client_data("webauthn.create", options["challenge"], f"https://{self.host}")
        return json.dumps(
            {
                "type": "public-key",
                "id": _b64(self.id),
                "rawId": _b64(self.id),
                "response": {
                    "clientDataJSON": _b64(client_data),
                    "attestationObject": _b64(cbor.encode(attestation)),
                },
                "clientExtensionResults": {"credProps": {"rk": True}},
            }
        )

    def sign(self, options: dict[str, Any], *, origin: str = "", user_handle: str = "", verified: bool = True) -> str:
        """What the browser answers to navigator.credentials.get()."""
        options = json.loads(json.dumps(options["publicKey"]))
        data = self._data(0x05 if verified else 0x01)
        client_data = self._client_data("webauthn.get", options["challenge"], origin or f"https://{self.host}")
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return json.dumps(
            {
                "type": "public-key",
                "id": _b64(self.id),
                "rawId": _b64(self.id),
                "response": {
                    "clientDataJSON": _b64(client_data),
                    "authenticatorData": _b64(data),
                    "signature": _b64(signature),
                    "userHandle": user_handle or self.user_handle,
                },
                "clientExtensionResults": {},
            }
        )


def add_passkey(client: Client) -> Passkey:
    """Of somebody signed in with a password."""
    confirm_identity(client)
    passkey = Passkey()
    options = client.get("/accounts/2fa/webauthn/add/").context["js_data"]["creation_options"]
    data = {"name": "Phone", "passwordless": "on", "credential": passkey.make(options)}
    assert client.post("/accounts/2fa/webauthn/add/", data).status_code == 302
    return passkey


def confirm_with(client: Client, passkey: Passkey, target: str = "/", **how: Any) -> Any:
    """Of somebody signed in."""
    page = "/accounts/2fa/webauthn/reauthenticate/"
    options = client.get(page, {"next": target}).context["js_data"]["request_options"]
    return client.post(page, {"credential": passkey.sign(options, **how), "next": target})


def ask_for_passkey(client: Client) -> dict[str, Any]:
    response = client.get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"})
    options: dict[str, Any] = response.json()["request_options"]
    return options


def sign_in_with(client: Client, passkey: Passkey, **how: Any) -> Any:
    credential = passkey.sign(ask_for_passkey(client), **how)
    return client.post("/accounts/2fa/webauthn/login/", {"credential": credential})
