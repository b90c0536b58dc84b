"""Leaving: hidden at once, taken back by signing in, erased for good after seven days."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import erasure, handles
from accounts.models import Event, HeldHandle, User
from progress.models import CheckpointTick, Evidence, Learner, Mark, Note, Suggestion
from roadmap.models import Skill
from tests.factories import NOW, make_trail

pytestmark = pytest.mark.django_db
URL = "/settings/delete/"
PASSWORD = "correct horse battery"


def signed_in(user: User) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return client


@pytest.fixture
def owner(user: User) -> User:
    user.handle, user.is_public = "noor", True
    user.save()
    return user


def ask(client: Client, typed: str = "noor@example.org") -> object:
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client.post(URL, {"confirmation": typed})


def test_wants_a_fresh_sign_in(owner: User) -> None:
    client = signed_in(owner)
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = 0
    session.save()
    assert client.get(URL)["Location"].startswith("/accounts/reauthenticate/")
    assert client.post(URL, {"confirmation": owner.email})["Location"].startswith("/accounts/reauthenticate/")
    owner.refresh_from_db()
    assert owner.erase_at is None


@pytest.mark.parametrize(
    ("typed", "error"),
    [("", "Type your e-mail address."), ("ada@example.org", "This is not the address of this account.")],
)
def test_a_slip_deletes_nothing(owner: User, typed: str, error: str) -> None:
    response = ask(signed_in(owner), typed)
    assert response.status_code == 422
    assert error in response.content.decode()
    owner.refresh_from_db()
    assert owner.erase_at is None


def test_signs_out_everywhere_and_hides_at_once(owner: User) -> None:
    one, other = signed_in(owner), signed_in(owner)
    assert Client().get("/u/noor/").status_code in (200, 404)
    assert ask(one)["Location"] == "/"
    for client in (one, other):
        assert client.get("/dashboard/")["Location"] == "/accounts/login/?next=/dashboard/"
    assert Client().get("/u/noor/").status_code == 404
    owner.refresh_from_db()
    assert not owner.is_public
    assert owner.erase_at is not None
    assert abs(owner.erase_at - timezone.now() - dt.timedelta(days=7)) < dt.timedelta(minutes=1)
    assert "will be erased" in mail.outbox[-1].subject


def test_signing_in_takes_it_back(owner: User) -> None:
    ask(signed_in(owner))
    client = signed_in(owner)
    assert "Welcome back. Your account stays" in client.get("/privacy/").content.decode()
    owner.refresh_from_db()
    assert (owner.erase_at, owner.is_public) == (None, False)
    assert Event.objects.filter(user=owner, kind=Event.Kind.ERASURE_TAKEN_BACK).count() == 1
    call_command("housekeep", verbosity=0)
    assert User.objects.filter(pk=owner.pk).exists()


def test_nothing_is_erased_before_its_time(owner: User) -> None:
    User.objects.update(erase_at=timezone.now() + dt.timedelta(minutes=1))
    assert erasure.erase_due(now=timezone.now()) == 0
    assert User.objects.exists()


def test_who_signs_in_at_the_last_moment_stays(owner: User, monkeypatch: Any) -> None:
    """Between the list of who is due and the first of them."""
    User.objects.update(erase_at=timezone.now())
    lock = User.objects.select_for_update

    def signs_in(*args: Any, **kwargs: Any) -> Any:
        User.objects.update(erase_at=None)
        return lock(*args, **kwargs)

    monkeypatch.setattr(User.objects, "select_for_update", signs_in)
    assert erasure.erase_due(now=timezone.now()) == 0
    assert User.objects.exists()


def test_no_row_is_left_that_has_a_user_or_learner(owner: User, django_capture_on_commit_callbacks: object) -> None:
    client = signed_in(owner)
    make_trail(1)
    skill = Skill.objects.get()
    learner = Learner.objects.get(user=owner)
    client.post("/progress/trail/skills/skill-1/", {"state": "done", "learner": learner.pk})
    point = skill.checkpoints.create(text="You can.")
    CheckpointTick.objects.create(learner=learner, checkpoint=point, at=NOW, day=NOW.date())
    Note.objects.create(learner=learner, skill=skill, text="Words", updated_at=NOW)
    Evidence.objects.create(learner=learner, skill=skill, title="x", url="https://example.org/", added_at=NOW)
    Suggestion.objects.create(learner=learner, skill=skill, kind="correction", text="Words", at=NOW)
    assert Mark.objects.exists()
    ask(client)
    User.objects.update(erase_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        assert erasure.erase_due(now=timezone.now()) == 1
    for model in apps.get_models():
        owners = [f.name for f in model._meta.fields if f.related_model in (User, Learner)]
        for name in owners:
            assert not model._default_manager.exclude(**{name: None}).exists(), (model, name)
    assert not User.objects.exists()
    assert not Learner.objects.exists()
    assert not [session for session in Session.objects.all() if "_auth_user_id" in session.get_decoded()]
    assert mail.outbox[-1].subject == "Your Cairn account is erased"
    erased = Event.objects.get(kind=Event.Kind.ERASED)
    assert (erased.user, erased.agent) == (None, "")
    assert HeldHandle.objects.get().digest == handles.digest("noor")


def test_the_last_administrator_stays(owner: User) -> None:
    User.objects.update(is_superuser=True, is_staff=True)
    response = ask(signed_in(owner))
    assert response.status_code == 422
    assert "You are the last administrator." in response.content.decode()
    owner.refresh_from_db()
    assert owner.erase_at is None


def test_who_was_erased_does_not_come_back_with_an_older_backup(
    owner: User, tmp_path: Path, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """The rows as they were in a backup; a newcomer may have got the same number meanwhile."""
    settings.VAR = tmp_path
    row = User.objects.filter(pk=owner.pk).values().get()
    User.objects.update(erase_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        assert erasure.erase_due(now=timezone.now()) == 1
    noted = (tmp_path / "erased").read_text()
    assert noted == f"{owner.pk} {owner.date_joined.isoformat()}\n"
    User.objects.create(**row)
    assert erasure.erase_due(now=timezone.now()) == 1
    assert not User.objects.exists()
    User.objects.create(**row | {"date_joined": timezone.now(), "email": "ada@example.org"})
    assert erasure.erase_due(now=timezone.now()) == 0
    assert User.objects.exists()


def test_where_it_cannot_be_noted_it_is_done_all_the_same(
    owner: User, tmp_path: Path, settings: Any, caplog: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.VAR = tmp_path / "nowhere"
    User.objects.update(erase_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        assert erasure.erase_due(now=timezone.now()) == 1
    assert not User.objects.exists()
    assert "An erasure could not be noted in erased (FileNotFoundError)." in caplog.text
