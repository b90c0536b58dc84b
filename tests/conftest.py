import gc
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.signals import setting_changed
from django.db import connection
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.dispatch import receiver
from django.test import Client
from django.test.signals import root_urlconf_changed
from django.urls import set_urlconf
from hypothesis import settings as hypothesis_settings

from accounts.models import User
from roadmap import outline
from web import kept

hypothesis_settings.register_profile("cairn", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis_settings.load_profile("cairn")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for no database is refused it, and so says the same with each."""
    for item in items:
        asks = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
        if not (asks or item.get_closest_marker("django_db") or item.get_closest_marker("server")):
            item.add_marker(pytest.mark.alike)


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: no need to look through it for garbage again and again. As little else
    stays, a new thing would make a quarter of it soon, which is when Python looks through all: less often, then."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@receiver(setting_changed)
def _urls_of_another_site(*, setting: str, **kwargs: Any) -> None:
    """Instead of Django's, which forgets what it has read: there are two lists of addresses, and neither changes."""
    if setting == "ROOT_URLCONF":
        set_urlconf(None)


setting_changed.disconnect(root_urlconf_changed)


@pytest.fixture(autouse=True)
def _fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    """Limits, outlines and pages live longer than a test's database does."""
    outline.forget()
    kept.forget()
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        cache.clear()
    yield
    outline.forget()


@pytest.fixture(scope="session", autouse=True)
def _nobody_left(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """PostgreSQL drops no database that somebody is in, be it a thread of a server that has just stopped."""
    yield
    name = connection.settings_dict["NAME"]
    # It has another name where no test wanted it to be made.
    if connection.vendor == "postgresql" and name.startswith(TEST_DATABASE_PREFIX):
        connection.close()
        connection.close_pool()
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
            cursor.execute(others, [name])


@pytest.fixture(scope="session", autouse=True)
def migrated(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """An SQLite database as migrations leave it, for sites of their own: to migrate from nothing takes seconds. Made
    before any test writes something. None where the tests are on PostgreSQL."""
    if connection.vendor != "sqlite":
        return None
    file = tmp_path_factory.mktemp("migrated") / "cairn.sqlite3"
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as database:
        database.execute("VACUUM INTO ?", [str(file)])
    return file


@pytest.fixture
def var(migrated: Path | None, tmp_path: Path) -> Path:
    """The folder of a site of its own, which collects no static files."""
    (tmp_path / "static").mkdir()
    if migrated:
        shutil.copy(migrated, tmp_path)
    return tmp_path


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("noor@example.org", "correct horse battery", name="Noor")


@pytest.fixture
def boss(db: None) -> Client:
    """An operator's browser."""
    client = Client()
    client.force_login(User.objects.create_superuser("boss@example.org"))
    return client


WITH_MAIL = {
    "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
    "ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED": True,
    "ACCOUNT_EMAIL_NOTIFICATIONS": True,
    "MFA_ALLOW_UNVERIFIED_EMAIL": False,
    "MFA_PASSKEY_SIGNUP_ENABLED": True,
    "ROOT_URLCONF": "tests.urls_with_mail",
}
"""As on a site with a mail server: addresses are confirmed with a code before anybody is signed in."""


@pytest.fixture
def with_mail(settings: Any) -> None:
    import_module("config.urls")  # allauth's addresses are those of the site's own settings, whichever test comes first
    for name, value in WITH_MAIL.items():
        setattr(settings, name, value)
