"""The group Curators and the rights it needs; made after migrating, when permissions exist."""

from typing import Any

from django.apps import apps as current_apps
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions

NAME = "Curators"
CURATED = (
    "roadmap",
    "phase",
    "section",
    "group",
    "placement",
    "skill",
    "checkpoint",
    "question",
    "resource",
    "faq",
    "succession",
)
READ = ("revision",)


def make_curators(sender: Any, using: str, apps: Apps = current_apps, **kwargs: Any) -> None:
    """Gives the group those of its listed rights that it lacks; what an operator added stays."""
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return  # migrated only in part
    create_permissions(current_apps.get_app_config("roadmap"), verbosity=0, using=using, apps=apps)
    wanted = [f"{verb}_{model}" for model in CURATED for verb in ("view", "add", "change", "delete")]
    wanted += [f"view_{model}" for model in READ]
    rights = permission_model._default_manager.using(using).filter(
        content_type__app_label="roadmap", codename__in=wanted
    )
    group, _ = group_model._default_manager.using(using).get_or_create(name=NAME)
    group.permissions.add(*rights)
