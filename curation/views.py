"""The curators' own pages in the admin: how a roadmap is used, and its outline on one page."""

import copy
import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from curation import arranging, asking, desk
from curation import usage as usages
from curation.arranging import Node, Refused, Tree
from curation.forms import FORMS, RowForm
from roadmap import outline as outlines
from roadmap.models import Roadmap

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class Stale(Exception):
    """The page was made of another version."""


class Invalid(Exception):
    """The form says what is wrong."""


def for_curators(view: View[P]) -> View[P]:
    @functools.wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not desk.may_edit(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@for_curators
@require_safe
def usage(request: HttpRequest, slug: str) -> HttpResponse:
    roadmap = get_object_or_404(Roadmap, slug=slug)
    used = usages.of(outlines.load(roadmap.pk, roadmap.version), timezone.now())
    context = {"title": f"How {roadmap} is used", "roadmap": roadmap, "usage": used, "away": usages.AWAY.days}
    return _render(request, "usage", context)


@for_curators
@require_safe
def outline(request: HttpRequest, slug: str) -> HttpResponse:
    return _outline(request, get_object_or_404(Roadmap, slug=slug))


@for_curators
@require_POST
def outline_move(request: HttpRequest, slug: str) -> HttpResponse:
    sent = request.POST
    pressed = next((name for name in ("up", "down") if name in sent), "open")
    key = sent.get("row" if pressed == "open" else pressed, "")

    def write(tree: Tree) -> str:
        node = tree.find(key)
        to, before = sent.get("to", ""), sent.get("before", "")
        if pressed != "open":
            to, before = node.parent, arranging.by_one(tree, key, up=pressed == "up")
        return arranging.move(tree, key=key, to=to, before=before, by=request.user.pk, at=timezone.now())

    return _write(request, slug, f"{key}-{pressed}", write, keeps_form=False)


@for_curators
@require_POST
def outline_edit(request: HttpRequest, slug: str) -> HttpResponse:
    if asking.BACK in request.POST:
        return _outline(request, get_object_or_404(Roadmap, slug=slug))
    key = request.POST.get("row", "")

    def write(tree: Tree) -> str:
        node = tree.find(key)
        form = _form(node, request.POST)
        if not form.is_valid():
            raise Invalid
        arranging.edit(form, by=request.user.pk, at=timezone.now())
        return f"“{form.cleaned_data['title'] or node.name}” is saved."

    return _write(request, slug, f"{key}-open", write, keeps_form=True)


def _write(
    request: HttpRequest, slug: str, place: str, write: Callable[[Tree], str], *, keeps_form: bool
) -> HttpResponse:
    """Asked first; and not from a page of another version than the outline has by now. place: where on the page to go
    on. keeps_form: the way back from the question shows what was typed."""
    roadmap = get_object_or_404(Roadmap, slug=slug)
    there = f"{reverse('admin:outline', args=[slug])}#{place}"

    def written() -> HttpResponse:
        roadmap.refresh_from_db()
        if request.POST.get("version") != str(roadmap.version):
            raise Stale
        messages.success(request, write(arranging.tree(roadmap)))
        return redirect(there)

    try:
        return asking.first(request, written, back=None if keeps_form else there)
    except Stale:
        said = "The outline was changed after you had opened it. Nothing was saved; here it is as it is now."
        return _outline(request, roadmap, error=said, status=409)
    except Refused as refused:
        return _outline(request, roadmap, error=str(refused), status=422)
    except Invalid:
        return _outline(request, roadmap, status=422)


def _outline(request: HttpRequest, roadmap: Roadmap, *, error: str = "", status: int = 200) -> HttpResponse:
    """With one row open, if one is asked for; what was typed in it and not saved is still there."""
    tree = arranging.tree(roadmap)
    typed = request.POST if request.method == "POST" and "title" in request.POST else None
    opened = tree.by_key.get(request.GET.get("row", "") if typed is None else typed.get("row", ""))
    context = {
        "title": f"Outline of {roadmap}",
        "roadmap": roadmap,
        "tree": tree,
        "opened": opened,
        "form": _form(opened, typed) if opened else None,
        "elsewhere": tree.elsewhere(opened) if opened else {},
        "error": error,
    }
    return _render(request, "outline", context, status)


def _form(node: Node, typed: Any = None) -> RowForm:
    """On a copy: what is typed is not what the row is called."""
    return FORMS[node.kind](typed, instance=copy.copy(node.row), auto_id=f"{node.key}-%s")


def _render(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context = {**admin.site.each_context(request), **context}
    return render(request, f"admin/curation/{name}.html", context, status=status)
