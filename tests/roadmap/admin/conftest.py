import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from config.groups import NAME


@pytest.fixture
def curator(db: None) -> User:
    user = User.objects.create_user("curator@example.org", is_staff=True)
    user.groups.add(Group.objects.get(name=NAME))
    return user


@pytest.fixture
def desk(curator: User) -> Client:
    """A curator's browser."""
    client = Client()
    client.force_login(curator)
    return client
