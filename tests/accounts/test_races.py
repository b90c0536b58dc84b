"""Several at once, each in a process of its own. A7, A21, A26, B2, B5, D1 to D3 and D9 of docs/trust.md."""

from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts import erasure
from accounts.models import User
from progress.models import Change, Learner, Mark
from tests.accounts.acts import (
    PASSWORD,
    app_code,
    confirm_identity,
    mailed_link,
    recovery_codes,
    set_up_app,
    sign_in,
)
from tests.accounts.racers import SLOWLY, WITH_MAIL, race
from tests.factories import make_trail

pytestmark = pytest.mark.django_db(transaction=True)
SIGN_UP = ("/accounts/signup/", {"email": "ada@example.org", "password1": "a trail of ten stones"}, {})


# A21
def test_signing_up_with_one_address_makes_one_account() -> None:
    answers = race([SIGN_UP] * 3)
    assert User.objects.count() == 1
    assert [status for status, _, _ in answers if status >= 500] == []
    assert [signed_in for _, _, signed_in in answers].count(True) == 1


def test_signing_up_with_one_address_is_answered_alike_where_there_is_mail() -> None:
    answers = race([SIGN_UP] * 3, **WITH_MAIL)
    assert User.objects.count() == 1
    assert {answer for answer in answers if answer[0] != 429} == {(302, "/accounts/confirm-email/", False)}


# A7
def test_of_several_resets_with_one_link_one_counts(client: Client, user: User, settings: Any) -> None:
    client.post("/accounts/password/reset/", {"email": user.email})
    form = client.get(mailed_link())["Location"]
    cookies = {"session": client.cookies["session"].value}
    new = [f"stones of number {number}" for number in range(3)]
    answers = race([(form, {"password1": each, "password2": each}, cookies) for each in new], **SLOWLY)

    settings.PASSWORD_HASHERS = SLOWLY["PASSWORD_HASHERS"]
    user.refresh_from_db()
    assert [user.check_password(each) for each in new].count(True) == 1
    assert [where for _, where, _ in answers].count("/accounts/password/reset/key/done/") == 1
    assert [status for status, _, _ in answers if status >= 500] == []


def second_steps(code: str) -> list[tuple[str, dict[str, str], dict[str, str]]]:
    """Two browsers that have given the password."""
    runners = []
    for _ in range(2):
        browser = Client()
        sign_in(browser, password=PASSWORD)
        runners.append(("/accounts/2fa/authenticate/", {"code": code}, {"session": browser.cookies["session"].value}))
    return runners


# B2
def test_a_code_of_the_app_counts_once(client: Client, user: User) -> None:
    sign_in(client)
    secret = set_up_app(client)
    cache.clear()
    answers = race(second_steps(app_code(secret)))
    assert [signed_in for _, _, signed_in in answers] == [False, True]


# B5
def test_a_recovery_code_counts_once(client: Client, user: User) -> None:
    sign_in(client)
    set_up_app(client)
    answers = race(second_steps(recovery_codes(user)[0]))
    assert [signed_in for _, _, signed_in in answers] == [False, True]
    assert len(recovery_codes(user)) == 9


# A26
def test_wrong_passwords_are_counted_for_all_processes(client: Client, user: User) -> None:
    for _ in range(5):
        sign_in(client, password="wrong horse battery")
    assert race([("/accounts/login/", {"login": user.email, "password": PASSWORD}, {})]) == [(200, "", False)]


def signed_in(user: User) -> dict[str, str]:
    """The cookies of somebody who has just said who it is."""
    client = Client()
    sign_in(client, user.email)
    confirm_identity(client)
    return {"session": client.cookies["session"].value}


# D1, D2
def test_marks_at_once_are_each_made_once(user: User) -> None:
    make_trail(4)
    cookies, learner = signed_in(user), Learner.objects.get()
    data = {"state": "done", "learner": str(learner.pk)}
    slugs = [*["skill-1"] * 3, "skill-2", "skill-3", "skill-4"]
    answers = race([(f"/progress/trail/skills/{slug}/", data, cookies) for slug in slugs])
    assert {status for status, _, _ in answers} == {302}
    assert sorted(Mark.objects.values_list("skill__slug", flat=True)) == sorted(set(slugs))
    assert Change.objects.count() == 4


# D3
def test_an_account_is_deleted_while_it_is_written_to(user: User) -> None:
    make_trail(3)
    cookies, learner = signed_in(user), Learner.objects.get()
    marks = [
        (f"/progress/trail/skills/skill-{n}/", {"state": "done", "learner": str(learner.pk)}, cookies)
        for n in (1, 2, 3)
    ]
    answers = race([*marks, ("/settings/delete/", {"confirmation": user.email}, cookies)])
    assert {status for status, _, _ in answers} == {302}
    assert sum(where == "/" for _, where, _ in answers) == 1
    assert erasure.erase_due(now=timezone.now() + erasure.GRACE) == 1
    assert not User.objects.exists()
    for model in apps.get_app_config("progress").get_models():
        assert not model._default_manager.exists()


# D9
def test_of_two_administrators_who_leave_at_once_one_stays(user: User) -> None:
    other = User.objects.create_user("ada@example.org", PASSWORD)
    User.objects.update(is_superuser=True, is_staff=True)
    answers = race([("/settings/delete/", {"confirmation": each.email}, signed_in(each)) for each in (user, other)])
    assert sorted(status for status, _, _ in answers) == [302, 422]
    assert User.objects.filter(is_superuser=True, erase_at=None).count() == 1
