import datetime as dt

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Event, User
from tests.accounts.acts import add_passkey, app_code, recovery_codes, set_up_app, sign_in, sign_in_with

pytestmark = pytest.mark.django_db
URL = "/settings/security/"


def test_shows_what_happened_and_where(client: Client, user: User) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    good = {"login": user.email, "password": "correct horse battery"}
    client.post("/accounts/login/", good | {"password": "wrong"}, headers={"User-Agent": agent})
    client.post("/accounts/login/", good, headers={"User-Agent": agent})
    page = client.get(URL).content.decode()
    well, badly = "<td>Signed in: password</td><td>Firefox on Linux</td>", "<td>Sign-in failed: password</td>"
    assert page.index(well) < page.index(badly)
    assert "Mozilla/5.0" not in page


def test_says_how_somebody_signed_in(user: User) -> None:
    cache.clear()
    client = Client()
    sign_in(client)
    secret, codes = set_up_app(client), recovery_codes(user)
    passkey = add_passkey(client)
    cache.clear()  # a while ago
    Event.objects.all().delete()
    for code in ("000000", app_code(secret), codes[0]):
        browser = Client()
        sign_in(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": code})
    sign_in_with(Client(), passkey)
    Client().post("/accounts/signup/", {"email": "ada@example.org", "password1": "a trail of ten stones"})
    events = Event.objects.exclude(kind=Event.Kind.RECOVERY_CODE_USED).order_by("id")
    assert list(events.values_list("kind", "how")) == [
        ("sign_in_failed", "code"),
        ("signed_in", "password, code of the app"),
        ("signed_in", "password, recovery code"),
        ("signed_in", "passkey"),
        ("signed_up", ""),
        ("signed_in", ""),
    ]


def test_shows_nobody_elses_and_nothing_old(client: Client, user: User) -> None:
    client.force_login(user)
    Event.objects.all().delete()
    other = User.objects.create_user("ada@example.org")
    Event.objects.create(user=other, kind=Event.Kind.PASSWORD_CHANGED)
    Event.objects.create(user=user, kind=Event.Kind.EMAIL_CHANGED, at=timezone.now() - dt.timedelta(days=91))
    page = client.get(URL).content.decode()
    assert "Nothing happened yet." in page
    assert "Password changed" not in page


def test_asks_for_an_account(client: Client) -> None:
    assert client.get(URL)["Location"] == f"/accounts/login/?next={URL}"


def test_housekeeping_forgets_what_is_old(user: User) -> None:
    for days in (89, 91):
        Event.objects.create(user=user, kind=Event.Kind.SIGNED_IN, at=timezone.now() - dt.timedelta(days=days))
    call_command("housekeep", verbosity=0)
    assert Event.objects.count() == 1
