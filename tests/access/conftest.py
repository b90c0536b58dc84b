from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings

from accounts.models import User
from progress.models import Learner
from roadmap.history import Watch
from roadmap.models import Question, Roadmap, Skill, Succession
from tests.access import record
from tests.access.record import Record
from tests.access.rounds import Round, walk
from tests.conftest import WITH_MAIL
from tests.factories import NOW, make_trail


def trodden() -> Roadmap:
    """With something that a curator wrote, for the addresses of what was written."""
    roadmap = make_trail(3)
    skill = Skill.objects.get(slug="skill-1")
    skill.checkpoints.create(text="You can.")
    Question.objects.create(skill=skill, question="Which?", answer="That.")
    watch = Watch(roadmap)
    roadmap.category = "Trails"
    roadmap.save()
    act = watch.record(why="Edited", at=NOW, by=None)
    Succession.objects.create(act=act, at=NOW)
    return roadmap


@pytest.fixture(scope="module", autouse=True)
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[Record]:
    """Filled once for all tests of a file, each of which takes back what it did."""
    import_module("config.urls")
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(**WITH_MAIL):
            member = record.fill(trodden())
        yield member
        transaction.set_rollback(True)


@pytest.fixture
def trail(db: None) -> Roadmap:
    return Roadmap.objects.get()


@pytest.fixture
def member(filled: Record, with_mail: None, db: None) -> Record:
    """Whose things they are."""
    client = Client()
    client.cookies.load({name: cookie.value for name, cookie in filled.client.cookies.items()})
    user = User.objects.get(pk=filled.user.pk)
    return Record(user, Learner.objects.get(user=user), client, filled.secrets)


@pytest.fixture(scope="session")
def gone() -> dict[str, Round]:
    return {}


@pytest.fixture
def rounds(member: Record, gone: dict[str, Round]) -> Callable[[str], Round]:
    """The round that this kind of person makes, gone once for all tests that ask about it."""

    def of(kind: str) -> Round:
        if kind not in gone:
            gone[kind] = walk(kind, member)
        return gone[kind]

    return of
