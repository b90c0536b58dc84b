"""A database that another program locks, that takes no writes, and that has to have written before it says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from roadmap.models import Skill
from tests.factories import make_trail

pytestmark = pytest.mark.django_db(transaction=True)
SQLITE = connection.vendor == "sqlite"
MARK = "/progress/trail/skills/skill-1/"


def ask(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None


@contextmanager
def meanwhile(begin: str, end: str) -> Iterator[None]:
    ask(begin)
    try:
        yield
    finally:
        ask(end)


def mark(client: Client) -> Any:
    return client.post(MARK, {"state": "done", "learner": ""})


@pytest.fixture
def visitor(client: Client) -> Client:
    make_trail(1)
    client.raise_request_exception = False
    client.get("/roadmaps/trail/")
    return client


@contextmanager
def locked_by_another_program() -> Iterator[None]:
    other = connection.copy()
    try:
        if not SQLITE:
            other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE" if SQLITE else "LOCK TABLE progress_learner IN EXCLUSIVE MODE")
            yield
            cursor.execute("ROLLBACK")
    finally:
        other.close()


# G11, G7
def test_a_write_waits_only_so_long_for_a_lock_and_pages_go_on(visitor: Client) -> None:
    waits = ("PRAGMA busy_timeout = 50", "PRAGMA busy_timeout = 20000")
    if not SQLITE:
        waits = ("SET statement_timeout = 100", "RESET statement_timeout")
    with meanwhile(*waits), locked_by_another_program():
        refused = mark(visitor)
        assert (refused.status_code, refused["Retry-After"]) == (503, "5")
        assert "may not have been saved" in refused.content.decode()
        assert visitor.get("/roadmaps/trail/").status_code == 200
        assert visitor.get("/healthz").status_code == 200
    assert mark(visitor).status_code == 302


# G10
def test_one_that_is_read_only_takes_no_marks_and_shows_pages(visitor: Client) -> None:
    """As on a disk that is, or on a replica that has not become the primary yet."""
    read_only = ("PRAGMA query_only = 1", "PRAGMA query_only = 0")
    if not SQLITE:
        read_only = ("SET default_transaction_read_only = on", "RESET default_transaction_read_only")
    with meanwhile(*read_only):
        refused = mark(visitor)
        assert (refused.status_code, refused["Retry-After"]) == (503, "5")
        assert visitor.get("/roadmaps/trail/").status_code == 200
        assert visitor.get("/roadmaps/trail/skills/skill-1/").status_code == 200
    assert mark(visitor).status_code == 302


# G12; that it is done before the answer is seen from outside by make chaos
def test_what_is_committed_is_on_the_disk() -> None:
    Skill.objects.exists()
    if SQLITE:
        assert (ask("PRAGMA journal_mode"), ask("PRAGMA synchronous")) == ("wal", 2)
    else:
        assert (ask("SHOW fsync"), ask("SHOW synchronous_commit")) == ("on", "on")
