"""The whole outline on one page: read, moved, edited; asked first, and never from a page that is out of date."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation import arranging
from roadmap.models import Group, Phase, Placement, Revision, Roadmap, Section, Skill
from tests.curation.conftest import placed
from tests.factories import NOW, make_group, make_roadmap, make_section, make_skill, place
from tests.queries import queries
from tests.roadmap.admin.desk import asks, confirm, said, titles, version

pytestmark = pytest.mark.django_db
PAGE = "/admin/curation/outline/trail/"


def key(row: Any) -> str:
    return f"{row._meta.model_name}-{row.pk}"


def at(slug: str) -> str:
    """Key of the placement of this skill."""
    return key(placed(slug))


def group(slug: str) -> str:
    return key(Group.objects.get(slug=slug))


def send(client: Client, page: str, **values: Any) -> Any:
    """From a page that is up to date."""
    sent = {"version": str(version(Roadmap.objects.get(slug="trail")))} | values
    return client.post(f"{PAGE}{page}/", sent, follow=True)


def move(client: Client, **values: Any) -> Any:
    return send(client, "move", **values)


def edit(client: Client, row: Any, **values: Any) -> Any:
    return send(client, "edit", row=key(row), **values)


def order() -> list[str]:
    return [title.replace("Skill ", "") for title in titles()]


class TestThePage:
    def test_shows_all_that_is_not_retired(self, desk: Client, trail: Roadmap) -> None:
        make_section(trail, "soon")
        Phase.objects.filter(slug="soon-phase").update(is_draft=True)
        place(Group.objects.get(slug="list"), "gone", "draft")
        Placement.objects.filter(skill__slug="gone").update(retired_at=NOW)
        Skill.objects.filter(slug="draft").update(is_draft=True)
        Skill.objects.filter(slug="q").update(retired_at=NOW)
        Placement.objects.filter(skill__slug="p").update(importance="optional")
        tree = desk.get(PAGE).context["tree"]
        assert [(node.kind, node.name, node.tags) for node in tree.by_key.values()] == [
            ("phase", "Phase first", []),
            ("section", "Section first", []),
            ("group", "Section first, list", []),
            ("placement", "Skill 1", []),
            ("placement", "Skill 2", []),
            ("placement", "Skill 3", []),
            ("placement", "Draft", ["draft"]),
            ("phase", "Phase second", []),
            ("section", "Section second", []),
            ("group", "Choice", ["pick one"]),
            ("placement", "P", ["optional"]),
            ("placement", "Q", ["retired everywhere"]),
            ("phase", "Phase soon", ["draft"]),
            ("section", "Section soon", []),
        ]

    def test_opens_a_row_where_it_stands(self, desk: Client, trail: Roadmap) -> None:
        page = desk.get(PAGE, {"row": group("choice")})
        form = page.context["form"]
        assert {field.name: field.value() for field in form} == {"title": "Choice", "rule": "any", "importance": "core"}
        assert list(page.context["elsewhere"]) == ["Phase first"]
        assert list(desk.get(PAGE, {"row": at("p")}).context["elsewhere"]) == ["Phase first › Section first"]
        for nonsense in ("group-0", "nonsense", "roadmap-1"):
            assert desk.get(PAGE, {"row": nonsense}).context["opened"] is None

    def test_of_an_unpublished_roadmap_and_of_none(self, desk: Client) -> None:
        make_roadmap(published=False)
        assert desk.get(PAGE).context["tree"].nodes == []
        assert desk.get("/admin/curation/outline/nowhere/").status_code == 404
        assert desk.get(f"{PAGE}move/").status_code == 405
        assert desk.get(f"{PAGE}edit/").status_code == 405

    def test_asks_as_much_for_many_as_for_few(self, desk: Client, trail: Roadmap) -> None:
        with queries() as few:
            desk.get(PAGE, {"row": at("p")})
        for number in range(5):
            section = make_section(trail, f"more-{number}")
            place(make_group(section), *(f"more-{number}-{n}" for n in range(5)))
        with queries() as many:
            desk.get(PAGE, {"row": at("p")})
        assert len(many) == len(few)


class TestMoving:
    def test_up_and_down(self, desk: Client, trail: Roadmap) -> None:
        for values, expected in (
            ({"down": at("skill-1")}, ["2", "1", "3"]),
            ({"down": at("skill-1")}, ["2", "3", "1"]),
            ({"down": at("skill-1")}, ["2", "3", "1"]),
            ({"up": at("skill-3")}, ["3", "2", "1"]),
            ({"up": at("skill-3")}, ["3", "2", "1"]),
        ):
            response = move(desk, **values)
            assert order()[:3] == expected
            ((pressed, row),) = values.items()
            assert response.redirect_chain[0][0] == f"{PAGE}#{row}-{pressed}"
            assert response.content.decode().count(f'id="{row}-{pressed}"') == 1  # where the focus is again
        assert said(response) == ["“Skill 3” has its new place."]
        assert {revision.why for revision in Revision.objects.all()} == {"Put into order"}

    def test_what_the_page_does_not_show_keeps_its_place(self, desk: Client, trail: Roadmap) -> None:
        Placement.objects.filter(skill__slug="skill-2").update(retired_at=NOW)
        move(desk, down=at("skill-1"))
        assert order()[:2] == ["3", "1"]
        Placement.objects.filter(skill__slug="skill-2").update(retired_at=None)
        positions = Placement.objects.filter(group__slug="list").values_list("skill__slug", "position")
        assert list(positions) == [("skill-2", 1), ("skill-3", 2), ("skill-1", 3)]

    def test_every_level_in_its_own(self, desk: Client, trail: Roadmap) -> None:
        first, second = Phase.objects.all()
        move(desk, row=key(second), to=key(trail), before=key(first))
        assert order() == ["P", "Q", "1", "2", "3"]
        move(desk, up=key(first))
        assert order() == ["1", "2", "3", "P", "Q"]

    @pytest.mark.parametrize("before", ["skill-2", ""])
    def test_to_another_group_asks_and_then_moves(self, desk: Client, trail: Roadmap, before: str) -> None:
        old = version(trail)
        response = move(desk, row=at("q"), to=group("list"), before=before and at(before))
        assert asks(response)
        assert response.context["back"] == f"{PAGE}#{at('q')}-open"
        assert response.context["warnings"] == [
            "“Choice” then has only “P” to pick from. Place another there, or set its rule to “all”."
        ]
        assert (order(), version(trail)) == (["1", "2", "3", "P", "Q"], old)
        response = confirm(desk, response)
        assert said(response) == ["“Q” is in “Phase first › Section first › Section first, list” now."]
        assert order() == (["1", "Q", "2", "3", "P"] if before else ["1", "2", "3", "Q", "P"])
        assert version(trail) != old
        assert Revision.objects.get(name="Q in Trail").changes["group"][1] == str(Group.objects.get(slug="list").uid)

    def test_a_group_takes_a_free_slug_with_it(self, desk: Client, trail: Roadmap) -> None:
        there = make_group(Section.objects.get(slug="second"), "list", title="Other")
        place(there, "x")
        confirm(desk, move(desk, row=key(there), to=key(Section.objects.get(slug="first"))))
        there.refresh_from_db()
        assert (there.section.slug, there.slug) == ("first", "list-2")
        assert order() == ["1", "2", "3", "X", "P", "Q"]

    def test_a_section_moves_with_all_that_stands_in_it(self, desk: Client, trail: Roadmap) -> None:
        section = Section.objects.get(slug="first")
        response = confirm(desk, move(desk, row=key(section), to=key(Phase.objects.get(slug="second-phase"))))
        assert said(response) == ["“Section first” is in “Phase second” now."]
        assert order() == ["P", "Q", "1", "2", "3"]

    def test_within_a_phase_nobody_is_asked(self, desk: Client, trail: Roadmap) -> None:
        there = make_group(Section.objects.get(slug="first"), "there", title="There")
        assert not asks(move(desk, row=at("skill-1"), to=key(there)))
        assert placed("skill-1").group == there

    def test_what_cannot_be_is_refused_in_words(self, desk: Client, trail: Roadmap) -> None:
        other = make_roadmap("other")
        elsewhere = make_group(make_section(other, "elsewhere"), "elsewhere")
        place(elsewhere, "alien")
        gone = "That row is not in this outline any more. Nothing was saved."
        beside = "“P” cannot stand before that row. Nothing was saved."
        section, before = key(Section.objects.get(slug="first")), version(trail)
        for values, sentence in (
            ({"row": "nonsense", "to": group("list")}, gone),
            ({}, gone),
            ({"up": "placement-0"}, gone),
            ({"row": at("p"), "to": key(elsewhere)}, gone),
            ({"row": at("alien"), "to": group("list")}, gone),
            ({"row": at("p"), "to": group("list"), "before": "placement-0"}, gone),
            ({"row": at("p"), "to": ""}, gone),
            ({"row": at("p"), "to": key(trail)}, "“P” cannot stand there. Nothing was saved."),
            ({"row": at("p"), "to": section}, "“P” cannot stand there. Nothing was saved."),
            ({"row": group("choice"), "to": group("list")}, "“Choice” cannot stand there. Nothing was saved."),
            ({"row": at("p"), "to": group("list"), "before": at("q")}, beside),
            ({"row": at("p"), "to": group("choice"), "before": at("p")}, beside),
        ):
            response = move(desk, **values)
            assert (response.status_code, response.context["error"]) == (422, sentence), values
            assert sentence in response.content.decode()
        assert (order(), version(trail)) == (["1", "2", "3", "P", "Q"], before)
        assert not Revision.objects.exists()

    def test_an_unpublished_roadmap_is_arranged_in_peace(self, desk: Client, trail: Roadmap) -> None:
        Roadmap.objects.update(is_published=False)
        move(desk, row=at("p"), to=group("list"), before=at("skill-1"))
        assert placed("p").group.slug == "list"


class TestEditing:
    def test_titles(self, desk: Client, trail: Roadmap) -> None:
        for row in (Phase.objects.get(slug="first-phase"), Section.objects.get(slug="first")):
            response = edit(desk, row, title="Renamed")
            row.refresh_from_db()
            assert row.title == "Renamed"
            assert response.redirect_chain[0][0] == f"{PAGE}#{key(row)}-open"
        assert said(response) == ["“Renamed” is saved."]

    def test_a_skill_and_its_importance(self, desk: Client, trail: Roadmap) -> None:
        other = make_roadmap("other")
        there = make_group(make_section(other, "there"))
        Placement.objects.create(group=there, roadmap=other, skill=Skill.objects.get(slug="skill-1"))
        versions = version(trail), version(other)
        edit(desk, placed_here("skill-1"), title="Renamed", importance="core")
        assert titles("other") == ["Renamed"]
        assert (version(trail) != versions[0], version(other) != versions[1]) == (True, True)
        response = edit(desk, placed_here("skill-1"), title="Renamed", importance="optional")
        assert asks(response)
        assert placed_here("skill-1").importance == "core"
        confirm(desk, response)
        assert placed_here("skill-1").importance == "optional"
        assert [revision.changes for revision in Revision.objects.order_by("pk")] == [
            {"title": ["Skill 1", "Renamed"]},
            {"importance": ["core", "optional"]},
        ]

    def test_a_groups_rule_asks(self, desk: Client, trail: Roadmap) -> None:
        row = Group.objects.get(slug="list")
        values = {"title": "Pick", "rule": "any", "importance": "recommended"}
        asked = edit(desk, row, **values)
        back = desk.post(f"{PAGE}edit/", dict(asked.context["sent"]) | {"_back": "1"})
        assert (back.status_code, back.context["opened"].key) == (200, key(row))
        assert {field.name: field.value() for field in back.context["form"]} == values
        confirm(desk, asked)
        row.refresh_from_db()
        assert (row.title, row.rule, row.importance) == ("Pick", "any", "recommended")

    def test_what_is_wrong_is_said_beside_the_field(self, desk: Client, trail: Roadmap) -> None:
        before = version(trail)
        choice = Group.objects.get(slug="choice")
        for row, values, field, sentence in (
            (placed("p"), {"title": "", "importance": "core"}, "title", "This field is required."),
            (placed("p"), {"title": "x" * 121, "importance": "core"}, "title", None),
            (placed("p"), {"title": "P", "importance": "huge"}, "importance", None),
            (choice, {"title": "", "rule": "any", "importance": "core"}, "title", None),
            (Section.objects.get(slug="first"), {"title": " "}, "title", "This field is required."),
        ):
            response = edit(desk, row, **values)
            errors = response.context["form"].errors
            assert response.status_code == 422
            assert list(errors) == [field]
            assert sentence is None or errors[field] == [sentence]
            assert response.context["opened"].key == key(row)
        Placement.objects.filter(skill__slug="q").update(retired_at=NOW)
        response = edit(desk, choice, title="Typed", rule="any", importance="core")
        assert "“Typed” would have only “P” to pick from." in response.content.decode()
        assert '<span class="name">Choice</span>' in response.content.decode()
        assert version(trail) == before

    def test_nonsense_is_refused(self, desk: Client, trail: Roadmap) -> None:
        for row in ("", "nonsense", "group-0"):
            response = send(desk, "edit", row=row, title="X")
            assert (response.status_code, response.context["opened"]) == (422, None)


class TestOutOfDate:
    def test_nothing_is_moved_and_the_page_is_shown_anew(self, desk: Client, trail: Roadmap) -> None:
        old = str(version(trail))
        move(desk, down=at("skill-1"))
        response = move(desk, version=old, down=at("skill-1"))
        assert response.status_code == 409
        assert response.context["error"] == (
            "The outline was changed after you had opened it. Nothing was saved; here it is as it is now."
        )
        assert order()[:3] == ["2", "1", "3"]
        names = [node.name for node in response.context["tree"].by_key.values() if node.kind == "placement"]
        assert names[:3] == ["Skill 2", "Skill 1", "Skill 3"]
        assert str(version(trail)) in response.content.decode()
        assert move(desk, version="nonsense", down=at("skill-1")).status_code == 409

    def test_what_was_typed_is_still_there(self, desk: Client, trail: Roadmap) -> None:
        old, row = str(version(trail)), placed("p")
        move(desk, down=at("skill-1"))
        response = edit(desk, row, version=old, title="Typed", importance="optional")
        assert response.status_code == 409
        shown = response.context["form"]
        assert (shown["title"].value(), shown["importance"].value()) == ("Typed", "optional")
        assert Skill.objects.get(slug="p").title == "P"
        assert asks(edit(desk, row, title="Typed", importance="optional")) is False

    def test_between_the_question_and_the_answer(self, desk: Client, trail: Roadmap) -> None:
        asked = move(desk, row=at("q"), to=group("list"))
        move(desk, down=at("skill-1"))
        assert confirm(desk, asked).status_code == 409
        assert placed("q").group.slug == "choice"

    def test_a_row_that_went_meanwhile(self, desk: Client, trail: Roadmap) -> None:
        row = placed("p")
        Placement.objects.filter(pk=row.pk).update(retired_at=NOW)
        response = edit(desk, row, title="Typed", importance="core")
        assert (response.status_code, response.context["opened"]) == (422, None)


def test_moving_asks_as_much_for_many_as_for_few(desk: Client, trail: Roadmap) -> None:
    def asked() -> int:
        with queries() as made:
            confirm(desk, move(desk, row=at("skill-1"), to=group("choice")))
        return len(made)

    move(desk, down=at("skill-1"))
    few = asked()
    confirm(desk, move(desk, row=at("skill-1"), to=group("list")))
    place(Group.objects.get(slug="list"), *(f"more-{n}" for n in range(20)))
    place(Group.objects.get(slug="choice"), *(f"other-{n}" for n in range(20)))
    move(desk, down=at("skill-2"))
    assert asked() == few


def test_a_slug_that_is_long_makes_way_too(trail: Roadmap) -> None:
    assert arranging._free("x" * 80, {"x" * 80, f"{'x' * 70}-2"}) == f"{'x' * 70}-3"
    assert arranging._free("a", set()) == "a"


def placed_here(slug: str) -> Placement:
    return Placement.objects.get(skill__slug=slug, roadmap__slug="trail")


def test_the_skills_that_a_group_could_take_are_placed_in_the_admin(desk: Client, trail: Roadmap) -> None:
    make_skill("new")
    page = desk.get(PAGE, {"row": group("list")}).content.decode()
    assert reverse("admin:roadmap_group_change", args=[Group.objects.get(slug="list").pk]) in page
