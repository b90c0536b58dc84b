"""What a learner writes and ticks on a skill. Like marks: lock the learner's row, then write, in one transaction."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction

from progress.learners import lock
from progress.models import CheckpointTick, Evidence, Note


class Edited(Exception):
    """Somebody (another tab) saved a newer version meanwhile; nothing was overwritten."""

    def __init__(self, newer: Note) -> None:
        super().__init__()
        self.newer = newer


@dataclass(frozen=True, slots=True)
class Saved:
    text: str
    version: int
    updated_at: dt.datetime | None


NEVER = Saved("", 0, None)


@transaction.atomic
def save(*, learner: int, skill: int, text: str, version: int, at: dt.datetime) -> Saved:
    """version: of the text that was edited, 0 for none. No text removes the note; the same text writes nothing."""
    lock(learner)
    note = Note.objects.filter(learner=learner, skill=skill).first()
    if note is None:
        if not text:
            return NEVER
        note = Note.objects.create(learner_id=learner, skill_id=skill, text=text, updated_at=at, version=version + 1)
    elif note.text != text:
        if note.version != version:
            raise Edited(note)
        if not text:
            note.delete()
            return NEVER
        note.text, note.version, note.updated_at = text, note.version + 1, at
        note.save(update_fields=["text", "version", "updated_at"])
    return Saved(note.text, note.version, note.updated_at)


@transaction.atomic
def tick(*, learner: int, checkpoint: int, ticked: bool, at: dt.datetime, day: dt.date) -> None:
    """Ticking twice is the same as once, and keeps the first date."""
    lock(learner)
    if ticked:
        CheckpointTick.objects.get_or_create(
            learner_id=learner, checkpoint_id=checkpoint, defaults={"at": at, "day": day}
        )
    else:
        CheckpointTick.objects.filter(learner=learner, checkpoint=checkpoint).delete()


@transaction.atomic
def add_evidence(*, learner: int, skill: int, title: str, url: str, is_public: bool, at: dt.datetime) -> bool:
    """False where this link is on this skill already."""
    lock(learner)
    _, added = Evidence.objects.get_or_create(
        learner_id=learner,
        skill_id=skill,
        url=url,
        defaults={"title": title, "is_public": is_public, "added_at": at},
    )
    return added


@transaction.atomic
def publish_evidence(*, learner: int, uid: uuid.UUID, is_public: bool) -> bool:
    """False where there is none such."""
    lock(learner)
    return bool(Evidence.objects.filter(learner=learner, uid=uid).update(is_public=is_public))


@transaction.atomic
def remove_evidence(*, learner: int, uid: uuid.UUID) -> bool:
    lock(learner)
    return bool(Evidence.objects.filter(learner=learner, uid=uid).delete()[0])
