"""Rules of names, handles and passwords in words."""

import re
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

HANDLE = re.compile(r"[a-z0-9-]{3,30}\Z")


def handle(value: str) -> None:
    if not HANDLE.match(value):
        raise ValidationError("Use 3 to 30 small letters, digits and hyphens.")


def time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError("Choose a time zone from the list, such as Europe/Berlin.")


class MaximumLengthValidator:
    """No password is long enough to keep a hashing worker busy."""

    maximum = 128

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self.maximum:
            raise ValidationError(f"Use at most {self.maximum} characters.", code="password_too_long")

    def get_help_text(self) -> str:
        return f"Use at most {self.maximum} characters."
