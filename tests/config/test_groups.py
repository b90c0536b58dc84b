import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from config.groups import CURATED

pytestmark = pytest.mark.django_db

CONTENT = {f"roadmap.{verb}_{model}" for model in CURATED for verb in ("view", "add", "change", "delete")}
RIGHTS = CONTENT | {
    "roadmap.view_revision",
    "progress.view_suggestion",
    "progress.change_suggestion",
    "progress.view_report",
}


def rights() -> set[str]:
    permissions = Group.objects.get(name="Curators").permissions.select_related("content_type")
    return {f"{permission.content_type.app_label}.{permission.codename}" for permission in permissions}


def test_migrating_makes_curators_with_the_rights_that_they_need_and_no_others() -> None:
    assert rights() == RIGHTS


def test_migrating_gives_what_is_lacking_and_takes_nothing() -> None:
    group = Group.objects.get(name="Curators")
    group.permissions.remove(group.permissions.get(codename="change_skill"))
    group.permissions.add(Permission.objects.get(codename="view_user"))
    call_command("migrate", verbosity=0)
    assert rights() == RIGHTS | {"accounts.view_user"}
