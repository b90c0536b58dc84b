from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import BigIntegerField, QuerySet

from accounts.models import User
from web.prepared import prepared


@prepared(pk=BigIntegerField())
def _user(pk: int) -> "QuerySet[User]":
    return User.objects.filter(pk=pk)


class Backend(AuthenticationBackend):
    """allauth's; every page of somebody signed in asks it for the user, which it does with a prepared query here."""

    def get_user(self, user_id: int) -> User | None:
        return next(filter(self.user_can_authenticate, _user(pk=user_id)), None)
