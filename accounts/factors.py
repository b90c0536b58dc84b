"""allauth's forms for second factors and passkeys in our words, and what they leave open about used codes and keys."""

import logging
from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from allauth.mfa.webauthn.internal.auth import parse_authentication_response
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.forms import Field, HiddenInput, JSONField

from accounts.forms import Worded, Words

# A code counts until its step and those that are tolerated after it are over.
_CODE_LIVES = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
log = logging.getLogger(__name__)
_UNKNOWN = "This passkey does not belong to an account here, or the time for it was over. Try again."
_NOT_MADE = "The passkey was not made. Try again."
_NO_SCRIPT = "Passkeys need JavaScript, and a browser that knows them."
_CODE = {"spellcheck": "false", "autocapitalize": "none"}
_DIGITS = _CODE | {"inputmode": "numeric"}
_APP = Words("Code", "Enter the code that the app shows.", "Six digits, from the app.", _DIGITS)
_APP_OR_RECOVERY = Words("Code", "Enter a code.", "Six digits from the app, or one of your recovery codes.", _CODE)
_NAME = Words("Name", "Enter a name.", "Your own word for it, such as the device that it is on.", maximum=60)


class WithCode(Worded):
    """A code from the app counts once, also within the tolerance for clocks, which allauth's own guard leaves out."""

    words = {"code": _APP_OR_RECOVERY}
    user: Any
    authenticator: Authenticator

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]  # of the form it is mixed into
        key = f"accounts:totp:{self.user.pk}:{normalize_user_code(code)}"
        if self.authenticator.type == Authenticator.Type.TOTP and not cache.add(key, True, _CODE_LIVES):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(WithCode, base.AuthenticateForm):
    pass


class ReauthenticateCodeForm(WithCode, base.ReauthenticateForm):
    pass


class ActivateTOTPForm(Worded, totp.ActivateTOTPForm):
    words = {"code": _APP}


class Credential(JSONField):
    """A browser's answer has a handful of brackets. What has hundreds may be nested deeper than JSON can be read."""

    most = 50

    def to_python(self, value: Any) -> Any:
        if self._is_endless(value):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return "" if self._is_endless(data) else super().bound_data(data, initial)

    def _is_endless(self, value: Any) -> bool:
        return isinstance(value, str) and value.count("[") + value.count("{") > self.most


class Counted:
    """A key that counts its uses and is at or behind what we have seen was copied."""

    fields: dict[str, Field]
    cleaned_data: dict[str, Any]
    verified = False
    """Whether the key asked for a PIN or fingerprint."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {"required": _NO_SCRIPT, "invalid": _UNKNOWN}
        self.fields["credential"] = Credential(widget=HiddenInput, error_messages=words)

    def clean_credential(self) -> Authenticator:
        try:
            return self._checked()
        except ValidationError:
            log.warning("A passkey was refused.")  # whose it claimed to be nobody knows
            raise

    def _checked(self) -> Authenticator:
        response = self.cleaned_data["credential"]
        try:
            authenticator: Authenticator = super().clean_credential()  # type: ignore[misc]  # of that form
            said = parse_authentication_response(response).response.authenticator_data
        except ValidationError as error:
            raise ValidationError(_UNKNOWN) if error.code == "incorrect_code" else error from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # what is no answer of a browser
            raise ValidationError(_UNKNOWN) from error
        count, seen = said.counter, authenticator.data.get("count", 0)
        if (count or seen) and count <= seen:
            raise ValidationError(_UNKNOWN)
        if count:
            authenticator.data["count"] = count
            authenticator.save(update_fields=["data"])
        self.verified = said.is_user_verified()
        return authenticator


class AuthenticateWebAuthnForm(Counted, webauthn.AuthenticateWebAuthnForm):
    pass


class LoginWebAuthnForm(Counted, webauthn.LoginWebAuthnForm):
    pass


class ReauthenticateWebAuthnForm(Counted, webauthn.ReauthenticateWebAuthnForm):
    def save(self) -> None:
        self.passwordless = self.verified  # then it shows as much as signing in with it alone
        super().save()


class Named(Worded):
    words = {"name": _NAME}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {"required": _NO_SCRIPT, "invalid": _NOT_MADE}
        self.fields["credential"] = Credential(widget=HiddenInput, error_messages=words)

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()  # type: ignore[misc]  # of that form
        except ValidationError as error:
            raise ValidationError(_NOT_MADE) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValidationError(_NOT_MADE) from error
        return cleaned


class AddWebAuthnForm(Named, webauthn.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.initial = True
        alone.label = "Sign in with it alone"
        alone.help_text = "Without address and password. A key without a PIN or fingerprint cannot do that: untick it."


class SignupWebAuthnForm(Named, webauthn.SignupWebAuthnForm):
    pass


class EditWebAuthnForm(Worded, webauthn.EditWebAuthnForm):
    words = {"name": _NAME}
