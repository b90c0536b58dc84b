import re

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db
URL = "/settings/"
GOOD = {"name": "Noor H.", "time_zone": "Europe/Berlin", "appearance": "dark", "shortcuts": "on"}


def test_are_saved(client: Client, user: User) -> None:
    client.force_login(user)
    assert client.post(URL, GOOD)["Location"] == URL
    user.refresh_from_db()
    assert (user.name, user.time_zone, user.appearance, user.shortcuts) == ("Noor H.", "Europe/Berlin", "dark", True)
    page = client.get(URL).content.decode()
    assert "Your settings are saved." in page
    assert '<html lang="en" data-theme="dark">' in page
    assert '<option value="dark" selected>' in page


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("time_zone", "Mars/Olympus", "Choose a time zone from the list"),
        ("time_zone", "Etc/GMT+5", "Choose a time zone from the list"),
        ("time_zone", "", "This field is required."),
        ("appearance", "purple", "Choose auto, light or dark."),
        ("appearance", "", "Choose auto, light or dark."),
        ("name", "x" * 81, "Use at most 80 characters."),
        ("name", "a\x00b", "Null characters are not allowed."),
    ],
)
def test_bad_input_is_told_beside_the_field_and_nothing_is_saved(
    client: Client, user: User, field: str, value: str, error: str
) -> None:
    client.force_login(user)
    response = client.post(URL, GOOD | {field: value})
    page = response.content.decode()
    assert response.status_code == 422
    assert re.search(rf'id="id_{field}"[^>]*aria-invalid="true"|aria-invalid="true"[^>]*id="id_{field}"', page)
    assert re.search(rf'id="id_{field}_error">.*?{error}', page, re.DOTALL)
    user.refresh_from_db()
    assert (user.name, user.time_zone, user.appearance) == ("Noor", "UTC", "auto")


def test_what_is_not_asked_for_is_not_set(client: Client, user: User) -> None:
    client.force_login(user)
    client.post(URL, GOOD | {"is_staff": "on", "is_superuser": "on", "email": "evil@example.org", "id": "99"})
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser, user.email) == (False, False, "noor@example.org")


def test_shortcuts_can_be_switched_off(client: Client, user: User) -> None:
    client.force_login(user)
    assert "js/keys.js" in client.get(URL).content.decode()
    client.post(URL, {"name": "", "time_zone": "UTC", "appearance": "auto"})
    assert "js/keys.js" not in client.get(URL).content.decode()
