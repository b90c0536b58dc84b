"""What somebody may be called. A22 of docs/trust.md."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models
from django.test import Client

from accounts import names
from accounts.models import User
from progress.models import Learner, PendingImport
from tests.accounts.pages import Page

pytestmark = pytest.mark.django_db
URL = "/settings/"
INVISIBLE = "Leave out characters that cannot be seen. If you pasted the name, type it."
KEPT = "This name is kept for those who run the site. Choose another."


def save(client: Client, name: str) -> Any:
    return client.post(URL, {"name": name, "time_zone": "UTC", "appearance": "auto", "shortcuts": "on"})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Noor   van\tDijk ", "Noor van Dijk"),
        ("Ｎｏｏｒ", "Noor"),
        ("Zoe\u0308", "Zoë"),
        ("Noor\u00a0\u2003H.", "Noor H."),
        ("ﬁona", "fiona"),
        ("Noor\r\nBcc: x@example.org", "Noor Bcc: x@example.org"),
        ("नूर", "नूर"),
        ("نور", "نور"),
        ("Нур", "Нур"),
        ("Νούρ", "Νούρ"),
        ("Noor 🪨❤️", "Noor 🪨❤️"),
        ("Administratrix", "Administratrix"),
        ("Rooted", "Rooted"),
        ("Cairn fan", "Cairn fan"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_is_tidied_and_kept(client: Client, user: User, typed: str, kept: str) -> None:
    client.force_login(user)
    assert save(client, typed).status_code == 302
    user.refresh_from_db()
    assert user.name == kept


@pytest.mark.parametrize(
    "sign",
    [
        *("\x07", "\x1b", "\x7f", "\x80", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e"),
        *("\u202a", "\u202e", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "\U000e0041"),
        *("\u034f", "\u115f", "\u3164", "\uffa0", "\u2800"),
    ],
)
def test_what_cannot_be_seen_is_refused_beside_the_field(client: Client, user: User, sign: str) -> None:
    client.force_login(user)
    response = save(client, f"No{sign}or")
    page = Page(response)
    assert (response.status_code, page.error("name"), page.summary) == (422, INVISIBLE, ["id_name"])
    user.refresh_from_db()
    assert user.name == "Noor"


@pytest.mark.parametrize("name", ["\ufe0f", "\u0301\u0301", "\ufe0f \ufe0f"])
def test_a_name_of_marks_alone_is_none(name: str) -> None:
    with pytest.raises(ValidationError, match="cannot be seen"):
        names.NameField(blank=True).clean(name, None)


ALIKE = [
    *(
        "Admin",
        "admin",
        "ADMIN",
        " Admin ",
        "Ａｄｍｉｎ",
        "аdmin",
        "АDМIN",
        "ΑDΜΙΝ",
        "аdмiп",
        "adm1n",
        "AdmIn",
        "admln",
    ),
    *("Ádmin", "ａｄｍｉｎ", "𝐚𝐝𝐦𝐢𝐧", "ⓐⓓⓜⓘⓝ", "A d m i n", "[Admin]", "admin.", "@dmin", "admın", "adm\u0456n"),
    *("Administrator", "administrаtor", "Cairn", "Сairn", "Cаirn", "C4irn", "Support", "suppоrt", "Staff", "ѕtaff"),
    *(
        "Moderator",
        "mоderаtоr",
        "root",
        "r00t",
        "ROOT",
        "system",
        "ѕуѕtеm",
        "Curator",
        "сurаtоr",
        "Operator",
        "οperatοr",
    ),
]


@pytest.mark.parametrize("name", ALIKE)
def test_what_reads_like_the_staffs_is_refused_to_others(client: Client, user: User, name: str) -> None:
    client.force_login(user)
    response = save(client, name)
    assert (response.status_code, Page(response).error("name")) == (422, KEPT)
    user.refresh_from_db()
    assert user.name == "Noor"


def test_zero_width_does_not_get_round_it(client: Client, user: User) -> None:
    client.force_login(user)
    assert Page(save(client, "Ad\u200bmin")).error("name") == INVISIBLE
    assert save(client, "Admin\ufe0f").status_code == 422


def test_staff_are_called_what_they_are(client: Client, user: User) -> None:
    User.objects.update(is_staff=True)
    client.force_login(user)
    assert save(client, "Admin").status_code == 302
    user.refresh_from_db()
    assert user.name == "Admin"


def test_who_is_staff_no_more_can_save_other_pages(client: Client, boss: Client, user: User) -> None:
    """The name is asked for where it is written, and nowhere else breaks on it."""
    User.objects.filter(pk=user.pk).update(name="Admin", is_staff=True)
    assert boss.post(f"/admin/accounts/user/{user.pk}/change/", {}).status_code == 302
    client.force_login(user)
    assert client.post("/settings/profile/", {"handle": "noor", "is_public": "on"}).status_code == 302
    assert Page(save(client, "Admin")).error("name") == KEPT
    assert save(client, "Noor").status_code == 302


def test_two_may_have_one_name(client: Client, user: User) -> None:
    other = User.objects.create_user("ada@example.org")
    client.force_login(other)
    assert save(client, "Noor").status_code == 302
    assert User.objects.filter(name="Noor").count() == 2


def test_one_that_grows_too_long_is_told_in_the_same_words(client: Client, user: User) -> None:
    client.force_login(user)
    assert Page(save(client, "ﷺ" * 10)).error("name") == "Use at most 80 characters."
    assert Page(save(client, "x" * 81)).error("name") == "Use at most 80 characters."


def test_the_database_knows_a_column_like_any_other() -> None:
    field = User._meta.get_field("name")
    assert field.deconstruct()[1:3] == ("django.db.models.CharField", [])
    assert field.db_type(connection) == models.CharField(max_length=80).db_type(connection)


@pytest.mark.parametrize("name", ["Admin", "adмin"])
@pytest.mark.parametrize("with_settings", [{}, {"settings": "on"}])
def test_an_import_brings_none_of_them(client: Client, user: User, name: str, with_settings: dict[str, str]) -> None:
    page = bring_in(client, user, name, **with_settings)
    assert f"account, name: {KEPT}" in page
    user.refresh_from_db()
    assert user.name == "Noor"


def test_but_to_staff_and_to_who_has_it_already(client: Client, user: User) -> None:
    User.objects.update(name="Admin")
    assert "Nothing to import" in bring_in(client, user, "Admin")
    User.objects.update(name="Noor", is_staff=True)
    assert "is imported" in bring_in(client, user, "  Ａｄｍｉｎ ", settings="on")
    user.refresh_from_db()
    assert user.name == "Admin"


def bring_in(client: Client, user: User, name: str, **more: str) -> str:
    """What the pages say in the end."""
    client.force_login(user)
    learner = Learner.objects.get(user=user)
    document = {"format": "cairn", "version": 1, "exported_at": "2026-05-04T09:00:00Z", "account": {"name": name}}
    asked: dict[str, Any] = {"learner": learner.pk, "next": "/settings/data/"}
    file = SimpleUploadedFile("cairn.json", json.dumps(document).encode())
    looked = client.post("/settings/data/import/", asked | {"file": file}, follow=True).content.decode()
    waiting = PendingImport.objects.get(learner=learner)
    confirmed = asked | {"digest": waiting.digest, "action": "import"} | more
    done = client.post("/settings/data/import/confirm/", confirmed, follow=True).content.decode()
    return looked + done
