"""Two curators on one row: the second is told, and nothing typed is lost."""

from typing import Any

import pytest
from django.test import Client

from roadmap.models import Group, Resource, Revision, Roadmap, Skill
from tests.factories import place
from tests.queries import queries
from tests.roadmap.admin.desk import address, confirm, errors, form, new_row, save, version

pytestmark = pytest.mark.django_db


class TestTwoOnOneRow:
    def test_the_second_is_told(self, desk: Client, boss: Client, curator: Any, trail: Roadmap) -> None:
        skill = Skill.objects.get(slug="skill-1")
        curator.name = "Ana"
        curator.save()
        opened = form(boss, address(skill))
        save(desk, skill, title="Theirs", hours=7)
        at = Revision.objects.get().at
        data = opened | {"title": "Mine", "summary": "Typed long."}
        response = boss.post(address(skill), data)
        assert errors(response) == [
            f"Nothing was saved: “Theirs” was changed by Ana on {at:%-d %B %Y, %H:%M} (hours, title), "
            "after you had opened this form. What you typed is still here. "
            "Look at the row in another tab; saving again puts yours in its place."
        ]
        shown = response.context["adminform"].form
        assert (shown["title"].value(), shown["summary"].value()) == ("Mine", "Typed long.")
        assert Skill.objects.get(pk=skill.pk).title == "Theirs"
        assert "curator@" not in response.content.decode()
        boss.post(address(skill), data | {"seen": shown["seen"].value()})
        assert Skill.objects.get(pk=skill.pk).title == "Mine"

    def test_rows_under_it_count_too(self, desk: Client, boss: Client, trail: Roadmap) -> None:
        skill = Skill.objects.get(slug="skill-1")
        opened = form(boss, address(skill))
        save(desk, Resource.objects.get(skill=skill), title="Theirs")
        response = boss.post(address(skill), opened | {"title": "Mine"})
        assert "“Theirs” was changed by another curator on" in errors(response)[0]

    def test_deleted_and_added_rows(self, desk: Client, boss: Client, trail: Roadmap) -> None:
        opened = form(boss, address(trail))
        save(desk, trail, **{"faqs-0-DELETE": "on"})
        assert "“Why?” was deleted by another curator" in errors(boss.post(address(trail), opened))[0]
        opened = form(boss, address(trail))
        save(desk, trail, **new_row("faqs", 0, question="New?", answer="So."))
        assert "“New?” was added by another curator" in errors(boss.post(address(trail), opened))[0]

    def test_in_ones_own_other_tab(self, desk: Client, trail: Roadmap) -> None:
        skill = Skill.objects.get(slug="skill-1")
        opened = form(desk, address(skill))
        save(desk, skill, title="There")
        assert "“There” was changed by you, in another tab, on" in errors(desk.post(address(skill), opened))[0]

    def test_written_by_no_curator(self, desk: Client, trail: Roadmap) -> None:
        skill = Skill.objects.get(slug="skill-1")
        opened = form(desk, address(skill))
        Skill.objects.filter(pk=skill.pk).update(title="Loaded")
        response = desk.post(address(skill), opened | {"title": "X"})
        assert "“Loaded” was changed by somebody else," in errors(response)[0]

    @pytest.mark.parametrize("seen", ["nonsense", "-", "x-99999999999999999999999", "0" * 64 + "-"])
    def test_nonsense_writes_nothing(self, desk: Client, trail: Roadmap, seen: str) -> None:
        skill = Skill.objects.get(slug="skill-1")
        assert errors(save(desk, skill, title="X", seen=seen))
        assert Skill.objects.get(pk=skill.pk).title == "Skill 1"

    def test_what_changed_elsewhere_is_no_matter(self, desk: Client, boss: Client, trail: Roadmap) -> None:
        skill = Skill.objects.get(slug="skill-1")
        opened = form(boss, address(skill))
        save(desk, Skill.objects.get(slug="skill-2"), title="Other")
        before = version(trail)
        boss.post(address(skill), opened)
        assert version(trail) == before
        boss.post(address(skill), opened | {"title": "Mine"})
        assert Skill.objects.get(pk=skill.pk).title == "Mine"

    def test_between_the_question_and_the_answer(self, desk: Client, boss: Client, trail: Roadmap) -> None:
        skill = Skill.objects.get(slug="skill-1")
        asked = save(boss, skill, retired="on")
        save(desk, skill, title="Theirs")
        assert "“Theirs” was changed by another curator" in errors(confirm(boss, asked))[0]
        assert not Skill.objects.get(pk=skill.pk).is_retired


def test_a_form_asks_as_much_for_many_rows_as_for_few(desk: Client, trail: Roadmap) -> None:
    def asked() -> int:
        with queries() as made:
            desk.get(address(Group.objects.get(slug="list")))
        return len(made)

    asked()  # what is kept in the process is there from then on
    few = asked()
    place(Group.objects.get(slug="list"), *(f"more-{n}" for n in range(20)))
    assert asked() == few
