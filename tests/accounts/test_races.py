"""Several at once, each in a process of its own. A7, A21, B2 and B5 of TRUST.md."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from tests.accounts.acts import (
    PASSWORD,
    app_code,
    mailed_link,
    recovery_codes,
    set_up_app,
    sign_in,
)
from tests.accounts.racers import race

pytestmark = pytest.mark.django_db(transaction=True)
SIGN_UP = ("/accounts/signup/", {"email": "ada@example.org", "password1": "a trail of ten stones"}, {})


# A21
def test_signing_up_with_one_address_makes_one_account() -> None:
    answers = race([SIGN_UP] * 3)
    assert User.objects.count() == 1
    assert [status for status, _, _ in answers if status >= 500] == []
    assert [signed_in for _, _, signed_in in answers].count(True) == 1


def test_signing_up_with_one_address_is_answered_alike_where_there_is_mail() -> None:
    answers = race([SIGN_UP] * 3, mail=True)
    assert User.objects.count() == 1
    assert {answer for answer in answers if answer[0] != 429} == {(302, "/accounts/confirm-email/", False)}


# A7
def test_of_several_resets_with_one_link_one_counts(client: Client, user: User) -> None:
    client.post("/accounts/password/reset/", {"email": user.email})
    form = client.get(mailed_link())["Location"]
    cookies = {"session": client.cookies["session"].value}
    new = [f"stones of number {number}" for number in range(3)]
    answers = race([(form, {"password1": each, "password2": each}, cookies) for each in new])

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
