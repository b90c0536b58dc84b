import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts import handles
from accounts.models import HeldHandle, User

pytestmark = pytest.mark.django_db
URL = "/settings/profile/"


@pytest.fixture
def owner(client: Client, user: User) -> User:
    client.force_login(user)
    return user


def error(page: str) -> str:
    found = re.search(r'id="id_handle_error">.*?<span>(.*?)</span>', page, re.DOTALL)
    return found[1] if found else ""


def test_is_off_until_it_is_switched_on(client: Client, owner: User) -> None:
    assert Client().get("/u/noor/").status_code == 404
    assert client.post(URL, {"handle": "noor", "is_public": "on"})["Location"] == URL
    owner.refresh_from_db()
    assert (owner.handle, owner.is_public, owner.shows_streak, owner.is_findable) == ("noor", True, False, False)


def test_a_public_one_needs_a_handle(client: Client, owner: User) -> None:
    response = client.post(URL, {"handle": "", "is_public": "on"})
    assert response.status_code == 422
    assert error(response.content.decode()) == "A public profile needs a handle."
    owner.refresh_from_db()
    assert not owner.is_public


def test_profile_and_handle_are_given_up_at_once(client: Client, owner: User) -> None:
    client.post(URL, {"handle": "noor", "is_public": "on"})
    assert client.post(URL, {"handle": ""})["Location"] == URL
    owner.refresh_from_db()
    assert (owner.handle, owner.is_public) == (None, False)
    assert HeldHandle.objects.get().user == owner


@pytest.mark.parametrize(
    "handle", ["ab", "x" * 31, "with space", "under_score", "ümlaut", "аdmin", "a\u200bb", "no/or"]
)
def test_a_malformed_handle_is_told(client: Client, owner: User, handle: str) -> None:
    response = client.post(URL, {"handle": handle})
    assert response.status_code == 422
    assert "3 to 30 small letters, digits and hyphens." in error(response.content.decode())


@pytest.mark.parametrize("handle", ["admin", "ADMIN", "cairn", "settings", "-noor", "noor-", "taken", "TAKEN", "held"])
def test_reserved_taken_and_held_answer_alike(client: Client, owner: User, handle: str) -> None:
    User.objects.create_user("ada@example.org", handle="taken")
    HeldHandle.objects.create(digest=handles.digest("held"), until=timezone.now() + dt.timedelta(days=1))
    response = client.post(URL, {"handle": handle})
    assert response.status_code == 422
    assert error(response.content.decode()) == "This handle is not to be had. Choose another."


def test_capitals_are_made_small(client: Client, owner: User) -> None:
    client.post(URL, {"handle": "Noor-H"})
    owner.refresh_from_db()
    assert owner.handle == "noor-h"


def test_one_given_up_is_held_for_ninety_days_for_its_owner_alone(client: Client, owner: User) -> None:
    client.post(URL, {"handle": "first"})
    client.post(URL, {"handle": "second"})
    assert "first" not in str(list(HeldHandle.objects.values_list("digest", flat=True)))
    other, stranger = Client(), User.objects.create_user("ada@example.org")
    other.force_login(stranger)
    assert other.post(URL, {"handle": "first"}).status_code == 422
    HeldHandle.objects.update(until=timezone.now())
    assert other.post(URL, {"handle": "first"}).status_code == 302
    assert client.post(URL, {"handle": "first"}).status_code == 422
    assert client.post(URL, {"handle": "third"}).status_code == 302
    assert client.post(URL, {"handle": "second"}).status_code == 302


def test_saving_without_a_change_keeps_everything(client: Client, owner: User) -> None:
    for _ in range(2):
        assert client.post(URL, {"handle": "noor", "is_public": "on"}).status_code == 302
    assert not HeldHandle.objects.exists()
