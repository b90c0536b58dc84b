"""What stands before a learner's pages and forms."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import resolve_url

from progress import learners
from progress.learners import Followed
from roadmap import outline, preview
from roadmap.models import OldSlug
from roadmap.tree import Outline, Skill
from roadmap.views import outline_or_404
from web import htmx
from web.http import Request, next_path

P = ParamSpec("P")
View = Callable[Concatenate[Request, P], HttpResponse]


def skill_or_404(shown: Outline, slug: str) -> Skill:
    """A skill that is or was placed here, by its slug or by one that it had once."""
    for name in (slug, outline.moved(OldSlug.Kind.SKILL, slug) if slug not in shown.slugs else None):
        if name in shown.slugs:
            return shown.slugs[name]
    raise Http404("There is no such skill on this roadmap.")


def current_or_404(request: Request, follows: Sequence[Followed]) -> Outline | None:
    """The roadmap that ?roadmap= asks for, else the current one, else the first published; None where there is none."""
    if slug := request.GET.get("roadmap"):
        return outline_or_404(slug)
    found = outline.get(follows[0].slug) if follows else None
    return found or next(iter(outline.published()), None)


def filled_in_as_oneself(view: View[P]) -> View[P]:
    """A form that was rendered for somebody else writes nothing; it leads to signing in and back."""

    @wraps(view)
    def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        now, then = learners.of(request), request.POST.get("learner", "")
        anew = not then and not request.user.is_authenticated
        if preview.of(request, kwargs.get("roadmap")):  # type: ignore[arg-type]  # every such address has a text there
            sentence = "This is a preview: nothing is kept that you do in it. Leave it first, at the top of the page."
            return htmx.refuse(request, 409, "Not in a preview", sentence, next_path(request, "/"))
        if anew or then == str(now or ""):
            try:
                return view(request, *args, **kwargs)
            except learners.Gone:
                request.session.pop(learners.KEY, None)
        back = next_path(request, "/")
        return htmx.lead(request, f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}")

    return guarded
