"""Whether resources' addresses still lead somewhere: which to ask, what an answer means, what is kept of it."""

import datetime as dt
import http
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from roadmap import outline
from roadmap.models import LinkCheck, Resource, Roadmap
from web.client import Answer

Outcome = LinkCheck.Outcome
FAILS = (Outcome.FAILING, Outcome.DEAD)
GONE = (404, 410)
LONGEST = LinkCheck._meta.get_field("moved_to").max_length or 0
LONGEST_DETAIL = LinkCheck._meta.get_field("detail").max_length or 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means for a resource's address; whether a failure makes it dead, its past says."""

    outcome: Outcome
    status: int | None = None
    detail: str = ""
    moved_to: str = ""


def due(*, before: dt.datetime, only_failing: bool = False) -> dict[str, list[str]]:
    """What to ask for, those not asked for longest first -> the resources' addresses that differ from it in what no
    server sees. Each is asked once, on however many skills it stands. One query."""
    oldest_first = _asked_for().order_by(F("check_state__at").asc(nulls_first=True), "pk")
    found: defaultdict[str, set[str]] = defaultdict(set)
    wanted: dict[str, None] = {}
    for url, at, outcome in oldest_first.values_list("url", "check_state__at", "check_state__outcome"):
        address = urldefrag(url).url
        found[address].add(url)
        if (at is None or at < before) and (outcome in FAILS or not only_failing):
            wanted[address] = None
    return {address: sorted(found[address]) for address in wanted}


def judge(url: str, answer: Answer) -> Verdict:
    """url: the resource's own. 404, 410, 5xx and no answer are failures; what keeps programs out says nothing."""
    if answer.status is None:
        return Verdict(Outcome.UNSURE if answer.is_unclear else Outcome.FAILING, None, answer.error[:LONGEST_DETAIL])
    if not 200 <= answer.status < 300:
        fails = answer.status in GONE or 500 <= answer.status < 600
        return Verdict(Outcome.FAILING if fails else Outcome.UNSURE, answer.status, f"It {_answers(answer.status)}.")
    address, fragment = urldefrag(url)
    moved_to = answer.moved_to
    if moved_to and fragment and not urldefrag(moved_to).fragment:
        moved_to += f"#{fragment}"
    if moved_to and moved_to != url and len(moved_to) <= LONGEST:
        return Verdict(Outcome.MOVED, answer.status, "", moved_to)
    detail = "" if answer.url == address else f"It leads on to {answer.url}"
    return Verdict(Outcome.FINE, answer.status, detail[:LONGEST_DETAIL])


@transaction.atomic
def write(verdicts: Mapping[str, Verdict], *, at: dt.datetime) -> list[LinkCheck]:
    """verdicts: by the resources' addresses. A resource whose address was changed meanwhile is none of them."""
    day = timezone.localdate(at, dt.UTC)
    resources = _asked_for().filter(url__in=verdicts).select_related("skill", "check_state")
    checks = [_check(resource, verdicts[resource.url], at, day) for resource in resources]
    LinkCheck.objects.bulk_create(
        checks,
        update_conflicts=True,
        unique_fields=["resource"],
        update_fields=["outcome", "status", "detail", "moved_to", "at", "failed_on"],
    )
    there = [check.resource_id for check in checks if check.outcome in (Outcome.FINE, Outcome.MOVED)]
    Resource.objects.filter(pk__in=there).update(checked_on=day)
    return checks


def show(*, since: dt.datetime) -> None:
    """The pages say what was found since then. In the transaction of a run's last results: one that was cut short has
    something left to ask, and the next one shows what it found."""
    outline.renew(Roadmap.objects.filter(placements__skill__resources__check_state__at__gte=since).distinct())


def forget(resources: Iterable[uuid.UUID]) -> None:
    """What was found at an address says nothing about the one that these have now."""
    rows = Resource.objects.filter(uid__in=resources)
    rows.filter(checked_on__lte=TruncDate("check_state__at", tzinfo=dt.UTC)).update(checked_on=None)
    LinkCheck.objects.filter(resource__in=rows).delete()


def attention(outcome: str) -> QuerySet[Resource]:
    """For the curators' desk: those of this outcome."""
    return _asked_for().filter(check_state__outcome=outcome)


def _asked_for() -> QuerySet[Resource]:
    """On drafts, too: they are to be right when they are published."""
    return Resource.objects.live().filter(skill__retired_at=None)


def _check(resource: Any, verdict: Verdict, at: dt.datetime, day: dt.date) -> LinkCheck:
    """A failure after one of an earlier day, and no success between them, is death."""
    before: LinkCheck | None = getattr(resource, "check_state", None)
    outcome, failed_on = verdict.outcome, before.failed_on if before else None
    if outcome in (Outcome.FINE, Outcome.MOVED):
        failed_on = None
    elif outcome == Outcome.FAILING:
        if failed_on and failed_on < day:
            outcome = Outcome.DEAD
        failed_on = failed_on or day
    return LinkCheck(
        resource=resource,
        outcome=outcome,
        status=verdict.status,
        detail=verdict.detail,
        moved_to=verdict.moved_to,
        at=at,
        failed_on=failed_on,
    )


def _answers(status: int) -> str:
    try:
        return f"answers {status} ({http.HTTPStatus(status).phrase})"
    except ValueError:
        return f"answers {status}"
