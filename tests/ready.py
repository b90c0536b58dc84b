"""Django as the tests have it, set up where this is imported: once for all processes of tests/processes.py."""

import gc
import os
from importlib import import_module
from typing import Any

import django
from django.conf import settings

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
import_module("config.urls")
gc.freeze()  # garbage collection in a copy would copy all of it


def use(database: dict[str, Any]) -> None:
    """From now on this one is asked."""
    settings.DATABASES["default"] |= database
