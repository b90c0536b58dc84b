"""Rules of names, handles and passwords in words."""

import re
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

HANDLE = re.compile(r"[a-z0-9-]{3,30}\Z")


def handle(value: str) -> None:
    if not HANDLE.match(value):
        raise ValidationError("Use 3 to 30 small letters, digits and hyphens.")


@cache
def zones() -> tuple[str, ...]:
    """Those that one can choose: UTC and places, such as Europe/Berlin."""
    places = (zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/")))
    return ("UTC", *sorted(places))


def time_zone(value: str) -> None:
    if value not in zones():
        raise ValidationError("Choose a time zone from the list, such as Europe/Berlin.")


class MaximumLengthValidator:
    """No password is long enough to keep a hashing worker busy."""

    maximum = 128

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self.maximum:
            raise ValidationError(f"Use at most {self.maximum} characters.", code="password_too_long")

    def get_help_text(self) -> str:
        return f"Use at most {self.maximum} characters."
