import pytest
from django.test import Client

from accounts.models import User
from progress.models import Change, Follow, Mark
from roadmap.models import Faq, Group, Phase, Placement, Resource, Roadmap, Section, Skill
from tests.factories import NOW, make_group, make_learner, make_resource, make_section, make_skill, make_trail
from tests.queries import queries
from tests.roadmap.admin.desk import act, address, confirm, said, shown, version

pytestmark = pytest.mark.django_db


def mark(skill: Skill, user: User | None = None) -> None:
    learner = make_learner(user)
    Mark.objects.create(learner=learner, skill=skill, state="done", since=NOW)
    Change.objects.create(
        batch=learner.uid, learner=learner, skill=skill, after="done", after_since=NOW, at=NOW, day=NOW, cause="mark"
    )


def text(response: object) -> str:
    return " ".join(response.content.decode().split())


def test_a_marked_skill_is_kept_and_nobody_named(desk: Client, user: User) -> None:
    skill = make_skill("tokens")
    mark(skill, user)
    mark(skill)
    for response in (
        desk.get(address(skill, "delete")),
        desk.post(address(skill, "delete"), {"post": "yes"}),
        act(desk, "delete_selected", skill),
        act(desk, "delete_selected", skill, post="yes"),
    ):
        assert (
            "“Tokens” cannot be deleted: 4 records of learners depend on it. "
            "Retire it instead: it goes off the roadmap, and every record is kept."
        ) in text(response)
        assert "Retire it instead</button>" in text(response)
        assert "noor" not in text(response).lower()
        assert "Mark " not in text(response)
    assert Skill.objects.get() == skill
    assert Mark.objects.count() == 2


def test_learners_are_counted_not_listed(desk: Client) -> None:
    skill = make_skill("tokens")
    mark(skill)
    with queries() as few:
        desk.get(address(skill, "delete"))
    for _ in range(20):
        mark(skill)
    with queries() as many:
        desk.get(address(skill, "delete"))
    assert len(many) == len(few)
    assert all("COUNT(" in sql for sql in many.counted if "progress_" in sql)


def test_the_button_retires_it(desk: Client) -> None:
    skill = make_skill("tokens")
    mark(skill)
    assert f'action="{address(Skill, "changelist")}"' in text(desk.get(address(skill, "delete")))
    act(desk, "retire", skill)
    assert Skill.objects.get().is_retired
    assert "It is retired already, and so off the roadmap." in text(desk.get(address(skill, "delete")))
    assert "instead</button>" not in text(desk.get(address(skill, "delete")))


def test_what_is_not_empty_is_not_deleted(desk: Client) -> None:
    roadmap = make_trail(2)
    placed = Skill.objects.get(slug="skill-1")
    reasons = {
        Phase.objects.get(): "1 section depends on it",
        Section.objects.get(): "1 group depends on it",
        Group.objects.get(): "2 placements depend on it",
        placed: "1 placement depends on it",
        roadmap: "1 phase and 2 placements depend on it",
    }
    before = version(roadmap)
    for row, reason in reasons.items():
        response = desk.post(address(row, "delete"), {"post": "yes"})
        assert f"“{row}” cannot be deleted: {reason}." in text(response)
        assert type(row)._default_manager.filter(pk=row.pk).exists()
    assert version(roadmap) == before


def test_a_retired_placement_still_holds_its_group(desk: Client) -> None:
    make_trail(1)
    act(desk, "retire", Placement.objects.get())
    response = desk.post(address(Group.objects.get(), "delete"), {"post": "yes"})
    assert "1 placement depends on it" in text(response)


def test_a_followed_roadmap_is_unpublished_instead(desk: Client, user: User) -> None:
    roadmap = make_trail(0)
    Group.objects.all().delete()
    Section.objects.all().delete()
    Phase.objects.all().delete()
    Follow.objects.create(learner=make_learner(user), roadmap=roadmap, since=NOW, used_at=NOW)
    response = desk.post(address(roadmap, "delete"), {"post": "yes"})
    assert "1 record of learners depends on it. Unpublish it instead" in text(response)
    assert "Unpublish it instead</button>" in text(response)
    confirm(desk, act(desk, "unpublish", roadmap))
    assert not Roadmap.objects.get().is_published


def test_several_at_once_are_all_or_nothing(desk: Client) -> None:
    marked, free = make_skill("marked"), make_skill("free")
    mark(marked)
    response = act(desk, "delete_selected", marked, free, post="yes")
    assert "“Marked” cannot be deleted" in text(response)
    assert "“Free” cannot be deleted" not in text(response)
    assert "Retire them instead</button>" in text(response)
    assert Skill.objects.count() == 2


def test_what_nothing_depends_on_is_deleted_and_the_page_shows_it(desk: Client) -> None:
    roadmap = make_trail(1)
    skill = Skill.objects.get()
    make_resource(skill, title="Other", url="https://example.org/other")
    group = make_group(make_section(roadmap, "empty"))
    assert (len(shown().phases), len(shown().faqs), len(shown().places[0].skill.resources)) == (2, 1, 2)
    seen = {version(roadmap)}
    for row in (Resource.objects.get(title="Other"), group, group.section, group.section.phase, Faq.objects.get()):
        desk.post(address(row, "delete"), {"post": "yes"})
        assert not type(row)._default_manager.filter(pk=row.pk).exists()
        assert version(roadmap) not in seen
        seen.add(version(roadmap))
    assert (len(shown().phases), len(shown().faqs), len(shown().places[0].skill.resources)) == (1, 0, 1)
    response = act(desk, "delete_selected", Resource.objects.get(), post="yes")
    assert said(response)[-1] == "Successfully deleted 1 resource."
    assert shown().places[0].skill.resources == ()
    assert version(roadmap) not in seen


def test_an_unplaced_skill_goes_with_all_that_hangs_on_it(desk: Client) -> None:
    skill = make_skill("alone")
    make_resource(skill)
    desk.post(address(skill, "delete"), {"post": "yes"})
    assert not Skill.objects.exists()
    assert not Resource.objects.exists()
