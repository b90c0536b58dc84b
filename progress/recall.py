"""When a question comes back, and what fades, by FSRS. Pure; a day is the learner's local date, fixed when it was made.

FSRS reckons in whole days and takes less than 24 hours for the same day: an answer on Tuesday morning to what was
asked on Monday evening would hardly count. So it is given the learner's days, as midnights in UTC, and no moments.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace

from fsrs import Card as FsrsCard
from fsrs import Rating, Scheduler, State

AGAIN, HARD, GOOD, EASY = RATINGS = (1, 2, 3, 4)
"""FSRS's own numbers."""
RETENTION, LOWEST_RETENTION, HIGHEST_RETENTION = 0.9, 0.8, 0.97
"""How likely a learner wants to remember what comes back."""
CAP, MOST = 5, 50
"""Questions a day: where a learner begins, and as many as one may want."""
FADING = 0.7
"""Below every retention that may be chosen: what is merely due does not fade, at 0.9 only what has waited nine times
as long as it should."""
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Card:
    """A learner's memory of one question. Stability in days; it, difficulty and the last day are None until asked."""

    question: int
    skill: int
    due: dt.date
    stability: float | None = None
    difficulty: float | None = None
    reviewed_on: dt.date | None = None
    forgotten: bool = False
    """Its last answer was *again*."""


def new(question: int, skill: int, done_on: dt.date) -> Card:
    """Asked from the next day on: at once would only show that it was read a minute ago."""
    return Card(question, skill, done_on + DAY)


def rate(card: Card, rating: int, day: dt.date, retention: float = RETENTION) -> Card:
    """The card after this answer. The same answers on the same days give the same card; ValueError for no rating."""
    return _rated(card, rating, day, _scheduler(retention))


def choices(card: Card, day: dt.date, retention: float = RETENTION) -> dict[int, dt.date]:
    """Rating -> the day on which the question would come back."""
    scheduler = _scheduler(retention)
    return {rating: _rated(card, rating, day, scheduler).due for rating in RATINGS}


def replay(card: Card, reviews: Iterable[tuple[dt.date, int]], retention: float = RETENTION) -> Card:
    """What (day, rating), oldest first, makes of a new card. Retention shows in the last interval alone."""
    scheduler = _scheduler(retention)
    for day, rating in reviews:
        card = _rated(card, rating, day, scheduler)
    return card


def retrievability(card: Card, today: dt.date) -> float | None:
    """How likely it is remembered, 0 to 1, never rising while nothing is asked; None before the first answer, as FSRS
    knows nothing then (the library says 0)."""
    return None if card.reviewed_on is None else _curve(card, today)


def queue(
    cards: Iterable[Card], today: dt.date, *, answered: int, cap: int = CAP, last: int | None = None
) -> list[int]:
    """Ids of the questions to ask now: the most forgotten first, no skill twice in a row while another's are due.

    answered: how many were today; last: the skill of the latest of them. What was never asked takes its turn as if it
    had come easily on the day before it fell due: where more is due than the cap allows, what was learned before goes
    on being asked, and what is new does not wait for ever.
    """
    due = sorted((card for card in cards if card.due <= today), key=lambda card: _turn(card, today))
    asked: list[int] = []
    while due and len(asked) < cap - answered:
        card = next((card for card in due if card.skill != last), due[0])
        due.remove(card)
        asked.append(card.question)
        last = card.skill
    return asked


def fades(card: Card, today: dt.date, threshold: float = FADING) -> bool:
    """Whether it was just forgotten, or likely is by now. A question that was never asked does not fade."""
    recall = retrievability(card, today)
    return recall is not None and (card.forgotten or recall < threshold)


def fades_on(card: Card, threshold: float = FADING) -> dt.date | None:
    """The first day on which it fades if nothing is asked; to be kept beside the card, for queries."""
    if card.reviewed_on is None:
        return None
    first = card.reviewed_on.toordinal()
    days = range(first, dt.date.max.toordinal() + 1)
    waited = bisect_left(days, True, key=lambda day: fades(card, dt.date.fromordinal(day), threshold))
    return dt.date.fromordinal(days[waited]) if waited < len(days) else None


def fading(cards: Iterable[Card], today: dt.date, threshold: float = FADING) -> set[int]:
    """Ids of the skills of which a question fades: a skill is as firm as the weakest of its few questions."""
    return {card.skill for card in cards if fades(card, today, threshold)}


def _scheduler(retention: float) -> Scheduler:
    """Without learning steps, which are minutes: here a question is asked once a day. Without fuzz, which is chance."""
    return Scheduler(desired_retention=retention, learning_steps=(), relearning_steps=(), enable_fuzzing=False)


_PLAIN = _scheduler(RETENTION)
"""For what does not depend on the retention that is wanted: how memory grows and fades."""


def _curve(card: Card, today: dt.date) -> float:
    return _PLAIN.get_card_retrievability(_to_fsrs(card), _midnight(today))


def _rated(card: Card, rating: int, day: dt.date, scheduler: Scheduler) -> Card:
    after, _ = scheduler.review_card(_to_fsrs(card), Rating(rating), _midnight(day))
    return replace(
        card,
        due=after.due.date(),
        stability=after.stability,
        difficulty=after.difficulty,
        reviewed_on=day,
        forgotten=rating == AGAIN,
    )


def _to_fsrs(card: Card) -> FsrsCard:
    """Everything is named, as the library asks the clock for an id or a due date that is not. Without steps a card is
    new or in review, and a step says nothing."""
    return FsrsCard(
        card_id=card.question,
        state=State.Learning if card.reviewed_on is None else State.Review,
        stability=card.stability,
        difficulty=card.difficulty,
        due=_midnight(card.due),
        last_review=None if card.reviewed_on is None else _midnight(card.reviewed_on),
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def _turn(card: Card, today: dt.date) -> tuple[float, dt.date, int]:
    known = card if card.reviewed_on else _rated(card, EASY, card.due - DAY, _PLAIN)
    return _curve(known, today), card.due, card.question
