"""Bringing a file in: kept while its learner looks at what it would do, then merged item by item in one transaction."""

import datetime as dt
import hashlib
import zlib

from django.contrib.auth import get_user_model
from django.db import transaction

from progress import learners, marks, reviews
from progress.models import (
    Change,
    CheckpointTick,
    Evidence,
    Follow,
    Learner,
    Note,
    PendingImport,
    Plan,
    Report,
    Review,
    Suggestion,
)
from progress.portability import schema
from progress.portability.comparing import Merge, compare
from progress.portability.reading import read

PENDING = dt.timedelta(hours=1)
A_TIME = 1000
"""Rows in one statement."""


class Missing(Exception):
    """No file waits for this learner's word: it was imported already, or its hour is over."""


@transaction.atomic
def keep(*, learner: int, content: bytes, at: dt.datetime) -> None:
    """Until the learner says yes or no; the one before it goes."""
    learners.lock(learner)
    values = {"content": zlib.compress(content), "digest": hashlib.sha256(content).hexdigest(), "at": at}
    PendingImport.objects.update_or_create(learner_id=learner, defaults=values)


def kept(*, learner: int | None, now: dt.datetime) -> tuple[str, schema.File]:
    """Digest and what it says."""
    waiting = PendingImport.objects.filter(learner=learner, at__gt=now - PENDING).first()
    if waiting is None:
        raise Missing
    return waiting.digest, read(zlib.decompress(waiting.content), now)


def discard(*, learner: int | None) -> None:
    PendingImport.objects.filter(learner=learner).delete()


def forget_pending(*, now: dt.datetime) -> None:
    PendingImport.objects.filter(at__lte=now - PENDING).delete()


def bring_in(*, learner: int, digest: str, with_settings: bool, at: dt.datetime, day: dt.date) -> Merge:
    """The file that was looked at, once."""
    waiting, file = kept(learner=learner, now=at)
    if waiting != digest:
        raise Missing
    with transaction.atomic():
        learners.lock(learner)
        if not PendingImport.objects.filter(learner=learner, digest=digest).delete()[0]:
            raise Missing
        return merge(learner=learner, file=file, with_settings=with_settings, at=at, day=day)


@transaction.atomic
def merge(*, learner: int, file: schema.File, with_settings: bool, at: dt.datetime, day: dt.date) -> Merge:
    learners.lock(learner)
    made = compare(learner, file, at=at, day=day)
    Change.objects.bulk_create([*made.history, *made.act], batch_size=A_TIME)
    marks.write(learner, made.marks)
    Follow.objects.bulk_create(
        made.follows,
        update_conflicts=True,
        unique_fields=["learner", "roadmap"],
        update_fields=["since", "used_at"],
    )
    CheckpointTick.objects.bulk_create(made.ticks, batch_size=A_TIME)
    Note.objects.bulk_create(made.notes_new, batch_size=A_TIME)
    Note.objects.bulk_update(made.notes_joined, ["text", "version", "updated_at"], batch_size=100)
    Evidence.objects.bulk_create(made.evidence, batch_size=A_TIME)
    Report.objects.bulk_create(made.reports, batch_size=A_TIME)
    Suggestion.objects.bulk_create(made.suggestions, batch_size=A_TIME)
    Plan.objects.filter(pk__in=[plan.pk for plan in made.plans if plan.pk]).delete()
    Plan.objects.bulk_create(made.plans)
    if with_settings and made.settings:
        values = {name: value for name, _, value in made.settings}
        own = {name: values.pop(name) for name in schema.REVIEWING if name in values}
        get_user_model()._default_manager.filter(learner=learner).update(**values)
        Learner.objects.filter(pk=learner).update(**own)
    if made.reviews:
        Review.objects.bulk_create(made.reviews, batch_size=A_TIME)
        retention = Learner.objects.values_list("retention", flat=True).get(pk=learner)
        reviews.settle(learner, {each.question_id for each in made.reviews}, retention)
    return made
