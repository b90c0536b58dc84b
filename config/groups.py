"""The group Curators and the rights it needs; made after migrating, when permissions exist."""

from typing import Any

from django.apps import apps as current_apps
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db.models import Q

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
# Of what learners send to the curators; nothing else of theirs.
RIGHTS = {
    "roadmap": [f"{verb}_{model}" for model in CURATED for verb in ("view", "add", "change", "delete")]
    + ["view_revision"],
    "progress": ["view_suggestion", "change_suggestion", "view_report"],
}


def make_curators(sender: Any, using: str, apps: Apps = current_apps, **kwargs: Any) -> None:
    """Gives the group those of its listed rights that it lacks; what an operator added stays."""
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return  # migrated only in part
    wanted = Q()
    for app, names in RIGHTS.items():
        create_permissions(current_apps.get_app_config(app), verbosity=0, using=using, apps=apps)
        wanted |= Q(content_type__app_label=app, codename__in=names)
    rights = permission_model._default_manager.using(using).filter(wanted)
    group, _ = group_model._default_manager.using(using).get_or_create(name=NAME)
    group.permissions.add(*rights)
