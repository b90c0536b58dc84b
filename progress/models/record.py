"""What a learner did. Marks say how things stand, changes how they came to stand so."""

import datetime as dt
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from progress import validators
from progress.querysets import ChangeQuerySet, MarkQuerySet, Standing
from progress.recall import CAP, HIGHEST_RETENTION, LOWEST_RETENTION, MOST, RETENTION
from roadmap.models import Checkpoint, Resource, Roadmap, Skill


class State(models.TextChoices):
    TODO = "todo", "To do"
    LEARNING = "learning", "Learning"
    DONE = "done", "Done"
    SKIPPED = "skipped", "Skipped"


class Learner(models.Model):
    """Whoever marks: the learner of an account, or a guest whom a browser's session remembers."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="learner", null=True, blank=True, editable=False
    )
    seen_at = models.DateTimeField(default=timezone.now, editable=False)
    reviews_a_day = models.PositiveSmallIntegerField("questions a day, at most", default=CAP, db_default=CAP)
    retention = models.FloatField(default=RETENTION, db_default=RETENTION)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reviews_a_day__lte=MOST), name="learner_reviews_a_day_bounded"),
            models.CheckConstraint(
                condition=Q(retention__range=(LOWEST_RETENTION, HIGHEST_RETENTION)), name="learner_retention_bounded"
            ),
        ]
        # For housekeep, which looks for guests who have not been seen for long.
        indexes = [models.Index(fields=["seen_at"], condition=Q(user=None), name="learner_guest_seen")]

    def __str__(self) -> str:
        return f"Learner {self.pk}"


class Mark(models.Model):
    """A learner's word on a skill. No row: never touched."""

    learner = models.ForeignKey(Learner, models.CASCADE, related_name="marks", db_index=False)
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="marks")
    state = models.CharField(max_length=8, choices=State)
    since = models.DateTimeField()
    credited_from = models.CharField(
        max_length=300, blank=True, db_default="", help_text="Titles of the skills whose place this one took."
    )

    objects = MarkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "skill"], name="mark_one_for_a_skill"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="mark_state_known"),
        ]

    def __str__(self) -> str:
        return f"Mark {self.pk}"

    @property
    def standing(self) -> Standing:
        return Standing(self.state, self.since, self.credited_from)


class Change(models.Model):
    """One step of one skill. Inserted once; the only later write sets undone_at."""

    class Cause(models.TextChoices):
        MARK = "mark", "Marked"
        BULK = "bulk", "Marked together"
        RESET = "reset", "Reset"
        MERGE = "merge", "Brought along on signing in"
        IMPORT = "import", "Imported"
        CREDIT = "credit", "Credited"

    uid = models.UUIDField(default=uuid.uuid4, editable=False)
    batch = models.UUIDField(help_text="One act of the learner; what undo takes back.")
    learner = models.ForeignKey(Learner, models.CASCADE, related_name="changes", db_index=False)
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="changes")
    before = models.CharField(max_length=8, choices=State, null=True)
    before_since = models.DateTimeField(null=True)
    after = models.CharField(max_length=8, choices=State)
    after_since = models.DateTimeField()
    at = models.DateTimeField()
    day = models.DateField(help_text="The learner's own local date at the time.")
    cause = models.CharField(max_length=8, choices=Cause)
    credited_from = models.CharField(max_length=300, blank=True, db_default="")
    undone_at = models.DateTimeField(null=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "uid"], name="change_known_by_uid"),
            # Undo finds an act by it.
            models.UniqueConstraint(fields=["learner", "batch", "skill"], name="change_one_a_skill_in_an_act"),
            models.CheckConstraint(
                condition=Q(before=None, before_since=None) | Q(before__isnull=False, before_since__isnull=False),
                name="change_state_before_has_date",
            ),
            models.CheckConstraint(
                condition=(Q(before=None) | Q(before__in=State.values)) & Q(after__in=State.values),
                name="change_states_known",
            ),
        ]
        indexes = [
            # Undo looks for what came later on a skill; the history reads a learner's acts, newest first.
            models.Index(fields=["learner", "skill", "at", "id"], name="change_of_skill"),
            models.Index(fields=["learner", "at", "id"], name="change_in_order"),
        ]

    def __str__(self) -> str:
        return f"Change {self.pk}"

    @classmethod
    def step(cls, before: Standing | None, after: Standing, **values: Any) -> Self:
        """From how a skill stood to how it stands; not saved. values: whose, on what, when and why."""
        return cls(
            before=before.state if before else None,
            before_since=before.since if before else None,
            after=after.state,
            after_since=after.since,
            credited_from=after.credited_from,
            **values,
        )

    @property
    def standing(self) -> Standing:
        """Of the skill, after it."""
        return Standing(self.after, self.after_since, self.credited_from)


class Follow(models.Model):
    """A roadmap that a learner has marked something on. The one used last is current."""

    learner = models.ForeignKey(Learner, models.CASCADE, related_name="follows", db_index=False)
    roadmap = models.ForeignKey(Roadmap, models.PROTECT, related_name="follows")
    since = models.DateTimeField()
    used_at = models.DateTimeField()
    changes_seen_at = models.DateTimeField(null=True, help_text="Changes of the roadmap up to then were shown.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "roadmap"], name="follow_once")]

    def __str__(self) -> str:
        return f"Follow {self.pk}"


class CheckpointTick(models.Model):
    """“I can do this”: a checkpoint that a learner has ticked."""

    learner = models.ForeignKey(Learner, models.CASCADE, related_name="ticks", db_index=False)
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="ticks")
    at = models.DateTimeField()
    day = models.DateField(help_text="The learner's own local date at the time.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "checkpoint"], name="tick_once")]

    def __str__(self) -> str:
        return f"Tick {self.pk}"


class Note(models.Model):
    """What a learner wrote on a skill, in Markdown. Never public."""

    MAXIMUM = 20_000
    LINE = "\n\n---\n\n"

    learner = models.ForeignKey(Learner, models.CASCADE, related_name="notes", db_index=False)
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="notes")
    text = models.TextField(max_length=MAXIMUM)
    version = models.PositiveIntegerField(default=1, help_text="Counts the saves; an edit of an older one is told.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "skill"], name="note_one_for_a_skill")]

    def __str__(self) -> str:
        return f"Note {self.pk}"

    def put_below(self, text: str, *, said: str, at: dt.datetime, day: dt.date) -> None:
        """Another text of the learner's goes under this one, below a dated line. Not saved."""
        self.text = f"{self.text}{self.LINE}{said} on {day.day} {day:%B %Y}:\n\n{text}"
        self.version, self.updated_at = self.version + 1, at

    def has(self, text: str) -> bool:
        """Whether it is this text, or was put together from it."""
        ended = self.text + self.LINE
        return ended.startswith(text + self.LINE) or f":\n\n{text}{self.LINE}" in ended


class Evidence(models.Model):
    """A link that shows what a learner can do."""

    uid = models.UUIDField(default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(Learner, models.CASCADE, related_name="evidence", db_index=False)
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="evidence")
    title = models.CharField(max_length=120)
    url = models.CharField("link", max_length=500, validators=[validators.https_address])
    is_public = models.BooleanField("public", default=False)
    added_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(fields=["learner", "uid"], name="evidence_known_by_uid"),
            models.UniqueConstraint(fields=["learner", "skill", "url"], name="evidence_once_on_a_skill"),
        ]

    def __str__(self) -> str:
        return f"Evidence {self.pk}"


class Report(models.Model):
    """A learner's word that a resource is dead or asks for money."""

    class Kind(models.TextChoices):
        DEAD = "dead", "The link is dead"
        PAYWALL = "paywall", "It is not free"

    uid = models.UUIDField(default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(Learner, models.CASCADE, related_name="reports", db_index=False)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=8, choices=Kind)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, help_text="When a curator dealt with it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "resource"], name="report_once_a_resource"),
            models.UniqueConstraint(fields=["learner", "uid"], name="report_known_by_uid"),
            models.CheckConstraint(condition=Q(kind__in=["dead", "paywall"]), name="report_kind_known"),
        ]
        # The curators' desk counts what is open.
        indexes = [models.Index(fields=["resource"], condition=Q(settled_at=None), name="report_open")]

    def __str__(self) -> str:
        return f"Report {self.pk}"


class Suggestion(models.Model):
    """A resource or a correction that a learner proposes, and what the curators said."""

    class Kind(models.TextChoices):
        RESOURCE = "resource", "A resource"
        CORRECTION = "correction", "A correction"

    class Status(models.TextChoices):
        OPEN = "open", "Waiting for a curator"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    LONGEST, LONGEST_ANSWER = 1000, 500

    uid = models.UUIDField(default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(Learner, models.CASCADE, related_name="suggestions", db_index=False)
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="suggestions")
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=200, blank=True)
    url = models.CharField("link", max_length=500, blank=True, validators=[validators.https_address])
    text = models.TextField(max_length=LONGEST)
    wants_credit = models.BooleanField(default=False)
    at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    answer = models.TextField(
        max_length=LONGEST_ANSWER, blank=True, help_text="What the curator said; the learner sees it."
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "uid"], name="suggestion_known_by_uid"),
            models.CheckConstraint(
                condition=Q(status="open", decided_at=None)
                | Q(status__in=["accepted", "declined"], decided_at__isnull=False),
                name="suggestion_decided_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(kind="correction") | (Q(kind="resource") & ~Q(title="") & ~Q(url="")),
                name="suggestion_of_a_resource_has_address",
            ),
        ]
        indexes = [
            models.Index(fields=["learner", "-at"], name="suggestion_of_learner"),
            models.Index(fields=["at"], condition=Q(status="open"), name="suggestion_open"),
        ]

    def __str__(self) -> str:
        return f"Suggestion {self.pk}"


class PendingImport(models.Model):
    """A cairn.json that was looked at and waits for its learner's word, an hour at most."""

    learner = models.OneToOneField(Learner, models.CASCADE, related_name="pending_import")
    content = models.BinaryField(help_text="Compressed with zlib.")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Pending import {self.pk}"
