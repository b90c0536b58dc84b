import datetime as dt
import itertools
import uuid
from typing import Any

import pytest
from django.db import transaction

from progress import journey, marks, recall, reviews
from progress.models import Change, Learner, Mark, Recall, Review
from progress.recall import AGAIN, GOOD, HARD
from roadmap import outline
from roadmap.models import Question, Roadmap, Skill
from tests.factories import NOW, make_learner, make_trail

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
DAY = dt.timedelta(days=1)


@pytest.fixture
def trail() -> Roadmap:
    """Five skills with three questions each."""
    roadmap = make_trail(5)
    for skill in Skill.objects.order_by("pk"):
        add_questions(skill, 3)
    return roadmap


def add_questions(skill: Skill, count: int) -> list[Question]:
    return [
        Question.objects.create(skill=skill, question=f"{skill.slug}, {number}?", answer="So.", position=number)
        for number in range(count)
    ]


@pytest.fixture
def learner(trail: Roadmap) -> Learner:
    return make_learner()


def say(learner: Learner, roadmap: Roadmap, slug: str, state: str, at: dt.datetime = NOW) -> None:
    skill = Skill.objects.get(slug=slug)
    marks.set_state(learner=learner.pk, roadmap=roadmap.pk, skill=skill.pk, state=state, at=at, day=at.date())


def deck(learner: Learner, roadmap: Roadmap, day: dt.date) -> reviews.Deck:
    shown = outline.get(roadmap.slug)
    assert shown
    return reviews.deck(learner.pk, shown, day)


def answer(learner: Learner, roadmap: Roadmap, day: dt.date, question: int | None = None, rating: int = GOOD) -> Review:
    shown = outline.get(roadmap.slug)
    assert shown
    chosen = question or reviews.deck(learner.pk, shown, day).queue[0]
    at = dt.datetime.combine(day, dt.time(12), dt.UTC) + dt.timedelta(seconds=Review.objects.count())
    return reviews.answer(learner=learner.pk, shown=shown, question=chosen, rating=rating, at=at, day=day)


class TestDeck:
    def test_questions_join_the_day_after_their_skill_is_done(self, learner: Learner, trail: Roadmap) -> None:
        say(learner, trail, "skill-1", "done")
        assert len(deck(learner, trail, TODAY).cards) == 3
        assert deck(learner, trail, TODAY).queue == []
        assert deck(learner, trail, TODAY).next_day == TODAY + DAY
        assert len(deck(learner, trail, TODAY + DAY).queue) == 3

    def test_what_comes_next_leaves_out_what_is_asked_today(self, learner: Learner, trail: Roadmap) -> None:
        say(learner, trail, "skill-1", "done")
        today = deck(learner, trail, TODAY + DAY)
        assert (len(today.queue), today.tomorrow, today.next_day) == (3, 0, None)
        made = answer(learner, trail, TODAY + DAY)
        today = deck(learner, trail, TODAY + DAY)
        assert (len(today.queue), today.tomorrow) == (2, 0)
        assert today.next_day == Recall.objects.get(question=made.question).due > TODAY + 2 * DAY

    @pytest.mark.parametrize("state", ["todo", "learning", "skipped"])
    def test_only_what_is_done_is_asked(self, learner: Learner, trail: Roadmap, state: str) -> None:
        say(learner, trail, "skill-1", state)
        assert deck(learner, trail, TODAY + 9 * DAY).cards == {}

    def test_taking_done_back_pauses_and_doing_it_again_resumes(self, learner: Learner, trail: Roadmap) -> None:
        say(learner, trail, "skill-1", "done")
        answered = answer(learner, trail, TODAY + DAY).question_id
        known = deck(learner, trail, TODAY + DAY).cards[answered]
        say(learner, trail, "skill-1", "learning", NOW + 2 * DAY)
        assert deck(learner, trail, TODAY + 90 * DAY).cards == {}
        say(learner, trail, "skill-1", "done", NOW + 90 * DAY)
        assert deck(learner, trail, TODAY + 90 * DAY).cards[answered] == known
        assert deck(learner, trail, TODAY + 90 * DAY).queue == [answered]

    def test_undoing_a_mark_does_the_same(self, learner: Learner, trail: Roadmap) -> None:
        say(learner, trail, "skill-1", "done")
        answer(learner, trail, TODAY + DAY)
        marks.undo(learner=learner.pk, batch=Change.objects.get().batch, at=NOW + DAY)
        assert deck(learner, trail, TODAY + DAY).cards == {}
        assert Review.objects.count() == Recall.objects.count() == 1

    def test_at_most_the_cap_is_asked_a_day_over_all_roadmaps(self, learner: Learner, trail: Roadmap) -> None:
        other = make_trail(0, "other")
        for number in range(1, 6):
            say(learner, trail, f"skill-{number}", "done")
        asked = []
        while (today := deck(learner, trail, TODAY + 60 * DAY)).queue:
            asked.append(answer(learner, trail, today.today).question_id)
        assert len(asked) == len(set(asked)) == recall.CAP
        assert deck(learner, other, TODAY + 60 * DAY).answered == recall.CAP
        assert len(deck(learner, trail, TODAY + 61 * DAY).queue) == recall.CAP
        assert today.tomorrow == recall.CAP

    def test_skills_take_turns(self, learner: Learner, trail: Roadmap) -> None:
        for slug in ("skill-1", "skill-2"):
            say(learner, trail, slug, "done")
        skills = []
        while (today := deck(learner, trail, TODAY + DAY)).queue:
            skills.append(today.cards[today.queue[0]].skill)
            answer(learner, trail, today.today)
        assert all(one != other for one, other in itertools.pairwise(skills))

    def test_what_curators_take_off_is_asked_no_more_and_what_they_add_joins(
        self, learner: Learner, trail: Roadmap
    ) -> None:
        say(learner, trail, "skill-1", "done")
        answered = answer(learner, trail, TODAY + DAY)
        Question.objects.filter(pk=answered.question_id).update(retired_at=NOW)
        [added] = add_questions(Skill.objects.get(slug="skill-1"), 1)
        with transaction.atomic():
            outline.touch(added, at=NOW)
        cards = deck(learner, trail, TODAY + 9 * DAY).cards
        assert answered.question_id not in cards
        assert added.pk in cards
        assert Review.objects.filter(pk=answered.pk, undone_at=None).exists()

    def test_another_learners_answers_are_not_mine(self, learner: Learner, trail: Roadmap) -> None:
        other = make_learner()
        for each in (learner, other):
            say(each, trail, "skill-1", "done")
        answer(other, trail, TODAY + DAY)
        mine = deck(learner, trail, TODAY + DAY)
        assert mine.answered == 0
        assert len(mine.queue) == 3


class TestAnswer:
    def test_is_kept_with_its_day_and_schedules_the_question_as_the_library_does(
        self, learner: Learner, trail: Roadmap
    ) -> None:
        say(learner, trail, "skill-1", "done")
        made = answer(learner, trail, TODAY + DAY, rating=HARD)
        assert (made.rating, made.day, made.undone_at) == (HARD, TODAY + DAY, None)
        kept = Recall.objects.get()
        card = recall.rate(recall.new(made.question_id, 0, TODAY), HARD, TODAY + DAY)
        assert (kept.due, kept.stability, kept.difficulty) == (card.due, card.stability, card.difficulty)
        assert kept.fades_on == recall.fades_on(card)

    def test_follows_what_the_learner_wants_to_remember(self, learner: Learner, trail: Roadmap) -> None:
        say(learner, trail, "skill-1", "done")
        reviews.set_wishes(learner=learner.pk, reviews_a_day=1, retention=0.8)
        made = answer(learner, trail, TODAY + DAY)
        loose = recall.rate(recall.new(made.question_id, 0, TODAY), GOOD, TODAY + DAY, 0.8)
        assert Recall.objects.get().due == loose.due
        assert deck(learner, trail, TODAY + DAY).queue == []

    @pytest.mark.parametrize("case", ["again", "not due", "not done", "unknown", "beyond the cap"])
    def test_what_is_not_asked_is_refused_and_nothing_written(
        self, learner: Learner, trail: Roadmap, case: str
    ) -> None:
        say(learner, trail, "skill-1", "done")
        day, question = TODAY + DAY, Question.objects.filter(skill__slug="skill-1").order_by("pk")[0].pk
        match case:
            case "again":
                answer(learner, trail, day, question)
            case "not due":
                day = TODAY
            case "not done":
                say(learner, trail, "skill-1", "todo")
            case "unknown":
                question = 10**9
            case "beyond the cap":
                reviews.set_wishes(learner=learner.pk, reviews_a_day=0, retention=0.9)
        before = (list(Review.objects.values()), list(Recall.objects.values()))
        with pytest.raises(reviews.Refused):
            answer(learner, trail, day, question)
        assert (list(Review.objects.values()), list(Recall.objects.values())) == before

    def test_a_zone_that_goes_back_a_day_breaks_nothing(self, learner: Learner, trail: Roadmap) -> None:
        """Somebody answers on Wednesday in Auckland and again, a month on, with a clock of Honolulu."""
        say(learner, trail, "skill-1", "done")
        made = answer(learner, trail, TODAY + 2 * DAY)
        Review.objects.create(
            learner=learner, question=made.question, rating=GOOD, at=made.at + dt.timedelta(hours=1), day=TODAY + DAY
        )
        reviews.settle(learner.pk, [made.question_id], 0.9)
        assert Recall.objects.get().reviewed_on == TODAY + 2 * DAY


class TestUndo:
    def test_brings_back_what_was_known_before(self, learner: Learner, trail: Roadmap) -> None:
        say(learner, trail, "skill-1", "done")
        first = answer(learner, trail, TODAY + DAY)
        before = Recall.objects.values().get()
        second = answer(learner, trail, before["due"], first.question_id, AGAIN)
        reviews.undo(learner=learner.pk, uid=second.uid, at=NOW)
        assert Recall.objects.values().get() | {"id": 0} == before | {"id": 0}
        reviews.undo(learner=learner.pk, uid=second.uid, at=NOW + DAY)
        assert Review.objects.get(pk=second.pk).undone_at == NOW
        reviews.undo(learner=learner.pk, uid=first.uid, at=NOW)
        assert not Recall.objects.exists()
        assert Review.objects.count() == 2

    def test_makes_room_in_the_days_questions(self, learner: Learner, trail: Roadmap) -> None:
        say(learner, trail, "skill-1", "done")
        made = answer(learner, trail, TODAY + DAY)
        reviews.undo(learner=learner.pk, uid=made.uid, at=NOW)
        today = deck(learner, trail, TODAY + DAY)
        assert today.answered == 0
        assert made.question_id in today.queue

    def test_is_refused_where_a_newer_answer_stands(self, learner: Learner, trail: Roadmap) -> None:
        say(learner, trail, "skill-1", "done")
        first = answer(learner, trail, TODAY + DAY)
        answer(learner, trail, Recall.objects.get().due, first.question_id)
        with pytest.raises(reviews.Refused, match="again since"):
            reviews.undo(learner=learner.pk, uid=first.uid, at=NOW)

    def test_of_anothers_answer_or_none(self, learner: Learner, trail: Roadmap) -> None:
        say(learner, trail, "skill-1", "done")
        made = answer(learner, trail, TODAY + DAY)
        for who, uid in ((make_learner(), made.uid), (learner, uuid.uuid4())):
            with pytest.raises(reviews.Missing):
                reviews.undo(learner=who.pk, uid=uid, at=NOW)
        assert Review.objects.get().undone_at is None


class TestFading:
    def test_what_was_forgotten_fades_and_stays_done(self, learner: Learner, trail: Roadmap) -> None:
        say(learner, trail, "skill-1", "done")
        say(learner, trail, "skill-2", "done")
        forgotten = answer(learner, trail, TODAY + DAY, rating=AGAIN).question.skill_id
        standings, fading = reviews.marks_and_fading(learner.pk, TODAY + DAY)
        assert fading == {forgotten} == deck(learner, trail, TODAY + DAY).fading
        assert standings[forgotten].state == "done"
        assert Mark.objects.filter(state="done").count() == 2

    def test_what_another_forgot_does_not_fade_for_me(self, learner: Learner, trail: Roadmap) -> None:
        other = make_learner()
        for each in (learner, other):
            say(each, trail, "skill-1", "done")
        forgotten = answer(other, trail, TODAY + DAY, rating=AGAIN).question.skill_id
        assert reviews.marks_and_fading(other.pk, TODAY + DAY)[1] == {forgotten}
        assert reviews.marks_and_fading(learner.pk, TODAY + DAY)[1] == set()

    def test_fading_begins_on_its_day(self, learner: Learner, trail: Roadmap) -> None:
        say(learner, trail, "skill-1", "done")
        answer(learner, trail, TODAY + DAY)
        first = Recall.objects.get().fades_on
        assert first
        for day, count in ((first - DAY, 0), (first, 1)):
            assert len(reviews.marks_and_fading(learner.pk, day)[1]) == count
            assert len(deck(learner, trail, day).fading) == count

    @pytest.mark.parametrize("case", ["not done", "retired"])
    def test_not_where_nothing_is_asked(self, learner: Learner, trail: Roadmap, case: str) -> None:
        say(learner, trail, "skill-1", "done")
        made = answer(learner, trail, TODAY + DAY, rating=AGAIN)
        if case == "not done":
            say(learner, trail, "skill-1", "skipped")
        else:
            Question.objects.filter(pk=made.question_id).update(retired_at=NOW)
        standings, fading = reviews.marks_and_fading(learner.pk, TODAY + 9 * DAY)
        states = {skill: mark.state for skill, mark in standings.items()}
        shown = outline.get(trail.slug)
        assert shown
        assert not journey.of(shown, states, fading).fades(made.question.skill_id)


def test_the_log_is_what_the_optimiser_of_fsrs_reads(learner: Learner, trail: Roadmap) -> None:
    """A card, a moment, a rating: py-fsrs's ReviewLog, from which the card comes out the same."""
    import fsrs

    say(learner, trail, "skill-1", "done")
    made = answer(learner, trail, TODAY + DAY)
    while (due := Recall.objects.get().due) < TODAY + 200 * DAY:
        answer(learner, trail, due, made.question_id, HARD)
    rows: Any = Review.objects.order_by("at").values_list("question", "rating", "day")
    logs = [
        fsrs.ReviewLog(card, fsrs.Rating(rating), dt.datetime.combine(day, dt.time(), dt.UTC), None)
        for card, rating, day in rows
    ]
    plain = fsrs.Scheduler(desired_retention=0.9, learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card = plain.reschedule_card(fsrs.Card(card_id=made.question_id), logs)
    kept = Recall.objects.get()
    assert (card.stability, card.difficulty, card.due.date()) == (kept.stability, kept.difficulty, kept.due)


def test_what_others_answered_is_nothing_to_one_s_own(learner: Learner, trail: Roadmap) -> None:
    other = make_learner()
    for each in (learner, other):
        say(each, trail, "skill-1", "done")
    made = answer(other, trail, TODAY + DAY, rating=AGAIN)
    answer(learner, trail, TODAY + DAY, made.question_id)
    alone = make_learner()
    say(alone, trail, "skill-1", "done")
    answer(alone, trail, TODAY + DAY, made.question_id)
    rows = Recall.objects.values_list("due", "stability", "difficulty", "forgotten")
    assert rows.get(learner=learner) == rows.get(learner=alone) != rows.get(learner=other)
