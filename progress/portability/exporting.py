"""One zip with everything of a learner's: cairn.json to bring along, the rest to read."""

import datetime as dt
import io
import json
import zipfile
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils import timezone

from progress import learners
from progress.models import (
    WEEKDAYS,
    Change,
    CheckpointTick,
    Evidence,
    Follow,
    Learner,
    Mark,
    Note,
    Plan,
    Report,
    Review,
    Suggestion,
)
from progress.portability import readable, schema
from progress.portability.reading import MEMBER
from roadmap.entries import plain
from roadmap.models import Group, Skill

_plain = partial(plain, timespec="microseconds")
_SKILL = {"skill": "skill__uid", "slug": "skill__slug"}
_TITLED = _SKILL | {"title": "skill__title"}
_ROADMAP = {"roadmap": "roadmap__uid", "slug": "roadmap__slug", "title": "roadmap__title"}
_CHECKPOINT = {"checkpoint": "checkpoint__uid", "skill": "checkpoint__skill__uid", "text": "checkpoint__text"}
_RESOURCE = {"resource": "resource__uid", "url": "resource__url"}
_QUESTION = {"question": "question__uid", "skill": "question__skill__uid", "text": "question__question"}
_PLANNED = ("start", "target", "optional", "pauses", "picks", "made_on", "updated_at", "events")
_STEP = ("before", "before_since", "after", "after_since", "at", "day", "cause", "credited_from", "undone_at")
_PROPOSED = ("kind", "title", "url", "text", "wants_credit", "at", "status", "answer", "decided_at")


def archive(learner: int, at: dt.datetime) -> bytes:
    """The zip. For 10,000 entries some 0.5 s, of which the record is locked for half."""
    document = record(learner, at)
    files = {
        MEMBER: written(document),
        "checklist.md": readable.checklist(document, [followed.slug for followed in learners.follows(learner)]),
        "marks.csv": readable.table(document),
        "notes.md": readable.notes(document),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in files.items():
            member = zipfile.ZipInfo(name, timezone.localtime(at).timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(member, text.encode())
    return packed.getvalue()


@transaction.atomic
def record(learner: int, at: dt.datetime) -> dict[str, Any]:
    """What cairn.json says. Nobody writes to the record meanwhile; the order depends on nothing but what is in it."""
    learners.lock(learner)
    account = get_user_model()._default_manager.filter(learner=learner).values(*schema.SETTINGS).first()
    return {
        "format": schema.FORMAT,
        "version": schema.VERSION,
        "exported_at": _plain(at),
        "account": account or {},
        "follows": _rows(Follow, learner, ("since", "roadmap__uid"), _ROADMAP, "since", "used_at"),
        "marks": _rows(Mark, learner, ("since", "skill__uid"), _TITLED, "state", "since", "credited_from"),
        "changes": _rows(Change, learner, ("at", "id"), _SKILL, "uid", "batch", *_STEP),
        "checkpoints": _rows(CheckpointTick, learner, ("at", "checkpoint__uid"), _CHECKPOINT, "at", "day"),
        "notes": _rows(Note, learner, ("updated_at", "skill__uid"), _TITLED, "text", "version", "updated_at"),
        "evidence": _rows(
            Evidence, learner, ("added_at", "uid"), _SKILL, "uid", "title", "url", "is_public", "added_at"
        ),
        "reports": _rows(Report, learner, ("at", "uid"), _RESOURCE, "uid", "kind", "at", "settled_at"),
        "suggestions": _rows(Suggestion, learner, ("at", "uid"), _SKILL, "uid", *_PROPOSED),
        "reviews": _rows(Review, learner, ("at", "id"), _QUESTION, "uid", "rating", "at", "day", "undone_at"),
        "plans": _plans(learner),
        "reviewing": Learner.objects.values(*schema.REVIEWING).get(pk=learner),
    }


def _plans(learner: int) -> list[dict[str, Any]]:
    found = _rows(Plan, learner, ("made_on", "roadmap__uid"), _ROADMAP, "uid", *WEEKDAYS, *_PLANNED)
    groups = dict(Group.objects.values_list("pk", "uid"))
    skills = dict(Skill.objects.values_list("pk", "uid"))
    for plan in found:
        picks = [(groups.get(int(group)), skills.get(skill)) for group, skill in plan["picks"].items()]
        plan["picks"] = sorted([str(group), str(skill)] for group, skill in picks if group and skill)
    return found


def written(document: dict[str, Any]) -> str:
    """JSON with one entry a line."""
    parts = []
    for name, value in document.items():
        text = json.dumps(value, ensure_ascii=False)
        if isinstance(value, list) and value:
            text = "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in value) + "\n]"
        parts.append(f'"{name}": {text}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _rows(
    model: type[models.Model], learner: int, order: tuple[str, ...], elsewhere: dict[str, str], *own: str
) -> list[dict[str, Any]]:
    """elsewhere: name in the file -> where the value stands, for what lies beyond the model's own fields."""
    names = elsewhere | {name: name for name in own}
    found = model._default_manager.filter(learner=learner).order_by(*order).values_list(*names.values())
    return [dict(zip(names, map(_plain, row), strict=True)) for row in found]
