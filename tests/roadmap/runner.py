"""A run of checklinks in a process of its own, so that it can be killed; run with spawn."""

import os
from typing import Any


def run(database: dict[str, Any], var: Any, arguments: list[str]) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django
    from django.conf import settings

    settings.DATABASES["default"] |= database
    settings.VAR = var
    django.setup()
    from django.core.management import call_command

    call_command("checklinks", *arguments)
