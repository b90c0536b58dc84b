"""Working at the curators' desk: forms are read from the page, changed, and sent as a browser does."""

from typing import Any

from django.db import models
from django.forms import BooleanField, ModelMultipleChoiceField
from django.test import Client
from django.urls import reverse

from roadmap import outline
from roadmap.models import Roadmap
from roadmap.tree import Outline


def address(row: models.Model | type[models.Model], page: str = "change") -> str:
    name = f"admin:roadmap_{row._meta.model_name}_{page}"
    return reverse(name, args=[row.pk] if isinstance(row, models.Model) else [])


def form(client: Client, url: str) -> dict[str, Any]:
    """What a browser would send if nothing were changed."""
    context = client.get(url).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    return {name: value for each in forms for name, value in _values(each)}


def _values(each: Any) -> list[tuple[str, Any]]:
    found = []
    for field in each:
        value = field.value()
        empty = isinstance(field.field, BooleanField | ModelMultipleChoiceField) and not value
        if field.field.disabled or empty:
            continue
        found.append((field.html_name, "" if value is None else value))
    return found


def save(client: Client, row: models.Model | type[models.Model], **values: Any) -> Any:
    """Changes these values in the row's form, or in an empty one, and sends it. None takes a value out."""
    url = address(row) if isinstance(row, models.Model) else address(row, "add")
    data = form(client, url) | values
    return client.post(url, {name: value for name, value in data.items() if value is not None}, follow=True)


def new_row(data_prefix: str, number: int, **values: Any) -> dict[str, Any]:
    """One more row in an inline that shows this many; for save()."""
    return {f"{data_prefix}-TOTAL_FORMS": number + 1} | {
        f"{data_prefix}-{number}-{name}": value for name, value in values.items()
    }


def act(client: Client, action: str, *rows: models.Model, **more: Any) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(address(type(rows[0]), "changelist"), data, follow=True)


def asks(response: Any) -> bool:
    """Whether the answer is the page that says what a change does to learners, and asks."""
    return "admin/curation/effect.html" in [template.name for template in response.templates]


def answer(client: Client, response: Any, button: str) -> Any:
    """Presses “Save it” (_confirmed) or “Back to the form” (_back) on that page."""
    data: dict[str, list[str]] = {button: [response.context["token"] if button == "_confirmed" else "1"]}
    for name, value in response.context["sent"]:
        data.setdefault(name, []).append(value)
    return client.post(response.context["request"].get_full_path(), data, follow=True)


def confirm(client: Client, response: Any) -> Any:
    assert asks(response)
    return answer(client, response, "_confirmed")


def drag(client: Client, model: type[models.Model], *rows: models.Model) -> Any:
    """What the list sends when its rows have been dragged into this order."""
    items = [[str(row.pk), position] for position, row in enumerate(rows)]
    url = reverse(f"admin:roadmap_{model._meta.model_name}_sortable_update")
    return client.post(url, {"updatedItems": items}, content_type="application/json")


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def errors(response: Any) -> list[str]:
    """Every error on the page, as words."""
    return [str(message) for group in response.context["errors"] for message in _flat(group)]


def _flat(group: Any) -> list[Any]:
    if isinstance(group, str):
        return [group]
    return [message for each in group for message in (_flat(each) if isinstance(each, list) else [each])]


def version(roadmap: Roadmap) -> Any:
    return Roadmap.objects.values_list("version", flat=True).get(pk=roadmap.pk)


def shown(slug: str = "trail") -> Outline:
    found = outline.get(slug)
    assert found is not None
    return found


def titles(slug: str = "trail") -> list[str]:
    return [place.skill.title for place in shown(slug).places]
