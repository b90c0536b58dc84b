"""What others may see of a learner: the one place that decides it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet

from progress import activity, journey, learners
from progress.models import Evidence
from roadmap import outline
from roadmap.tree import Outline, Skill
from web.prepared import prepared


@dataclass(frozen=True)
class Profile:
    learner: int
    handle: str
    name: str
    is_findable: bool
    shows_streak: bool
    today: dt.date
    """Where its owner is."""
    outline: Outline
    journey: journey.Journey

    @cached_property
    def streaks(self) -> activity.Streaks | None:
        """Where its owner wants it shown."""
        return activity.streaks(learners.active_days(self.learner), self.today) if self.shows_streak else None

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """What is public, newest first, with its skill."""
        found = Evidence.objects.filter(learner=self.learner, is_public=True)
        return tuple(found.select_related("skill").order_by("-added_at", "-id"))

    @property
    def projects(self) -> list[Skill]:
        """Of this roadmap, those that are done."""
        skills = (place.skill for place in self.outline.places)
        return [skill for skill in skills if skill.kind == "project" and self.journey.state(skill.id) == journey.DONE]


def public(handle: str, now: dt.datetime, roadmap: str | None = None) -> Profile | None:
    """The profile that its owner has switched on; None alike for one that is off and one that never was."""
    return _profile(_public(handle=handle.lower(), verification=settings.ACCOUNT_EMAIL_VERIFICATION), now, roadmap)


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
    return _profile(list(_shown().filter(learner=learner)), now, None)


def _shown() -> "QuerySet[Any, tuple[Any, ...]]":
    fields = ("learner", "handle", "name", "is_findable", "shows_streak", "time_zone")
    return get_user_model()._default_manager.filter(learner__isnull=False).values_list(*fields)


@prepared(handle=CharField())
def _public(handle: str, verification: str) -> "QuerySet[Any, tuple[Any, ...]]":
    return _shown().filter(may_sign_in(), handle=handle, is_public=True)


def _profile(found: Sequence[tuple[Any, ...]], now: dt.datetime, roadmap: str | None) -> Profile | None:
    if not found:
        return None
    learner, handle, name, is_findable, shows_streak, zone = found[0]
    shown = outline.get(roadmap) if roadmap else learners.current_outline(learner)
    if shown is None:
        return None
    return Profile(
        learner=learner,
        handle=handle or "",
        name=name,
        is_findable=is_findable,
        shows_streak=shows_streak,
        today=now.astimezone(ZoneInfo(zone)).date(),
        outline=shown,
        journey=journey.of(shown, learners.states(learner)),
    )
