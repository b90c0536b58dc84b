"""When what is left will be done: the learner's hours, the dates that they make, and the calendar with them."""

import datetime as dt
from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from progress import drawing, journey, learners, planner, plans
from progress.forms import PauseForm, PlanForm
from progress.journey import Journey
from progress.models import Plan
from progress.planner import QUARTERS, Schedule
from progress.views.guards import current_or_404, filled_in_as_oneself
from web import htmx
from web.http import Request

NEAR = 6
"""Weeks that are shown at once."""

Act = Callable[[Request, int, Journey], HttpResponse]


def on_a_journey(act: Act) -> Callable[[Request], HttpResponse]:
    """The view is given the learner's journey over the roadmap that is asked for, or the current one."""

    @wraps(act)
    def view(request: Request) -> HttpResponse:
        learner = learners.of(request)
        if learner is None:
            raise Http404("There is no record.")
        shown = current_or_404(request, learners.follows(learner))
        if shown is None:
            return redirect("roadmaps")
        return act(request, learner, journey.of(shown, learners.states(learner)))

    return view


@require_http_methods(["GET", "HEAD", "POST"])
@on_a_journey
def plan(request: Request, learner: int, trip: Journey) -> HttpResponse:
    if request.method == "POST":
        return _save(request, learner, trip)
    return _page(request, learner, trip)


@filled_in_as_oneself
def _save(request: Request, learner: int, trip: Journey) -> HttpResponse:
    today = timezone.localdate()
    form = PlanForm(request.POST, plan=plans.of(learner, trip.outline.id), trip=trip, today=today)
    if form.is_valid():
        try:
            plans.save(learner=learner, trip=trip, today=today, at=timezone.now(), **form.values)
        except plans.Refused as refused:
            form.add_error(refused.field, str(refused))
        else:
            messages.success(request, "The plan is kept.")
            return redirect(_address(request, trip))
    return _page(request, learner, trip, form=form)


@require_POST
@filled_in_as_oneself
@on_a_journey
def hours(request: Request, learner: int, trip: Journey) -> HttpResponse:
    """As many a week, in quarters, as were offered; spread over the days as they are."""
    found, text = plans.of(learner, trip.outline.id), request.POST.get("quarters", "")
    quarters = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if found is None or not 0 < quarters <= 7 * planner.FULL_DAY:
        return htmx.refuse(request, 422, "Not saved", "Give the hours of a week on the plan.", _address(request, trip))
    try:
        week = planner.spread(found.weekdays, quarters)
        plans.save(learner=learner, trip=trip, today=timezone.localdate(), at=timezone.now(), weekdays=week)
    except plans.Refused as refused:
        return htmx.refuse(request, 422, "Not saved", str(refused), _address(request, trip))
    messages.success(request, f"Planned with {sum(week) / QUARTERS:g} hours a week.")
    return redirect(_address(request, trip))


@require_POST
@filled_in_as_oneself
@on_a_journey
def pauses(request: Request, learner: int, trip: Journey) -> HttpResponse:
    """action: remove takes one away, else one is added."""
    form = PauseForm(request.POST)
    if form.is_valid():
        days = form.cleaned_data
        try:
            if request.POST.get("action") == "remove":
                plans.remove_pause(learner=learner, trip=trip, at=timezone.now(), **days)
                messages.success(request, "The pause is taken out.")
            else:
                plans.add_pause(learner=learner, trip=trip, today=timezone.localdate(), at=timezone.now(), **days)
                messages.success(request, "The pause is in the plan.")
        except plans.Refused as refused:
            form.add_error(refused.field, str(refused))
        else:
            return redirect(_address(request, trip))
    return _page(request, learner, trip, pause_form=form)


@require_POST
@filled_in_as_oneself
@on_a_journey
def calendar(request: Request, learner: int, trip: Journey) -> HttpResponse:
    """events: an entry a week or a skill, at a new address; none ends it."""
    events = request.POST.get("events", "")
    if events not in (*Plan.Events.values, "none"):
        sentence = "Choose an entry a week, an entry a skill, or none."
        return htmx.refuse(request, 422, "Not changed", sentence, _address(request, trip))
    try:
        plans.share(learner=learner, trip=trip, at=timezone.now(), events=None if events == "none" else events)
    except plans.Refused as refused:
        return htmx.refuse(request, 409, "Not changed", str(refused), _address(request, trip))
    ended = "The calendar is closed: its address shows nothing any more."
    messages.success(request, ended if events == "none" else "The calendar has a new address. It stands below.")
    return redirect(f"{_address(request, trip)}#calendar")


@require_POST
@filled_in_as_oneself
@on_a_journey
def remove(request: Request, learner: int, trip: Journey) -> HttpResponse:
    plans.remove(learner=learner, trip=trip)
    messages.success(request, "The plan is gone, and its calendar with it. What you did stays.")
    return redirect(_address(request, trip))


def _page(
    request: Request,
    learner: int,
    trip: Journey,
    *,
    form: PlanForm | None = None,
    pause_form: PauseForm | None = None,
) -> HttpResponse:
    today, found = timezone.localdate(), plans.of(learner, trip.outline.id)
    schedule = plans.schedule(found, trip, today) if found else None
    context = {
        "outline": trip.outline,
        "journey": trip,
        "page": _address(request, trip),
        "plan": found,
        "schedule": schedule,
        "form": form or PlanForm(None, plan=found, trip=trip, today=today),
        "pause_form": pause_form or PauseForm(),
        "pauses": [(first, last, last < today) for first, last in found.away] if found else [],
        "today": today,
        **(_laid_out(found, schedule, trip, today) if found and schedule else {}),
        "feed": request.build_absolute_uri(reverse("feed", args=[found.token])) if found and found.token else "",
    }
    return render(request, "progress/plan.html", context, status=422 if form or pause_form else 200)


def _laid_out(plan: Plan, schedule: Schedule, trip: Journey, today: dt.date) -> dict[str, object]:
    week = sum(plan.weekdays)
    target = plan.target if plan.target and plan.target >= today else None
    takes = planner.needed(trip, plans.terms(plan), today, target) if target else None
    own = plans.pace(plan, trip, today)
    weeks = [
        (each.monday, [(task.place, quarters) for task, quarters in each.tasks], each.quarters)
        for each in schedule.weeks
    ]
    spans = [(stage.phase.number, stage.first, stage.last) for stage in schedule.stages]
    return {
        "week": week,
        "target": target,
        "takes": sum(takes) if takes else None,
        "in_time": bool(target and schedule.finish and schedule.finish <= target),
        "own": own if own and own != week else None,
        "near": weeks[:NEAR],
        "far": weeks[NEAR:],
        "stages": schedule.stages,
        "timeline": drawing.timeline(spans, today, target) if spans else None,
    }


def _address(request: Request, trip: Journey) -> str:
    """Of the page; a roadmap that is shown on it only stays."""
    return reverse("plan") + (f"?roadmap={trip.outline.slug}" if "roadmap" in request.GET else "")
