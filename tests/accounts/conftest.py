import pytest
from allauth.account.models import EmailAddress

from accounts.models import User


@pytest.fixture
def confirmed(user: User) -> User:
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user
