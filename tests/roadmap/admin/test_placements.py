import datetime as dt

import pytest
from django.test import Client

from roadmap.models import Group, Placement, Roadmap, Skill
from tests.factories import NOW, make_group, make_roadmap, make_section, make_skill, make_trail, place
from tests.roadmap.admin.desk import act, address, errors, new_row, said, save, shown, titles

pytestmark = pytest.mark.django_db


@pytest.fixture
def groups(db: None) -> list[Group]:
    """Of one roadmap: Ascent with a and b, Descent with c."""
    section = make_section(make_roadmap())
    ascent, descent = make_group(section, "ascent", title="Ascent"), make_group(section, "descent", title="Descent")
    place(ascent, "a", "b")
    place(descent, "c")
    return [ascent, descent]


def test_a_skill_is_placed_last(desk: Client, groups: list[Group]) -> None:
    skill = make_skill("new")
    assert titles() == ["A", "B", "C"]
    save(desk, groups[0], **new_row("placements", 2, skill=skill.pk, importance="optional"))
    assert titles() == ["A", "B", "New", "C"]
    placement = Placement.objects.get(skill=skill)
    assert (placement.roadmap, placement.importance) == (groups[0].section.phase.roadmap, "optional")


def test_with_a_group_that_is_new_itself(desk: Client, groups: list[Group]) -> None:
    skill = make_skill("new")
    values = new_row("placements", 0, skill=skill.pk, importance="core")
    save(desk, Group, section=groups[0].section_id, slug="peak", title="Peak", **values)
    assert titles() == ["A", "B", "C", "New"]


def test_a_skill_has_one_place_in_a_roadmap(desk: Client, groups: list[Group]) -> None:
    skill = Skill.objects.get(slug="c")
    expected = [
        "“C” has its place in this roadmap already: Trail › Phase first › Section first › Descent. "
        "Move that placement, or retire it there first."
    ]
    response = save(desk, groups[0], title="Not saved", **new_row("placements", 2, skill=skill.pk, importance="core"))
    assert errors(response) == expected
    assert errors(save(desk, Placement, skill=skill.pk, group=groups[0].pk)) == expected
    assert Group.objects.get(pk=groups[0].pk).title == "Ascent"
    assert Placement.objects.count() == 3


def test_but_another_in_another_roadmap(desk: Client, groups: list[Group]) -> None:
    other = make_group(make_section(make_roadmap("other")))
    skill = Skill.objects.get(slug="c")
    assert titles() == ["A", "B", "C"]
    save(desk, Placement, skill=skill.pk, group=other.pk)
    assert (titles(), titles("other")) == (["A", "B", "C"], ["C"])


def test_placing_again_revives_the_same_row(desk: Client, groups: list[Group]) -> None:
    placement = Placement.objects.get(skill__slug="c")
    act(desk, "retire", placement)
    assert titles() == ["A", "B"]
    values = new_row("placements", 2, skill=placement.skill_id, importance="recommended")
    response = save(desk, groups[0], **values)
    assert said(response)[0] == "“C in Trail” is back."
    assert titles() == ["A", "B", "C"]
    revived = Placement.objects.get(skill__slug="c")
    assert (revived.pk, revived.uid, revived.group) == (placement.pk, placement.uid, groups[0])
    assert (revived.importance, revived.retired_at) == ("recommended", None)


def test_placing_again_where_it_was_and_on_its_own_page(desk: Client, groups: list[Group]) -> None:
    placement = Placement.objects.get(skill__slug="a")
    act(desk, "retire", placement)
    save(desk, groups[0], **new_row("placements", 2, skill=placement.skill_id, importance="core"))
    assert titles() == ["B", "A", "C"]
    act(desk, "retire", placement)
    save(desk, Placement, skill=placement.skill_id, group=groups[1].pk)
    assert titles() == ["B", "C", "A"]
    assert Placement.objects.get(skill__slug="a").pk == placement.pk


def test_the_same_skill_twice_in_one_form(desk: Client, groups: list[Group]) -> None:
    skill = make_skill("new")
    values = new_row("placements", 2, skill=skill.pk, importance="core")
    values |= new_row("placements", 3, skill=skill.pk, importance="core")
    assert errors(save(desk, groups[0], **values)) == ["“New” is in this list twice."]
    assert Placement.objects.count() == 3


def test_bringing_back_and_placing_again_at_once(desk: Client, groups: list[Group]) -> None:
    placement = Placement.objects.get(skill__slug="a")
    act(desk, "retire", placement)
    values = new_row("placements", 2, skill=placement.skill_id, importance="core")
    response = save(desk, groups[0], **values, **{"placements-0-retired": None})
    assert errors(response) == ["“A” is in this list twice."]


def test_a_retired_skill_is_not_placed(desk: Client, groups: list[Group]) -> None:
    skill = make_skill("new")
    act(desk, "retire", skill)
    response = save(desk, groups[0], **new_row("placements", 2, skill=skill.pk, importance="core"))
    assert errors(response) == ["“New” is retired. Bring the skill back, then place it."]


def test_a_placement_moves_within_its_roadmap(desk: Client, groups: list[Group]) -> None:
    placement = Placement.objects.get(skill__slug="a")
    assert titles() == ["A", "B", "C"]
    save(desk, placement, group=groups[1].pk)
    assert titles() == ["B", "C", "A"]
    other = make_group(make_section(make_roadmap("other")))
    response = save(desk, placement, group=other.pk)
    assert errors(response) == ["A placement stays in its roadmap: choose a group of the same one."]


def test_the_skill_of_a_placement_is_fixed(desk: Client, groups: list[Group]) -> None:
    skill = make_skill("new")
    placement = Placement.objects.get(skill__slug="a")
    save(desk, groups[0], **{"placements-0-skill": skill.pk, "placements-0-importance": "optional"})
    save(desk, placement, skill=skill.pk)
    placement.refresh_from_db()
    assert (placement.skill.slug, placement.importance) == ("a", "optional")
    assert desk.get(address(groups[0])).content.count(b'<span class="fixed">') == 2


def test_retired_in_the_list_of_its_group(desk: Client, groups: list[Group]) -> None:
    save(desk, groups[0], **{"placements-0-retired": "on"})
    assert titles() == ["B", "C"]
    save(desk, groups[0], **{"placements-0-retired": None})
    assert titles() == ["A", "B", "C"]


def test_a_skill_goes_home_to_the_roadmap_that_was_published_first(desk: Client) -> None:
    first, later = make_trail(0, slug="first"), make_roadmap("later")
    Roadmap.objects.filter(pk=later.pk).update(published_at=NOW + dt.timedelta(days=1))
    (skill,) = place(make_group(make_section(later)), "shared")
    assert shown("later").places[0].skill.home == "later"
    group = Group.objects.get(section__phase__roadmap=first)
    save(desk, group, **new_row("placements", 0, skill=skill.pk, importance="core"))
    assert shown("later").places[0].skill.home == "first"
