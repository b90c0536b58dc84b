"""What history and the library show of a value: names and moments, no uids."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from roadmap import history, library
from roadmap.models import Group, Placement, Revision, Roadmap, Skill
from tests.factories import NOW, make_group, make_trail
from tests.queries import queries
from tests.roadmap.admin.desk import address
from tests.roadmap.admin.test_library import upload

pytestmark = pytest.mark.django_db
HISTORY = "/admin/roadmap/revision/"


@pytest.fixture
def trail(db: None) -> Roadmap:
    roadmap = make_trail(3)
    make_group(Group.objects.get().section, "other", title="Other")
    return roadmap


def write(number: int) -> None:
    """Moves a placement, retires it, and changes what its skill needs."""
    placement = Placement.objects.get(skill__slug=f"skill-{number}")
    watch = history.Watch(placement, placement.skill)
    placement.group, placement.retired_at = Group.objects.get(slug="other"), NOW
    placement.save()
    placement.skill.prerequisites.add(Skill.objects.get(slug="skill-1"))
    watch.record(why="Edited", at=timezone.now(), by=None)


def test_history_names_what_a_value_leads_to(desk: Client, trail: Roadmap) -> None:
    write(2)
    page = desk.get(HISTORY).content.decode()
    assert "prerequisites: nothing → Skill 1" in page
    assert "group: Section first, list → Other" in page
    assert "retired at: nothing → 25 November 2026, 12:00" in page
    for revision in Revision.objects.all():
        assert "<td>nothing</td><td>" in desk.get(address(revision)).content.decode()


def test_history_says_what_is_there_no_more(desk: Client, trail: Roadmap) -> None:
    nowhere = "00000000-0000-0000-0000-000000000007"
    changes = {"prerequisites": [[nowhere], []], "given_up": ["a", True]}
    Revision.objects.create(
        act=nowhere, uid=nowhere, kind="skill", name="Gone", action="changed", changes=changes, why="Edited", at=NOW
    )
    page = desk.get(HISTORY).content.decode()
    assert f"prerequisites: {nowhere} → nothing" in page
    assert "given_up: a → yes" in page


def test_asks_as_much_for_many_as_for_few(desk: Client, trail: Roadmap) -> None:
    write(2)
    with queries() as few:
        desk.get(HISTORY)
    write(3)
    with queries() as many:
        desk.get(HISTORY)
    assert len(many) == len(few)


def test_the_library_names_them_too(desk: Client, trail: Roadmap) -> None:
    rows = library.parse({"trail.json": library.dump(Roadmap.objects.all())["trail.json"].encode()})
    library.remember(rows)
    files = library.dump(Roadmap.objects.all())["trail.json"]
    write(2)
    shown: Any = upload(desk, files.encode())
    page = shown.content.decode()
    assert '<th scope="row">skill: Skill 2</th><td>prerequisites</td><td>Skill 1</td><td>nothing</td>' in page
    assert '<th scope="row">placement: Skill 2</th><td>group</td><td>Other</td><td>Section first, list</td>' in page
