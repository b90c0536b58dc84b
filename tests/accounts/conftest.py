import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from tests.accounts.acts import set_up_app, sign_in


@pytest.fixture
def confirmed(user: User) -> User:
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


@pytest.fixture
def secret(user: User) -> str:
    """The user has an app; what it knows."""
    client = Client()
    sign_in(client)
    known = set_up_app(client)
    cache.clear()  # a while ago
    return known
