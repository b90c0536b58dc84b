"""What a learner proposes on a skill. Like marks: lock the learner's row, then write, in one transaction."""

import datetime as dt
import uuid
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from progress.learners import lock
from progress.models import Suggestion
from roadmap.models import Resource

MOST_OPEN, MOST_A_DAY = 10, 5
DAY = dt.timedelta(days=1)
LATELY = dt.timedelta(days=14)


class Refused(Exception):
    """Nothing was written; the message says why, in words for the learner, beside this field of the form."""

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class Missing(Exception):
    """There is no such suggestion of this learner."""


@transaction.atomic
def propose(
    *, learner: int, skill: int, kind: str, title: str, url: str, text: str, wants_credit: bool, at: dt.datetime
) -> None:
    lock(learner)
    if kind == Suggestion.Kind.RESOURCE and (known := _known(learner, skill, url)):
        raise Refused(known, "url")
    if full := obstacle(learner, at):
        raise Refused(full)
    Suggestion.objects.create(
        learner_id=learner,
        skill_id=skill,
        kind=kind,
        title=title,
        url=url,
        text=text,
        wants_credit=wants_credit,
        at=at,
    )


@transaction.atomic
def withdraw(*, learner: int, uid: uuid.UUID) -> None:
    lock(learner)
    found = Suggestion.objects.filter(learner=learner, uid=uid).first()
    if found is None:
        raise Missing
    if found.status != Suggestion.Status.OPEN:
        raise Refused("A curator has decided it meanwhile. Load the page again to see the answer.")
    found.delete()


def obstacle(learner: int | None, at: dt.datetime) -> str:
    """Why this learner can suggest nothing just now, or nothing. One query."""
    which = Q(status=Suggestion.Status.OPEN) | Q(at__gt=at - DAY)
    rows = list(Suggestion.objects.filter(which, learner=learner).order_by("at").values_list("status", "at"))
    if sum(status == Suggestion.Status.OPEN for status, _ in rows) >= MOST_OPEN:
        return (
            f"{MOST_OPEN} of your suggestions wait for a curator, which is the most. "
            "Withdraw one, or come back when one is decided."
        )
    recent = [moment for _, moment in rows if moment > at - DAY]
    if len(recent) >= MOST_A_DAY:
        free = date_format(timezone.localtime(recent[-MOST_A_DAY] + DAY), "j F, H:i")
        return f"You made {MOST_A_DAY} suggestions within a day, which is the most. The next is possible from {free}."
    return ""


def answered(learner: int | OuterRef, since: dt.datetime) -> "QuerySet[Suggestion]":
    return Suggestion.objects.filter(learner=learner, decided_at__gt=since)


def resource_at(skill: int, url: str) -> Resource | None:
    """The resource of the skill that has this address, be it a retired one."""
    wanted = _bare(url)
    found = Resource.objects.filter(skill=skill).order_by(F("retired_at").asc(nulls_first=True), "id")
    return next((resource for resource in found if _bare(resource.url) == wanted), None)


def _known(learner: int, skill: int, url: str) -> str:
    """Where this address is already, in words for the learner, or nothing."""
    resource = resource_at(skill, url)
    if resource and resource.is_retired:
        return "The curators took this link off this skill. Should it be there again? Say why in a correction."
    if resource:
        return f"This skill has this link already: “{resource.title}”."
    waiting = Suggestion.objects.filter(learner=learner, skill=skill, status=Suggestion.Status.OPEN)
    if any(_bare(own) == _bare(url) for own in waiting.values_list("url", flat=True)):
        return "You suggested this link already, and it waits for a curator."
    return ""


def _bare(url: str) -> tuple[str, ...]:
    """The address without what makes no other page of it: http or https, www, capitals in the host, a last slash."""
    parts = urlsplit(url)
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), parts.query, parts.fragment
