import datetime as dt
from io import StringIO

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from progress import learners
from progress.models import Change, Follow, Learner, Mark, State
from tests.factories import make_trail

pytestmark = pytest.mark.django_db
SAID = (
    "Housekeeping: expired sessions removed, {} guests forgotten,"
    " 0 accounts erased, 0 drafts published, 0 letters sent.\n"
)


def housekeep() -> str:
    said = StringIO()
    call_command("housekeep", stdout=said)
    return said.getvalue()


def seen(days: int, user: User | None = None) -> Learner:
    return Learner.objects.create(user=user, seen_at=timezone.now() - dt.timedelta(days=days, minutes=1))


def marked(learner: Learner) -> None:
    roadmap = make_trail(1)
    skill, now = roadmap.placements.get().skill, timezone.now()
    Follow.objects.create(learner=learner, roadmap=roadmap, since=now, used_at=now)
    Mark.objects.create(learner=learner, skill=skill, state=State.DONE, since=now)
    Change.objects.create(
        batch="7b0a0e6e-3f0c-4a0b-9a53-0c2f5a1d8f10",
        learner=learner,
        skill=skill,
        after=State.DONE,
        after_since=now,
        at=now,
        day=now.date(),
        cause=Change.Cause.MARK,
    )


def test_forgets_guests_not_seen_for_long_and_all_that_was_theirs(user: User) -> None:
    gone, back, own = seen(90), seen(89), seen(900, user)
    marked(gone)
    assert housekeep() == SAID.format(1)
    assert set(Learner.objects.all()) == {back, own}
    assert [model.objects.count() for model in (Mark, Change, Follow)] == [0, 0, 0]


def test_forgets_in_as_many_batches_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learners, "BATCH", 2)
    for _ in range(4):
        seen(91)
    assert learners.forget_guests(before=timezone.now() - learners.GUEST_AGE) == 4
    assert not Learner.objects.exists()


def test_removes_expired_sessions_only() -> None:
    expired, live = SessionStore(), SessionStore()
    expired.set_expiry(timezone.now() - dt.timedelta(hours=1))
    for session in (expired, live):
        session.save()
    housekeep()
    assert [session.session_key for session in Session.objects.all()] == [live.session_key]


def test_again_changes_nothing() -> None:
    seen(10)
    before = list(Learner.objects.values())
    assert housekeep() == housekeep() == SAID.format(0)
    assert list(Learner.objects.values()) == before
