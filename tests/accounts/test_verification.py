import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from progress.models import Learner, Mark
from tests.accounts.acts import confirm_identity
from tests.accounts.pages import Page
from tests.factories import make_trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_mail")]
URL = "/accounts/confirm-email/"
ADA = {"email": "ada@example.org", "password1": "a trail of ten stones"}


def _code() -> str:
    found = re.search(r"^\d{3}-\d{3}-\d{3}$", mail.outbox[-1].body, re.MULTILINE)
    assert found
    return found.group(0)


def test_without_a_code_under_way_the_page_leads_to_signing_in(client: Client) -> None:
    assert client.get(URL)["Location"] == "/accounts/login/"


# A17
def test_between_password_and_code_nobody_is_signed_in(client: Client) -> None:
    client.post("/accounts/signup/", ADA)

    assert client.get("/accounts/email/")["Location"] == "/accounts/login/?next=/accounts/email/"
    assert "_auth_user_id" not in client.session


# A18
def test_a_wrong_code_may_be_mended_twice_then_not(client: Client) -> None:
    client.post("/accounts/signup/", ADA)
    code = _code()
    page = Page(client.post(URL, {"code": "000-000-000"}))
    client.post(URL, {"code": ""})
    third = client.post(URL, {"code": "000000000"})

    assert page.error("code") == "This is not the code we sent. Take the one from the latest mail."
    assert page.title == "Error: Enter the code · Cairn"
    assert page.field("code")["value"] == "000-000-000"
    assert third["Location"] == "/accounts/login/"
    assert client.post(URL, {"code": code})["Location"] == "/accounts/login/"
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_the_code_works_in_its_own_browser_only(client: Client) -> None:
    client.post("/accounts/signup/", ADA)

    response = Client().post(URL, {"code": _code()})

    assert response["Location"] == "/accounts/login/"
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_for_a_taken_address_no_code_helps(client: Client, confirmed: User) -> None:
    client.post("/accounts/signup/", ADA | {"email": confirmed.email})

    page = Page(client.post(URL, {"code": "123-456-789"}))

    assert page.error("code") == "This is not the code we sent. Take the one from the latest mail."
    assert "_auth_user_id" not in client.session


def test_the_code_signs_in_and_leads_back_with_the_guests_marks(client: Client) -> None:
    make_trail(2)
    client.post("/progress/trail/skills/skill-1/", {"state": "learning"})
    sent = client.post("/accounts/signup/", ADA | {"next": "/privacy/"})
    page = Page(client.get(sent["Location"]))

    response = client.post(URL, {"code": _code().replace("-", " ")}, follow=True)

    assert page.field("code")["autocomplete"] == "one-time-code"
    assert page.field("code")["inputmode"] == "numeric"
    assert "ada@example.org" in page.html
    assert response.redirect_chain[-1][0] == "/privacy/"
    user = User.objects.get()
    assert client.session["_auth_user_id"] == str(user.pk)
    assert EmailAddress.objects.get().verified
    assert list(Mark.objects.values_list("learner__user", "state")) == [(user.pk, "learning")]
    assert Learner.objects.count() == 1


def test_a_new_code_replaces_the_old_one(client: Client) -> None:
    client.post("/accounts/signup/", ADA)
    old = _code()
    cache.clear()  # ten seconds later
    response = client.post(URL, {"action": "resend"}, follow=True)
    new = _code()

    assert new != old
    assert "A new code is on its way." in response.content.decode()
    assert Page(client.post(URL, {"code": old})).error("code")
    client.post(URL, {"code": new})
    assert "_auth_user_id" in client.session


def test_cancelling_leads_to_signing_in(client: Client) -> None:
    client.post("/accounts/signup/", ADA)
    page = Page(client.get(URL))
    leave = next(form for form in page.all("form") if form.get("id") == "leave")

    response = client.post(str(leave["action"]), {"next": "/accounts/login/"}, follow=True)

    assert Page(response).h1 == ["Sign in"]


def test_signing_in_unconfirmed_asks_for_a_code_first(client: Client, user: User) -> None:
    response = client.post("/accounts/login/", {"login": user.email, "password": "correct horse battery"})

    assert response["Location"] == URL
    client.post(URL, {"code": _code()})
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_new_address_counts_once_its_code_is_entered(client: Client, confirmed: User) -> None:
    client.force_login(confirmed)
    confirm_identity(client)
    asked = client.post("/accounts/email/", {"action_add": "", "email": "New@example.org"})
    before = User.objects.get().email
    client.post(asked["Location"], {"code": "000-000-000"})
    response = client.post(asked["Location"], {"code": _code()}, follow=True)

    assert before == "noor@example.org"
    assert User.objects.get().email == "new@example.org"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("new@example.org", True, True)]
    assert response.redirect_chain[-1][0] == "/accounts/email/"
    assert "new@example.org is confirmed." in response.content.decode()
    told = mail.outbox[-1]
    assert (told.subject, told.to) == ("Your e-mail address was changed", ["noor@example.org"])
    assert "from noor@example.org to new@example.org" in told.body


# A19
def test_nobody_takes_over_the_address_of_another(client: Client, confirmed: User) -> None:
    other = User.objects.create_user("ada@example.org", "a trail of ten stones")
    client.force_login(confirmed)
    confirm_identity(client)
    asked = client.post("/accounts/email/", {"action_add": "", "email": other.email})

    client.post(asked["Location"], {"code": _code()})

    assert sorted(User.objects.values_list("email", flat=True)) == ["ada@example.org", "noor@example.org"]
    assert not EmailAddress.objects.filter(user=confirmed, email=other.email).exists()


def test_changing_to_the_same_address_is_refused(client: Client, confirmed: User) -> None:
    client.force_login(confirmed)

    page = Page(client.post("/accounts/email/", {"action_add": "", "email": "NOOR@example.org"}))

    assert page.error("email") == "This is your e-mail address already."
    assert mail.outbox == []


def test_the_page_says_whether_the_address_is_confirmed(client: Client, user: User) -> None:
    client.force_login(user)
    before = client.get("/accounts/email/").content.decode()
    client.post("/accounts/email/", {"action_send": "", "email": user.email})
    client.post(URL, {"code": _code()})
    after = client.get("/accounts/email/").content.decode()

    assert "Not confirmed" in before
    assert "Send a code to noor@example.org" in before
    assert "Not confirmed" not in after
    assert "Send a code" not in after


def test_a_code_works_once(client: Client) -> None:
    client.post("/accounts/signup/", ADA)
    client.post(URL, {"code": _code()})
    client.post("/accounts/logout/")

    assert client.post(URL, {"code": _code()})["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in client.session


# A19
def test_a_code_for_a_new_address_does_nothing_for_somebody_else(client: Client, confirmed: User) -> None:
    client.force_login(confirmed)
    confirm_identity(client)
    client.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})
    other = Client()
    other.force_login(User.objects.create_user("ada@example.org", "a trail of ten stones"))

    assert other.post(URL, {"code": _code()})["Location"] == "/accounts/email/"
    assert sorted(User.objects.values_list("email", flat=True)) == ["ada@example.org", "noor@example.org"]


# A20
def test_the_old_address_resets_nothing_after_the_change(client: Client, confirmed: User) -> None:
    client.force_login(confirmed)
    confirm_identity(client)
    asked = client.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})
    client.post(asked["Location"], {"code": _code()})
    Client().post("/accounts/password/reset/", {"email": "noor@example.org"})

    assert (mail.outbox[-1].subject, mail.outbox[-1].to) == ("No account with this address", ["noor@example.org"])
    Client().post("/accounts/password/reset/", {"email": "new@example.org"})
    assert mail.outbox[-1].subject == "Choose a new password"
