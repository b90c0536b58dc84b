"""What others may see of a learner: the one place that decides it."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q

from progress import activity, journey, learners
from progress.models import Evidence, Mark
from roadmap import outline
from roadmap.tree import Outline, Skill


@dataclass(frozen=True, slots=True)
class Profile:
    handle: str
    name: str
    is_findable: bool
    outline: Outline
    journey: journey.Journey
    streaks: activity.Streaks | None
    """Where its owner wants it shown."""
    evidence: tuple[Evidence, ...]
    """What is public, newest first, with its skill."""
    projects: tuple[Skill, ...]
    """Of this roadmap, those that are done."""


def public(handle: str, now: dt.datetime, roadmap: str | None = None) -> Profile | None:
    """The profile that its owner has switched on; None alike for one that is off and one that never was."""
    return _profile(Q(handle=handle.lower(), is_public=True) & may_sign_in(), now, roadmap)


def may_sign_in(user: str = "") -> Q:
    """For a query: whose account is alive. user: how a query of something else gets there."""
    alive = Q(
        **{f"{user}__{name}" if user else name: value for name, value in (("is_active", True), ("erase_at", None))}
    )
    if settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory":
        alive &= Q(Exists(EmailAddress.objects.filter(user=OuterRef(user or "pk"), verified=True)))
    return alive


def preview(learner: int | None, now: dt.datetime) -> Profile | None:
    """Just what others would see if it were on."""
    return _profile(Q(learner=learner), now, None)


def _profile(whose: Q, now: dt.datetime, roadmap: str | None) -> Profile | None:
    fields = ("learner", "handle", "name", "is_findable", "shows_streak", "time_zone")
    found = get_user_model()._default_manager.filter(whose, learner__isnull=False).values(*fields).first()
    if found is None:
        return None
    learner = found["learner"]
    shown = outline.get(roadmap) if roadmap else learners.current_outline(learner)
    if shown is None:
        return None
    trip = journey.of(shown, Mark.objects.filter(learner=learner).states())
    today = now.astimezone(ZoneInfo(found["time_zone"])).date()
    return Profile(
        handle=found["handle"] or "",
        name=found["name"],
        is_findable=found["is_findable"],
        outline=shown,
        journey=trip,
        streaks=activity.streaks(learners.active_days(learner), today) if found["shows_streak"] else None,
        evidence=tuple(
            Evidence.objects.filter(learner=learner, is_public=True)
            .select_related("skill")
            .order_by("-added_at", "-id")
        ),
        projects=tuple(
            place.skill
            for place in shown.places
            if place.skill.kind == "project" and trip.state(place.skill.id) == journey.DONE
        ),
    )
