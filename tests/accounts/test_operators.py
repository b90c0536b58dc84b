"""What operators do for accounts and to them, in the admin. I7 and D9 of docs/trust.md."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin import site
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import admin, erasure, handles, support
from accounts.models import Event, User
from tests.accounts.acts import PASSWORD, is_signed_in, recovery_codes, set_up_app, sign_in, stored_secret
from tests.accounts.pages import Page
from tests.accounts.racers import race
from tests.factories import make_learner, make_trail
from tests.queries import queries
from tests.roadmap.admin.desk import said

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/user/"


def act(client: Client, name: str, *users: User, confirmed: bool = True) -> Any:
    data: dict[str, Any] = {"action": name, "_selected_action": [user.pk for user in users]}
    return client.post(LIST, data | ({"confirmed": "yes"} if confirmed else {}), follow=True)


def offered(response: Any) -> list[str]:
    """The acts on a user's own page."""
    form = re.search(r'<form class="acts".*?</form>', response.content.decode(), re.DOTALL)
    return re.findall(r'name="action" value="(\w+)"', form.group(0)) if form else []


def logged(user: User) -> list[str]:
    entries = LogEntry.objects.filter(object_id=str(user.pk), content_type__model="user").order_by("id")
    return [entry.change_message for entry in entries]


def kinds(user: User) -> list[tuple[str, str]]:
    return list(Event.objects.filter(user=user).order_by("id").values_list("kind", "agent"))


def page_of(user: User) -> str:
    return f"{LIST}{user.pk}/change/"


def link() -> str:
    found = re.search(r"http://testserver(/accounts/confirm-email/\S+)", mail.outbox[-1].body)
    assert found
    return found.group(1)


@pytest.mark.usefixtures("with_mail")
class TestSendVerification:
    def test_confirms_the_address_once_and_in_any_browser(self, boss: Client, client: Client, user: User) -> None:
        response = act(boss, "send_verification", user)
        assert said(response) == ["Sent to: noor@example.org."]
        assert (mail.outbox[-1].subject, mail.outbox[-1].to) == ("Confirm your e-mail address", [user.email])
        assert logged(user) == ["Sent the verification again."]
        page = Page(client.get(link()))
        assert page.h1 == ["Confirm your e-mail address"]
        assert not EmailAddress.objects.filter(verified=True).exists()  # a scanner of mail may look
        assert client.post(link())["Location"] == "/accounts/login/"
        assert EmailAddress.objects.get(verified=True).user == user
        assert not is_signed_in(client)
        assert Page(Client().get(link())).h1 == ["This link no longer works"]
        assert sign_in(client)["Location"] == "/dashboard/"

    def test_says_for_each_what_came_of_it(self, boss: Client, confirmed: User) -> None:
        ada, bo = (User.objects.create_user(f"{name}@example.org") for name in ("ada", "bo"))
        for _ in range(5):
            Client().post("/accounts/password/reset/", {"email": "bo@example.org"})
        before = len(mail.outbox)
        response = act(boss, "send_verification", confirmed, ada, bo)
        assert said(response) == [
            "Sent to: ada@example.org.",
            "Not sent, as the limit of mails to an address is reached; try again in an hour: bo@example.org.",
            "Already confirmed: noor@example.org.",
        ]
        assert [letter.to for letter in mail.outbox[before:]] == [["ada@example.org"]]
        assert (logged(ada), logged(bo), logged(confirmed)) == (["Sent the verification again."], [], [])

    def test_counts_like_every_mail(self, boss: Client, user: User) -> None:
        act(boss, "send_verification", user)
        answers = [Client().post("/accounts/password/reset/", {"email": user.email}).status_code for _ in range(5)]
        assert answers == [302] * 4 + [429]
        assert len(mail.outbox) == 5

    def test_not_twice_in_ten_seconds(self, boss: Client, user: User) -> None:
        act(boss, "send_verification", user)
        assert "limit" in said(act(boss, "send_verification", user))[0]
        assert len(mail.outbox) == 1

    def test_a_mail_server_that_is_down(self, boss: Client, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*args: Any) -> None:
            raise ConnectionRefusedError

        other = User.objects.create_user("zoe@example.org")
        monkeypatch.setattr(EmailBackend, "send_messages", refuse)
        response = act(boss, "send_verification", user, other)
        assert said(response) == [
            "Not sent, as the mail server does not answer; the rest was not tried: noor@example.org."
        ]
        assert logged(user) == []

    def test_looking_at_the_link_signs_nobody_out(self, boss: Client, client: Client, user: User) -> None:
        act(boss, "send_verification", user)
        client.force_login(User.objects.create_user("ada@example.org"))
        client.get(link())
        assert is_signed_in(client)
        client.post(link())
        assert EmailAddress.objects.get(verified=True).user == user
        assert not is_signed_in(client)

    def test_a_link_that_was_altered_confirms_nothing(self, boss: Client, client: Client, user: User) -> None:
        act(boss, "send_verification", user)
        altered = f"{link()[:-3]}x/"
        assert Page(client.get(altered)).h1 == ["This link no longer works"]
        assert client.post(altered).status_code == 404
        assert not EmailAddress.objects.filter(verified=True).exists()

    def test_the_list_and_the_page_say_who_is_confirmed(self, boss: Client, confirmed: User) -> None:
        assert "send_verification" not in offered(boss.get(page_of(confirmed)))
        other = User.objects.create_user("ada@example.org")
        assert offered(boss.get(page_of(other))) == ["send_verification", "end_sessions", "deactivate"]
        rows = {user.email: user.confirmed for user in boss.get(LIST).context["cl"].result_list}
        assert rows == {"noor@example.org": True, "ada@example.org": False, "boss@example.org": False}
        assert "confirmed" in boss.get(LIST).content.decode()


def test_without_mail_there_is_nothing_to_send(boss: Client, user: User) -> None:
    assert offered(boss.get(page_of(user))) == ["end_sessions", "deactivate"]
    assert said(act(boss, "send_verification", user)) == ["No action selected."]
    assert mail.outbox == []
    assert "confirmed" not in boss.get(LIST).context["cl"].list_display


class TestEndSessions:
    def test_asks_first(self, boss: Client, client: Client, user: User) -> None:
        sign_in(client)
        response = act(boss, "end_sessions", user, confirmed=False)
        assert "End all sessions?" in response.content.decode()
        assert "noor@example.org" in response.content.decode()
        assert client.get("/settings/").status_code == 200
        assert logged(user) == []

    def test_signs_out_everywhere_and_says_how_many(self, boss: Client, client: Client, user: User) -> None:
        other = Client()
        ada = User.objects.create_user("ada@example.org")
        for each in (client, other):
            sign_in(each)
        response = act(boss, "end_sessions", user, ada)
        assert said(response) == ["1 account signed out."]
        for each in (client, other):
            assert each.get("/dashboard/")["Location"] == "/accounts/login/?next=/dashboard/"
        assert not UserSession.objects.filter(user=user).exists()
        assert kinds(user)[-1] == ("sessions_ended", "An operator")
        assert (logged(user), logged(ada), kinds(ada)) == (["Ended all sessions."], [], [])
        sign_in(client)
        assert "<td>Signed out elsewhere</td><td>An operator</td>" in client.get("/settings/security/").content.decode()

    def test_ones_own_stays_here_and_ends_elsewhere(self) -> None:
        own = User.objects.create_superuser("own@example.org", PASSWORD)
        here, elsewhere = Client(), Client()
        for each in (here, elsewhere):
            sign_in(each, own.email)
        assert said(act(here, "end_sessions", own)) == ["1 account signed out."]
        assert here.get(LIST).status_code == 200
        assert elsewhere.get("/settings/").status_code == 302


class TestDeactivate:
    def test_asks_first(self, boss: Client, user: User) -> None:
        response = act(boss, "deactivate", user, confirmed=False)
        assert "Deactivate?" in response.content.decode()
        user.refresh_from_db()
        assert user.is_active

    def test_signs_out_and_lets_nobody_in(self, boss: Client, client: Client, user: User) -> None:
        sign_in(client)
        assert said(act(boss, "deactivate", user)) == ["1 account deactivated."]
        assert client.get("/dashboard/")["Location"] == "/accounts/login/?next=/dashboard/"
        assert not Session.objects.filter(session_key=client.session.session_key).exists()
        sign_in(client)
        assert not is_signed_in(client)
        assert kinds(user)[-1] == ("deactivated", "An operator")
        assert logged(user) == ["Deactivated."]

    def test_and_activate_brings_back(self, boss: Client, client: Client, user: User) -> None:
        act(boss, "deactivate", user)
        assert offered(boss.get(page_of(user))) == ["end_sessions", "activate"]
        assert said(act(boss, "activate", user, confirmed=False)) == ["1 account activated."]
        sign_in(client)
        assert is_signed_in(client)
        assert [kind for kind, _ in kinds(user)] == ["deactivated", "activated", "signed_in"]
        assert logged(user) == ["Deactivated.", "Activated."]

    def test_what_is_so_already_is_not_done_again(self, boss: Client, user: User) -> None:
        assert said(act(boss, "activate", user)) == ["0 accounts activated."]
        act(boss, "deactivate", user)
        assert said(act(boss, "deactivate", user)) == ["0 accounts deactivated."]
        assert logged(user) == ["Deactivated."]

    def test_nobody_does_it_to_themselves(self, boss: Client, user: User) -> None:
        own = User.objects.get(email="boss@example.org")
        User.objects.create_superuser("other@example.org")
        assert "deactivate" not in offered(boss.get(page_of(own)))
        response = act(boss, "deactivate", own, user)
        assert said(response) == ["1 account deactivated.", "Nobody deactivates their own account."]
        own.refresh_from_db()
        assert own.is_active

    # D9
    def test_the_last_who_can_run_the_site_stays(self, user: User) -> None:
        """As when another operator was quicker: the one who asks is none any more."""
        last = User.objects.create_superuser("last@example.org")
        leaving = User.objects.create_superuser("leaving@example.org")
        erasure.ask(user=leaving, at=timezone.now())
        result = support.deactivate(users=[user, last], by=leaving)
        assert (result.done, result.last, result.oneself) == ([user], last, False)
        last.refresh_from_db()
        assert last.is_active

    def test_is_undone_as_a_whole_when_something_breaks(
        self, boss: Client, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*args: Any) -> None:
            raise RuntimeError("the disk is full")

        monkeypatch.setattr(admin.UserAdmin, "log_change", fail)
        with pytest.raises(RuntimeError):
            act(boss, "deactivate", user)
        user.refresh_from_db()
        assert (user.is_active, kinds(user)) == (True, [])


@pytest.mark.django_db(transaction=True)
def test_two_operators_do_not_deactivate_each_other() -> None:
    bosses = [User.objects.create_superuser(f"{number}@example.org") for number in range(2)]
    runners = []
    for one, other in (bosses, reversed(bosses)):
        browser = Client()
        browser.force_login(one)
        data = {"action": "deactivate", "_selected_action": str(other.pk), "confirmed": "yes"}
        runners.append((LIST, data, {"session": browser.cookies["session"].value}))
    answers = race(runners)
    assert [status for status, _, _ in answers if status >= 500] == []
    assert User.objects.filter(is_active=True).count() == 1


@pytest.mark.usefixtures("with_mail")
def test_addresses_are_looked_at_and_only_a_mail_confirms_them(boss: Client, user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    new = EmailAddress.objects.create(user=user, email="new@example.org")
    assert boss.get("/admin/account/emailaddress/").status_code == 404
    assert boss.get(LIST, {"q": "new@"}).context["cl"].result_list.get() == user
    assert "new@example.org" in boss.get(page_of(user)).content.decode()
    assert boss.post(page_of(user), {"email": new.email, "is_confirmed": "on", "wanted": ""}).status_code == 302
    new.refresh_from_db()
    user.refresh_from_db()
    assert (user.email, new.verified, new.primary) == ("noor@example.org", False, False)


@pytest.mark.parametrize("name", ["end_sessions", "deactivate", "activate"])
def test_at_most_so_many_at_once(boss: Client, user: User, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(admin, "MOST", 1)
    before = list(User.objects.order_by("pk").values_list("is_active", flat=True))
    data = {"action": name, "_selected_action": [user.pk], "select_across": "1", "confirmed": "yes"}
    assert said(boss.post(LIST, data, follow=True)) == ["Choose at most 1 accounts at once. Nothing was done."]
    assert list(User.objects.order_by("pk").values_list("is_active", flat=True)) == before
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("name", admin.ACTS)
@pytest.mark.usefixtures("with_mail")
def test_is_for_superusers_only(user: User, name: str) -> None:
    staff = User.objects.create_user("curator@example.org", is_staff=True)
    client = Client()
    client.force_login(staff)
    assert act(client, name, user).status_code == 403
    assert client.get(LIST).status_code == 403
    user.refresh_from_db()
    assert user.is_active
    assert (mail.outbox, logged(user)) == ([], [])


def test_an_erased_account_is_named_nowhere_in_the_history(boss: Client, user: User) -> None:
    act(boss, "deactivate", user)
    act(boss, "activate", user)
    User.objects.filter(pk=user.pk).update(erase_at=timezone.now())
    erasure.erase_due(now=timezone.now())
    assert [entry.object_repr for entry in LogEntry.objects.all()] == ["An erased account"] * 2


# I7
def test_no_page_of_the_admin_shows_a_secret_or_where_somebody_is(boss: Client, client: Client, user: User) -> None:
    """Every list, page and history there is, with an account that has all of it."""
    make_trail(1)
    browser = Client(REMOTE_ADDR="203.0.113.77")
    sign_in(browser)
    set_up_app(browser)
    EmailAddress.objects.get_or_create(user=user, email=user.email, primary=True)
    handles.change(user=user, handle="noor", at=timezone.now())
    handles.change(user=user, handle="noor-2", at=timezone.now())
    user.refresh_from_db()
    secrets = {
        user.password,
        stored_secret(user),
        *(str(each.data.get("secret", each.data.get("seed"))) for each in Authenticator.objects.all()),
        *recovery_codes(user),
        *Session.objects.values_list("session_key", flat=True),
        *UserSession.objects.values_list("session_key", flat=True),
        handles.digest("noor"),
        "203.0.113.77",
        "127.0.0.1",
    }
    seen = 0
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.first()
        pages = [reverse(f"{name}_changelist")]
        if row:
            pages += [reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "history")]
        if model is User:
            pages += [page_of(user), f"{LIST}{user.pk}/history/"]
        for page in pages:
            html = boss.get(page, follow=True).content.decode()
            assert [secret for secret in secrets if secret in html] == [], page
            seen += 1
    assert seen > 2 * len(site._registry)
    unseen = {model._meta.label for model in apps.get_models()} - {model._meta.label for model in site._registry}
    assert {"mfa.Authenticator", "sessions.Session", "usersessions.UserSession", "accounts.HeldHandle"} <= unseen


def test_acts_and_pages_ask_as_much_for_many_as_for_few(boss: Client, user: User) -> None:
    def asked() -> tuple[int, int]:
        with queries() as listed:
            boss.get(LIST)
        with queries() as page:
            boss.get(page_of(user))
        return len(listed), len(page)

    few = asked()
    for number in range(10):
        make_learner(User.objects.create_user(f"learner-{number}@example.org"))
    assert asked() == few
