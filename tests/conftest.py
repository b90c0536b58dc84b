import os
from collections.abc import Iterator

import pytest
from django.core.cache import cache
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


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("noor@example.org", "correct horse battery", name="Noor")
