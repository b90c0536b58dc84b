"""A choice of one is none."""

import pytest
from django.test import Client

from roadmap.models import Group, Placement, Roadmap, Section, Skill
from tests.curation.conftest import placed
from tests.factories import make_group, make_roadmap, make_section, make_skill, place
from tests.roadmap.admin.desk import act, asks, confirm, errors, new_row, said, save, titles

pytestmark = pytest.mark.django_db


class TestOneToPickFrom:
    def test_is_refused_on_the_groups_form(self, desk: Client, trail: Roadmap) -> None:
        choice = Group.objects.get(slug="choice")
        sentence = (
            "“Choice” would have only “P” to pick from. Place two skills in it at least, or set its rule to “all”."
        )
        assert errors(save(desk, choice, **{"placements-1-retired": "on"})) == [sentence]
        both = {"placements-0-retired": "on", "placements-1-retired": "on"}
        assert errors(save(desk, choice, **both)) == [sentence.replace("only “P”", "no skill")]
        assert not asks(save(desk, choice, title="Renamed"))
        save(desk, choice, rule="all", **{"placements-1-retired": "on"})
        assert errors(save(desk, choice, rule="any")) == [sentence.replace("Choice", "Renamed")]

    def test_where_a_retired_skill_is_no_choice(self, desk: Client, trail: Roadmap) -> None:
        act(desk, "retire", Skill.objects.get(slug="q"))
        response = save(desk, Group.objects.get(slug="choice"), summary="Pick.")
        assert "only “P”" in errors(response)[0]

    def test_is_refused_for_a_new_group(self, desk: Client, trail: Roadmap) -> None:
        section = Section.objects.get(slug="first")
        values = {"section": section.pk, "title": "New", "slug": "new", "rule": "any", "importance": "core"}
        assert errors(save(desk, Group, **values)) == [
            "“New” would have no skill to pick from. Place two skills in it at least, or set its rule to “all”."
        ]
        row = new_row("groups", 1, title="New", slug="new", rule="any", importance="core")
        assert "“New” would have no skill" in errors(save(desk, section, **row))[0]
        rows = new_row("placements", 0, skill=make_skill("x").pk, importance="core")
        rows |= new_row("placements", 1, skill=make_skill("y").pk, importance="core")
        confirm(desk, save(desk, Group, **values, **rows))
        assert titles() == ["Skill 1", "Skill 2", "Skill 3", "X", "Y", "P", "Q"]

    def test_is_refused_in_the_sections_form(self, desk: Client, trail: Roadmap) -> None:
        section = Section.objects.get(slug="first")
        Placement.objects.filter(group__section=section).exclude(skill__slug="skill-1").update(
            retired_at="2026-01-01T00:00Z"
        )
        response = save(desk, section, **{"groups-0-title": "One", "groups-0-rule": "any"})
        assert "“One” would have only “Skill 1” to pick from." in errors(response)[0]
        Group.objects.filter(section=section).update(rule="any", title="Only")
        assert not asks(save(desk, section, title="Its other rows can be edited"))

    def test_is_told_where_refusing_would_stand_in_the_way(self, desk: Client, trail: Roadmap) -> None:
        warning = "“Choice” then has only “Q” to pick from. Place another there, or set its rule to “all”."
        list_ = Group.objects.get(slug="list")
        response = save(desk, placed("p"), group=list_.pk)
        assert response.context["warnings"] == [warning]
        assert warning in response.content.decode()
        confirm(desk, response)
        assert titles() == ["Skill 1", "Skill 2", "Skill 3", "P", "Q"]

    def test_also_where_nobody_feels_it(self, desk: Client) -> None:
        roadmap = make_roadmap(published=False)
        place(make_group(make_section(roadmap), "choice", title="Choice", rule="any"), "p", "q")
        response = save(desk, placed("p"), retired="on")
        warning = "“Choice” then has only “Q” to pick from. Place another there, or set its rule to “all”."
        assert warning in said(response)
