"""Who reads from a replica, and what: a database of its own here, that stands still."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone

from accounts.models import User
from progress.models import Mark
from roadmap import outline
from roadmap.models import Roadmap
from tests.addresses import patterns
from tests.factories import make_trail
from tests.queries import queries
from web import replica

pytestmark = pytest.mark.django_db
PAGE = "/roadmaps/trail/"


@pytest.fixture
def trail() -> Roadmap:
    return make_trail(2)


@pytest.fixture
def behind(trail: Roadmap, monkeypatch: pytest.MonkeyPatch) -> Iterator[CaptureQueriesContext]:
    """A replica that holds the roadmap as it is now, whatever is written later; and what it is asked."""
    ours = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {}}
    other = DatabaseWrapper(connection.settings_dict | ours, replica.REPLICA)
    other.connect()  # before anybody knows of it, as tests may open no others
    monkeypatch.setitem(connections.settings, replica.REPLICA, other.settings_dict)
    connections[replica.REPLICA] = other
    monkeypatch.setattr(replica, "_resting_until", 0.0)
    with other.schema_editor() as editor:
        editor.create_model(Roadmap)
    trail.save(using=replica.REPLICA, force_insert=True)
    trail.refresh_from_db(using="default")
    with CaptureQueriesContext(other) as asked:
        yield asked
    BaseDatabaseWrapper.close(other)
    del connections[replica.REPLICA]


def test_a_visitor_is_answered_by_the_replica_alone(behind: CaptureQueriesContext) -> None:
    Client().get(PAGE)  # the content itself is the primary's
    for path in (PAGE, f"{PAGE}skills/skill-1/", "/", "/roadmaps/", "/sitemap.xml", "/search/?q=skill"):
        with queries() as made:
            assert Client().get(path).status_code == 200
        assert made.counted == []
    assert len(behind) == 7


def test_a_replica_that_is_behind_never_makes_the_process_forget(behind: CaptureQueriesContext, trail: Roadmap) -> None:
    """What the visitor is shown is what the process has: newer than the replica, and not read twice."""
    Roadmap.objects.filter(pk=trail.pk).update(title="A newer trail")
    outline.touch(trail, at=timezone.now())
    assert "A newer trail" in Client().get(PAGE).content.decode()
    with queries() as made:
        assert "A newer trail" in Client().get(PAGE).content.decode()
    assert len(made) == 1  # the version, as the replica's is not the one that is kept


def test_whoever_has_a_session_reads_what_was_written(behind: CaptureQueriesContext) -> None:
    guest = Client()
    guest.get(PAGE)
    before = len(behind)
    guest.post("/progress/trail/skills/skill-1/", {"state": "done", "next": PAGE})
    assert 'id="skill-skill-1" data-state="done"' in guest.get(PAGE).content.decode()
    member = Client()
    member.force_login(User.objects.create_user("noor@example.org"))
    assert member.get(PAGE).status_code == 200
    assert Mark.objects.count() == 1
    assert len(behind) == before


def test_whoever_looks_at_a_preview_does_not_see_old_drafts(behind: CaptureQueriesContext) -> None:
    client = Client()
    client.cookies[settings.PREVIEW_COOKIE_NAME] = "any"
    assert client.get(PAGE).status_code == 200
    assert len(behind) == 0


def test_what_is_switched_off_is_off_at_once(behind: CaptureQueriesContext, user: User) -> None:
    """Accounts, evidence and plans are never read from a replica; here it has no such table, and would fail."""
    User.objects.filter(pk=user.pk).update(handle="noor", is_public=False)
    assert Client().get("/u/noor/").status_code == 404
    assert not replica.is_resting()
    assert len(behind) == 0


def test_forms_and_what_asks_who_somebody_is_read_from_the_primary(behind: CaptureQueriesContext) -> None:
    for path in ("/accounts/login/", "/privacy/", "/healthz", "/metrics"):
        Client().get(path)
    Client().post(PAGE)
    assert len(behind) == 0


@pytest.mark.parametrize("kept", [0, 2])
def test_a_replica_that_fails_costs_nobody_a_page(
    behind: CaptureQueriesContext, caplog: pytest.LogCaptureFixture, kept: int
) -> None:
    """kept: how often the page was asked for before, and so whether a view is."""
    for _ in range(kept):
        assert Client().get(PAGE).status_code == 200
    with connections[replica.REPLICA].schema_editor() as editor:
        editor.delete_model(Roadmap)
    assert Client().get(PAGE).status_code == 200
    assert [record.message for record in caplog.records] == [
        "The replica does not answer (OperationalError): the primary stands in."
    ]
    with CaptureQueriesContext(connections[replica.REPLICA]) as asked:
        assert Client().get(PAGE).status_code == 200
    assert asked.captured_queries == []  # it rests
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["replica"]) == (200, "does not answer, the primary stands in")


def test_writes_go_to_the_primary() -> None:
    row = make_trail(1)
    row._state.db = replica.REPLICA
    router = replica.Router()
    assert router.db_for_write(Roadmap, instance=row) == "default"
    with replica.reading_from(replica.REPLICA):
        assert router.db_for_write(Roadmap, instance=row) == "default"
        assert router.db_for_read(Roadmap, instance=row) == "replica"
        assert router.db_for_read(User) == "default"
        with replica.primary():
            assert router.db_for_read(Roadmap, instance=row) == "default"
        assert replica.is_asked()
    assert not replica.is_asked()
    assert [router.allow_migrate(alias, "roadmap") for alias in ("default", "replica")] == [True, False]


def test_which_pages_may_be_old() -> None:
    """Whoever adds one adds it here, and so decides."""
    marked = {pattern.name for _, pattern in patterns(get_resolver()) if getattr(pattern.callback, "may_be_old", False)}
    assert marked == {
        *("home", "roadmaps", "roadmap", "skill", "map", "book", "faq", "search", "sitemap"),
        *("profile", "badge", "card", "feed"),
    }
