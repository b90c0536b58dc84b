"""Learners say that a link is dead or asks for money; curators look at it. Like marks: lock first, then write."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from progress.learners import lock
from progress.models import Learner, Report
from roadmap.models import Resource

MOST = 10
"""By one learner within a day."""
DAY = dt.timedelta(days=1)


class TooMany(Exception):
    """Nothing was written: this learner has reported enough for a day."""


@transaction.atomic
def report(*, learner: int, resource: int, kind: str, at: dt.datetime) -> tuple[Report, bool]:
    """Once each: the first word stands, and whether this is it is told."""
    lock(learner)
    made = Report.objects.filter(learner=learner)
    if before := made.filter(resource=resource).first():
        return before, False
    if made.filter(at__gt=at - DAY).count() >= MOST:
        raise TooMany
    return Report.objects.create(learner_id=learner, resource_id=resource, kind=kind, at=at), True


@transaction.atomic
def settle(resources: Iterable[Resource], *, at: dt.datetime) -> dict[int, int]:
    """A curator has dealt with what was said of these. Resource id -> how many reports were open."""
    waiting = Report.objects.filter(resource__in=[row.pk for row in resources], settled_at=None)
    # All at once, in the order in which everybody locks several.
    list(Learner.objects.select_for_update().filter(pk__in=waiting.values("learner")).order_by("pk").values_list("pk"))
    found = dict(waiting.values_list("resource").annotate(Count("id")).order_by())
    waiting.update(settled_at=at)
    return found


def attention() -> QuerySet[Resource]:
    """For the curators' desk: what open reports are about. What was taken off needs nobody any more."""
    open_ones = Report.objects.filter(resource=OuterRef("pk"), settled_at=None)
    return Resource.objects.live().filter(Exists(open_ones), skill__retired_at=None)
