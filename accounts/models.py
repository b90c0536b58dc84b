"""Who somebody is. The e-mail address signs in; name and handle are for others to see."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts import validators
from accounts.names import NameField


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def alike(self, field: str, text: str) -> "models.QuerySet[User]":
        """Whose e-mail address or handle is this in any case. By its constraint's index, which iexact cannot use."""
        return self.alias(folded=Lower(field)).filter(folded=text.lower())

    def operators(self) -> "models.QuerySet[User]":
        """Who can run the site."""
        return self.filter(is_superuser=True, is_active=True, erase_at=None)


class User(AbstractBaseUser, PermissionsMixin):
    class Appearance(models.TextChoices):
        AUTO = "auto", "Auto"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    email = models.EmailField("e-mail address", unique=True)
    name = NameField(max_length=80, blank=True)
    handle = models.CharField(max_length=30, null=True, blank=True, unique=True, validators=[validators.handle])
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validators.time_zone])
    appearance = models.CharField(max_length=5, choices=Appearance, default=Appearance.AUTO)
    shortcuts = models.BooleanField("keyboard shortcuts", default=True)
    weekly_letter = models.BooleanField("a letter a week", default=False, db_default=False)
    is_public = models.BooleanField("public profile", default=False)
    shows_streak = models.BooleanField("streak on the profile", default=False)
    is_findable = models.BooleanField("profile in search engines", default=False)
    erase_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Hidden until then; signing in takes it back."
    )
    is_staff = models.BooleanField("may enter the admin", default=False)
    is_active = models.BooleanField("active", default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case"),
            models.UniqueConstraint(Lower("handle"), name="user_handle_unique_in_any_case"),
            models.CheckConstraint(
                condition=Q(is_public=False) | Q(handle__isnull=False), name="user_public_has_handle"
            ),
        ]
        # For housekeep, which erases what is due.
        indexes = [models.Index(fields=["erase_at"], condition=Q(erase_at__isnull=False), name="user_to_erase")]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return str(self.name)

    def get_short_name(self) -> str:
        """What the page calls its owner: never shown to anybody else."""
        return self.name or self.email.partition("@")[0]


class HeldHandle(models.Model):
    """A handle that was given up, held back so that nobody takes over its links. Known only by its digest."""

    digest = models.CharField(max_length=64, unique=True)
    until = models.DateTimeField()
    user = models.ForeignKey(
        User,
        models.SET_NULL,
        related_name="held_handles",
        null=True,
        help_text="Who may take it back; None once erased.",
    )

    def __str__(self) -> str:
        return f"Held handle {self.pk}"


class Event(models.Model):
    """A line of the security log: what happened to an account, seen by its owner for 90 days."""

    class Kind(models.TextChoices):
        SIGNED_UP = "signed_up", "Account created"
        SIGNED_IN = "signed_in", "Signed in"
        SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
        SIGNED_OUT = "signed_out", "Signed out"
        SESSIONS_ENDED = "sessions_ended", "Signed out elsewhere"
        PASSWORD_CHANGED = "password_changed", "Password changed"
        PASSWORD_RESET = "password_reset", "Password reset"
        EMAIL_CHANGED = "email_changed", "E-mail address changed"
        FACTOR_ADDED = "factor_added", "Second factor or passkey added"
        FACTOR_REMOVED = "factor_removed", "Second factor or passkey removed"
        RECOVERY_CODES = "recovery_codes", "Recovery codes made"
        RECOVERY_CODE_USED = "recovery_code_used", "Recovery code used"
        PROVIDER_LINKED = "provider_linked", "Other sign-in linked or unlinked"
        EXPORTED = "exported", "Data exported"
        IMPORTED = "imported", "Data imported"
        DEACTIVATED = "deactivated", "Account switched off"
        ACTIVATED = "activated", "Account switched on"
        ERASURE_ASKED = "erasure_asked", "Deletion asked for"
        ERASURE_TAKEN_BACK = "erasure_taken_back", "Deletion taken back"
        ERASED = "erased", "Account erased"

    user = models.ForeignKey(
        User,
        models.CASCADE,
        related_name="events",
        null=True,
        help_text="None once erased, and of a wrong password for an address without an account.",
    )
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField(default=timezone.now)
    agent = models.CharField(max_length=60, blank=True, help_text="Browser and system in a few words.")
    how = models.CharField(max_length=60, blank=True, db_default="", help_text="With what they signed in or tried to.")

    class Meta:
        # Its owner reads it newest first; housekeep removes what is old.
        indexes = [
            models.Index(fields=["user", "-at"], name="event_of_user"),
            models.Index(fields=["at"], name="event_by_age"),
        ]

    def __str__(self) -> str:
        return f"Event {self.pk}"
