"""A run of checklinks in a process of its own, so that it can be killed."""

from typing import Any


def run(values: dict[str, Any], var: Any, arguments: list[str]) -> None:
    from django.conf import settings
    from django.core.management import call_command

    from tests.ready import database

    settings.VAR = var
    with database(values):
        call_command("checklinks", *arguments)
