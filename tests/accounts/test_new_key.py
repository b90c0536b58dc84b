"""SECRET_KEY is changed: what the former one signed goes on while it is among the fallbacks, and ends with it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from roadmap import preview
from tests.accounts.acts import is_signed_in, mailed_link, sign_in
from tests.factories import make_roadmap

pytestmark = pytest.mark.django_db
NEW = {"password1": "twelve new stones", "password2": "twelve new stones"}


@pytest.fixture
def change_key(settings: Any) -> Callable[[], None]:
    """To a new one; the former becomes the fallback. Called twice, it drops the first."""

    def change() -> None:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = settings.SECRET_KEY[::-1] + "n"

    return change


def test_sessions_live_on_and_are_then_of_the_new_key(user: User, change_key: Callable[[], None]) -> None:
    visited, unvisited = Client(), Client()
    for client in (visited, unvisited):
        sign_in(client)
    change_key()
    assert visited.get("/settings/").status_code == 200
    change_key()
    assert visited.get("/settings/").status_code == 200
    assert unvisited.get("/settings/")["Location"].startswith("/accounts/login/")
    assert not is_signed_in(unvisited)


@pytest.mark.usefixtures("with_mail")
def test_a_reset_link_is_good_for_its_hour(user: User, change_key: Callable[[], None]) -> None:
    client = Client()
    client.post("/accounts/password/reset/", {"email": user.email})
    link, outdated = mailed_link(), Client()
    change_key()
    form = client.get(link)["Location"]
    assert client.post(form, NEW).status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW["password1"])
    mail.outbox.clear()
    client.post("/accounts/password/reset/", {"email": user.email})
    change_key()
    change_key()
    assert outdated.get(mailed_link()).status_code != 302


def test_so_is_a_signed_link_while_it_lasts(change_key: Callable[[], None]) -> None:
    roadmap = make_roadmap("mine", published=False)
    link = preview.link(roadmap)
    change_key()
    assert "mine" in Client().get(link)["Location"]
    change_key()
    assert "mine" not in Client().get(link)["Location"]
