"""A letter a week for whoever wants one: the week's plan, what is next, what is due, what changed.

A letter is noted in the transaction that sends it, so that one that could not be sent goes out with the next run. Only
who is killed between the two sends one letter twice.
"""

import contextlib
import datetime as dt
import re
import smtplib
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from progress import journey, learners, plans, reviews, sharing
from progress.models import Follow, Learner, Letter
from progress.planner import QUARTERS, Schedule
from roadmap import listings

SALT = "weekly letter"
WEEK = dt.timedelta(days=7)
NEXT = 3
_LIKE_A_LINK = re.compile(r"[/@]|\w\.\w\w")
"""What mail programs make one of, also out of a name."""


def wanted() -> "QuerySet[Learner]":
    """Whoever wants one, and may sign in."""
    return Learner.objects.filter(sharing.may_sign_in("user"), user__weekly_letter=True)


def send_due(now: dt.datetime) -> tuple[int, int]:
    """How many went out, and how many at most did not. One to a learner and week, however often it is run.

    Over one connection: a mail server that does not answer is asked once, and nobody's record waits for it.
    """
    sent = failed = 0
    learners_due = list(wanted().order_by("pk").values_list("pk", flat=True))
    server = get_connection()
    try:
        if learners_due:
            server.open()
        for learner in learners_due:
            try:
                sent += _send(learner, now, server)
            except smtplib.SMTPRecipientsRefused:  # an address that is no more stops no other letter
                failed += 1
    except OSError:  # the server itself; smtplib's are some, too
        failed = len(learners_due) - sent
    finally:
        with contextlib.suppress(OSError):
            server.close()
    return sent, failed


@transaction.atomic
def _send(learner: int, now: dt.datetime, server: BaseEmailBackend) -> bool:
    learners.lock(learner)
    found = wanted().filter(pk=learner).values_list("uid", "user__email", "user__name", "user__time_zone").first()
    if found is None:
        return False  # taken back meanwhile
    uid, email, name, zone = found
    with timezone.override(ZoneInfo(zone)):
        today = timezone.localdate(now)
        monday = today - dt.timedelta(days=today.weekday())
        if Letter.objects.filter(learner=learner, week=monday).exists():
            return False
        Letter.objects.create(learner_id=learner, week=monday, at=now)
        letter = _letter(learner, email, name, signing.dumps(str(uid), salt=SALT), now)
        letter.connection = server
        letter.send()
    return True


def _letter(learner: int, email: str, name: str, token: str, now: dt.datetime) -> EmailMultiAlternatives:
    stop = settings.SITE_URL + reverse("stop_letters", args=[token])
    greeted = "" if _LIKE_A_LINK.search(name) else name
    context = {"name": greeted, "site_url": settings.SITE_URL, "stop": stop, **_content(learner, now)}
    letter = EmailMultiAlternatives(
        subject=f"Your week on {' '.join(context['title'].split())}",  # on one line, whoever wrote it
        body=render_to_string("progress/letter.txt", context),
        to=[email],
        headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},  # RFC 8058
    )
    letter.attach_alternative(render_to_string("progress/letter.html", context), "text/html")
    return letter


def _content(learner: int, now: dt.datetime) -> dict[str, Any]:
    shown, today = learners.current_outline(learner), timezone.localdate(now)
    if shown is None:
        return {"title": "Cairn"}
    trip = journey.of(shown, learners.states(learner))
    plan = plans.of(learner, shown.id)
    schedule = plans.schedule(plan, trip, today) if plan else None
    last = Letter.objects.filter(learner=learner, at__lt=now).order_by("-at").values_list("at", flat=True).first()
    follow = Follow.objects.filter(learner=learner, roadmap=shown.id).first()
    return {
        "title": shown.short_title,
        "outline": shown,
        "journey": trip,
        "tasks": _this_week(schedule, today) if schedule else [],
        "finish": schedule.finish if schedule else None,
        "steps": [step.place.skill for step in trip.next_up[:NEXT]],
        "due": len(reviews.deck(learner, shown, today).queue),
        "news": listings.news(shown.id, max(last or now - WEEK, follow.since)) if follow else None,
    }


def _this_week(schedule: Schedule, today: dt.date) -> list[tuple[str, str]]:
    """Title and hours of what is planned until Sunday."""
    week = next((each for each in schedule.weeks if each.monday <= today < each.monday + WEEK), None)
    return [(task.place.skill.title, f"{quarters / QUARTERS:g} h") for task, quarters in week.tasks] if week else []


def of_token(token: str) -> Learner | None:
    """Whose letters a link stops; None for one that nobody made, or whose learner is gone."""
    try:
        uid = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return Learner.objects.filter(uid=uid, user__isnull=False).first()


def stop(learner: Learner) -> None:
    get_user_model()._default_manager.filter(learner=learner).update(weekly_letter=False)
