"""What every template may use without loading it."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "i") -> SafeString:
    """One of components/sprite.html; always beside text that says the same."""
    return format_html('<svg class="{}" viewBox="0 0 24 24" aria-hidden="true"><use href="#{}"/></svg>', css, name)


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
