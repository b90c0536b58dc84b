"""What is kept about content: what was shown when, who changed what, what the files had, what replaced what, which
links are dead."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import get_text_list

from roadmap.models.content import Resource, Roadmap, Skill


class Listing(models.Model):
    """What a roadmap showed of a skill from then on: the last row of each skill says what it shows now."""

    roadmap = models.ForeignKey(Roadmap, models.CASCADE, related_name="listings")
    skill = models.ForeignKey(Skill, models.CASCADE, related_name="listings")
    title = models.CharField(max_length=120)
    is_shown = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        # What changed since a learner's last visit.
        indexes = [models.Index(fields=["roadmap", "at"], name="listing_of_roadmap")]

    def __str__(self) -> str:
        return f"Listing {self.pk}"


class Revision(models.Model):
    """What a write did to one row of content, field by field. Rows of one act belong together."""

    class Action(models.TextChoices):
        CREATED = "created", "Created"
        CHANGED = "changed", "Changed"
        DELETED = "deleted", "Deleted"

    act = models.UUIDField()
    uid = models.UUIDField(help_text="Of the row.")
    kind = models.CharField(max_length=12, help_text="Of the row: the name of its model.")
    name = models.CharField(max_length=200, help_text="What the row was called then.")
    action = models.CharField(max_length=8, choices=Action)
    changes = models.JSONField(help_text="Field -> [before, after]; null where there was or is no row.")
    why = models.CharField(max_length=60, help_text="Such as “Edited” or “Library”.")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True)

    class Meta:
        # A row's history, an act's rows, and everything lately.
        indexes = [
            models.Index(fields=["uid", "-at"], name="revision_of_row"),
            models.Index(fields=["act"], name="revision_of_act"),
            models.Index(fields=["-at"], name="revision_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.name}"


class LibraryEntry(models.Model):
    """A row of content as the files last had it: what lets a curator's edit be told from the file's."""

    uid = models.UUIDField(unique=True)
    kind = models.CharField(max_length=12)
    fields = models.JSONField()

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"


class Succession(models.Model):
    """Skills that took the place of others: B replaces A, A became B and C, A and B became C."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    old = models.ManyToManyField(Skill, related_name="succeeded_by")
    new = models.ManyToManyField(Skill, related_name="succeeds")
    act = models.UUIDField(help_text="Of its revisions, and the batch of the credit that learners got.")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True)
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        if not self.pk:
            return "Succession"
        old, new = (get_text_list([skill.title for skill in skills.all()], "and") for skills in (self.old, self.new))
        return f"{old} → {new}"


class LinkCheck(models.Model):
    """Whether a resource's address still leads somewhere. The state of things, not content."""

    class Outcome(models.TextChoices):
        FINE = "fine", "Fine"
        MOVED = "moved", "Moved"
        UNSURE = "unsure", "Not sure"
        FAILING = "failing", "Failing"
        DEAD = "dead", "Dead"

    resource = models.OneToOneField(Resource, models.CASCADE, related_name="check_state")
    outcome = models.CharField(max_length=8, choices=Outcome)
    status = models.PositiveSmallIntegerField(null=True, help_text="Of HTTP, where there was an answer.")
    detail = models.CharField(max_length=200, blank=True)
    moved_to = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    failed_on = models.DateField(null=True, help_text="The first day of the failures that last.")

    class Meta:
        indexes = [models.Index(fields=["outcome"], name="link_by_outcome")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["failing", "dead"], failed_on__isnull=False)
                | Q(outcome__in=["fine", "moved", "unsure"]),
                name="link_failing_since_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"Check of {self.resource_id}"

    @property
    def dead_on(self) -> dt.date | None:
        """When the address was last asked for in vain, while it is dead."""
        return timezone.localdate(self.at, dt.UTC) if self.outcome == self.Outcome.DEAD else None
