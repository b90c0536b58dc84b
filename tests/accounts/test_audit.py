"""The security log of all accounts, for operators to look at in the admin."""

import datetime as dt
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import erasure
from accounts.models import Event, User
from progress.models import Learner, PendingImport
from tests.accounts.acts import add_passkey, confirm_identity, set_up_app, sign_in
from tests.queries import queries

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/event/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def listed(boss: Client, **asked: str) -> list[tuple[str | None, str]]:
    """Who and what, newest first."""
    rows = boss.get(LIST, asked).context["cl"].result_list
    return [(event.user and event.user.email, event.kind) for event in rows]


def change_data(client: Client, user: User) -> None:
    """Out, and in again."""
    confirm_identity(client)
    packed = b"".join(client.post("/settings/data/export/"))
    asked: dict[str, Any] = {"learner": Learner.objects.get(user=user).pk, "next": "/settings/data/"}
    client.post("/settings/data/import/", asked | {"file": SimpleUploadedFile("cairn.zip", packed)})
    asked |= {"digest": PendingImport.objects.get().digest, "action": "import"}
    client.post("/settings/data/import/confirm/", asked)


def test_shows_who_did_what_when_and_where(boss: Client, user: User, django_capture_on_commit_callbacks: Any) -> None:
    Event.objects.all().delete()
    client = Client(headers={"user-agent": FIREFOX})
    sign_in(client, password="wrong horse battery")
    sign_in(client, "nobody@example.org", "wrong horse battery")
    sign_in(client)
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(client)
    add_passkey(client)
    key = Authenticator.objects.get(type="webauthn").pk
    client.post(f"/accounts/2fa/webauthn/keys/{key}/remove/")
    change_data(client, user)
    client.post("/settings/delete/", {"confirmation": user.email})
    told = [
        *("erasure_asked", "imported", "exported", "factor_removed", "factor_added", "recovery_codes"),
        *("factor_added", "signed_in", None, "sign_in_failed"),
    ]
    found = [each for each in listed(boss) if each != ("noor@example.org", "signed_out")]
    assert found == [("noor@example.org", kind) if kind else (None, "sign_in_failed") for kind in told]
    page = boss.get(LIST).content.decode()
    assert page.count("Firefox on Linux") >= len(told)
    assert "Data exported" in page
    assert "Mozilla/5.0" not in page
    assert timezone.localtime().strftime("%Y") in page


def test_of_an_erased_account_a_line_without_a_name_stays(boss: Client, user: User) -> None:
    sign_in(Client())
    User.objects.filter(pk=user.pk).update(erase_at=timezone.now())
    erasure.erase_due(now=timezone.now())
    assert listed(boss, kind__exact="erased") == [(None, "erased")]
    assert "noor" not in boss.get(LIST).content.decode()


def test_is_searched_by_address_and_filtered_by_kind_and_date(boss: Client, user: User) -> None:
    ada = User.objects.create_user("ada@example.org")
    now = timezone.now()
    for who, kind, days in ((user, "exported", 0), (user, "signed_in", 20), (ada, "exported", 40)):
        Event.objects.create(user=who, kind=kind, at=now - dt.timedelta(days=days))
    assert listed(boss, q="ada@") == [("ada@example.org", "exported")]
    assert listed(boss, kind__exact="exported") == [("noor@example.org", "exported"), ("ada@example.org", "exported")]
    week = (now - dt.timedelta(days=7)).isoformat()
    assert listed(boss, at__gte=week, q="noor") == [("noor@example.org", "exported")]
    day = timezone.localtime(now - dt.timedelta(days=40))
    only = {"at__year": str(day.year), "at__month": str(day.month), "at__day": str(day.day)}
    assert listed(boss, **only) == [("ada@example.org", "exported")]
    titles = [spec.title for spec in boss.get(LIST).context["cl"].filter_specs]
    assert titles == ["kind", "at"]


def test_the_page_of_a_user_leads_to_its_own(boss: Client, user: User) -> None:
    page = boss.get(f"/admin/accounts/user/{user.pk}/change/").content.decode()
    assert f'href="{LIST}?q=noor%40example.org"' in page


def test_is_looked_at_only(boss: Client, user: User) -> None:
    event = Event.objects.create(user=user, kind="exported", agent="Firefox on Linux")
    one = f"{LIST}{event.pk}/"
    page = boss.get(f"{one}change/")
    assert "Data exported" in page.content.decode()
    assert not page.context["has_change_permission"]
    assert boss.post(f"{one}change/", {"kind": "imported", "agent": "x"}).status_code == 403
    assert boss.post(f"{one}delete/", {"post": "yes"}).status_code == 403
    assert boss.get(f"{LIST}add/").status_code == 403
    boss.post(LIST, {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"})
    event.refresh_from_db()
    assert (event.kind, event.agent) == ("exported", "Firefox on Linux")


def test_is_for_superusers_only(user: User) -> None:
    event = Event.objects.create(user=user, kind="exported")
    client = Client()
    client.force_login(User.objects.create_user("curator@example.org", is_staff=True))
    for page in (LIST, reverse("admin:accounts_event_change", args=[event.pk])):
        assert client.get(page).status_code == 403
    assert "event" not in client.get("/admin/").content.decode().lower()


def test_asks_as_much_for_many_as_for_few(boss: Client, user: User) -> None:
    def asked() -> int:
        with queries() as made:
            boss.get(LIST)
        return len(made)

    Event.objects.create(user=user, kind="exported")
    few = asked()
    for number in range(10):
        Event.objects.create(user=User.objects.create_user(f"{number}@example.org"), kind="exported")
    assert asked() == few
