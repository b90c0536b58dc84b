"""Reviews: which question to ask now, its answer, and taking an answer back.

A card is in the deck for as long as its skill is done and the question is on the roadmap. Nothing is written when a
skill is marked: what was never asked is reckoned from the mark.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, Count, DateField, DateTimeField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from progress import recall
from progress.learners import Gone, lock
from progress.models import Learner, Mark, Recall, Review, State
from progress.querysets import Standing
from progress.recall import Card
from roadmap.tree import Outline
from web.prepared import prepared

REMEMBERED = ("due", "stability", "difficulty", "reviewed_on", "forgotten")
"""What of a card a row keeps, in the order of the card."""
_FADES = "fades"
"""No state, but stands where one does."""


class Refused(Exception):
    """Nothing was written; the message says why, in words for the learner."""


class Missing(Exception):
    """There is no such answer of this learner."""


@dataclass(frozen=True)
class Deck:
    """A learner's questions of one roadmap, on one day."""

    cards: Mapping[int, Card]
    """By question id."""
    today: dt.date
    answered: int
    """How many were today, on any roadmap."""
    last: int | None
    """The skill of the latest answer today."""
    cap: int
    retention: float

    @cached_property
    def queue(self) -> list[int]:
        """Ids of the questions to ask now, at most what is left of the day's."""
        cards = self.cards.values()
        return recall.queue(cards, self.today, answered=self.answered, cap=self.cap, last=self.last)

    @cached_property
    def fading(self) -> set[int]:
        """Ids of the skills that fade."""
        return recall.fading(self.cards.values(), self.today)

    @property
    def tomorrow(self) -> int:
        """How many will be asked tomorrow if all is answered today."""
        due = sum(card.due <= self.today + recall.DAY for card in self.cards.values())
        return min(self.cap, due - len(self.queue))

    @property
    def next_day(self) -> dt.date | None:
        """The first day after this one on which something is due if all is answered today."""
        waiting = (card for question, card in self.cards.items() if question not in self.queue)
        days = (max(card.due, self.today + recall.DAY) for card in waiting)
        return min(days, default=None) if self.cap else None


@prepared(learner=BigIntegerField())
def _remembered(learner: int) -> "QuerySet[Recall, tuple[Any, ...]]":
    return Recall.objects.filter(learner=learner).values_list("question", *REMEMBERED)


def remembered(learner: int | None) -> tuple[tuple[Any, ...], ...]:
    """Of each question that was ever asked: its id, and what is kept of it. One query."""
    return tuple(_remembered(learner=learner))


def deal(shown: Outline, marks: Mapping[int, Standing], recalls: Iterable[tuple[Any, ...]]) -> dict[int, Card]:
    """The cards of what is done on this roadmap, by question id. recalls: what is remembered."""
    known = {question: memory for question, *memory in recalls}
    cards = {}
    for place in shown.places:
        mark = marks.get(place.skill.id)
        if mark is None or mark.state != State.DONE:
            continue
        for question in place.skill.questions:
            cards[question.id] = (
                Card(question.id, place.skill.id, *known[question.id])
                if question.id in known
                else recall.new(question.id, place.skill.id, timezone.localdate(mark.since))
            )
    return cards


def deck(learner: int, shown: Outline, today: dt.date) -> Deck:
    """Four queries."""
    wants = Learner.objects.filter(pk=learner).values_list("reviews_a_day", "retention").first()
    if wants is None:
        raise Gone
    answers = list(todays(learner, today).values_list("question", "question__skill"))
    cards = deal(shown, Mark.objects.filter(learner=learner).standings(), remembered(learner))
    return Deck(cards, today, len(answers), answers[0][1] if answers else None, *wants)


def todays(learner: int | OuterRef | None, today: dt.date) -> "QuerySet[Review]":
    """The answers of a day that stand, the latest first."""
    return Review.objects.filter(learner=learner, day=today, undone_at=None).order_by("-at", "-id")


def answered_on(day: dt.date) -> Coalesce:
    """For a query of learners: how many answers of that day stand."""
    answers = todays(OuterRef("pk"), day).order_by().values("learner")
    return Coalesce(Subquery(answers.annotate(count=Count("pk")).values("count")), 0)


@prepared(learner=BigIntegerField(), today=DateField())
def _marks_and_fading(learner: int, today: dt.date) -> "QuerySet[Mark, tuple[int, str, dt.datetime, str]]":
    """Two parts, each by an index of the learner's: asked mark for mark, PostgreSQL may think it cheaper to read
    everybody's."""
    marks = Mark.objects.filter(learner=learner).values_list("skill_id", "state", "since", "credited_from")
    asked = Recall.objects.filter(learner=learner, fades_on__lte=today, question__retired_at=None)
    nothing = Value(None, DateTimeField())
    return marks.union(asked.values_list("question__skill_id", Value(_FADES), nothing, Value("")), all=True)


def marks_and_fading(learner: int, today: dt.date) -> tuple[dict[int, Standing], set[int]]:
    """The marks by skill id, and the ids of skills of which a question fades, done or not. One query."""
    standings, fading = {}, set()
    for skill, state, since, titles in _marks_and_fading(learner=learner, today=today):
        if state == _FADES:
            fading.add(skill)
        else:
            standings[skill] = Standing(state, since, titles)
    return standings, fading


@transaction.atomic
def answer(*, learner: int, shown: Outline, question: int, rating: int, at: dt.datetime, day: dt.date) -> Review:
    lock(learner)
    dealt = deck(learner, shown, day)
    if question not in dealt.cards:
        raise Refused("This question is not asked any more: its skill is not done, or it left the roadmap.")
    if question not in dealt.queue:
        raise Refused("You have answered that already, or all that is asked today. Nothing was changed.")
    made = Review.objects.create(learner_id=learner, question_id=question, rating=rating, at=at, day=day)
    settle(learner, [question], dealt.retention)
    return made


@transaction.atomic
def undo(*, learner: int, uid: uuid.UUID, at: dt.datetime) -> Review:
    """The question is remembered as it was before, and due again. Twice is the same as once."""
    lock(learner)
    made = Review.objects.filter(learner=learner, uid=uid).first()
    if made is None:
        raise Missing
    if made.undone_at:
        return made
    standing = Review.objects.filter(learner=learner, question=made.question_id, undone_at=None)
    if standing.order_by("at", "id").last() != made:
        raise Refused("You have answered this question again since. Undo that answer first.")
    made.undone_at = at
    made.save(update_fields=["undone_at"])
    settle(learner, [made.question_id], Learner.objects.values_list("retention", flat=True).get(pk=learner))
    return made


def settle(learner: int, questions: Collection[int], retention: float) -> None:
    """Makes the recalls of these questions what their reviews that stand come to. For who holds the lock."""
    answers: dict[int, list[tuple[dt.date, int]]] = {}
    standing = Review.objects.filter(learner=learner, question__in=questions, undone_at=None).order_by("at", "id")
    for question, day, rating in standing.values_list("question", "day", "rating"):
        days = answers.setdefault(question, [])
        days.append((max(day, days[-1][0]) if days else day, rating))  # days never go back, even where a zone does
    cards = [
        recall.replay(recall.new(question, 0, reviews[0][0]), reviews, retention)
        for question, reviews in answers.items()
    ]
    Recall.objects.filter(learner=learner, question__in=set(questions) - answers.keys()).delete()
    Recall.objects.bulk_create(
        [_row(learner, card) for card in cards],
        update_conflicts=True,
        unique_fields=["learner", "question"],
        update_fields=[*REMEMBERED, "fades_on"],
    )


def _row(learner: int, card: Card) -> Recall:
    known = {name: getattr(card, name) for name in REMEMBERED}
    return Recall(learner_id=learner, question_id=card.question, fades_on=recall.fades_on(card), **known)


@transaction.atomic
def set_wishes(*, learner: int, reviews_a_day: int, retention: float) -> None:
    """From the next answer on; what is due stays due."""
    lock(learner)
    Learner.objects.filter(pk=learner).update(reviews_a_day=reviews_a_day, retention=retention)
