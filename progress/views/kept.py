"""HTML that is rendered once for each version of the content."""

from collections.abc import Hashable

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from roadmap.tree import Outline


def kept(outline: Outline, template: str, *key: Hashable, **context: object) -> SafeString:
    """The template's HTML; outline, template and key settle all that it says."""
    name = (template, *key)
    if name not in outline.rendered:
        outline.rendered[name] = render_to_string(template, {"outline": outline, **context})
    return outline.rendered[name]
