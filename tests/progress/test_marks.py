import contextlib
import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from progress import learners, marks
from progress.models import Change, Follow, Learner, Mark
from tests.factories import NOW, make_group, make_learner, make_roadmap, make_section, place
from tests.queries import queries

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


class Trail:
    """One learner on a small roadmap, with a clock that each act moves on by a minute."""

    def __init__(self, skills: int = 4) -> None:
        self.roadmap = make_roadmap()
        self.skills = place(make_group(make_section(self.roadmap)), *(f"skill-{n}" for n in range(skills)))
        self.learner = make_learner().pk
        self.now = NOW

    def mark(self, index: int, state: str) -> marks.Act:
        self.now += MINUTE
        return marks.set_state(
            learner=self.learner,
            roadmap=self.roadmap.pk,
            skill=self.skills[index].pk,
            state=state,
            at=self.now,
            day=self.now.date(),
        )

    def many(self, state: str) -> marks.Act:
        self.now += MINUTE
        return marks.set_many(
            learner=self.learner,
            roadmap=self.roadmap.pk,
            skills=[skill.pk for skill in self.skills],
            state=state,
            at=self.now,
            day=self.now.date(),
        )

    def undo(self, batch: uuid.UUID | None) -> tuple[int, ...]:
        assert batch is not None
        self.now += MINUTE
        return marks.undo(learner=self.learner, batch=batch, at=self.now)

    @property
    def marks(self) -> dict[int, tuple[str, dt.datetime]]:
        rows = Mark.objects.filter(learner=self.learner).values_list("skill", "state", "since")
        return {skill: (state, since) for skill, state, since in rows}


@pytest.fixture
def trail() -> Trail:
    return Trail()


def test_marking_writes_the_mark_and_its_history(trail: Trail) -> None:
    act = trail.mark(0, "done")
    assert trail.marks == {trail.skills[0].pk: ("done", trail.now)}
    change = Change.objects.get()
    assert (change.batch, change.before, change.before_since) == (act.batch, None, None)
    assert (change.after, change.after_since, change.at, change.day, change.cause) == (
        "done",
        trail.now,
        trail.now,
        trail.now.date(),
        "mark",
    )
    assert act.states == {trail.skills[0].pk: "done"}


def test_marking_twice_is_the_same_as_once(trail: Trail) -> None:
    trail.mark(0, "done")
    first = trail.marks
    assert trail.mark(0, "done").batch is None
    assert trail.marks == first
    assert Change.objects.count() == 1


def test_to_do_on_what_was_never_touched_writes_nothing(trail: Trail) -> None:
    assert trail.mark(0, "todo").batch is None
    assert (trail.marks, Change.objects.count()) == ({}, 0)


def test_going_back_to_do_keeps_the_row_with_its_date(trail: Trail) -> None:
    trail.mark(0, "done")
    trail.mark(0, "todo")
    assert trail.marks == {trail.skills[0].pk: ("todo", trail.now)}


def test_the_first_mark_follows_the_roadmap(trail: Trail) -> None:
    trail.mark(0, "done")
    first = trail.now
    trail.mark(1, "done")
    follow = Follow.objects.get()
    assert (follow.roadmap, follow.since, follow.used_at) == (trail.roadmap, first, first)


def test_a_mark_makes_its_roadmap_current_again(trail: Trail) -> None:
    other = make_roadmap("other")
    (skill,) = place(make_group(make_section(other)), "elsewhere")
    trail.mark(0, "done")
    trail.now += MINUTE
    marks.set_state(
        learner=trail.learner, roadmap=other.pk, skill=skill.pk, state="done", at=trail.now, day=trail.now.date()
    )
    assert [follow.slug for follow in learners.follows(trail.learner)] == ["other", trail.roadmap.slug]
    trail.mark(1, "done")
    assert [follow.slug for follow in learners.follows(trail.learner)] == [trail.roadmap.slug, "other"]


def test_following_is_renewed_the_next_day(trail: Trail) -> None:
    trail.mark(0, "done")
    trail.now += dt.timedelta(days=1)
    trail.mark(1, "done")
    assert Follow.objects.get().used_at == trail.now


def test_undo_of_a_first_mark_removes_it(trail: Trail) -> None:
    act = trail.mark(0, "done")
    assert trail.undo(act.batch) == (trail.skills[0].pk,)
    assert trail.marks == {}
    assert Change.objects.get().undone_at == trail.now


def test_undo_brings_back_state_and_date(trail: Trail) -> None:
    trail.mark(0, "learning")
    before = trail.marks
    trail.undo(trail.mark(0, "done").batch)
    assert trail.marks == before


def test_undo_twice_is_the_same_as_once(trail: Trail) -> None:
    batch = trail.mark(0, "done").batch
    trail.undo(batch)
    trail.mark(0, "learning")
    kept = trail.marks
    trail.undo(batch)
    assert trail.marks == kept


def test_undo_is_refused_when_something_newer_stands_and_names_it(trail: Trail) -> None:
    first = trail.mark(0, "learning").batch
    trail.mark(0, "done")
    kept = trail.marks
    with pytest.raises(marks.Refused, match="Skill 0"):
        trail.undo(first)
    assert trail.marks == kept


def test_undo_of_many_is_all_or_nothing(trail: Trail) -> None:
    batch = trail.many("done").batch
    trail.mark(2, "skipped")
    kept = trail.marks
    with pytest.raises(marks.Refused, match="Skill 2"):
        trail.undo(batch)
    assert trail.marks == kept
    assert not Change.objects.exclude(undone_at=None).exists()


def test_undo_works_once_the_newer_one_is_undone(trail: Trail) -> None:
    first = trail.mark(0, "learning").batch
    trail.undo(trail.mark(0, "done").batch)
    trail.undo(first)
    assert trail.marks == {}


def test_undo_ends_after_thirty_days(trail: Trail) -> None:
    batch = trail.mark(0, "done").batch
    trail.now += dt.timedelta(days=30)
    with pytest.raises(marks.Refused, match="30 days"):
        trail.undo(batch)
    assert len(trail.marks) == 1


def test_another_learners_act_is_missing(trail: Trail) -> None:
    batch = trail.mark(0, "done").batch
    assert batch is not None
    with pytest.raises(marks.Missing):
        marks.undo(learner=make_learner().pk, batch=batch, at=trail.now)
    assert len(trail.marks) == 1


def test_knowing_all_leaves_what_is_done_or_skipped(trail: Trail) -> None:
    trail.mark(0, "skipped")
    trail.mark(1, "learning")
    trail.mark(2, "done")
    done_at = trail.now
    act = trail.many("done")
    states = {skill.slug: trail.marks[skill.pk] for skill in trail.skills}
    assert states["skill-0"][0] == "skipped"
    assert states["skill-1"] == ("done", trail.now)
    assert states["skill-2"] == ("done", done_at)
    assert states["skill-3"] == ("done", trail.now)
    assert set(act.changed) == {trail.skills[1].pk, trail.skills[3].pk}
    assert set(Change.objects.act(act.batch).values_list("cause", flat=True)) == {"bulk"}


def test_a_reset_puts_all_back_and_is_undone_as_one(trail: Trail) -> None:
    trail.mark(0, "skipped")
    trail.mark(1, "done")
    before = trail.marks
    act = trail.many("todo")
    assert {state for state, _ in trail.marks.values()} == {"todo"}
    trail.undo(act.batch)
    assert trail.marks == before


def test_a_learner_who_is_gone_writes_nothing(trail: Trail) -> None:
    Learner.objects.all().delete()
    with pytest.raises(learners.Gone):
        trail.mark(0, "done")
    assert not Mark.objects.exists()


def test_marking_many_asks_as_much_as_marking_few() -> None:
    counts = []
    for size in (2, 40):
        trail = Trail.__new__(Trail)
        trail.roadmap = make_roadmap(f"trail-{size}")
        trail.skills = place(
            make_group(make_section(trail.roadmap)), *(f"skill-{size}-{number}" for number in range(size))
        )
        trail.learner, trail.now = make_learner().pk, NOW
        trail.mark(0, "skipped")
        with queries() as asked:
            trail.many("done")
        counts.append(len(asked))
    assert counts == [4, 4]


def test_marked_content_cannot_be_deleted(trail: Trail) -> None:
    trail.mark(0, "done")
    with pytest.raises(ProtectedError):
        trail.skills[0].delete()


def test_the_database_holds_one_mark_a_skill(trail: Trail) -> None:
    trail.mark(0, "done")
    with pytest.raises(IntegrityError), transaction.atomic():
        Mark.objects.create(learner_id=trail.learner, skill=trail.skills[0], state="done", since=NOW)


def test_the_database_knows_only_four_states(trail: Trail) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Mark.objects.create(learner_id=trail.learner, skill=trail.skills[0], state="started", since=NOW)


acts = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 2), st.sampled_from(["todo", "learning", "done", "skipped"])),
        st.sampled_from(["all done", "reset"]),
        st.tuples(st.just("undo"), st.integers(0, 20)),
    ),
    max_size=20,
)


class TestHistory(TestCase):
    """Any sequence of acts ends where replaying the changes that stand says."""

    @given(acts)
    @settings(max_examples=60)
    def test_replaying_gives_the_marks(self, sequence: list[object]) -> None:
        trail = Trail(3)
        batches: list[uuid.UUID] = []
        for act in sequence:
            match act:
                case "all done":
                    done = trail.many("done")
                case "reset":
                    done = trail.many("todo")
                case ("undo", int(which)):
                    if batches:
                        with contextlib.suppress(marks.Refused):
                            trail.undo(batches[which % len(batches)])
                    continue
                case (int(index), str(state)):
                    done = trail.mark(index, state)
                case _:
                    raise AssertionError(act)
            if done.batch:
                batches.append(done.batch)
        replayed = {
            change.skill_id: (change.after, change.after_since)
            for change in Change.objects.standing().order_by("at", "id")
        }
        assert trail.marks == replayed
