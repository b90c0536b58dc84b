import re

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import events

register = template.Library()
_SVG = re.compile(r'viewBox="([^"]*)".*? d="([^"]*)"', re.DOTALL)


@register.filter
def drawing(svg: str) -> SafeString:
    """Of allauth's drawing of a QR code the one path, to stand in the page."""
    box, path = _SVG.findall(svg)[0]
    return format_html('<svg viewBox="{}"><path d="{}"/></svg>', box, path)


@register.filter
def agent(header: str) -> str:
    return events.agent(header)
