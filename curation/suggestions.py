"""What curators make of suggestions. One transaction each; whoever comes second is told, and changes nothing."""

import datetime as dt

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import models, transaction
from django.db.models import Max

from progress import learners
from progress.models import Suggestion
from progress.suggestions import resource_at
from roadmap import history, outline
from roadmap.models import Resource, Skill


class Missing(Exception):
    """It was withdrawn meanwhile, or its learner is no more."""


class Decided(Exception):
    """It was decided meanwhile."""


class Taken(Exception):
    """The skill has the address already; the message says where, in words for the curator."""


@transaction.atomic
def accept(*, suggestion: int, resource: Resource | None, answer: str, by: int, at: dt.datetime) -> None:
    """resource: as the curator wants it, not saved yet; None for a correction. by: the curator's id."""
    found = _locked(suggestion)
    if resource is not None:
        _add(resource, found.skill_id, by, at)
    _decide(found, Suggestion.Status.ACCEPTED, answer, by, at)


@transaction.atomic
def decline(*, suggestion: int, reason: str, by: int, at: dt.datetime) -> None:
    _decide(_locked(suggestion), Suggestion.Status.DECLINED, reason, by, at)


def credit(suggestion: Suggestion) -> str:
    """The name to put beside it: only where its learner asked for that, has one, and is not leaving."""
    user = suggestion.learner.user if suggestion.wants_credit else None
    return user.name if user and user.is_active and user.erase_at is None else ""


def _locked(pk: int) -> Suggestion:
    """As it is now, and nobody else writes to it until the transaction ends."""
    learner = Suggestion.objects.filter(pk=pk).values_list("learner", flat=True).first()
    if learner is None:
        raise Missing
    try:
        learners.lock(learner)
    except learners.Gone:
        raise Missing from None
    found = Suggestion.objects.filter(pk=pk).first()
    if found is None:
        raise Missing
    if found.status != Suggestion.Status.OPEN:
        raise Decided
    return found


def _add(resource: Resource, skill: int, by: int, at: dt.datetime) -> None:
    """At the end of the skill's list, to which one is added at a time."""
    Skill.objects.select_for_update(no_key=True).get(pk=skill)
    if twin := resource_at(skill, resource.url):
        there = "is on this skill, retired: bring it back there" if twin.is_retired else "is on this skill already"
        raise Taken(f"“{twin.title}” has this address and {there}.")
    siblings = Resource.objects.filter(skill=skill)
    resource.skill_id = skill
    resource.position = (siblings.aggregate(last=Max("position"))["last"] or 0) + 1
    resource.save()
    outline.touch(resource, at=at)
    history.Watch().record(resource, why="Suggested", at=at, by=by)
    _log(resource, ADDITION, "Added, as a learner suggested.", by)


def _decide(found: Suggestion, status: Suggestion.Status, answer: str, by: int, at: dt.datetime) -> None:
    found.status, found.answer, found.decided_at = status, answer, at
    found.save(update_fields=["status", "answer", "decided_at"])
    _log(found, CHANGE, f"{status.label}.", by)


def _log(row: models.Model, action: int, message: str, by: int) -> None:
    LogEntry.objects.log_actions(by, [row], action, message, single_object=True)
