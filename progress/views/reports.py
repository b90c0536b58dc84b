"""One press tells the curators that a link is dead, or that it is not free."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from progress import learners, reports
from progress.forms import ReportForm
from progress.views.guards import filled_in_as_oneself
from progress.views.skills import reporting
from roadmap import outline
from roadmap.models import Resource
from roadmap.tree import Resource as Shown
from web import htmx
from web.http import Request, next_path

GONE = "This resource is no longer on the roadmap. Load the page again."
ENOUGH = f"That makes more than {reports.MOST} reports within a day. Thank you for them; try again tomorrow."


@login_not_required
@require_POST
@filled_in_as_oneself
def report(request: Request, uid: uuid.UUID) -> HttpResponse:
    found, page = _shown(uid)
    back = next_path(request, page)
    if found is None:
        if not Resource.objects.filter(uid=uid).exists():
            raise Http404("There is no such resource.")
        return htmx.refuse(request, 409, "Not reported", GONE, back)
    form = ReportForm(request.POST, found)
    if not form.is_valid():
        return htmx.refuse(request, 422, "Not reported", str(form.errors["kind"][0]), back)
    now, was_visitor = timezone.now(), learners.of(request) is None
    learner = learners.of_or_new(request, now)
    try:
        made, is_new = reports.report(learner=learner, resource=found.id, kind=form.cleaned_data["kind"], at=now)
    except reports.TooMany:
        return htmx.refuse(request, 429, "Not reported", ENOUGH, back)
    said = f"Thank you. A curator will look at “{found.title}”." if is_new else f"You reported “{found.title}” before."
    messages.success(request, said)
    if htmx.target(request) == f"report-{found.id}":
        context = {**reporting(found, made), "is_answer": True, "new_learner": was_visitor, "page": back}
        return render(request, "progress/skill.html#reported", context)
    return redirect(f"{back.partition('#')[0]}#resources")


def _shown(uid: uuid.UUID) -> tuple[Shown | None, str]:
    """As it is on a published roadmap, and the page of its skill there."""
    for shown in outline.published():
        for place in shown.places:
            for resource in place.skill.resources:
                if resource.uid == uid:
                    return resource, reverse("skill", args=[shown.slug, place.skill.slug])
    return None, reverse("roadmaps")
