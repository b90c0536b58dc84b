"""Django as the tests have it, set up where this is imported: once for all processes of tests/processes.py."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import django
from django.conf import settings
from django.db import connection

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
import_module("config.urls")
gc.freeze()  # garbage collection in a copy would copy all of it


@contextmanager
def database(values: dict[str, Any]) -> Iterator[None]:
    """It is this one that is asked, until it is closed."""
    settings.DATABASES["default"] |= values
    try:
        yield
    finally:
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
