"""What the admin says of a row: where it stands, and what stands on it."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.contrib.admin.utils import model_ngettext
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import get_text_list

from roadmap import entries
from roadmap.models import Content, LinkCheck, Placement, Retirable, Roadmap


def path(row: models.Model) -> str:
    """Such as “AI engineer 2026 › Foundations › Mathematics”, down to the row itself."""
    names: list[str] = []
    at: Any = row
    while not isinstance(at, Roadmap):
        names.append(str(at) if isinstance(at, Placement) else at.title)
        at = getattr(at, entries.ABOVE[entries.kind_of(at)])
    return " › ".join(name for name in [at.short_title, *reversed(names)] if name)


def dependants(rows: models.QuerySet[Any]) -> Counter[type[models.Model]]:
    """How many rows forbid deleting these, or deleting what would go with them, by model. Counts, and lists nobody."""
    found: Counter[type[models.Model]] = Counter()
    for relation in rows.model._meta.related_objects:
        model: Any = relation.related_model
        related = model._base_manager.filter(**{f"{relation.field.name}__in": rows})
        if relation.on_delete in {models.PROTECT, models.RESTRICT}:
            found[model] += related.count()
        elif relation.on_delete is models.CASCADE:
            found += dependants(related)
    return +found


def obstacle(row: models.Model) -> str:
    """Why the row cannot be deleted and what to do instead, or nothing."""
    found = dependants(type(row)._default_manager.filter(pk=row.pk))
    content = {model: count for model, count in found.items() if issubclass(model, Content)}
    records = found.total() - sum(content.values())
    reasons = [f"{records} {'record' if records == 1 else 'records'} of learners"] if records else []
    reasons += [f"{count} {model_ngettext(model._meta, count)}" for model, count in content.items()]
    if not reasons:
        return ""
    verb = "depends" if found.total() == 1 else "depend"
    return f"“{row}” cannot be deleted: {get_text_list(reasons, 'and')} {verb} on it. {instead(row)}"


def instead(row: models.Model) -> str:
    if isinstance(row, Roadmap):
        return "Unpublish it instead: it goes off the site, and every record is kept."
    if isinstance(row, Retirable) and row.is_retired:
        return "It is retired already, and so off the roadmap."
    return "Retire it instead: it goes off the roadmap, and every record is kept."


def retired(rows: Iterable[models.Model]) -> str:
    names = list(rows)
    one = len(names) == 1
    return (
        f"{_named(names)} {'is' if one else 'are'} retired and off the roadmap. "
        f"What learners did with {'it' if one else 'them'} is kept, and you can bring {'it' if one else 'them'} back."
    )


def brought_back(rows: Iterable[models.Model]) -> str:
    names = list(rows)
    return f"{_named(names)} {'is' if len(names) == 1 else 'are'} back."


def published(rows: Iterable[models.Model]) -> str:
    names = list(rows)
    return f"{_named(names)} {'is' if len(names) == 1 else 'are'} published."


def replaced(old: models.Model, new: models.Model) -> str:
    return f"“{new}” stands in the place of “{old}” now, which is retired and keeps what learners did with it."


def link(check: LinkCheck) -> SafeString:
    """What is known of a resource's address."""
    on = date_format(timezone.localtime(check.at), "j F Y")
    since = f", failing since {date_format(check.failed_on, 'j F Y')}" if check.failed_on else ""
    said = [f"{check.get_outcome_display()}: checked on {on}{since}.", check.detail]
    parts = [(part,) for part in said if part]
    moved_to = format_html('<br>It moved to <a href="{0}" rel="noopener">{0}</a>', check.moved_to)
    return format_html("{}{}", format_html_join(SafeString("<br>"), "{}", parts), moved_to if check.moved_to else "")


def _named(rows: list[models.Model]) -> str:
    return get_text_list([f"“{row}”" for row in rows], "and")
