import pytest
from django.test import Client
from django.urls import reverse

from roadmap.models import Checkpoint, OldSlug, Placement, Question, Resource, Skill
from tests.factories import make_group, make_resource, make_roadmap, make_section, make_skill, make_trail, place
from tests.queries import queries
from tests.roadmap.admin.desk import act, address, errors, new_row, said, save, shown, titles, version

pytestmark = pytest.mark.django_db


def test_new_skill(desk: Client) -> None:
    save(desk, Skill, title="Tokens", slug="tokens", summary="Bits of text.", hours=3, outcomes=" one \n\ntwo")
    skill = Skill.objects.get(slug="tokens")
    assert (skill.title, skill.kind, skill.hours, skill.outcomes) == ("Tokens", "skill", 3, ["one", "two"])
    assert desk.get(address(skill)).context["adminform"].form["outcomes"].value() == "one\ntwo"


def test_edit_shows_at_once_on_every_roadmap_that_places_it(desk: Client) -> None:
    trail, other, third = make_trail(2), make_roadmap("other"), make_trail(0, slug="third")
    skill = Skill.objects.get(slug="skill-1")
    Placement.objects.create(group=make_group(make_section(other)), roadmap=other, skill=skill)
    before = [version(each) for each in (trail, other, third)]
    assert titles() == ["Skill 1", "Skill 2"]
    response = save(desk, skill, title="Renamed")
    assert said(response) == [f'The skill “<a href="{address(skill)}">Renamed</a>” was changed successfully.']
    assert titles() == ["Renamed", "Skill 2"]
    assert titles("other") == ["Renamed"]
    changed = [version(each) != old for each, old in zip((trail, other, third), before, strict=True)]
    assert changed == [True, True, False]


def test_saving_without_a_change_changes_nothing(desk: Client) -> None:
    trail = make_trail(1)
    before = version(trail)
    for model in (Skill, Resource, Placement):
        row = model._default_manager.first()
        assert row
        save(desk, row)
    save(desk, trail)
    assert version(trail) == before


@pytest.mark.parametrize(
    ("needs", "circle"),
    [
        (["skill-1"], "“Skill 1” needs “Skill 1”"),
        (["skill-3"], "“Skill 1” needs “Skill 3” needs “Skill 2” needs “Skill 1”"),
    ],
)
def test_prerequisites_that_go_in_a_circle(desk: Client, needs: list[str], circle: str) -> None:
    make_trail(3)
    one, two, three = Skill.objects.order_by("slug")
    three.prerequisites.add(two)
    two.prerequisites.add(one)
    chosen = [skill.pk for skill in Skill.objects.filter(slug__in=needs)]
    response = save(desk, one, title="Not saved", prerequisites=chosen)
    assert len(errors(response)) == 1
    said_circle = errors(response)[0].removeprefix("These prerequisites go round in a circle: ")
    assert set(said_circle.removesuffix(". Take one of them out.").split(" needs ")) == set(circle.split(" needs "))
    one.refresh_from_db()
    assert (one.title, list(one.prerequisites.all())) == ("Skill 1", [])


def test_prerequisites_show_at_once(desk: Client) -> None:
    make_trail(2)
    one, two = Skill.objects.order_by("slug")
    assert shown().before == {one.pk: (), two.pk: ()}
    save(desk, two, prerequisites=[one.pk])
    assert shown().before == {one.pk: (), two.pk: (one.pk,)}


def test_old_slug_leads_on(desk: Client) -> None:
    make_trail(1)
    skill = Skill.objects.get()
    save(desk, skill, slug="second")
    save(desk, skill, slug="third")
    assert {(old.kind, old.slug, old.uid) for old in OldSlug.objects.all()} == {
        ("skill", "skill-1", skill.uid),
        ("skill", "second", skill.uid),
    }
    save(desk, skill, slug="second")
    assert set(OldSlug.objects.values_list("slug", flat=True)) == {"skill-1", "third"}


def test_slug_in_use_leads_nowhere_else(desk: Client) -> None:
    make_trail(1)
    save(desk, Skill.objects.get(), slug="second")
    save(desk, Skill, title="New", slug="skill-1", summary="A new one.", hours=1)
    assert not OldSlug.objects.exists()


def test_resources_checkpoints_and_questions_show_at_once(desk: Client) -> None:
    make_trail(1)
    skill = Skill.objects.get()
    resource = {"title": "Fine", "url": "https://example.org/fine", "kind": "article", "level": "beginner"}
    resource |= {"publisher": "Example", "minutes": 20, "why": "Good.", "free": "on"}
    values = new_row("resources", 1, **resource)
    values |= new_row("checkpoints", 0, text="You can.") | new_row("questions", 0, question="Q", answer="A")
    save(desk, skill, **values)
    (place_,) = shown().places
    assert [each.title for each in place_.skill.resources] == ["A book on Skill 1", "Fine"]
    assert [each.text for each in place_.skill.checkpoints] == ["You can."]
    assert [each.question for each in place_.skill.questions] == ["Q"]


def test_resources_in_another_order(desk: Client) -> None:
    make_trail(1)
    skill = Skill.objects.get()
    make_resource(skill, title="Second", url="https://example.org/second", position=1)
    save(desk, skill, **{"resources-0-position": 2, "resources-1-position": 1})
    assert [each.title for each in shown().places[0].skill.resources] == ["Second", "A book on Skill 1"]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "javascript://example.org/%0Aalert(1)", "ftp://example.org/book", "example.org"]
)
def test_bad_address_is_refused_next_to_the_field(desk: Client, address: str) -> None:
    make_trail(1)
    response = save(desk, Skill.objects.get(), **{"resources-0-url": address})
    assert errors(response) == ["Write a whole address, such as https://example.org/page."]
    assert Resource.objects.get().url == "https://example.org/1"


def test_who_suggested_a_resource_is_said_beside_it(desk: Client) -> None:
    make_trail(1)
    page = "/roadmaps/trail/skills/skill-1/"
    assert "Suggested by" not in desk.get(page).content.decode()
    save(desk, Skill.objects.get(), **{"resources-0-credit": "Noor <b>"})
    assert "Example, link not checked yet. Suggested by Noor &lt;b&gt;</small>" in desk.get(page).content.decode()


def test_retire_a_resource_where_it_stands(desk: Client) -> None:
    make_trail(1)
    skill = Skill.objects.get()
    response = save(desk, skill, **{"resources-0-retired": "on"})
    assert "“A book on Skill 1” is retired and off the roadmap." in said(response)[0]
    assert shown().places[0].skill.resources == ()
    response = save(desk, skill, **{"resources-0-retired": None})
    assert said(response)[0] == "“A book on Skill 1” is back."
    assert len(shown().places[0].skill.resources) == 1


def test_a_resource_that_moves_shows_on_both_sides(desk: Client) -> None:
    make_trail(1)
    other = make_roadmap("other")
    (there,) = place(make_group(make_section(other)), "elsewhere")
    assert (len(shown().places[0].skill.resources), len(shown("other").places[0].skill.resources)) == (1, 0)
    save(desk, Resource.objects.get(), skill=there.pk)
    assert (len(shown().places[0].skill.resources), len(shown("other").places[0].skill.resources)) == (0, 1)


@pytest.mark.parametrize("text", ["skill 2", "skill-2", "About skill-2", "book on Skill 2", "example.org/2"])
def test_search(desk: Client, text: str) -> None:
    make_trail(3)
    response = desk.get(address(Skill, "changelist"), {"q": text})
    assert [skill.slug for skill in response.context["cl"].result_list] == ["skill-2"]


def test_filter_by_roadmap_and_retirement(desk: Client) -> None:
    trail, other = make_trail(2), make_roadmap("other")
    place(make_group(make_section(other)), "elsewhere")
    act(desk, "retire", Skill.objects.get(slug="skill-1"))

    def found(**filters: object) -> set[str]:
        listed = desk.get(address(Skill, "changelist"), filters).context["cl"].result_list
        return {skill.slug for skill in listed}

    assert found(placements__roadmap__id__exact=trail.pk) == {"skill-1", "skill-2"}
    assert found(retired="no") == {"skill-2", "elsewhere"}
    assert found(retired="yes") == {"skill-1"}


def test_what_is_retired_is_not_offered(desk: Client) -> None:
    make_trail(2)
    act(desk, "retire", Skill.objects.get(slug="skill-1"))
    asked = {"app_label": "roadmap", "model_name": "placement", "field_name": "skill", "term": "skill"}
    response = desk.get(reverse("admin:autocomplete"), asked)
    assert [row["text"] for row in response.json()["results"]] == ["Skill 2"]
    response = desk.get(reverse("admin:autocomplete"), asked | {"term": "example.org"})
    assert response.json()["results"] == []


def test_says_where_it_is_placed(desk: Client) -> None:
    make_trail(1)
    group = Placement.objects.get().group
    page = desk.get(address(Skill.objects.get())).content.decode()
    assert f'<a href="{address(group)}">Trail › Phase first › Section first</a>' in page
    assert (
        'Nowhere. It is placed on the page of a <a href="/admin/roadmap/group/">group</a>.'
        in desk.get(address(make_skill("alone"))).content.decode()
    )


def test_lists_ask_as_much_for_many_as_for_few(desk: Client) -> None:
    def asked() -> list[int]:
        counts = []
        for model in (Skill, Resource, Checkpoint, Question):
            with queries() as made:
                desk.get(address(model, "changelist"))
            counts.append(len(made))
        return counts

    make_trail(2)
    for skill in Skill.objects.all():
        Checkpoint.objects.create(skill=skill, text="You can.")
        Question.objects.create(skill=skill, question="Q", answer="A")
    few = asked()
    group = Placement.objects.all()[0].group
    for skill in place(group, *(f"more-{n}" for n in range(20))):
        make_resource(skill)
        Checkpoint.objects.create(skill=skill, text="You can.")
        Question.objects.create(skill=skill, question="Q", answer="A")
    assert asked() == few
