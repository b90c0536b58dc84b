"""What lies ahead of a learner: questions that come back, a plan, letters about both."""

import datetime as dt
import secrets
import uuid
from collections.abc import Iterable

from django.db import models
from django.db.models import Q

from progress.models.record import Learner
from progress.planner import FULL_DAY
from roadmap.models import Question, Roadmap

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Review(models.Model):
    """An answer to a question, as FSRS's optimiser wants it. Inserted once; the only later write sets undone_at."""

    class Rating(models.IntegerChoices):
        AGAIN = 1, "Forgot"
        HARD = 2, "Hard"
        GOOD = 3, "Good"
        EASY = 4, "Easy"

    uid = models.UUIDField(default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(Learner, models.CASCADE, related_name="reviews", db_index=False)
    question = models.ForeignKey(Question, models.PROTECT, related_name="reviews")
    rating = models.PositiveSmallIntegerField(choices=Rating)
    at = models.DateTimeField()
    day = models.DateField(help_text="The learner's own local date at the time.")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "uid"], name="review_known_by_uid"),
            models.CheckConstraint(condition=Q(rating__range=(1, 4)), name="review_rating_known"),
        ]
        indexes = [
            # A day's answers are counted; a question's are replayed.
            models.Index(fields=["learner", "day"], name="review_of_day"),
            models.Index(fields=["learner", "question", "at", "id"], name="review_of_question"),
        ]

    def __str__(self) -> str:
        return f"Review {self.pk}"


class Recall(models.Model):
    """How well a question is remembered: what its reviews that stand come to, kept for queries. No row: never asked.

    Whether it is asked is not said here. It is, for as long as its skill is done: to take that back pauses it, to mark
    the skill done again resumes it.
    """

    learner = models.ForeignKey(Learner, models.CASCADE, related_name="recalls", db_index=False)
    question = models.ForeignKey(Question, models.PROTECT, related_name="recalls")
    due = models.DateField()
    stability = models.FloatField(help_text="In days.")
    difficulty = models.FloatField()
    reviewed_on = models.DateField()
    forgotten = models.BooleanField()
    fades_on = models.DateField(null=True, help_text="The first day on which it fades if nothing is asked.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "question"], name="recall_one_a_question")]
        # Every page with a skill's state asks what fades by today.
        indexes = [models.Index(fields=["learner", "fades_on"], name="recall_fading")]

    def __str__(self) -> str:
        return f"Recall {self.pk}"


class Plan(models.Model):
    """When a learner has time for a roadmap. The dates are worked out from it and what is left, anew each time.

    One value, read and written as a whole: pauses and picks are no rows of their own.
    """

    class Events(models.TextChoices):
        WEEK = "week", "An entry a week"
        SKILL = "skill", "An entry a skill"

    uid = models.UUIDField(default=uuid.uuid4, editable=False, help_text="Entries of the calendar are named by it.")
    learner = models.ForeignKey(Learner, models.CASCADE, related_name="plans", db_index=False)
    roadmap = models.ForeignKey(Roadmap, models.PROTECT, related_name="plans")
    monday = models.PositiveSmallIntegerField(default=0, help_text="In quarter hours, as the other days.")
    tuesday = models.PositiveSmallIntegerField(default=0)
    wednesday = models.PositiveSmallIntegerField(default=0)
    thursday = models.PositiveSmallIntegerField(default=0)
    friday = models.PositiveSmallIntegerField(default=0)
    saturday = models.PositiveSmallIntegerField(default=0)
    sunday = models.PositiveSmallIntegerField(default=0)
    start = models.DateField()
    target = models.DateField(null=True)
    optional = models.BooleanField(default=False)
    pauses = models.JSONField(default=list, help_text="[first, last] day of each, in order.")
    picks = models.JSONField(default=dict, help_text="Id of a group to pick one from -> id of the skill to plan with.")
    made_on = models.DateField(help_text="Hours of skills done since then tell the pace.")
    updated_at = models.DateTimeField()
    token = models.CharField(max_length=43, null=True, unique=True, help_text="Whoever knows it reads the calendar.")
    events = models.CharField(max_length=5, choices=Events, default=Events.WEEK)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "roadmap"], name="plan_one_a_roadmap"),
            *(
                models.CheckConstraint(condition=Q(**{f"{day}__lte": FULL_DAY}), name=f"plan_{day}_has_24_hours")
                for day in WEEKDAYS
            ),
            models.CheckConstraint(
                condition=Q(*((f"{day}__gt", 0) for day in WEEKDAYS), _connector=Q.OR), name="plan_has_hours"
            ),
        ]

    def __str__(self) -> str:
        return f"Plan {self.pk}"

    @property
    def weekdays(self) -> tuple[int, ...]:
        """Quarter hours for each day of the week, Monday first."""
        return tuple(getattr(self, day) for day in WEEKDAYS)

    @weekdays.setter
    def weekdays(self, quarters: tuple[int, ...]) -> None:
        for day, count in zip(WEEKDAYS, quarters, strict=True):
            setattr(self, day, count)

    @property
    def away(self) -> list[tuple[dt.date, dt.date]]:
        """First and last day of each pause, in order."""
        return [(dt.date.fromisoformat(first), dt.date.fromisoformat(last)) for first, last in self.pauses]

    @away.setter
    def away(self, days: Iterable[tuple[dt.date, dt.date]]) -> None:
        self.pauses = [[first.isoformat(), last.isoformat()] for first, last in days]

    def renew_token(self) -> None:
        """256 bits; not saved."""
        self.token = secrets.token_urlsafe(32)


class Letter(models.Model):
    """A weekly letter that went out. At most one a week and learner, however often they are sent."""

    learner = models.ForeignKey(Learner, models.CASCADE, related_name="letters", db_index=False)
    week = models.DateField(help_text="Its Monday.")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "week"], name="letter_once_a_week")]

    def __str__(self) -> str:
        return f"Letter {self.pk}"
