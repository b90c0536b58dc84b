"""A plan for calendar programs, which carry no cookie: whoever knows the address reads it."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from progress import calendar, journey, learners, plans, sharing
from progress.models import Plan
from progress.planner import Schedule
from roadmap import outline
from web.http import cacheable, cookieless
from web.replica import may_be_old

HEADERS = {"X-Robots-Tag": "noindex", "Content-Disposition": 'inline; filename="cairn-plan.ics"'}


@may_be_old
@cookieless
@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """A renewed token, one that never was and one of an account that is gone are alike."""
    if settings.TLS and not request.is_secure():
        raise Http404("A calendar is there over https only.")
    known = Plan.objects.filter(sharing.may_sign_in("learner__user"), token=token)
    plan = known.annotate(time_zone=F("learner__user__time_zone"), slug=F("roadmap__slug")).first()
    shown = outline.get(plan.slug) if plan else None
    if plan is None or shown is None:
        raise Http404("There is no such calendar.")
    today = timezone.now().astimezone(ZoneInfo(plan.time_zone)).date()
    trip = journey.of(shown, learners.states(plan.learner_id))
    # Where the hours do not reach, an empty one: a calendar program would drop an address that is gone.
    schedule = plans.schedule(plan, trip, today) or Schedule(today, ())
    content = calendar.ics(plan, schedule, shown.short_title, today)
    return cacheable(request, content, "text/calendar; charset=utf-8", HEADERS)
