"""Who is this: the learner of an account, a guest whom the session remembers, or a visitor."""

import datetime as dt
import uuid
from collections import Counter
from typing import Any, NamedTuple

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.db.models import BigIntegerField, Count, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from progress.models import Change, CheckpointTick, Follow, Learner, Mark, Note, Report, Review
from roadmap import outline
from roadmap.tree import Outline
from web.prepared import prepared

GUEST_AGE = dt.timedelta(days=90)
NEW_GUESTS = 300
"""In an hour, of one network. A school may be one; a program that fills the database is one, too."""
BATCH = 500
KEY = "learner"
SEEN = "seen"


class Gone(Exception):
    """The record that this session knew is no more."""


class Followed(NamedTuple):
    """A roadmap that a learner follows."""

    id: int
    slug: str
    short_title: str
    since: dt.datetime
    changes_seen_at: dt.datetime | None


def of(request: HttpRequest) -> int | None:
    """The id of this request's learner. Asks the database only for session and user, which the page needs anyway."""
    user = request.user.pk if not request.session.is_empty() and request.user.is_authenticated else None
    learner, owner = request.session.get(KEY) or (None, None)
    if learner is None or owner != user:
        return None
    _seen(request, learner)
    return int(learner)


def of_or_new(request: HttpRequest, at: dt.datetime) -> int:
    """As of(), but a visitor becomes a guest whom this browser remembers."""
    learner = of(request)
    if learner is None:
        if request.user.is_authenticated:
            raise Gone
        if _are_too_many(request, at):
            raise ImmediateHttpResponse(ratelimit.respond_429(request))
        learner = Learner.objects.create(seen_at=at).pk
        _remember(request, learner, None)
        request.session.set_expiry(int(GUEST_AGE.total_seconds()))
    return learner


def lock(learner: int) -> None:
    """Every write of a learner's record takes its turn here; call it first, inside the transaction."""
    if Learner.objects.select_for_update().filter(pk=learner).values_list("pk").first() is None:
        raise Gone


@prepared(learner=BigIntegerField())
def _follows(learner: int) -> "QuerySet[Follow, tuple[Any, ...]]":
    found = Follow.objects.filter(learner=learner, roadmap__is_published=True).order_by("-used_at", "-id")
    return found.values_list("roadmap", "roadmap__slug", "roadmap__short_title", "since", "changes_seen_at")


def follows(learner: int | None) -> tuple[Followed, ...]:
    """Of published roadmaps, the one used last first."""
    return tuple(map(Followed._make, _follows(learner=learner)))


def current_outline(learner: int | None) -> Outline | None:
    """The roadmap used last, else the first published."""
    used = follows(learner)
    return (outline.get(used[0].slug) if used else None) or next(iter(outline.published()), None)


@prepared(learner=BigIntegerField())
def _states(learner: int) -> "QuerySet[Mark, tuple[int, str]]":
    return Mark.objects.filter(learner=learner).values_list("skill_id", "state")


def states(learner: int | None) -> dict[int, str]:
    """Skill id -> state. One query."""
    return dict(_states(learner=learner))


@prepared(learner=BigIntegerField())
def _active_days(learner: int) -> "QuerySet[Change, tuple[dt.date, int]]":
    made = Change.objects.standing().filter(learner=learner, cause__in=[Change.Cause.MARK, Change.Cause.BULK])
    ticks = CheckpointTick.objects.filter(learner=learner)
    answers = Review.objects.filter(learner=learner, undone_at=None)
    counted = made.values_list("day").annotate(Count("batch", distinct=True))
    return counted.union(*(rows.values_list("day").annotate(Count("id")) for rows in (ticks, answers)), all=True)


def active_days(learner: int | None) -> Counter[dt.date]:
    """Day -> how much was done on it: marks that stand, alone or together, ticks and answers. One query."""
    days: Counter[dt.date] = Counter()
    for day, count in _active_days(learner=learner):
        days[day] += count
    return days


def follow(*, learner: int, roadmap: int, at: dt.datetime) -> None:
    """From now on the roadmap is the current one. An upsert: two first marks may race for it."""
    Follow.objects.bulk_create(
        [Follow(learner_id=learner, roadmap_id=roadmap, since=at, used_at=at)],
        update_conflicts=True,
        unique_fields=["learner", "roadmap"],
        update_fields=["used_at"],
    )


@transaction.atomic
def see_news(*, learner: int, roadmap: int, until: dt.datetime) -> None:
    """What changed on the roadmap up to then is known; never less than was known."""
    lock(learner)
    behind = Q(changes_seen_at=None) | Q(changes_seen_at__lt=until)
    Follow.objects.filter(behind, learner=learner, roadmap=roadmap).update(changes_seen_at=until)


def join(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """On signing in a guest becomes the account's learner, or is merged into the one that it has."""
    learner, owner = request.session.get(KEY) or (None, None)
    guest = learner if owner is None else None
    now = timezone.now()
    with transaction.atomic():
        own = Learner.objects.filter(user=user).values_list("pk", flat=True).first()
        if own is None:
            own = _adopt(guest, user, now)
        elif guest is not None:
            act = merge(guest=guest, into=own, at=now, day=timezone.localdate(now))
            if act:
                undo = reverse("undo", args=[act.batch])
                line = render_to_string("components/said.html", {"merged": act.count, "undo": undo})
                messages.success(request, line)
    _remember(request, own, user.pk)
    request.session.set_expiry(None)


class Merged:
    def __init__(self, batch: uuid.UUID, count: int) -> None:
        self.batch, self.count = batch, count


@transaction.atomic
def merge(*, guest: int, into: int, at: dt.datetime, day: dt.date) -> Merged | None:
    """Item by item, the newest wins; the guest is no more after it. None where nothing was brought along."""
    for learner in sorted((guest, into)):
        try:
            lock(learner)
        except Gone:
            if learner == into:
                raise
            return None
    batch = uuid.uuid4()
    own = Mark.objects.filter(learner=into).standings()
    newer = {
        skill: mark
        for skill, mark in Mark.objects.filter(learner=guest).order_by("skill").standings().items()
        if (mine := own.get(skill)) is None or (mark.since > mine.since and mark.state != mine.state)
    }
    why = {"batch": batch, "learner_id": into, "at": at, "day": day, "cause": Change.Cause.MERGE}
    Change.objects.bulk_create(
        Change.step(own.get(skill), mark, skill_id=skill, **why) for skill, mark in newer.items()
    )
    Mark.objects.write((into, skill, mark) for skill, mark in newer.items())
    followed = set(Follow.objects.filter(learner=into).values_list("roadmap", flat=True))
    Follow.objects.filter(learner=guest).exclude(roadmap__in=followed).update(learner=into)
    ticked = set(CheckpointTick.objects.filter(learner=into).values_list("checkpoint", flat=True))
    CheckpointTick.objects.filter(learner=guest).exclude(checkpoint__in=ticked).update(learner=into)
    reported = set(Report.objects.filter(learner=into).values_list("resource", flat=True))
    Report.objects.filter(learner=guest).exclude(resource__in=reported).update(learner=into)
    _merge_notes(guest, into, at, day)
    Learner.objects.filter(pk=guest).delete()
    return Merged(batch, len(newer)) if newer else None


def forget_guests(*, before: dt.datetime) -> int:
    """Deletes the guests not seen since then and says how many. A batch is a transaction, so that nobody waits long."""
    count = 0
    while True:
        with transaction.atomic():
            guests = Learner.objects.filter(user=None, seen_at__lt=before).order_by("pk")
            batch = list(guests.select_for_update().values_list("pk", flat=True)[:BATCH])
            Learner.objects.filter(pk__in=batch).delete()
        count += len(batch)
        if len(batch) < BATCH:
            return count


def _merge_notes(guest: int, into: int, at: dt.datetime, day: dt.date) -> None:
    """The guest's goes under the account's, below a dated line."""
    own = {note.skill_id: note for note in Note.objects.filter(learner=into)}
    for note in Note.objects.filter(learner=guest):
        mine = own.get(note.skill_id)
        if mine is None:
            Note.objects.filter(pk=note.pk).update(learner=into)
        elif mine.text != note.text:
            mine.put_below(note.text, said="Written before signing in", at=at, day=day)
            mine.save(update_fields=["text", "version", "updated_at"])


def _adopt(guest: int | None, user: Any, now: dt.datetime) -> int:
    if guest is not None and Learner.objects.filter(pk=guest, user=None).update(user=user, seen_at=now):
        return guest
    return Learner.objects.create(user=user, seen_at=now).pk


def _remember(request: HttpRequest, learner: int, owner: int | None) -> None:
    request.session[KEY] = [learner, owner]
    request.session[SEEN] = timezone.now().date().isoformat()


def _are_too_many(request: HttpRequest, at: dt.datetime) -> bool:
    """Counts the guests of a network. Without a lock: one that counts too few at once refuses nobody wrongly."""
    key = f"progress:guests:{ratelimit.get_ip(request)}:{at:%Y%m%d%H}"
    count = int(cache.get(key, 0))
    cache.set(key, count + 1, 3600)
    return count >= NEW_GUESTS


def _seen(request: HttpRequest, learner: int) -> None:
    """Once a day the session, its cookie and the record live on."""
    now = timezone.now()
    if request.session.get(SEEN) != now.date().isoformat():
        request.session[SEEN] = now.date().isoformat()
        Learner.objects.filter(pk=learner).update(seen_at=now)
