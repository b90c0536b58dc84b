"""What a write does to learners, as it is said before, is what the pages show after."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from curation import effects, words
from curation.effects import Effect, Findings, Look, Percentage
from progress import journey, learners
from progress.learners import KEY
from progress.models import Learner, Mark
from roadmap import outline
from roadmap.models import Group, Phase, Placement, Roadmap, Section, Skill
from tests.curation.conftest import placed
from tests.factories import NOW, make_follower, make_group, make_roadmap, make_section, place
from tests.queries import queries

pytestmark = pytest.mark.django_db

Write = Callable[[], object]


@pytest.fixture
def trail(db: None) -> Roadmap:
    """Two phases. The first: a, b, c core, x optional. The second: one of p and q, and d; e is retired."""
    roadmap = make_roadmap()
    first = make_group(make_section(roadmap, "one"), "list", title="List")
    place(first, "a", "b", "c")
    place(first, "x", importance="optional")
    second = make_section(roadmap, "two")
    place(make_group(second, "choice", title="Choice", rule="any"), "p", "q")
    rest = make_group(second, "rest", title="Rest")
    place(rest, "d", "e")
    placed("e").retired_at = NOW
    Placement.objects.filter(skill__slug="e").update(retired_at=NOW)
    return roadmap


@pytest.fixture
def people(trail: Roadmap) -> list[Learner]:
    """In every state, and with nothing."""
    return [
        make_follower(trail),
        make_follower(trail, a="done", b="done", c="done", x="done", p="done", q="skipped", d="done", e="done"),
        make_follower(trail, a="done", b="learning", c="skipped", x="learning", p="learning", d="todo"),
        make_follower(trail, a="skipped", b="done", p="skipped", q="skipped", d="learning", e="learning"),
        make_follower(trail, d="done", q="done", x="skipped"),
    ]


def wrote(*rows: Any, **values: Any) -> Write:
    def write() -> None:
        for row in rows:
            outline.touch(row, at=NOW)
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
            outline.touch(row, at=NOW)

    return write


def look(write: Write, **options: bool) -> Findings:
    """Done, looked at, and taken back."""
    with transaction.atomic():
        before = Look(**options)
        write()
        found = before.findings()
        transaction.set_rollback(True)
    return found


def effect(write: Write, **options: bool) -> Effect:
    (found,) = look(write, **options).effects
    return found


def shown_percent(learner: Learner) -> int | None:
    """What the roadmap's page says to them."""
    client = Client()
    session = client.session
    session[KEY] = [learner.pk, None]
    session.save()
    tally = client.get("/roadmaps/trail/").context["journey"].overall
    return tally.percent


def operations() -> dict[str, Callable[[], Write]]:
    return {
        "retire a core skill": lambda: wrote(Skill.objects.get(slug="a"), retired_at=NOW),
        "retire a placement": lambda: wrote(placed("b"), retired_at=NOW),
        "retire an optional one": lambda: wrote(placed("x"), retired_at=NOW),
        "retire a phase": lambda: wrote(Phase.objects.get(slug="two-phase"), retired_at=NOW),
        "retire a section": lambda: wrote(Section.objects.get(slug="one"), retired_at=NOW),
        "retire a group": lambda: wrote(Group.objects.get(slug="choice"), retired_at=NOW),
        "bring a placement back": lambda: wrote(placed("e"), retired_at=None),
        "move to a list": lambda: wrote(placed("p"), group=Group.objects.get(slug="rest")),
        "move to a choice": lambda: wrote(placed("d"), group=Group.objects.get(slug="choice")),
        "move a section": lambda: wrote(Section.objects.get(slug="two"), phase=Phase.objects.get(slug="one-phase")),
        "make optional": lambda: wrote(placed("c"), importance="optional"),
        "make core": lambda: wrote(placed("x"), importance="core"),
        "make a choice optional": lambda: wrote(Group.objects.get(slug="choice"), importance="optional"),
        "pick one": lambda: wrote(Group.objects.get(slug="list"), rule="any"),
        "all of them": lambda: wrote(Group.objects.get(slug="choice"), rule="all"),
        "a new core skill": lambda: (
            lambda: [outline.touch(skill, at=NOW) for skill in place(Group.objects.get(slug="list"), "new")]
        ),
    }


@pytest.mark.parametrize("name", operations())
def test_what_is_said_is_what_the_pages_show_after(trail: Roadmap, people: list[Learner], name: str) -> None:
    write = operations()[name]()
    before = {learner.pk: shown_percent(learner) for learner in people}
    receipts = numbers(people)
    with transaction.atomic():
        looked = Look()
        write()
        found = looked.findings()
    (seen,) = found.effects
    outline.forget()
    after = {learner.pk: shown_percent(learner) for learner in people}
    touched = {pk for pk, figures in numbers(people).items() if figures != receipts[pk]}
    assert seen.touched >= len(touched) > 0
    moves = [(after[pk] or 0) - (before[pk] or 0) for pk in before]
    worst = min(moves)
    if worst < 0:
        assert seen.overall.worst
        assert (seen.overall.worst.before, seen.overall.worst.after) in {(before[pk], after[pk]) for pk in before}
        assert seen.overall.worst.rise == worst
    else:
        assert seen.overall.worst is None
    if seen.touched == len(people):
        assert seen.overall.median == Percentage(*(sorted(each.values(), key=int)[2] for each in (before, after)))


def numbers(people: list[Learner]) -> dict[int, Any]:
    shown = outline.get("trail")
    assert shown
    found = {}
    for learner in people:
        made = journey.of(shown, learners.states(learner.pk))
        tallies = [made.overall, *made.phases.values()]
        found[learner.pk] = (
            [(tally.units, tally.done, tally.skipped, tally.extra) for tally in tallies],
            {skill.id for skill, _ in made.retired},
        )
    return found


def test_nothing_of_it_is_kept(trail: Roadmap, people: list[Learner]) -> None:
    version = Roadmap.objects.get().version
    effect(operations()["retire a phase"]())
    assert Roadmap.objects.get().version == version
    assert not Phase.objects.get(slug="two-phase").is_retired
    shown = outline.get("trail")
    assert shown
    assert len(shown.phases) == 2


def test_in_words(trail: Roadmap, people: list[Learner]) -> None:
    found = effect(wrote(Skill.objects.get(slug="d"), retired_at=NOW))
    assert words.effect(found) == ("5 learners; median 20 % → 25 %, at worst 40 % → 25 %; nobody’s marks are lost.")
    assert words.lines(found) == [
        "“D” leaves this roadmap. 4 learners have marked it; that stays in their record.",
        "What counts: 4 instead of 5.",
        "In “Phase two”: 5 learners; median 0 % as before, nobody’s falls.",
    ]


def test_what_nobody_feels_is_not_looked_into(trail: Roadmap, people: list[Learner]) -> None:
    outline.get("trail")
    skill, group, c = Skill.objects.get(slug="a"), Group.objects.get(slug="choice"), placed("c")
    with queries() as asked:
        assert look(wrote(skill, title="Renamed", hours=9)).effects == ()
    assert not any("progress_" in sql for sql in asked.counted)
    assert look(wrote(group, title="Other", position=0)).effects == ()
    assert look(wrote(c, importance="recommended")).effects == ()
    assert look(wrote(placed("p"), importance="optional")).effects == ()


def test_on_every_roadmap_that_has_the_skill_and_no_other(trail: Roadmap, people: list[Learner]) -> None:
    other = make_roadmap("other")
    Placement.objects.create(group=make_group(make_section(other)), roadmap=other, skill=Skill.objects.get(slug="a"))
    make_roadmap("third")
    hidden = make_roadmap("hidden", published=False)
    Placement.objects.create(group=make_group(make_section(hidden)), roadmap=hidden, skill=Skill.objects.get(slug="a"))
    make_follower(hidden, a="done")
    make_follower(other, a="done", b="done")
    found = look(wrote(Skill.objects.get(slug="a"), retired_at=NOW)).effects
    assert [(each.roadmap, each.followers, each.touched) for each in found] == [("Trail", 5, 5), ("Other", 1, 1)]
    assert words.effect(found[1]) == (
        "1 learner; median 100 % → nothing to count, at worst 100 % → nothing to count; nobody’s marks are lost."
    )


def test_a_move_within_a_phase_moves_no_number(trail: Roadmap, people: list[Learner]) -> None:
    section = make_section(trail, "three")
    section.phase = Phase.objects.get(slug="two-phase")
    section.save()
    there = make_group(section, "there")
    assert look(wrote(placed("d"), group=there)).effects == ()


def test_a_move_to_another_phase_moves_those_of_the_phases(trail: Roadmap, people: list[Learner]) -> None:
    found = effect(wrote(placed("d"), group=Group.objects.get(slug="list")))
    assert (found.touched, found.overall.worst, found.units) == (5, None, (5, 5))
    assert [(each.title, each.learners, each.worst) for each in found.phases] == [
        ("Phase one", 5, Percentage(33, 25)),
        ("Phase two", 5, None),
    ]


def test_a_roadmap_that_goes_off_the_site(trail: Roadmap, people: list[Learner]) -> None:
    found = effect(wrote(trail, is_published=False))
    assert words.effect(found) == "5 learners; they see this roadmap no more; nobody’s marks are lost."
    assert words.lines(found) == []


def test_nobody_follows(trail: Roadmap) -> None:
    found = look(wrote(placed("a"), retired_at=NOW))
    assert not found.is_felt
    assert found.effects[0].touched == 0


def test_a_choice_of_one_is_told(trail: Roadmap) -> None:
    found = look(wrote(placed("q"), retired_at=NOW))
    assert [words.short(each) for each in found.short] == [
        "“Choice” then has only “P” to pick from. Place another there, or set its rule to “all”."
    ]
    both = look(wrote(placed("p"), placed("q"), group=Group.objects.get(slug="rest")))
    assert [each.skills for each in both.short] == [()]
    Placement.objects.filter(skill__slug="q").update(retired_at=NOW)
    assert look(wrote(placed("a"), retired_at=NOW)).short == ()
    assert look(wrote(Group.objects.get(slug="choice"), retired_at=NOW)).short == ()


class TestMarksToo:
    """A write that credits learners, as replacing a skill by another does."""

    def replace(self, state: str) -> Write:
        def write() -> None:
            (new,) = place(Group.objects.get(slug="list"), "new")
            old = Skill.objects.get(slug="a")
            Mark.objects.bulk_create(
                Mark(learner=mark.learner, skill=new, state=state, since=NOW)
                for mark in Mark.objects.filter(skill=old, state="done")
            )
            wrote(old, retired_at=NOW)()
            outline.touch(new, at=NOW)

        return write

    def test_credit_counts(self, trail: Roadmap, people: list[Learner]) -> None:
        found = effect(self.replace("done"), credits_learners=True)
        assert (found.overall.worst, found.units, found.losers) == (None, (5, 5), 0)
        assert (found.leaving.titles, found.leaving.learners) == (("A",), 3)
        assert (found.coming.titles, found.coming.learners) == (("New",), 0)

    def test_without_credit_it_falls(self, trail: Roadmap, people: list[Learner]) -> None:
        assert effect(self.replace("todo"), credits_learners=True).overall.worst == Percentage(20, 0)

    def test_what_is_lost_is_told(self, trail: Roadmap, people: list[Learner]) -> None:
        def write() -> None:
            Mark.objects.filter(skill__slug="a").delete()
            wrote(placed("a"), retired_at=NOW)()

        found = effect(write, credits_learners=True)
        assert found.losers == 2
        assert words.effect(found).endswith("; 2 learners lose what was done.")

    def test_credit_that_is_taken_back_is_no_word_of_theirs(self, trail: Roadmap, people: list[Learner]) -> None:
        Mark.objects.filter(skill__slug="a").update(credited_from="Old")

        def write() -> None:
            Mark.objects.filter(skill__slug="a").delete()
            wrote(placed("a"), retired_at=NOW)()

        found = effect(write, credits_learners=True)
        assert (found.losers, found.uncredited) == (0, 2)
        assert words.effect(found).endswith("; 2 learners lose a credit, nobody’s own marks are lost.")
        Mark.objects.filter(learner=people[1]).update(credited_from="")
        found = effect(write, credits_learners=True)
        assert (found.losers, found.uncredited) == (1, 1)
        assert words.effect(found).endswith("; 1 learner loses what was done.")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at so many only, as if they were too many."""
    monkeypatch.setattr(effects, "SAMPLE", 4)


class TestOfMany:
    def test_is_estimated_and_says_so(self, trail: Roadmap, people: list[Learner], few: None) -> None:
        for _ in range(15):
            make_follower(trail, a="done")
        found = effect(wrote(placed("a"), retired_at=NOW))
        assert (found.followers, found.seen, found.touched) == (20, 4, 4)
        assert words.effect(found).startswith("about 20 learners; ")
        assert words.lines(found)[-1] == "Estimated from 4 of 20 learners; the worst is that of these."
        assert effect(wrote(placed("a"), retired_at=NOW)) == found

    def test_is_asked_though_none_of_those_looked_at_feels_it(self, trail: Roadmap, few: None) -> None:
        for _ in range(20):
            make_follower(trail)
        found = look(wrote(placed("x"), retired_at=NOW))
        assert found.is_felt
        assert words.effect(found.effects[0]) == "None of 4 learners who were looked at; nobody’s marks are lost."


@pytest.mark.parametrize("credits_learners", [False, True])
def test_asks_as_much_for_many_as_for_few(trail: Roadmap, people: list[Learner], credits_learners: bool) -> None:
    outline.touch(trail, at=NOW)
    outline.get("trail")
    with queries() as few:
        effect(wrote(placed("a"), retired_at=NOW), credits_learners=credits_learners)
    place(Group.objects.get(slug="list"), *(f"more-{n}" for n in range(30)))
    for number in range(30):
        make_follower(trail, a="done", **{f"more_{number}": "done"})
    outline.touch(trail, at=NOW)
    outline.get("trail")
    with queries() as many:
        effect(wrote(placed("a"), retired_at=NOW), credits_learners=credits_learners)
    assert len(many) == len(few)
