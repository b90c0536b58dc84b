"""allauth's forms in our words: what is asked for, and errors that say how to mend them."""

import contextlib
from typing import Any, NamedTuple

from allauth.account import app_settings, forms, signals
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.utils import filter_users_by_email
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount import forms as social
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.forms import CharField, ChoiceField, Field, Form, TextInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts import handles
from accounts.models import User
from accounts.validators import MaximumLengthValidator, zones
from web.generic import ModelForm


class Words(NamedTuple):
    label: str
    required: str
    help_text: str = ""
    attrs: dict[str, str] = {}
    maximum: int | None = None


_email = Words(
    "E-mail address",
    "Enter your e-mail address.",
    attrs={"autocapitalize": "none", "spellcheck": "false"},
    maximum=app_settings.EMAIL_MAX_LENGTH,
)
_longest = MaximumLengthValidator.maximum
WORDS = {
    "login": _email,
    "email": _email,
    # An endless password is refused before it is hashed.
    "password": Words("Password", "Enter your password.", maximum=_longest),
    "oldpassword": Words("Current password", "Enter your current password.", maximum=_longest),
    "password1": Words(
        "New password", "Choose a password.", f"Use 10 to {_longest} characters. Spaces are fine, so a sentence works."
    ),
    "password2": Words("New password again", "Enter the new password once more."),
    "code": Words("Code", "Enter the code from the mail.", attrs={"inputmode": "numeric", "spellcheck": "false"}),
}


Saved = tuple[User | None, HttpResponse | None]


def sends_mail() -> bool:
    """Whether addresses are confirmed; without a mail server they are taken as they are given."""
    return bool(app_settings.EMAIL_VERIFICATION != app_settings.EmailVerificationMethod.NONE)


class Worded:
    """Stands before a form of allauth's."""

    words = WORDS
    fields: dict[str, Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name not in self.words:
                continue
            words = self.words[name]
            field.label, field.help_text = words.label, words.help_text
            field.widget.attrs |= words.attrs
            field.error_messages["required"] = words.required
            if words is _email:
                field.error_messages["invalid"] = "Enter an e-mail address with an @, such as name@example.org."
            if words.maximum:
                field.error_messages["max_length"] = f"Use at most {words.maximum} characters."
                field.validators = [
                    *(each for each in field.validators if not isinstance(each, MaxLengthValidator)),
                    MaxLengthValidator(words.maximum),
                ]
                field.widget.attrs.pop("maxlength", None)  # a browser would cut without a word


class LoginForm(Worded, forms.LoginForm):
    pass


class SignupForm(Worded, forms.SignupForm):
    account_already_exists: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "password1" in self.fields:  # not where a passkey is to be made
            self.fields["password1"].label = "Password"
        # allauth hides it with a style attribute, which the policy forbids.
        trap = self.fields[app_settings.SIGNUP_FORM_HONEYPOT_FIELD]
        trap.widget.attrs = {"hidden": True, "tabindex": "-1", "autocomplete": "off"}

    def try_save(self, request: HttpRequest) -> Saved:
        if self.account_already_exists:
            self._save_in_vain(request)
        try:
            saved: Saved = super().try_save(request)
        except IntegrityError:  # somebody else was quicker
            self.account_already_exists = True
            if not sends_mail():
                messages.error(request, get_adapter().error_messages["email_taken"])
                return None, redirect("account_login")
            saved = super().try_save(request)
        return saved

    def _save_in_vain(self, request: HttpRequest) -> None:
        """A taken address answers no sooner than a free one."""
        user = get_adapter().save_user(request, User(), self, commit=False)
        with contextlib.suppress(IntegrityError), transaction.atomic():
            user.save()
            transaction.set_rollback(True)


class SocialSignupForm(Worded, social.SignupForm):
    pass


class AddEmailForm(Worded, forms.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "New e-mail address"

    def clean_email(self) -> str:
        email: str = super().clean_email()
        # With mail a taken address shows only to whoever can read its post: a code goes there.
        if not sends_mail() and filter_users_by_email(email):
            raise get_adapter().validation_error("email_taken")
        return email

    def save(self, request: HttpRequest) -> EmailAddress:
        if sends_mail():
            return super().save(request)
        with transaction.atomic():
            before = EmailAddress.objects.filter(user=self.user).first()
            EmailAddress.objects.filter(user=self.user).delete()
            address = EmailAddress.objects.create(user=self.user, email=self.cleaned_data["email"])
            address.set_as_primary()
        signals.email_changed.send(
            EmailAddress, request=request, user=self.user, from_email_address=before, to_email_address=address
        )
        get_adapter().add_message(request, messages.SUCCESS, "account/messages/primary_email_set.txt")
        return address


class ChangePasswordForm(Worded, forms.ChangePasswordForm):
    pass


class SetPasswordForm(Worded, forms.SetPasswordForm):
    pass


class ResetPasswordForm(Worded, forms.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(Worded, forms.ResetPasswordKeyForm):
    @transaction.atomic
    def save(self) -> None:
        """Of several with one link the first wins, and the others are told so."""
        user = User.objects.select_for_update().get(pk=self.user.pk)
        if not forms.default_token_generator.check_token(user, self.temp_key):
            raise ImmediateHttpResponse(redirect("account_reset_password_from_key", uidb36="0", key="used"))
        super().save()


class ReauthenticateForm(Worded, forms.ReauthenticateForm):
    pass


class ConfirmEmailVerificationCodeForm(Worded, forms.ConfirmEmailVerificationCodeForm):
    pass


class SettingsForm(ModelForm):
    time_zone = ChoiceField(
        label="Time zone",
        help_text="Days, streaks and dates follow it. Days that were active stay active when you change it.",
        error_messages={"invalid_choice": "Choose a time zone from the list, such as Europe/Berlin."},
    )

    class Meta:
        model = User
        fields = ("name", "time_zone", "appearance", "shortcuts", "weekly_letter")
        labels = {
            "name": "Name",
            "appearance": "Colours",
            "shortcuts": "Keyboard shortcuts",
            "weekly_letter": "A letter a week",
        }
        help_texts = {
            "name": "What the pages call you. Others see it on your profile alone, once you switch that on.",
            "appearance": "Auto follows your device.",
            "shortcuts": "Press ? on any page to see them.",
            "weekly_letter": "By e-mail: what is planned, next, due and changed. A link in it stops it.",
        }
        error_messages = {
            "name": {"max_length": "Use at most 80 characters."},
            "appearance": dict.fromkeys(("required", "invalid_choice"), "Choose auto, light or dark."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sends_mail():
            del self.fields["weekly_letter"]
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones()]  # type: ignore[attr-defined]  # it is a field of choices


class ProfileForm(ModelForm):
    class Meta:
        model = User
        fields = ("handle", "is_public", "shows_streak", "is_findable")
        labels = {
            "handle": "Handle",
            "is_public": "Switch my profile on",
            "shows_streak": "Show my streak",
            "is_findable": "Let search engines find it",
        }
        help_texts = {
            "handle": "3 to 30 small letters, digits and hyphens; the address of your profile ends in it. One that you"
            " give up is kept for you for 90 days.",
            "is_public": "It shows your name, progress, projects and public evidence, and nothing else.",
            "shows_streak": "How many days you have been active.",
            "is_findable": "Off: only who has the address comes across it.",
        }
        error_messages = {"handle": {"max_length": "Use 3 to 30 small letters, digits and hyphens."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["handle"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}

    def clean_handle(self) -> str | None:
        handle = (self.cleaned_data["handle"] or "").lower() or None
        if handle and handle != self.initial["handle"]:
            handles.check(handle, self.instance, timezone.now())
        return handle

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("is_public") and "handle" in cleaned and not cleaned["handle"]:
            self.add_error("handle", "A public profile needs a handle.")
        return cleaned

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        handles.change(user=self.instance, handle=self.cleaned_data["handle"], at=timezone.now())
        user: User = super().save(commit)
        return user


class DeleteForm(Form):
    """Typed, so that nobody deletes an account by a slip."""

    confirmation = CharField(
        label="Type your e-mail address",
        help_text="To show that you mean it.",
        error_messages={"required": "Type your e-mail address."},
        widget=TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_confirmation(self) -> str:
        typed: str = self.cleaned_data["confirmation"]
        if typed.strip().lower() != self.user.email:
            raise ValidationError("This is not the address of this account.")
        return typed
