import datetime as dt
import itertools
from collections.abc import Iterable
from dataclasses import replace
from random import Random

import fsrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress import recall
from progress.recall import AGAIN, CAP, EASY, FADING, GOOD, HARD, RATINGS, Card

DONE_ON = dt.date(2026, 1, 5)
DAY = dt.timedelta(days=1)
NEW = recall.new(1, 10, DONE_ON)

retentions = st.floats(recall.LOWEST_RETENTION, recall.HIGHEST_RETENTION)
ratings = st.sampled_from(RATINGS)


def dated(answers: Iterable[tuple[int, int]]) -> list[tuple[dt.date, int]]:
    """From (days waited, rating)."""
    day, reviews = DONE_ON, []
    for wait, rating in answers:
        day += wait * DAY
        reviews.append((day, rating))
    return reviews


def histories(least: int = 0) -> st.SearchStrategy[list[tuple[dt.date, int]]]:
    return st.lists(st.tuples(st.integers(0, 400), ratings), min_size=least, max_size=12).map(dated)


def asked(least: int = 1) -> st.SearchStrategy[Card]:
    return histories(least).map(lambda reviews: recall.replay(NEW, reviews))


TODAY = DONE_ON + 200 * DAY


@st.composite
def decks(draw: st.DrawFn) -> list[Card]:
    """Three questions a skill, as everywhere: never asked or asked before, due or not."""
    cards = []
    for question in range(draw(st.integers(0, 24))):
        card = recall.new(question, question // 3, TODAY - draw(st.integers(0, 100)) * DAY)
        for wait in draw(st.lists(st.integers(1, 40), max_size=4)):
            day = (card.reviewed_on or card.due) + wait * DAY
            if day < TODAY:
                card = recall.rate(card, draw(ratings), day)
        cards.append(card)
    return cards


def scheduler(retention: float = 0.9) -> fsrs.Scheduler:
    return fsrs.Scheduler(desired_retention=retention, learning_steps=(), relearning_steps=(), enable_fuzzing=False)


def is_due(card: Card, day: dt.date) -> bool:
    return card.due <= day


def asked_on(card: Card) -> dt.date:
    assert card.reviewed_on is not None
    return card.reviewed_on


def predicted(card: Card, day: dt.date) -> float:
    recalled = recall.retrievability(card, day)
    assert recalled is not None
    return recalled


def test_a_new_question_is_asked_from_the_next_day_on() -> None:
    assert Card(question=1, skill=10, due=DONE_ON + DAY) == NEW
    assert recall.queue([NEW], DONE_ON, answered=0) == []
    assert recall.queue([NEW], DONE_ON + DAY, answered=0) == [1]


def test_intervals_are_those_of_the_library() -> None:
    """Answered at nine in the morning: when due, then late, early, and twice on one day."""
    ours, theirs = NEW, fsrs.Card(card_id=1, due=dt.datetime(2026, 1, 6, 9, tzinfo=dt.UTC))
    intervals = []
    for rating, moment in [
        (GOOD, dt.datetime(2026, 1, 6, 9, tzinfo=dt.UTC)),
        (GOOD, dt.datetime(2026, 1, 8, 9, tzinfo=dt.UTC)),
        (HARD, dt.datetime(2026, 1, 19, 9, tzinfo=dt.UTC)),
        (AGAIN, dt.datetime(2026, 2, 20, 9, tzinfo=dt.UTC)),
        (GOOD, dt.datetime(2026, 2, 22, 9, tzinfo=dt.UTC)),
        (EASY, dt.datetime(2026, 5, 1, 9, tzinfo=dt.UTC)),
        (GOOD, dt.datetime(2026, 5, 11, 9, tzinfo=dt.UTC)),
        (AGAIN, dt.datetime(2026, 5, 11, 9, tzinfo=dt.UTC)),
    ]:
        ours = recall.rate(ours, rating, moment.date())
        theirs, _ = scheduler().review_card(theirs, fsrs.Rating(rating), moment)
        assert (ours.stability, ours.difficulty, ours.due) == (theirs.stability, theirs.difficulty, theirs.due.date())
        intervals.append((ours.due - moment.date()).days)
    assert intervals == [2, 11, 32, 2, 5, 45, 57, 16]


@given(histories(1), retentions)
def test_the_library_replays_a_history_to_the_same_card(reviews: list[tuple[dt.date, int]], retention: float) -> None:
    """So what is kept of a review is what the library's own tools, the optimiser too, ask for."""
    logs = [fsrs.ReviewLog(1, fsrs.Rating(rating), recall._midnight(day), None) for day, rating in reviews]
    theirs = scheduler(retention).reschedule_card(fsrs.Card(card_id=1, due=recall._midnight(NEW.due)), logs)
    ours = recall.replay(NEW, reviews, retention)
    assert (ours.stability, ours.difficulty) == (theirs.stability, theirs.difficulty)
    assert theirs.last_review is not None
    assert (ours.due, ours.reviewed_on) == (theirs.due.date(), theirs.last_review.date())
    assert (theirs.state, theirs.step) == (fsrs.State.Review, None)


def test_the_next_morning_is_another_day() -> None:
    evening, morning = dt.datetime(2026, 1, 6, 22, tzinfo=dt.UTC), dt.datetime(2026, 1, 7, 7, tzinfo=dt.UTC)
    by_moments = fsrs.Card(card_id=1, due=evening)
    for moment in (evening, morning):
        by_moments, _ = scheduler().review_card(by_moments, fsrs.Rating.Good, moment)
    by_days = recall.replay(NEW, [(evening.date(), GOOD), (morning.date(), GOOD)])
    assert by_days.due > by_moments.due.date()


def test_neither_clock_nor_chance_has_a_say(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(dt.datetime):
        @classmethod
        def now(cls, *_: object) -> "Stopped":
            raise AssertionError

    def chance() -> float:
        raise AssertionError

    monkeypatch.setattr("fsrs.card.datetime", Stopped)
    monkeypatch.setattr("fsrs.scheduler.datetime", Stopped)
    monkeypatch.setattr("fsrs.scheduler.random", chance)
    card = recall.rate(recall.rate(NEW, GOOD, DONE_ON), EASY, DONE_ON + 9 * DAY)
    recall.choices(card, card.due)
    recall.queue([NEW, card], card.due, answered=0)
    recall.fading([NEW, card], card.due)


@pytest.mark.parametrize("rating", [0, 5])
def test_there_are_four_ratings(rating: int) -> None:
    with pytest.raises(ValueError, match="is not a valid Rating"):
        recall.rate(NEW, rating, DONE_ON)


@given(histories(), st.integers(0, 400), retentions)
def test_choices_say_what_each_rating_does(reviews: list[tuple[dt.date, int]], wait: int, retention: float) -> None:
    card = recall.replay(NEW, reviews)
    day = (card.reviewed_on or card.due) + wait * DAY
    said = recall.choices(card, day, retention)
    assert said == {rating: recall.rate(card, rating, day, retention).due for rating in RATINGS}
    assert day < said[AGAIN] <= said[HARD] <= said[GOOD] <= said[EASY]


def test_the_first_choices() -> None:
    said = recall.choices(NEW, NEW.due)
    assert {rating: (due - NEW.due).days for rating, due in said.items()} == {AGAIN: 1, HARD: 1, GOOD: 2, EASY: 8}


@given(asked(), ratings, retentions, retentions)
def test_who_wants_to_remember_more_is_asked_sooner(card: Card, rating: int, one: float, other: float) -> None:
    day = card.due
    assert recall.rate(card, rating, day, max(one, other)).due <= recall.rate(card, rating, day, min(one, other)).due


@given(histories(1), retentions)
def test_undo_is_a_replay_without_the_latest(reviews: list[tuple[dt.date, int]], retention: float) -> None:
    kept = [NEW]
    for day, rating in reviews:
        kept.append(recall.rate(kept[-1], rating, day, retention))
    assert recall.replay(NEW, reviews, retention) == kept[-1]
    assert recall.replay(NEW, reviews[:-1], retention) == kept[-2]


@given(histories(1), retentions)
def test_another_retention_moves_the_due_day_alone(reviews: list[tuple[dt.date, int]], retention: float) -> None:
    there, here = recall.replay(NEW, reviews), recall.replay(NEW, reviews, retention)
    assert replace(here, due=there.due) == there


def test_nothing_to_replay() -> None:
    assert recall.replay(NEW, []) == NEW


@given(asked(), st.lists(st.integers(-2, 40_000), min_size=2))
def test_recall_is_a_probability_and_never_rises(card: Card, waits: list[int]) -> None:
    """Before the last review, too: somebody went west."""
    recalls = [predicted(card, asked_on(card) + wait * DAY) for wait in sorted(waits)]
    assert all(0 < each <= 1 for each in recalls)
    assert recalls == sorted(recalls, reverse=True)
    assert predicted(card, asked_on(card)) == 1


@given(asked())
def test_recall_falls(card: Card) -> None:
    assert predicted(card, asked_on(card) + 30 * DAY) > predicted(card, asked_on(card) + 300 * DAY)


@given(asked(), retentions)
def test_it_comes_back_when_recall_has_fallen_to_what_is_wanted(card: Card, retention: float) -> None:
    card = recall.rate(card, GOOD, card.due, retention)
    assert card.due == asked_on(card) + DAY or predicted(card, card.due - DAY) > retention
    assert card.due == asked_on(card) + 36_500 * DAY or predicted(card, card.due + DAY) < retention


def test_of_what_was_never_asked_nothing_is_predicted() -> None:
    assert recall.retrievability(NEW, DONE_ON + 400 * DAY) is None


@given(decks(), st.integers(0, 12), st.integers(0, 12), st.none() | st.integers(0, 8))
def test_at_most_the_cap_is_asked_and_only_what_is_due(
    deck: list[Card], cap: int, answered: int, last: int | None
) -> None:
    queue = recall.queue(deck, TODAY, answered=answered, cap=cap, last=last)
    due = {card.question for card in deck if is_due(card, TODAY)}
    assert len(queue) == len(set(queue)) == min(len(due), max(0, cap - answered))
    assert set(queue) <= due


@given(decks(), st.integers(0, 24), st.none() | st.integers(0, 8))
def test_no_skill_comes_twice_in_a_row_while_another_is_due(deck: list[Card], cap: int, last: int | None) -> None:
    skills = {card.question: card.skill for card in deck}
    waiting = [card.question for card in deck if is_due(card, TODAY)]
    for question in recall.queue(deck, TODAY, answered=0, cap=cap, last=last):
        assert skills[question] != last or {skills[other] for other in waiting} == {last}
        waiting.remove(question)
        last = skills[question]


@given(decks(), st.randoms(use_true_random=False), st.none() | st.integers(0, 8))
def test_the_order_does_not_depend_on_that_of_the_cards(deck: list[Card], chance: Random, last: int | None) -> None:
    shuffled = chance.sample(deck, len(deck))
    assert recall.queue(shuffled, TODAY, answered=0, last=last) == recall.queue(deck, TODAY, answered=0, last=last)


@given(decks(), ratings, st.integers(1, 12))
def test_asked_one_at_a_time_they_come_in_the_same_order(deck: list[Card], rating: int, cap: int) -> None:
    planned = recall.queue(deck, TODAY, answered=0, cap=cap)
    cards = {card.question: card for card in deck}
    last: int | None = None
    came: list[int] = []
    while queue := recall.queue(cards.values(), TODAY, answered=len(came), cap=cap, last=last):
        card = cards[queue[0]]
        cards[card.question], last = recall.rate(card, rating, TODAY), card.skill
        came.append(card.question)
    assert came == planned


@given(st.lists(histories(1), max_size=12))
def test_the_most_forgotten_come_first(reviews: list[list[tuple[dt.date, int]]]) -> None:
    cards = {number: recall.replay(recall.new(number, number, DONE_ON), each) for number, each in enumerate(reviews)}
    today = max((card.due for card in cards.values()), default=TODAY)
    queue = recall.queue(cards.values(), today, answered=0, cap=99)
    recalls = [predicted(cards[question], today) for question in queue]
    assert len(queue) == len(cards)
    assert recalls == sorted(recalls)


def test_skills_take_turns() -> None:
    cards = [recall.new(question, question // 3, DONE_ON) for question in range(6)]
    assert recall.queue(cards, NEW.due, answered=0, cap=9) == [0, 3, 1, 4, 2, 5]
    assert recall.queue(cards, NEW.due, answered=1, cap=9, last=0)[0] == 3


def test_a_skill_alone_is_asked_all_the_same() -> None:
    cards = [recall.new(question, 0, DONE_ON) for question in range(3)]
    assert recall.queue(cards, NEW.due, answered=0, last=0) == [0, 1, 2]


def test_a_cap_lowered_during_the_day_asks_nothing_more() -> None:
    assert recall.queue([NEW], NEW.due, answered=4, cap=2) == []


def learned(skills: int) -> dict[int, Card]:
    """Done on one day, three questions each."""
    return {number: recall.new(number, number // 3, DONE_ON) for number in range(skills * 3)}


def review(cards: dict[int, Card], today: dt.date, rating: int = GOOD) -> int:
    """Answers all that is asked today."""
    last: int | None = None
    for answered in itertools.count():
        queue = recall.queue(cards.values(), today, answered=answered, last=last)
        if not queue:
            return answered
        cards[queue[0]], last = recall.rate(cards[queue[0]], rating, today), cards[queue[0]].skill
    raise AssertionError


def test_after_60_days_away_with_80_skills_at_most_the_cap_is_asked() -> None:
    cards = learned(80)
    for day in range(1, 61):
        assert review(cards, DONE_ON + day * DAY, RATINGS[day % 4]) == CAP
    back = DONE_ON + 120 * DAY
    assert sum(is_due(card, back) for card in cards.values()) > 150
    assert len(recall.queue(cards.values(), back, answered=0)) == CAP
    assert [review(cards, back + day * DAY) for day in range(30)] == [CAP] * 30


def test_however_much_has_piled_up_a_new_skill_gets_its_turn() -> None:
    cards = learned(80)
    for day in range(1, 31):
        review(cards, DONE_ON + day * DAY)
    back = DONE_ON + 90 * DAY
    cards[999] = recall.new(999, 99, back)
    while cards[999].reviewed_on is None:
        back += DAY
        review(cards, back)
    assert back - DONE_ON < 240 * DAY
    assert all(card.reviewed_on for card in cards.values())


def test_what_was_never_asked_does_not_fade() -> None:
    assert recall.fading([NEW], DONE_ON + 4000 * DAY) == set()
    assert recall.fades_on(NEW) is None


@given(asked(), st.sampled_from([HARD, GOOD, EASY]), retentions)
def test_what_is_merely_due_does_not_fade(card: Card, rating: int, retention: float) -> None:
    """An interval of one day is FSRS's least, whatever it predicts."""
    card = recall.rate(card, rating, card.due, retention)
    if card.due > asked_on(card) + DAY:
        assert recall.fading([card], card.due) == set()


@given(asked(0), st.integers(0, 400))
def test_what_was_forgotten_fades_until_it_is_remembered(card: Card, wait: int) -> None:
    day = card.due + wait * DAY
    forgotten = recall.rate(card, AGAIN, day)
    assert recall.fading([forgotten], day) == {10}
    assert recall.fading([forgotten], forgotten.due) == {10}
    assert recall.fading([recall.rate(forgotten, HARD, forgotten.due)], forgotten.due) == set()


def test_what_waited_too_long_fades() -> None:
    card = recall.replay(NEW, [(NEW.due, GOOD), (NEW.due + 2 * DAY, GOOD)])
    first = asked_on(card) + 102 * DAY
    assert card.due == asked_on(card) + 11 * DAY
    assert recall.fading([card], first - DAY) == set()
    assert recall.fading([card], first) == {10}
    assert recall.fades_on(card) == first
    assert recall.fading([recall.rate(card, GOOD, first)], first + 102 * DAY) == set()


def test_a_skill_is_as_firm_as_its_weakest_question() -> None:
    firm = recall.rate(recall.new(1, 10, DONE_ON), EASY, DONE_ON + DAY)
    weak = recall.rate(recall.new(2, 10, DONE_ON), HARD, DONE_ON + DAY)
    other = recall.rate(recall.new(3, 11, DONE_ON), EASY, DONE_ON + DAY)
    assert recall.fading([firm, weak, other], DONE_ON + 40 * DAY) == {10}
    assert recall.fading([firm, other], DONE_ON + 40 * DAY) == set()


@given(asked(), st.floats(0.5, 0.8), st.integers(0, 40_000))
def test_the_day_it_fades_on_is_the_first(card: Card, threshold: float, wait: int) -> None:
    day = asked_on(card) + wait * DAY
    first = recall.fades_on(card, threshold)
    assert recall.fades(card, day, threshold) == (first is not None and first <= day)
    if first is not None:
        assert recall.fades(card, first, threshold)
        assert first == asked_on(card) or not recall.fades(card, first - DAY, threshold)


def test_what_is_never_forgotten_has_no_such_day() -> None:
    rock = Card(1, 10, DONE_ON, stability=1e9, difficulty=1, reviewed_on=DONE_ON)
    assert recall.fades_on(rock) is None


def test_thresholds_are_below_every_retention() -> None:
    assert FADING < recall.LOWEST_RETENTION <= recall.RETENTION <= recall.HIGHEST_RETENTION < 1
