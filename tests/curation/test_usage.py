"""How a roadmap is used: counts, and nobody's name."""

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from curation import usage
from curation.usage import Usage
from progress.models import Change, Learner
from roadmap import outline
from roadmap.models import Group, Roadmap, Skill
from tests.factories import NOW, make_follower, make_learner, make_roadmap, place
from tests.queries import queries

pytestmark = pytest.mark.django_db
PAGE = "/admin/curation/usage/trail/"
LONG_AGO = NOW - dt.timedelta(days=31)


def used(now: dt.datetime = NOW) -> Usage:
    roadmap = Roadmap.objects.get(slug="trail")
    return usage.of(outline.load(roadmap.pk, roadmap.version), now)


def row(slug: str) -> usage.Row:
    (found,) = [each for each in used().rows if each.place.skill.slug == slug]
    return found


def finish(learner: Learner, slug: str, days: float, **fields: object) -> None:
    values = {"before": "learning", "before_since": NOW - dt.timedelta(days=days), "after": "done", "after_since": NOW}
    Change.objects.create(
        batch=uuid.uuid4(),
        learner=learner,
        skill=Skill.objects.get(slug=slug),
        at=NOW,
        day=NOW.date(),
        cause="mark",
        **(values | fields),
    )


def test_states_of_those_who_follow(trail: Roadmap) -> None:
    make_follower(trail, skill_1="learning", skill_2="todo")
    make_follower(trail, skill_1="done", skill_2="skipped")
    make_follower(make_roadmap("other"), skill_1="done")
    assert used().followers == 3
    one, two = row("skill-1"), row("skill-2")
    assert (one.todo, one.learning, one.done, one.skipped) == (0, 1, 2, 0)
    assert (two.todo, two.learning, two.done, two.skipped) == (1, 0, 0, 2)
    assert [each.place.skill.slug for each in used().rows] == ["skill-1", "skill-2", "skill-3", "p", "q"]


def test_median_days_from_learning_to_done(trail: Roadmap) -> None:
    learners = [make_follower(trail) for _ in range(4)]
    assert row("skill-1").days is None
    finish(learners[0], "skill-1", 9)
    assert row("skill-1").days == 9
    finish(learners[1], "skill-1", 2)
    assert row("skill-1").days == 5.5
    finish(learners[2], "skill-1", 4)
    assert row("skill-1").days == 4
    finish(learners[0], "skill-1", 1)  # once more, after a reset
    assert row("skill-1").days == 3
    finish(learners[3], "skill-2", 0.5)
    assert (row("skill-1").days, row("skill-2").days, row("p").days) == (3, 0.5, None)


def test_what_was_not_finished_so_does_not_count(trail: Roadmap) -> None:
    learner = make_follower(trail)
    finish(learner, "skill-1", 9, undone_at=NOW)
    finish(learner, "skill-1", 9, before="todo")
    finish(learner, "skill-1", 9, before=None, before_since=None)
    finish(learner, "skill-1", 9, after="skipped")
    finish(learner, "skill-1", -3)  # dates from elsewhere
    finish(make_learner(), "skill-1", 9)  # who does not follow
    assert row("skill-1").days is None


def test_where_people_stop(trail: Roadmap) -> None:
    away = [
        make_follower(trail, skill_2="done", skill_1="done", p="learning"),
        make_follower(trail, skill_2="done"),
        make_follower(trail, q="done", skill_1="done"),
        make_follower(trail, skill_1="learning"),
    ]
    make_follower(trail, skill_1="done")
    Learner.objects.filter(pk__in=[learner.pk for learner in away]).update(seen_at=LONG_AGO)
    found = used()
    assert (found.followers, found.away, found.never) == (6, 4, 1)
    assert {each.place.skill.slug: each.last for each in found.rows if each.last} == {"skill-2": 2, "q": 1}


def test_an_empty_roadmap_and_an_unpublished_one(desk: Client) -> None:
    make_roadmap(published=False)
    page = desk.get(PAGE)
    assert page.status_code == 200
    assert "No skill is on this roadmap yet." in page.content.decode()
    assert "0 learners follow this roadmap." in page.content.decode()


def test_the_page_says_it_and_names_nobody(desk: Client, trail: Roadmap, user: User) -> None:
    learner = make_follower(trail, skill_1="done")
    Learner.objects.update(seen_at=timezone.now())
    Learner.objects.filter(pk=learner.pk).update(user=user, seen_at=timezone.now() - dt.timedelta(days=40))
    finish(learner, "skill-1", 2.5)
    page = desk.get(PAGE).content.decode()
    assert "2 learners follow this roadmap; 1 of them has not been here for 30 days." in page
    skill = Skill.objects.get(slug="skill-1")
    link = reverse("admin:roadmap_skill_change", args=[skill.pk])
    assert (
        f'<tr><th scope="row"><a href="{link}">Skill 1</a></th>'
        "<td>0</td><td>0</td><td>2</td><td>0</td><td>2.5</td><td>1</td></tr>"
    ) in page
    assert "noor" not in page.lower()
    assert desk.post(PAGE).status_code == 405
    assert desk.get("/admin/curation/usage/nowhere/").status_code == 404


def test_asks_as_much_for_many_as_for_few(desk: Client, trail: Roadmap) -> None:
    with queries() as few:
        desk.get(PAGE)
    place(Group.objects.get(slug="list"), *(f"more-{n}" for n in range(20)))
    for _ in range(10):
        finish(make_follower(trail, more_1="done", more_2="learning"), "more-1", 3)
    with queries() as many:
        desk.get(PAGE)
    assert len(many) == len(few)
