"""Effect first, in the admin: asked before, saved after, and nothing in between."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import models
from django.test import Client

from curation import words
from progress.models import Mark
from roadmap.models import Group, Listing, Phase, Placement, Resource, Revision, Roadmap, Section, Skill
from tests.curation.conftest import placed
from tests.factories import make_skill
from tests.queries import queries
from tests.roadmap.admin.desk import (
    act,
    address,
    answer,
    asks,
    confirm,
    drag,
    errors,
    new_row,
    said,
    save,
    titles,
    version,
)

pytestmark = pytest.mark.django_db


def sentence(response: Any) -> str:
    (effect,) = response.context["effects"]
    return str(effect.sentence)


def test_a_form_asks_first_and_saves_then(desk: Client, trail: Roadmap) -> None:
    skill, before = Skill.objects.get(slug="skill-1"), version(trail)
    response = save(desk, skill, title="Not yet", retired="on")
    assert asks(response)
    assert sentence(response) == "1 learner; median 50 % → 33 %, at worst 50 % → 33 %; nobody’s marks are lost."
    assert "Nothing is saved yet." in response.content.decode()
    assert response.context["written"] == ["“Not yet”: retired, title changed"]
    assert said(response) == []
    skill.refresh_from_db()
    assert (skill.title, skill.retired_at, version(trail)) == ("Skill 1", None, before)
    assert not Revision.objects.exists()
    assert not LogEntry.objects.exists()
    assert not Listing.objects.exists()

    response = confirm(desk, response)
    assert said(response)[0].startswith("“Not yet” is retired and off the roadmap.")
    assert titles() == ["Skill 2", "Skill 3", "P", "Q"]
    assert version(trail) != before
    assert Revision.objects.get().changes.keys() == {"title", "retired_at"}
    assert LogEntry.objects.count() == 1
    assert Mark.objects.count() == 3


def test_says_what_was_asked_for(desk: Client, trail: Roadmap) -> None:
    group = Group.objects.get(slug="list")
    for row, values, expected in (
        (placed("q"), {"group": group.pk}, ["“Q in Trail”: moved"]),
        (placed("skill-1"), {"importance": "optional"}, ["“Skill 1 in Trail”: importance changed"]),
        (group, new_row("placements", 3, skill=make_skill("new").pk, importance="core"), ["“New in Trail”: added"]),
    ):
        response = save(desk, row, **values)
        assert response.context["written"] == expected
        assert all(f"<li>{line}</li>" in response.content.decode() for line in expected)
    many = [Revision(name=str(n), action="changed", changes={"retired_at": ["then", None]}) for n in range(9)]
    assert words.written(many)[-2:] == ["“6”: brought back", "2 rows more"]
    assert words.written([Revision(name="Beside", action="changed", changes={"position": [1, 2]})]) == []


def test_what_was_typed_comes_back(desk: Client, trail: Roadmap) -> None:
    skill = Skill.objects.get(slug="skill-1")
    needs = Skill.objects.get(slug="p")
    values = {"title": "Typed", "retired": "on", "prerequisites": [needs.pk], "news": "One\r\ntwo"}
    values |= new_row("checkpoints", 0, text="You can.")
    response = answer(desk, save(desk, skill, **values), "_back")
    assert errors(response) == []
    assert not asks(response)
    shown = response.context["adminform"].form
    assert (shown["title"].value(), shown["retired"].value(), shown["news"].value()) == ("Typed", True, "One\r\ntwo")
    assert [int(pk) for pk in shown["prerequisites"].value()] == [needs.pk]
    (checkpoints, *_) = response.context["inline_admin_formsets"]
    assert [each["text"].value() for each in checkpoints.formset.forms] == ["You can."]
    skill.refresh_from_db()
    assert (skill.title, skill.is_retired) == ("Skill 1", False)


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Phase, {"retired": "on"}),
        (Phase, {"sections-0-retired": "on"}),
        (Section, {"retired": "on"}),
        (Section, {"groups-0-retired": "on"}),
        (Roadmap, {"phases-0-retired": "on"}),
        (Roadmap, {"is_published": None}),
        (Group, {"title": "List", "rule": "any"}),
        (Group, {"placements-0-importance": "optional"}),
        (Group, {"placements-0-retired": "on"}),
        (Placement, {"importance": "optional"}),
        (Placement, {"retired": "on"}),
    ],
)
def test_every_form_that_moves_numbers(
    desk: Client, trail: Roadmap, model: type[models.Model], values: dict[str, Any]
) -> None:
    row = model._default_manager.order_by("pk")[0]
    before = version(trail)
    response = save(desk, row, **values)
    assert asks(response)
    assert version(trail) == before
    confirm(desk, response)
    assert version(trail) != before
    assert not asks(save(desk, row))


def test_placing_and_moving(desk: Client, trail: Roadmap) -> None:
    group, skill = Group.objects.get(slug="list"), make_skill("new")
    response = save(desk, group, **new_row("placements", 3, skill=skill.pk, importance="core"))
    assert "“New” comes onto this roadmap. Nobody has marked it." in response.context["effects"][0].lines
    assert not Placement.objects.filter(skill=skill).exists()
    confirm(desk, response)
    assert titles() == ["Skill 1", "Skill 2", "Skill 3", "New", "P", "Q"]
    other = make_skill("other")
    confirm(desk, save(desk, Placement, skill=other.pk, group=group.pk, importance="core"))
    confirm(desk, save(desk, placed("skill-1"), group=Group.objects.get(slug="choice").pk))
    assert titles() == ["Skill 2", "Skill 3", "New", "Other", "P", "Q", "Skill 1"]


def test_the_actions(desk: Client, trail: Roadmap) -> None:
    response = act(desk, "retire", Skill.objects.get(slug="skill-1"), Skill.objects.get(slug="skill-2"))
    assert asks(response)
    assert response.context["back"] == address(Skill, "changelist")
    assert not Skill.objects.exclude(retired_at=None).exists()
    confirm(desk, response)
    assert titles() == ["Skill 3", "P", "Q"]
    confirm(desk, act(desk, "bring_back", Skill.objects.get(slug="skill-1")))
    assert titles() == ["Skill 1", "Skill 3", "P", "Q"]
    confirm(desk, act(desk, "unpublish", trail))
    assert not Roadmap.objects.get().is_published
    assert not asks(act(desk, "publish", trail))
    assert Roadmap.objects.get().is_published


def test_what_nobody_feels_is_saved_at_once(desk: Client, trail: Roadmap) -> None:
    assert not asks(save(desk, Skill.objects.get(slug="skill-1"), title="Renamed", **{"resources-0-retired": "on"}))
    assert not asks(save(desk, Resource.objects.all()[1], retired="on"))
    assert not asks(save(desk, placed("skill-1"), importance="recommended"))
    assert not asks(save(desk, trail, **new_row("phases", 2, title="Empty", slug="empty")))
    assert drag(desk, Phase, *Phase.objects.order_by("-position")).status_code == 200
    assert not asks(act(desk, "retire", make_skill("nowhere")))
    assert Skill.objects.get(slug="skill-1").title == "Renamed"
    Roadmap.objects.update(is_published=False)
    assert not asks(save(desk, placed("skill-1"), retired="on"))
    assert placed("skill-1").is_retired


def test_errors_are_shown_as_ever(desk: Client, trail: Roadmap) -> None:
    response = save(desk, Skill.objects.get(slug="skill-1"), retired="on", hours=0)
    assert not asks(response)
    assert "A skill takes at least an hour." in errors(response)


def test_content_that_changed_meanwhile_is_looked_at_again(desk: Client, trail: Roadmap) -> None:
    first = save(desk, placed("skill-1"), retired="on")
    confirm(desk, save(desk, placed("skill-2"), retired="on"))
    second = confirm(desk, first)
    assert asks(second)
    assert sentence(second) != sentence(first)
    assert not placed("skill-1").is_retired
    confirm(desk, second)
    assert titles() == ["Skill 3", "P", "Q"]


def test_an_answer_is_for_what_was_asked_alone(desk: Client, trail: Roadmap) -> None:
    token = save(desk, placed("skill-1"), importance="optional").context["token"]
    assert asks(save(desk, placed("skill-1"), retired="on", _confirmed=token))
    assert asks(save(desk, placed("skill-2"), importance="optional", _confirmed=token))
    assert asks(save(desk, placed("skill-1"), importance="optional", _confirmed="made up"))
    assert not Placement.objects.exclude(retired_at=None).exists()
    assert not asks(save(desk, placed("skill-1"), importance="optional", _confirmed=token))
    assert placed("skill-1").importance == "optional"


def test_nor_is_it_somebody_elses(desk: Client, boss: Client, trail: Roadmap) -> None:
    token = save(desk, placed("skill-1"), importance="optional").context["token"]
    assert asks(save(boss, placed("skill-1"), importance="optional", _confirmed=token))


def test_a_confirmed_save_is_not_measured_again(desk: Client, trail: Roadmap) -> None:
    response = save(desk, placed("skill-1"), retired="on")
    with queries() as asked:
        confirm(desk, response)
    assert not any("progress_mark" in sql for sql in asked.counted)


def test_where_it_leads_stays(desk: Client, trail: Roadmap) -> None:
    skill = Skill.objects.get(slug="skill-1")
    response = save(desk, skill, retired="on", _continue="1")
    assert confirm(desk, response).redirect_chain[0][0] == address(skill)
    url = f"{address(Skill, 'changelist')}?retired=no"
    response = desk.post(url, {"action": "retire", "_selected_action": [placed("p").skill_id]})
    assert response.context["back"] == url
    assert confirm(desk, response).redirect_chain[0][0] == url


def test_in_a_window_of_its_own(desk: Client, trail: Roadmap) -> None:
    """As the plus sign beside a field opens one."""
    values = {"section": Section.objects.get(slug="first").pk, "title": "New", "slug": "new", "rule": "all"}
    row = new_row("placements", 0, skill=make_skill("new").pk, importance="core")
    response = save(desk, Group, **values, **row, importance="core", _popup="1")
    assert asks(response)
    assert 'id="header"' not in response.content.decode()
    response = confirm(desk, response)
    assert "admin/popup_response.html" in [template.name for template in response.templates]
    assert titles() == ["Skill 1", "Skill 2", "Skill 3", "New", "P", "Q"]


def test_who_may_only_look_is_not_asked(trail: Roadmap, user: Any) -> None:
    user.is_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    assert client.post(address(placed("skill-1")), {"retired": "on"}).status_code == 403
