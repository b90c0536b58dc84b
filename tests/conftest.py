import os
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from hypothesis import settings as hypothesis_settings

from accounts.models import User
from roadmap import outline

hypothesis_settings.register_profile("cairn", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis_settings.load_profile("cairn")


@pytest.fixture(autouse=True)
def _fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    """Limits and outlines live longer than a test's database does."""
    outline.forget()
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        cache.clear()
    yield
    outline.forget()


@pytest.fixture(scope="session", autouse=True)
def _pool_closed(django_db_setup: None) -> Iterator[None]:
    """Before the database goes: the pool of PostgreSQL may just be opening one more connection."""
    yield
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("noor@example.org", "correct horse battery", name="Noor")


@pytest.fixture
def boss(db: None) -> Client:
    """An operator's browser."""
    client = Client()
    client.force_login(User.objects.create_superuser("boss@example.org"))
    return client


@pytest.fixture
def with_mail(settings: Any) -> None:
    """As on a site with a mail server: addresses are confirmed with a code before anybody is signed in."""
    import_module("config.urls")  # allauth's addresses are those of the site's own settings, whichever test comes first
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False
    settings.MFA_PASSKEY_SIGNUP_ENABLED = True
    settings.ROOT_URLCONF = "tests.urls_with_mail"
