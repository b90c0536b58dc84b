"""What can be learned. A roadmap is phases of sections of groups of placements; a skill is placed, never owned."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from roadmap import validators
from roadmap.querysets import (
    ContentQuerySet,
    DraftableQuerySet,
    PlacementQuerySet,
    RetirableQuerySet,
    RoadmapQuerySet,
    SkillQuerySet,
)

LONGEST = 20_000
"""Characters of a longer text: as many as a note may have, and to render that many of any kind is quick."""


class Importance(models.TextChoices):
    CORE = "core", "Core"
    RECOMMENDED = "recommended", "Recommended"
    OPTIONAL = "optional", "Optional"


class ResourceKind(models.TextChoices):
    ARTICLE = "article", "Article"
    BOOK = "book", "Book"
    COURSE = "course", "Course"
    DOCS = "docs", "Docs"
    INTERACTIVE = "interactive", "Interactive"
    PAPER = "paper", "Paper"
    REPOSITORY = "repository", "Repository"
    TUTORIAL = "tutorial", "Tutorial"
    VIDEO = "video", "Video"


class Level(models.TextChoices):
    BEGINNER = "beginner", "Beginner"
    INTERMEDIATE = "intermediate", "Intermediate"
    ADVANCED = "advanced", "Advanced"


def _above(row: Any, *names: str) -> Any:
    """Where these names lead up from a row; None while one of them has yet to be chosen, as in a form."""
    for name in names:
        row = getattr(row, name, None)
    return row


class Content(models.Model):
    """Known everywhere and for ever by its uid, whatever becomes of its slug, title or place."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True

    def natural_key(self) -> tuple[str]:
        return (str(self.uid),)


class Retirable(Content):
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_retired(self) -> bool:
        return self.retired_at is not None

    @property
    def is_live(self) -> bool:
        return self.retired_at is None


class Draftable(Retirable):
    """Prepared in peace: not on the site before it is published, and then never a draft again."""

    is_draft = models.BooleanField("draft", default=False, db_default=False)
    publish_at = models.DateTimeField("publish at", null=True, blank=True, help_text="Empty: when a curator says so.")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(is_draft=True) | Q(publish_at=None), name="%(class)s_only_drafts_are_to_be_published"
            ),
        ]

    @property
    def is_live(self) -> bool:
        return self.retired_at is None and not self.is_draft


class Roadmap(Content):
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    short_title = models.CharField(max_length=60)
    category = models.CharField(max_length=80, blank=True)
    summary = models.TextField(max_length=400)
    introduction = models.TextField(max_length=LONGEST, blank=True, help_text="Markdown.")
    conclusion = models.TextField(max_length=LONGEST, blank=True, help_text="Markdown.")
    credit = models.CharField(max_length=200, blank=True)
    reading_minutes = models.PositiveSmallIntegerField(default=1)
    tags = models.JSONField(default=list, blank=True, validators=[validators.lines])
    version = models.UUIDField(default=uuid.uuid4, editable=False, help_text="New with every change of content.")
    is_published = models.BooleanField("published", default=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    publish_at = models.DateTimeField("publish at", null=True, blank=True, help_text="Empty: when a curator says so.")
    updated_at = models.DateTimeField("content changed", default=timezone.now, editable=False)

    objects = RoadmapQuerySet.as_manager()

    class Meta:
        ordering = ["published_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_published=False) | Q(published_at__isnull=False), name="roadmap_published_has_date"
            ),
        ]

    def __str__(self) -> str:
        return self.short_title

    def get_absolute_url(self) -> str:
        return reverse("roadmap", args=[self.slug])


class Phase(Draftable):
    roadmap = models.ForeignKey(Roadmap, models.PROTECT, related_name="phases")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=120)
    introduction = models.TextField(max_length=LONGEST, blank=True, help_text="Markdown.")
    position = models.PositiveIntegerField(default=0)

    objects = DraftableQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            *Draftable.Meta.constraints,
            models.UniqueConstraint(fields=["roadmap", "slug"], name="phase_slug_unique_in_roadmap"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.roadmap.get_absolute_url()}#phase-{self.slug}"


class Section(Retirable):
    phase = models.ForeignKey(Phase, models.PROTECT, related_name="sections")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=120)
    introduction = models.TextField(max_length=LONGEST, blank=True, help_text="Markdown.")
    position = models.PositiveIntegerField(default=0)

    objects = RetirableQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["phase", "slug"], name="section_slug_unique_in_phase")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.phase.roadmap.get_absolute_url()}#section-{self.slug}"

    def clean(self) -> None:
        roadmap = _above(self, "phase", "roadmap_id")
        if roadmap is None:
            return
        twins = Section.objects.filter(phase__roadmap=roadmap, slug=self.slug).exclude(pk=self.pk)
        for twin in twins.select_related("phase"):
            raise ValidationError({"slug": f"“{twin.title}” in “{twin.phase.title}” has this slug already."})
        if self.pk and Section.objects.filter(pk=self.pk).exclude(phase__roadmap=roadmap).exists():
            raise ValidationError({"phase": "A section stays in its roadmap: choose a phase of the same one."})


class Group(Retirable):
    class Rule(models.TextChoices):
        ALL = "all", "All: each skill counts"
        ANY = "any", "Any: pick one"

    section = models.ForeignKey(Section, models.PROTECT, related_name="groups")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=120, blank=True, help_text="Without a title it is just the section's list.")
    summary = models.TextField(max_length=400, blank=True)
    rule = models.CharField(max_length=3, choices=Rule, default=Rule.ALL)
    importance = models.CharField(
        max_length=12, choices=Importance, default=Importance.CORE, help_text="Counts where one skill is to be picked."
    )
    position = models.PositiveIntegerField(default=0)

    objects = RetirableQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["section", "slug"], name="group_slug_unique_in_section"),
            models.CheckConstraint(condition=Q(rule__in=["all", "any"]), name="group_rule_known"),
            models.CheckConstraint(condition=Q(importance__in=Importance.values), name="group_importance_known"),
            models.CheckConstraint(condition=Q(rule="all") | ~Q(title=""), name="group_to_pick_from_has_title"),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.section.title}, list"

    def get_absolute_url(self) -> str:
        return self.section.get_absolute_url()

    def clean(self) -> None:
        if self.rule == self.Rule.ANY and not self.title:
            raise ValidationError({"title": "Say what there is to pick from: a group with the rule “any” has a title."})
        roadmap = _above(self, "section", "phase", "roadmap_id")
        if roadmap and self.pk and Group.objects.filter(pk=self.pk).exclude(section__phase__roadmap=roadmap).exists():
            raise ValidationError({"section": "A group stays in its roadmap: choose a section of the same one."})


class Skill(Draftable):
    class Kind(models.TextChoices):
        SKILL = "skill", "Skill"
        PROJECT = "project", "Project"

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    summary = models.TextField(max_length=400)
    news = models.TextField(max_length=LONGEST, blank=True, help_text="What changed in the field lately.")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.SKILL)
    hours = models.PositiveSmallIntegerField(help_text="For a working developer, to a level that is of use at work.")
    legacy = models.BooleanField(default=False, help_text="Known for history's sake. Says nothing about counting.")
    outcomes = models.JSONField(
        default=list, blank=True, validators=[validators.lines], help_text="What a finished project lets one show."
    )
    prerequisites = models.ManyToManyField("self", symmetrical=False, related_name="opens", blank=True)

    objects = SkillQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            *Draftable.Meta.constraints,
            models.CheckConstraint(condition=Q(hours__gt=0), name="skill_takes_time"),
            models.CheckConstraint(condition=Q(kind__in=["skill", "project"]), name="skill_kind_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where it is placed in the roadmap that was published first; the list of roadmaps while it is nowhere."""
        placed = Roadmap.objects.published().filter(placements__in=Placement.objects.shown().filter(skill=self)).first()
        return reverse("skill", args=[placed.slug, self.slug]) if placed else reverse("roadmaps")

    def clean(self) -> None:
        if self.hours is not None and self.hours < 1:
            raise ValidationError({"hours": "A skill takes at least an hour."})


class Placement(Retirable):
    group = models.ForeignKey(Group, models.PROTECT, related_name="placements")
    roadmap = models.ForeignKey(Roadmap, models.PROTECT, related_name="placements", editable=False)
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="placements")
    importance = models.CharField(max_length=12, choices=Importance, default=Importance.CORE)
    position = models.PositiveIntegerField(default=0)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["roadmap", "skill"], name="placement_once_in_a_roadmap"),
            models.CheckConstraint(condition=Q(importance__in=Importance.values), name="placement_importance_known"),
        ]

    def __str__(self) -> str:
        return f"{self.skill.title} in {self.roadmap.short_title}"

    def get_absolute_url(self) -> str:
        return reverse("skill", args=[self.roadmap.slug, self.skill.slug])

    def clean(self) -> None:
        roadmap = _above(self, "group", "section", "phase", "roadmap_id")
        if roadmap and roadmap != self.roadmap_id:
            raise ValidationError({"group": "A placement stays in its roadmap: choose a group of the same one."})


class Checkpoint(Retirable):
    skill = models.ForeignKey(Skill, models.CASCADE, related_name="checkpoints")
    text = models.TextField(max_length=500, help_text="What one can do: “You can …”. For a project, its milestone.")
    acceptance = models.TextField(max_length=500, blank=True, help_text="How to tell that a milestone is reached.")
    position = models.PositiveIntegerField(default=0)

    objects = RetirableQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return self.skill.get_absolute_url()


class Question(Retirable):
    skill = models.ForeignKey(Skill, models.CASCADE, related_name="questions")
    question = models.TextField(max_length=500, help_text="Plain text.")
    answer = models.TextField(max_length=1000, help_text="Plain text.")
    position = models.PositiveIntegerField(default=0)

    objects = RetirableQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.question

    def get_absolute_url(self) -> str:
        return self.skill.get_absolute_url()


class Resource(Retirable):
    skill = models.ForeignKey(Skill, models.CASCADE, related_name="resources")
    title = models.CharField(max_length=200)
    url = models.CharField("address", max_length=500, validators=[validators.web_address])
    kind = models.CharField(max_length=12, choices=ResourceKind)
    publisher = models.CharField(max_length=120)
    free = models.BooleanField(default=True)
    minutes = models.PositiveIntegerField()
    level = models.CharField(max_length=12, choices=Level)
    why = models.TextField(max_length=400)
    credit = models.CharField("suggested by", max_length=80, blank=True, db_default="")
    checked_on = models.DateField("last checked", null=True, blank=True)
    position = models.PositiveIntegerField(default=0)

    objects = RetirableQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["skill", "url"], name="resource_once_on_a_skill"),
            models.CheckConstraint(condition=Q(kind__in=ResourceKind.values), name="resource_kind_known"),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="resource_level_known"),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="resource_takes_time"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.skill.get_absolute_url()

    def clean(self) -> None:
        if self.minutes is not None and self.minutes < 1:
            raise ValidationError({"minutes": "A resource takes at least a minute."})


class Faq(Content):
    roadmap = models.ForeignKey(Roadmap, models.CASCADE, related_name="faqs")
    question = models.CharField(max_length=300)
    answer = models.TextField(max_length=LONGEST, help_text="Markdown.")
    position = models.PositiveIntegerField(default=0)

    objects = ContentQuerySet.as_manager()

    class Meta:
        verbose_name = "FAQ"
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.question

    def get_absolute_url(self) -> str:
        return reverse("faq", args=[self.roadmap.slug])


class OldSlug(models.Model):
    """A slug that a roadmap or a skill once had: its addresses lead on to the new one."""

    class Kind(models.TextChoices):
        ROADMAP = "roadmap", "Roadmap"
        SKILL = "skill", "Skill"

    kind = models.CharField(max_length=8, choices=Kind)
    slug = models.SlugField(max_length=80)
    uid = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "slug"], name="old_slug_leads_to_one_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.slug}"

    @classmethod
    def settle(cls, row: Roadmap | Skill, before: str = "") -> None:
        """The slug that the row had before leads on to it; the one that it has now leads nowhere else.

        Called by whoever gives a row its slug, in the same transaction.
        """
        kind = cls.Kind.ROADMAP if isinstance(row, Roadmap) else cls.Kind.SKILL
        cls.objects.filter(kind=kind, slug=row.slug).delete()
        if before and before != row.slug:
            cls.objects.update_or_create(kind=kind, slug=before, defaults={"uid": row.uid})
