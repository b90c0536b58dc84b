import pytest
from django.db import models

from roadmap import outline
from roadmap.models import Checkpoint, Group, Phase, Placement, Roadmap, Section, Skill
from tests.factories import NOW, make_group, make_roadmap, make_section, make_skill, make_trail, place
from tests.queries import queries

pytestmark = pytest.mark.django_db


def slugs(slug: str = "trail") -> list[str]:
    found = outline.get(slug)
    assert found is not None
    return [placed.skill.slug for placed in found.places]


def test_is_read_once_a_version() -> None:
    make_trail(3)
    first = outline.get("trail")
    with queries() as asked:
        again = outline.get("trail")
    assert again is first
    assert len(asked) == 1


def test_order_is_position_then_id() -> None:
    group = make_group(make_section(make_roadmap()))
    place(group, "a", "b", "c")
    for slug, position in (("c", 1), ("a", 5), ("b", 5)):
        Placement.objects.filter(skill__slug=slug).update(position=position)
    assert slugs() == ["c", "a", "b"]


@pytest.mark.parametrize("model", [Placement, Skill, Group, Section, Phase], ids=lambda model: model.__name__)
def test_what_is_retired_at_any_level_is_not_in_the_tree(model: type[models.Model]) -> None:
    make_trail(1)
    other = make_section(Roadmap.objects.get(), "second")
    place(make_group(other), "stays")
    model._default_manager.order_by("pk")[:1].get()
    first = model._default_manager.order_by("pk")[0]
    model._default_manager.filter(pk=first.pk).update(retired_at=NOW)
    found = outline.get("trail")
    assert found is not None
    assert [placed.skill.slug for placed in found.places] == ["stays"]
    assert [skill.slug for skill in found.retired] == ["skill-1"]


def test_prerequisites_that_are_not_live_here_are_ignored() -> None:
    make_trail(3)
    elsewhere = make_skill("elsewhere")
    one, two, three = Skill.objects.filter(slug__startswith="skill").order_by("slug")
    three.prerequisites.set([two, one, elsewhere])
    Placement.objects.filter(skill=two).update(retired_at=NOW)
    found = outline.get("trail")
    assert found is not None
    assert found.before == {one.pk: (), three.pk: (one.pk,)}
    assert found.opens == {one.pk: (three.pk,)}


@pytest.mark.parametrize(
    "model", [Roadmap, Phase, Section, Group, Placement, Skill, Checkpoint], ids=lambda model: model.__name__
)
def test_touching_a_row_gives_its_roadmap_a_new_version(model: type[models.Model]) -> None:
    make_trail(1)
    Skill.objects.get().checkpoints.create(text="You can.")
    before = Roadmap.objects.get().version
    outline.touch(model._default_manager.get(), at=NOW)
    assert Roadmap.objects.get().version != before


def test_a_change_of_a_skill_touches_every_roadmap_that_places_it_and_no_other() -> None:
    make_trail(1)
    make_roadmap("untouched")
    shared = make_roadmap("shared")
    Placement.objects.create(
        group=make_group(make_section(shared)), roadmap=shared, skill=Skill.objects.get(), retired_at=NOW
    )
    before = dict(Roadmap.objects.values_list("slug", "version"))
    outline.touch(Skill.objects.get(), at=NOW)
    after = dict(Roadmap.objects.values_list("slug", "version"))
    assert {slug for slug in before if before[slug] != after[slug]} == {"trail", "shared"}


@pytest.mark.parametrize("size", [3, 200])
def test_loading_asks_as_much_for_many_skills_as_for_few(size: int) -> None:
    make_trail(size)
    with queries() as asked:
        outline.get("trail")
    assert len(asked) == 12, asked.counted


@pytest.mark.parametrize("model", [Placement, Group, Section, Phase], ids=lambda model: model.__name__)
def test_a_skill_is_not_at_home_where_it_is_retired(model: type[models.Model]) -> None:
    make_trail(1)
    later = make_roadmap("later")
    skill = Skill.objects.get()
    Placement.objects.create(group=make_group(make_section(later)), roadmap=later, skill=skill)
    model._default_manager.filter(pk=model._default_manager.order_by("pk")[0].pk).update(retired_at=NOW)
    found = outline.get("later")
    assert found is not None
    assert found.places[0].skill.home == "later"
    assert skill.get_absolute_url() == "/roadmaps/later/skills/skill-1/"


def test_a_draft_is_not_there() -> None:
    make_roadmap("draft", published=False)
    assert outline.get("draft") is None
    assert outline.published() == []
