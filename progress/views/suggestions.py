"""What a learner proposes on a skill, and what became of it."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from progress import learners, suggestions
from progress.forms import SuggestionForm
from progress.models import Suggestion
from progress.views.guards import filled_in_as_oneself, skill_or_404
from roadmap import outline
from roadmap.tree import Outline, Skill
from roadmap.views import outline_or_404
from web import htmx
from web.http import Request, next_path

A_PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
def suggest(request: Request, roadmap: str, skill: str) -> HttpResponse:
    shown = outline_or_404(roadmap)
    found = skill_or_404(shown, skill)
    if request.method == "POST":
        return _propose(request, shown, found)
    if found.id not in shown.by_id:
        return redirect("skill", shown.slug, found.slug)  # which says that it is no longer there
    if (shown.slug, found.slug) != (roadmap, skill):
        return redirect("suggest", shown.slug, found.slug, permanent=True)
    return _page(request, shown, found, SuggestionForm(), suggestions.obstacle(learners.of(request), timezone.now()))


@filled_in_as_oneself
def _propose(request: Request, shown: Outline, skill: Skill) -> HttpResponse:
    learner, now, form = learners.of_or_new(request, timezone.now()), timezone.now(), SuggestionForm(request.POST)
    if skill.id not in shown.by_id:
        form.add_error(None, "This skill was taken off the roadmap meanwhile. Nothing was sent; your words are below.")
        return _page(request, shown, skill, form, status=409)
    if form.is_valid():
        try:
            suggestions.propose(learner=learner, skill=skill.id, at=now, **form.cleaned_data)
        except suggestions.Refused as refused:
            form.add_error(refused.field, str(refused))
        else:
            messages.success(request, "Thank you. A curator will read it; what becomes of it stands here.")
            return redirect("suggestions")
    return _page(request, shown, skill, form, status=422)


@require_safe
def own(request: Request) -> HttpResponse:
    """Newest first, each with its answer."""
    made = Suggestion.objects.filter(learner=learners.of(request)).select_related("skill").order_by("-at", "-id")
    page = Paginator(made, A_PAGE).get_page(request.GET.get("page"))
    homes = {place.skill.id: place.skill.home for each in outline.published() for place in each.places}
    context = {
        "suggestions": [(suggestion, homes.get(suggestion.skill_id)) for suggestion in page.object_list],
        "pages": page,
        "page": request.path + (f"?page={page.number}" if page.number > 1 else ""),
    }
    return render(request, "progress/suggestions.html", context)


@require_POST
@filled_in_as_oneself
def withdraw(request: Request, uid: uuid.UUID) -> HttpResponse:
    back = next_path(request, reverse("suggestions"))
    try:
        suggestions.withdraw(learner=learners.of_or_new(request, timezone.now()), uid=uid)
    except suggestions.Missing:
        raise Http404("There is no such suggestion of yours.") from None
    except suggestions.Refused as refused:
        return htmx.refuse(request, 409, "Not withdrawn", str(refused), back)
    messages.success(request, "Your suggestion is withdrawn.")
    return redirect(back)


def _page(
    request: Request, shown: Outline, skill: Skill, form: SuggestionForm, obstacle: str = "", status: int = 200
) -> HttpResponse:
    context = {"outline": shown, "skill": skill, "form": form, "obstacle": obstacle}
    return render(request, "progress/suggest.html", context, status=status)
