import pytest
from django.db import models
from django.test import Client

from roadmap.models import Faq, Group, Phase, Placement, Roadmap, Section
from tests.factories import make_group, make_roadmap, make_section, place
from tests.roadmap.admin.desk import address, drag, save, shown, titles, version

pytestmark = pytest.mark.django_db


@pytest.fixture
def roadmap(db: None) -> Roadmap:
    """Three phases, each with a section, a group and a skill; every position is the same."""
    roadmap = make_roadmap()
    for name in "abc":
        place(make_group(make_section(roadmap, name), name), name)
    for model in (Phase, Section, Group, Placement):
        model.objects.update(position=0)
    return roadmap


def test_phases_dragged_in_the_list(desk: Client, roadmap: Roadmap) -> None:
    a, b, c = Phase.objects.all()
    before = version(roadmap)
    assert titles() == ["A", "B", "C"]
    assert drag(desk, Phase, c, a, b).status_code == 200
    assert titles() == ["C", "A", "B"]
    assert version(roadmap) != before
    drag(desk, Phase, b, a)  # what lies between is sent alone
    assert titles() == ["C", "B", "A"]


def test_rows_that_the_list_did_not_show_keep_their_place(desk: Client, roadmap: Roadmap) -> None:
    a, _, c = Phase.objects.all()
    drag(desk, Phase, c, a)
    assert titles() == ["C", "B", "A"]


def test_phases_dragged_in_the_roadmap(desk: Client, roadmap: Roadmap) -> None:
    assert titles() == ["A", "B", "C"]
    save(desk, roadmap, **{"phases-0-position": 3, "phases-1-position": 1, "phases-2-position": 2})
    assert titles() == ["B", "C", "A"]


@pytest.mark.parametrize(("model", "inline"), [(Section, "sections"), (Group, "groups"), (Placement, "placements")])
def test_every_level_is_dragged_in_the_one_above(
    desk: Client, roadmap: Roadmap, model: type[models.Model], inline: str
) -> None:
    parent = {Section: Phase, Group: Section, Placement: Group}[model]._default_manager.first()
    assert parent
    field = {Section: "phase", Group: "section", Placement: "group"}[model]
    model._default_manager.all().update(**{field: parent})
    assert titles() == ["A", "B", "C"]
    save(desk, parent, **{f"{inline}-{row}-position": position for row, position in enumerate((2, 3, 1))})
    assert titles() == ["C", "A", "B"]


def test_questions_dragged_in_the_list(desk: Client, roadmap: Roadmap) -> None:
    one, two = (Faq.objects.create(roadmap=roadmap, question=text, answer="So.") for text in ("One?", "Two?"))
    assert [faq.question for faq in shown().faqs] == ["One?", "Two?"]
    drag(desk, Faq, two, one)
    assert [faq.question for faq in shown().faqs] == ["Two?", "One?"]


def test_rows_of_two_parents_have_no_common_order(desk: Client, roadmap: Roadmap) -> None:
    other = make_section(make_roadmap("other"), "there").phase
    first = Phase.objects.exclude(pk=other.pk).first()
    assert first
    before = version(roadmap)
    response = drag(desk, Phase, other, first)
    assert response.status_code == 400
    assert version(roadmap) == before
    assert titles() == ["A", "B", "C"]


@pytest.mark.parametrize("sent", ["{}", "[]", "nonsense", '{"updatedItems": []}', '{"updatedItems": [["x", 1]]}'])
def test_nonsense_is_refused(desk: Client, roadmap: Roadmap, sent: str) -> None:
    url = address(Phase, "sortable_update")
    assert desk.post(url, sent, content_type="application/json").status_code == 400
    assert desk.get(url).status_code == 405


def test_rows_have_handles_while_they_are_of_one_parent(desk: Client, roadmap: Roadmap) -> None:
    def handles(**asked: object) -> int:
        return desk.get(address(Phase, "changelist"), asked).content.count(b'class="drag handle"')

    assert handles() == 3
    make_section(make_roadmap("other"), "there")
    assert handles() == 0
    assert handles(roadmap__id__exact=roadmap.pk) == 3
    assert handles(roadmap__id__exact=roadmap.pk, o="2") == 0
    assert handles(roadmap__id__exact=roadmap.pk, o="-1") == 0
