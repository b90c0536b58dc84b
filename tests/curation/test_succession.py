"""Skills that take the place of others: nobody loses a mark, everybody gets their due, and all of it can be undone."""

import datetime as dt
import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from curation import succession
from progress import marks
from progress.models import Change, Learner, Mark
from roadmap import history, outline
from roadmap.models import Group, Placement, Revision, Roadmap, Skill, Succession
from tests.factories import NOW, make_follower, make_group, make_section, make_skill, make_trail, place
from tests.queries import queries
from tests.roadmap.admin.desk import act, errors, said, save

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
LATER = NOW + 24 * HOUR
Record = set[tuple[int, int, str, dt.datetime, str]]


def skill(slug: str) -> Skill:
    return Skill.objects.get(slug=slug)


def succeed(old: str, new: str, at: dt.datetime = LATER) -> Succession:
    return succession.succeed([skill(s) for s in old.split()], [skill(s) for s in new.split()], by=None, at=at)


def record(**where: Any) -> Record:
    rows = Mark.objects.filter(**where).values_list("learner", "skill", "state", "since", "credited_from")
    return set(rows)


def shown() -> list[str]:
    found = outline.get("trail")
    assert found
    return [place.skill.slug for place in found.places]


def state(learner: Learner, slug: str) -> tuple[str, dt.datetime, str] | None:
    found = Mark.objects.filter(learner=learner, skill__slug=slug)
    return found.values_list("state", "since", "credited_from").first()


@pytest.fixture
def trail(db: None) -> Roadmap:
    roadmap = make_trail(4)
    outline.touch(roadmap, at=NOW)
    return roadmap


class TestPlaces:
    def test_the_new_stand_where_the_old_stood(self, trail: Roadmap) -> None:
        for slug in ("b", "c"):
            make_skill(slug)
        succeed("skill-2", "b c")
        assert shown() == ["skill-1", "b", "c", "skill-3", "skill-4"]
        assert skill("skill-2").retired_at == LATER
        assert Placement.objects.get(skill__slug="skill-2").retired_at == LATER

    def test_on_every_roadmap_and_only_where_they_have_no_place(self, trail: Roadmap) -> None:
        make_trail(0, "other")
        group = Group.objects.get(section__phase__roadmap__slug="other")
        for slug in ("skill-3", "skill-2"):
            Placement.objects.create(group=group, roadmap=group.section.phase.roadmap, skill=skill(slug))
        succeed("skill-2", "skill-3")
        assert shown() == ["skill-1", "skill-3", "skill-4"]
        make_skill("b")
        succeed("skill-3", "b")
        found = outline.get("other")
        assert found
        assert [place.skill.slug for place in found.places] == ["b"]
        assert shown() == ["skill-1", "b", "skill-4"]

    def test_what_needed_the_old_needs_the_new(self, trail: Roadmap) -> None:
        one, two, three, four = (skill(f"skill-{n}") for n in range(1, 5))
        two.prerequisites.set([one])
        three.prerequisites.set([two, four])
        make_skill("b")
        make_skill("c")
        succeed("skill-2", "b c")
        assert {s.slug for s in three.prerequisites.all()} == {"b", "c", "skill-4"}
        assert [s.slug for s in skill("b").prerequisites.all()] == ["skill-1"]

    def test_a_circle_is_refused_in_words(self, trail: Roadmap) -> None:
        skill("skill-3").prerequisites.set([skill("skill-2")])
        skill("skill-4").prerequisites.set([skill("skill-3")])
        with pytest.raises(ValidationError, match=r"go round in a circle: “Skill \d” needs"):
            succeed("skill-2", "skill-4")
        assert shown() == ["skill-1", "skill-2", "skill-3", "skill-4"]

    @pytest.mark.parametrize(
        ("old", "new", "sentence"),
        [
            ("", "skill-1", "Choose at least one"),
            ("skill-1", "skill-1 skill-2", "“Skill 1” cannot take its own place"),
            ("gone", "skill-1", "“Gone” is not on the site"),
            ("skill-1", "draft", "“Draft” is not on the site"),
            ("skill-1 skill-2", "skill-3 skill-4", "Do it in two steps"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, trail: Roadmap, old: str, new: str, sentence: str) -> None:
        make_skill("gone", retired_at=NOW)
        make_skill("draft", is_draft=True)
        with pytest.raises(ValidationError, match=sentence):
            succeed(old, new)
        assert not Succession.objects.exists()


class TestCredit:
    @pytest.mark.parametrize("given_state", ["done", "learning", "skipped"])
    def test_one_for_one_keeps_state_and_date(self, trail: Roadmap, given_state: str) -> None:
        learner = make_follower(trail, skill_1=given_state)
        make_skill("b")
        before = record()
        succeed("skill-1", "b")
        assert state(learner, "b") == (given_state, NOW, "Skill 1")
        assert before < record()
        change = Change.objects.get()
        assert (change.cause, change.before, change.credited_from) == ("credit", None, "Skill 1")

    def test_to_do_gives_nothing_and_a_word_of_one_s_own_stands(self, trail: Roadmap) -> None:
        nothing = make_follower(trail, skill_1="todo")
        own = make_follower(trail, skill_1="done", skill_2="learning")
        again = make_follower(trail, skill_1="done", skill_2="todo")
        succeed("skill-1", "skill-2")
        assert state(nothing, "skill-2") is None
        assert state(own, "skill-2") == ("learning", NOW, "")
        assert state(again, "skill-2") == ("todo", NOW, "")
        assert not Change.objects.exists()

    @pytest.mark.parametrize(
        ("states", "expected"),
        [
            (("done", "done"), "done"),
            (("done", None), "learning"),
            (("done", "skipped"), "learning"),
            (("done", "todo"), "learning"),
            (("learning", "skipped"), "learning"),
            (("skipped", "skipped"), "skipped"),
            (("skipped", None), None),
            (("todo", "skipped"), None),
        ],
    )
    def test_several_for_one(self, trail: Roadmap, states: tuple[str | None, ...], expected: str | None) -> None:
        given_states = {f"skill_{n}": each for n, each in enumerate(states, start=1) if each}
        learner = make_follower(trail, **given_states)
        make_skill("c")
        succeed("skill-1 skill-2", "c")
        found = state(learner, "c")
        assert (found and found[0]) == expected
        assert found is None or found[2] == "Skill 1 and Skill 2"

    def test_of_several_to_pick_from_one_is_enough(self, trail: Roadmap) -> None:
        choice = make_group(make_section(trail, "second"), "choice", title="Choice", rule="any")
        place(choice, "p", "q", "r")
        learner = make_follower(trail, p="done")
        succeed("p q", "r")
        assert state(learner, "r") == ("done", NOW, "P and Q")

    def test_who_presses_what_the_credit_says_makes_it_their_own_word(self, trail: Roadmap) -> None:
        learner = make_follower(trail, skill_1="done")
        b = make_skill("b")
        succeed("skill-1", "b")
        act = marks.set_state(
            learner=learner.pk, roadmap=trail.pk, skill=b.pk, state="done", at=LATER + HOUR, day=LATER.date()
        )
        assert act.batch
        assert state(learner, "b") == ("done", NOW, "")

    def test_costs_no_more_for_more_learners(self, trail: Roadmap) -> None:
        counts = []
        for number, name in enumerate(("b", "c")):
            for _ in range(1 + 20 * number):
                make_follower(trail, skill_1="done")
            make_skill(name)
            with queries() as asked:
                marks.credit(skill=skill(name).pk, sources=[skill("skill-1").pk], titles="A", batch=trail.uid, at=LATER)
            counts.append(len(asked))
        assert counts[0] == counts[1]


class TestUndo:
    def test_restores_everyone_exactly(self, trail: Roadmap) -> None:
        for each in ("done", "learning", "skipped", "todo"):
            make_follower(trail, skill_1=each)
        make_follower(trail, skill_1="done", skill_2="todo")
        before, content = record(), shown()
        made = succeed("skill-1", "skill-2")
        assert succession.undo(made, by=None, at=LATER + HOUR) == 0
        assert (record(), shown()) == (before, content)
        assert set(Change.objects.values_list("undone_at", flat=True)) == {LATER + HOUR}
        with pytest.raises(history.Refused, match="undone already"):
            succession.undo(made, by=None, at=LATER + HOUR)

    def test_leaves_what_somebody_said_since(self, trail: Roadmap) -> None:
        kept, changed, cleared = (make_follower(trail, skill_1="done") for _ in range(3))
        b = make_skill("b")
        made = succeed("skill-1", "b")
        when: dict[str, Any] = {"at": LATER + HOUR, "day": LATER.date()}
        assert marks.keep_credit(learner=kept.pk, roadmap=trail.pk, skill=b.pk, **when)
        marks.set_state(learner=changed.pk, roadmap=trail.pk, skill=b.pk, state="learning", **when)
        assert marks.clear_credit(learner=cleared.pk, roadmap=trail.pk, skill=b.pk, **when)
        assert state(kept, "b") == ("done", NOW, "")
        assert state(changed, "b") == ("learning", LATER + HOUR, "")
        assert state(cleared, "b") is None
        assert not marks.keep_credit(learner=kept.pk, roadmap=trail.pk, skill=b.pk, **when)
        assert not marks.clear_credit(learner=kept.pk, roadmap=trail.pk, skill=b.pk, **when)
        assert succession.undo(made, by=None, at=LATER + 2 * HOUR) == 2
        assert state(kept, "b") == ("done", NOW, "")
        for learner in (kept, changed, cleared):
            replayed = Change.objects.filter(learner=learner).replayed()
            assert record(learner=learner, skill=b) == {
                (learner.pk, pk, *standing) for pk, standing in replayed.items()
            }

    def test_a_word_that_is_undone_later_brings_no_credit_back(self, trail: Roadmap) -> None:
        learner = make_follower(trail, skill_1="done")
        b = make_skill("b")
        made = succeed("skill-1", "b")
        when: dict[str, Any] = {"at": LATER + HOUR, "day": LATER.date()}
        word = marks.set_state(learner=learner.pk, roadmap=trail.pk, skill=b.pk, state="learning", **when)
        assert succession.undo(made, by=None, at=LATER + 2 * HOUR) == 1
        assert word.batch
        marks.undo(learner=learner.pk, batch=word.batch, at=LATER + 3 * HOUR)
        assert state(learner, "b") is None

    def test_comes_after_what_was_built_on_it(self, trail: Roadmap) -> None:
        make_skill("b")
        make_skill("c")
        first = succeed("skill-1", "b")
        second = succeed("b", "c", LATER + HOUR)
        with pytest.raises(history.Refused, match="“B” had to make place since"):
            succession.undo(first, by=None, at=LATER + 2 * HOUR)
        succession.undo(second, by=None, at=LATER + 2 * HOUR)
        succession.undo(first, by=None, at=LATER + 3 * HOUR)
        assert shown() == ["skill-1", "skill-2", "skill-3", "skill-4"]

    def test_is_refused_once_the_content_went_on(self, trail: Roadmap) -> None:
        make_follower(trail, skill_1="done")
        make_skill("b")
        made = succeed("skill-1", "b")
        before = record()
        placement = Placement.objects.get(skill__slug="b")
        watch = history.Watch(placement)
        placement.retired_at = LATER
        placement.save()
        watch.record(why="Retired", at=LATER, by=None)
        old = skill("skill-1")
        old.retired_at = None
        old.save()
        with pytest.raises(history.Refused, match="was changed again since"):
            succession.undo(made, by=None, at=LATER + HOUR)
        assert record() == before


class TestPages:
    @pytest.fixture
    def learner(self, client: Client, user: User, trail: Roadmap) -> Learner:
        client.force_login(user)
        learner = Learner.objects.get(user=user)
        base = {"learner": learner.pk, "state": "done"}
        client.post("/progress/trail/skills/skill-1/", base)
        make_skill("b")
        succeed("skill-1", "b", timezone.now())
        return learner

    def test_the_old_address_leads_to_the_new(self, learner: Learner, client: Client) -> None:
        assert Client().get("/roadmaps/trail/skills/skill-1/")["Location"] == "/roadmaps/trail/skills/b/"
        page = client.get("/roadmaps/trail/skills/skill-1/").content.decode()
        assert 'Replaced by <a href="/roadmaps/trail/skills/b/">B</a>.' in page
        make_skill("c")
        succeed("b", "c", timezone.now())
        assert Client().get("/roadmaps/trail/skills/skill-1/")["Location"] == "/roadmaps/trail/skills/c/"
        succession.undo(Succession.objects.latest("at"), by=None, at=timezone.now())
        succession.undo(Succession.objects.earliest("at"), by=None, at=timezone.now())
        assert Client().get("/roadmaps/trail/skills/skill-1/").status_code == 200

    def test_credit_is_said_and_can_be_kept(self, learner: Learner, client: Client) -> None:
        roadmap = client.get("/roadmaps/trail/").content.decode()
        assert re.search(r"credited from Skill 1, \d+ \w+</span>", roadmap)
        assert "Replaced by B" in roadmap
        url, base = "/progress/trail/skills/b/credit/", {"learner": learner.pk}
        page = client.get("/roadmaps/trail/skills/b/").content.decode()
        assert "Credited from Skill 1, which it replaces." in page
        assert page.count(f'formaction="{url}"') == 2
        assert "credited from Skill 1" in client.get("/history/").content.decode()
        assert client.post(url, base | {"action": "perhaps"}).status_code == 422
        client.post(url, base | {"action": "keep"})
        assert state(learner, "b") == (*Mark.objects.values_list("state", "since").get(skill__slug="skill-1"), "")
        assert "Credited from" not in client.get("/roadmaps/trail/skills/b/").content.decode()

    def test_and_can_be_taken_off(self, learner: Learner, client: Client) -> None:
        url = "/progress/trail/skills/b/credit/"
        headers = {"HX-Request": "true", "HX-Target": "state-b"}
        page = client.post(url, {"learner": learner.pk, "action": "clear"}, headers=headers).content.decode()
        assert "Not marked yet." in page
        assert state(learner, "b") is None
        assert state(learner, "skill-1") is not None

    def test_a_row_costs_nothing_more_where_nothing_is_credited(self, trail: Roadmap, client: Client) -> None:
        page = client.get("/roadmaps/trail/").content.decode()
        assert "credited" not in page

    def test_another_s_form_writes_nothing(self, learner: Learner, client: Client) -> None:
        answer = client.post("/progress/trail/skills/b/credit/", {"learner": learner.pk + 1, "action": "clear"})
        assert answer["Location"].startswith("/accounts/login/")
        assert state(learner, "b") is not None


class TestInTheAdmin:
    def test_a_curator_is_asked_first_then_it_is_done_and_undone(self, desk: Client, trail: Roadmap) -> None:
        make_follower(trail, skill_1="done", skill_2="done")
        b = make_skill("b")
        leads = act(desk, "succeed", skill("skill-1"))
        assert leads.redirect_chain[0][0].startswith("/admin/roadmap/succession/add/?old=")
        before = record()
        asked = save(desk, Succession, old=[skill("skill-1").pk], new=[b.pk])
        assert "What this does to learners" in asked.content.decode()
        assert (record(), Succession.objects.count()) == (before, 0)
        data: dict[str, list[str]] = {}
        for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', asked.content.decode()):
            data.setdefault(name, []).append(value)
        (token,) = re.findall(r'name="_confirmed" value="([^"]+)"', asked.content.decode())
        done = desk.post("/admin/roadmap/succession/add/", data | {"_confirmed": [token]}, follow=True)
        assert said(done) == ["The succession “Skill 1 → B” was added successfully."]
        made = Succession.objects.get()
        assert before < record()
        assert list(made.new.all()) == [b]
        assert made.by is not None
        assert Revision.objects.filter(act=made.act, why="Succeeded", by=made.by).exists()

    def test_errors_stand_on_the_form(self, desk: Client, trail: Roadmap) -> None:
        one = skill("skill-1")
        response = save(desk, Succession, old=[one.pk], new=[one.pk])
        assert errors(response) == ["“Skill 1” cannot take its own place."]

    def test_is_not_taken_apart(self, desk: Client, trail: Roadmap) -> None:
        make_skill("b")
        made = succeed("skill-1", "b")
        line = Revision.objects.filter(act=made.act)[0]
        assert (
            "changed by a succession, which gave credit, too. Undo that as a whole."
            in said(act(desk, "revert", line))[0]
        )
        assert shown() == ["b", "skill-2", "skill-3", "skill-4"]

    def test_undo(self, desk: Client, trail: Roadmap) -> None:
        make_skill("b")
        made = succeed("skill-1", "b")
        assert said(act(desk, "undo", made)) == ["Undone: content and credits are as they were."]
        assert said(act(desk, "undo", made)) == ["Nothing is undone. It is undone already."]


steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["retire", "back", "move", "rename", "unplace"]), st.integers(0, 5)),
        st.tuples(st.just("succeed"), st.lists(st.integers(0, 5), min_size=2, max_size=3, unique=True)),
        st.tuples(st.just("undo"), st.integers(0, 3)),
    ),
    max_size=10,
)


class TestNothingThatCuratorsDo(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.trail = make_trail(4)
        place(make_group(make_section(cls.trail, "second"), "more"), "x", "y")
        for one in ("done", "learning", "skipped", "todo"):
            make_follower(cls.trail, skill_1=one, skill_2="done", x="skipped")

    @given(steps)
    @settings(max_examples=60)
    def test_changes_what_learners_said(self, sequence: list[tuple[str, Any]]) -> None:
        skills, groups = list(Skill.objects.order_by("id")), list(Group.objects.order_by("id"))
        before, at = record(), LATER
        for what, on in sequence:
            at += HOUR
            self.act(what, on, skills, groups, at)
            assert before <= record()
        for made in Succession.objects.filter(undone_at=None).order_by("-id"):
            try:
                succession.undo(made, by=None, at=at + HOUR)
            except history.Refused:
                return
        assert record() == before

    def act(self, what: str, on: Any, skills: list[Skill], groups: list[Group], at: dt.datetime) -> None:
        if what in ("succeed", "undo"):
            self.succession(what, on, skills, at)
            return
        row = Skill.objects.get(pk=skills[on].pk)
        placement = Placement.objects.filter(skill=row).first()
        watch = history.Watch(row, *([placement] if placement else []))
        match what:
            case "retire" | "back":
                row.retired_at = at if what == "retire" else None
            case "rename":
                row.title = f"Title of {at:%d %H}"
        row.save()
        if placement and what == "move":
            placement.group = groups[on % 2]
        if placement and what == "unplace":
            placement.retired_at = at
        if placement:
            placement.save()
        outline.touch(row, at=at)
        watch.record(why="Edited", at=at, by=None)

    def succession(self, what: str, on: Any, skills: list[Skill], at: dt.datetime) -> None:
        try:
            if what == "succeed":
                chosen = [Skill.objects.get(pk=skills[index].pk) for index in on]
                succession.succeed(chosen[:-1], chosen[-1:], by=None, at=at)
            elif made := Succession.objects.order_by("id")[on : on + 1].first():
                succession.undo(made, by=None, at=at)
        except (ValidationError, history.Refused):
            pass
