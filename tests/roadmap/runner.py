"""A run of checklinks in a process of its own, so that it can be killed."""

from typing import Any


def run(database: dict[str, Any], var: Any, arguments: list[str]) -> None:
    from tests.ready import use

    use(database)
    from django.conf import settings
    from django.core.management import call_command

    settings.VAR = var

    call_command("checklinks", *arguments)
