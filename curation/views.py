"""The curators' own pages in the admin: how a roadmap is used."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from curation import desk
from curation import usage as usages
from roadmap import outline as outlines
from roadmap.models import Roadmap

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


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


def _render(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context = {**admin.site.each_context(request), **context}
    return render(request, f"admin/curation/{name}.html", context, status=status)
