"""What every template may use without loading it."""

import base64
import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "i") -> SafeString:
    """One of components/sprite.html; always beside text that says the same."""
    return format_html('<svg class="{}" viewBox="0 0 24 24" aria-hidden="true"><use href="#{}"/></svg>', css, name)


HTMX = "django_htmx/htmx-2.min.js"


@register.simple_tag
def htmx() -> SafeString:
    """The one script that is not ours. A browser runs it only as it was when this process began; for each of the others
    that would cost a first visit 45 bytes more."""
    return format_html('<script src="{}" integrity="{}" defer></script>', static(HTMX), _integrity(HTMX))


@functools.cache
def _integrity(name: str) -> str:
    """Of a static file as it is served."""
    stored_name = getattr(staticfiles_storage, "stored_name", None)
    path = staticfiles_storage.path(stored_name(name)) if stored_name else str(finders.find(name))
    content = Path(path).read_bytes()
    return f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}"


@register.filter
def duration(minutes: int) -> str:
    """95 -> 1 h 35; 60 -> 1 h; 45 -> 45 min."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02}" if rest else f"{hours} h"


@register.filter
def hours(quarters: int) -> str:
    """Quarter hours: 6 -> 1.5 h."""
    return f"{quarters / 4:g} h"


@register.filter
def in_words(number: int) -> str:
    """6 -> six; from thirteen on in digits, as one reads it best in a sentence."""
    words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    return words[number] if number < len(words) else str(number)


@register.filter
def titles(rows: Sequence[Any]) -> str:
    """“A, B and C” of what has a title; “A, B, C and 4 more” when there are many."""
    names = [row.title for row in rows]
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
