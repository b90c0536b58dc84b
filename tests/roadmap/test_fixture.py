"""The shipped content is whole and well-formed. The fixture is its source; nothing else is asked."""

import json
import re
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import TextField

from roadmap import graph
from roadmap.models import Content, Group, OldSlug, Placement, Resource, Roadmap, Skill

FIXTURE = Path(__file__).parents[2] / "fixtures" / "ai-engineer-2026.json"
ROWS: list[dict[str, Any]] = json.loads(FIXTURE.read_text(encoding="utf-8"))
MODELS = [model for model in apps.get_app_config("roadmap").get_models() if issubclass(model, Content)]


def test_no_text_is_endless() -> None:
    """What is rendered as Markdown takes time with its length."""
    texts = [field for model in MODELS for field in model._meta.fields if isinstance(field, TextField)]
    assert len(texts) > 10
    assert [str(field) for field in texts if not field.max_length] == []


def fields(model: str) -> list[dict[str, Any]]:
    return [row["fields"] for row in ROWS if row["model"] == f"roadmap.{model}"]


def test_holds_the_whole_roadmap() -> None:
    assert Counter(row["model"].removeprefix("roadmap.") for row in ROWS) == {
        "roadmap": 1,
        "phase": 6,
        "section": 12,
        "group": 26,
        "placement": 60,
        "skill": 60,
        "checkpoint": 192,
        "question": 180,
        "resource": 227,
        "faq": 4,
    }


def test_rows_are_known_by_uid_alone() -> None:
    uids = [row["fields"]["uid"] for row in ROWS]
    assert len(set(uids)) == len(uids) == len([uuid.UUID(uid) for uid in uids])
    assert [row for row in ROWS if "pk" in row] == []
    assert [row for row in ROWS if {"version", "retired_at"} & row["fields"].keys()] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_of_a_model_is_there(model: type[Content]) -> None:
    running = {"id", "version", "retired_at", "is_draft", "publish_at", "checked_on"}
    running |= {"credit"} if model is Resource else set()
    names = {field.name for field in (*model._meta.fields, *model._meta.many_to_many)} - running
    for row in fields(model._meta.model_name or ""):
        assert row.keys() == names


def test_every_skill_has_what_it_takes() -> None:
    for name, least in (("checkpoint", 3), ("question", 3), ("resource", 3)):
        counted = Counter(row["skill"][0] for row in fields(name))
        assert {skill["uid"] for skill in fields("skill") if counted[skill["uid"]] < least} == set(), name
    assert all(skill["hours"] > 0 and skill["summary"] for skill in fields("skill"))
    projects = {skill["uid"] for skill in fields("skill") if skill["kind"] == "project"}
    assert len(projects) == 3
    assert all(row["acceptance"] for row in fields("checkpoint") if row["skill"][0] in projects)
    assert all(skill["outcomes"] for skill in fields("skill") if skill["kind"] == "project")


def test_texts_are_trimmed_and_addresses_are_whole() -> None:
    for row in ROWS:
        for name, value in row["fields"].items():
            if isinstance(value, str):
                assert value == value.strip(), (row["model"], name)
    assert [row["url"] for row in fields("resource") if not re.match(r"https://[\w.-]+(/|$)", row["url"])] == []


def test_prerequisites_are_a_graph_without_cycles() -> None:
    edges = {skill["uid"]: [uid for (uid,) in skill["prerequisites"]] for skill in fields("skill")}
    assert graph.cycle(edges) is None
    assert {needed for needs in edges.values() for needed in needs} <= edges.keys()
    assert sum(map(len, edges.values())) > 60


@pytest.mark.django_db
def test_loads_into_an_empty_database_and_again() -> None:
    for _ in range(2):
        call_command("loaddata", "ai-engineer-2026", verbosity=0)
        counts = {model._meta.model_name: model._default_manager.count() for model in MODELS}
        assert counts == dict(Counter(row["model"].removeprefix("roadmap.") for row in ROWS))
    assert not OldSlug.objects.exists()
    assert Roadmap.objects.published().count() == 1


@pytest.mark.django_db
def test_every_row_is_valid_in_the_models_own_words() -> None:
    call_command("loaddata", "ai-engineer-2026", verbosity=0)
    for model in MODELS:
        for row in model._default_manager.all():
            row.full_clean()


@pytest.mark.django_db
def test_what_the_outline_says_is_in_its_place() -> None:
    call_command("loaddata", "ai-engineer-2026", verbosity=0)
    language = Group.objects.get(slug="second-language")
    assert (language.rule, language.importance) == ("any", "optional")
    assert [p.skill.slug for p in language.placements.all()] == ["cpp", "go", "rust"]
    assert Skill.objects.get(slug="recurrent-networks").legacy
    assert Placement.objects.get(skill__slug="tensorflow-keras").importance == "recommended"
    assert "maintenance mode" in Skill.objects.get(slug="autogen").news
    assert sorted(Skill.objects.get(slug="rag").prerequisites.values_list("slug", flat=True)) == [
        "prompt-engineering",
        "vector-databases",
    ]
    assert Resource.objects.filter(free=False).exists()
