"""The kinds of people that there are, each with a browser, and how they stand to one member's things."""

import re
from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.test import Client

from accounts.models import User
from config.groups import NAME
from progress.models import Learner
from tests.access.record import Record
from tests.accounts.acts import PASSWORD, confirm_identity, sign_in
from tests.addresses import address
from tests.queries import writes

KINDS = ("visitor", "member", "other", "curator", "operator")
"""The member is the one whose things they are."""


def make(kind: str) -> User:
    """Another one than the member."""
    user = User.objects.create_user(
        f"{kind}@example.org", PASSWORD, is_staff=kind in ("curator", "operator"), is_superuser=kind == "operator"
    )
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    if kind == "curator":
        user.groups.add(Group.objects.get(name=NAME))
    return user


def browser(kind: str, record: Record) -> Client:
    """Of somebody who has just said who it is, where it is anybody."""
    if kind == "visitor":
        return Client()
    if kind == "member":
        return record.client
    client = Client()
    sign_in(client, make(kind).email)
    confirm_identity(client)
    return client


def learner_of(client: Client) -> str:
    """What the forms of this browser carry."""
    user = client.session.get("_auth_user_id")
    return str(Learner.objects.get(user=user).pk) if user else ""


def asked(
    client: Client,
    method: str,
    path: str,
    data: dict[str, Any] | None = None,
    then: Callable[[], object] = lambda: None,
) -> Any:
    """The answer; what it changed, on the site and in the browser, is as before afterwards. then: looks at it first."""
    cookies = {name: cookie.value for name, cookie in client.cookies.items()}
    with transaction.atomic():
        response = getattr(client, method.lower())(path, data)
        then()
        transaction.set_rollback(True)
    client.cookies.clear()
    client.cookies.load(cookies)
    return response


def asked_in_vain(
    client: Client, method: str, path: str, data: dict[str, Any] | None, look: Callable[[], Any], before: Any
) -> tuple[Any, bool]:
    """The answer, and whether look() sees the same as before; where only sessions are written it need not look."""
    same = []
    with writes() as written:

        def then() -> None:
            same.append(all(re.search(r'"(django_session|cache)"', sql) for sql in written) or look() == before)

        response = asked(client, method, path, data, then)
    return response, same == [True]


def address_in(route: str, record: Record) -> str:
    """The address of this route that leads to the member's own, where there is such a thing."""
    ids = record.ids
    found = re.match(r"admin/(\w+)/(\w+)/<path:object_id>", route)
    if found:
        ids = ids | {"object_id": _row(apps.get_model(found[1], found[2]), record).pk}
    return address(route, **ids)


def _row(model: type[models.Model], record: Record) -> models.Model:
    if isinstance(record.user, model):
        return record.user
    if isinstance(record.learner, model):
        return record.learner
    names = {field.name for field in model._meta.fields}
    owner = {name: getattr(record, name) for name in ("user", "learner") if name in names}
    return model._default_manager.filter(**owner).latest("pk")
