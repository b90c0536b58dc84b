from django import template
from django.utils.safestring import SafeString, mark_safe

from accounts import events

register = template.Library()


@register.filter
def drawing(svg: str) -> SafeString:
    """allauth's own drawing of a QR code, to stand in the page."""
    return mark_safe(svg.partition("?>")[2])  # noqa: S308 -- made here, of paths alone


@register.filter
def agent(header: str) -> str:
    return events.agent(header)
