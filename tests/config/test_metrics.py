"""What Prometheus is told."""

import datetime as dt
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import Event, User
from config import env
from config.metrics import REGISTRY
from config.metrics import measured as measured_middleware
from roadmap.models import Skill
from tests.config.test_gunicorn import fetch, gunicorn
from tests.factories import make_follower, make_trail
from tests.queries import queries

TOKEN = "a-token-that-nobody-guesses"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def measured(settings: Any) -> Client:
    settings.METRICS_TOKEN = TOKEN
    return Client()


def value(said: str, name: str) -> float:
    return float(dict(line.rsplit(" ", 1) for line in said.splitlines() if line[0] != "#")[name])


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", TOKEN, "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer é"])
def test_without_the_token_there_is_no_such_page(measured: Client, given: str) -> None:
    assert measured.get("/metrics", headers={"Authorization": given}).status_code == 404


@pytest.mark.django_db
def test_where_there_is_no_token_none_opens_it(client: Client) -> None:
    for given in ("", "Bearer", "Bearer "):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 404


@pytest.mark.django_db
def test_requests_are_counted_by_page_and_kind_of_answer(measured: Client) -> None:
    def seen(view: str, status: str) -> float:
        return REGISTRY.get_sample_value("cairn_requests_total", {"view": view, "status": status}) or 0

    make_trail(1)
    before = [seen("skill", "2xx"), seen("skill", "4xx"), seen("none", "4xx")]
    measured.get("/roadmaps/trail/skills/skill-1/")
    measured.get("/roadmaps/trail/skills/nothing/")
    measured.get("/u/noor/nowhere/")
    assert [seen("skill", "2xx"), seen("skill", "4xx"), seen("none", "4xx")] == [count + 1 for count in before]
    said = measured.get("/metrics", headers=BEARER).content.decode()
    assert value(said, 'cairn_request_seconds_count{view="skill"}') >= 2
    assert value(said, 'cairn_request_seconds_bucket{le="+Inf",view="skill"}') >= 2


@pytest.mark.django_db
def test_says_what_is_due_and_what_was_and_nobody_is_in_it(measured: Client, user: User) -> None:
    trail = make_trail(2)
    make_follower(trail, **{"skill-1": "done"})
    now = timezone.now()
    User.objects.filter(pk=user.pk).update(erase_at=now - dt.timedelta(hours=1), handle="noor", is_public=True)
    Skill.objects.filter(slug="skill-2").update(is_draft=True, publish_at=now - dt.timedelta(hours=1))
    for age in (0, 50, 70):
        Event.objects.create(user=user, kind="sign_in_failed", at=now - dt.timedelta(minutes=age))
    measured.get("/u/noor/")
    response = measured.get("/metrics", headers=BEARER)
    said = response.content.decode()
    assert response["Content-Type"].startswith("text/plain")
    assert response["Cache-Control"] == "no-store"
    assert {part: value(said, f'cairn_ok{{part="{part}"}}') for part in ("database", "cache", "migrations")} == {
        "database": 1,
        "cache": 1,
        "migrations": 1,
    }
    assert value(said, "cairn_drafts_due") == 1
    assert value(said, "cairn_erasures_due") == 1
    assert value(said, 'cairn_events_of_the_hour{kind="sign_in_failed"}') == 2
    assert value(said, "cairn_accounts_total") == User.objects.latest("pk").pk
    assert value(said, "cairn_learners_total") >= 1
    assert not re.search(r"noor|example\.org|127\.0\.0\.1|skill-1", said)


@pytest.mark.django_db
def test_costs_the_same_however_many_there_are(measured: Client, user: User) -> None:
    trail = make_trail(2)
    counts = []
    for _ in range(2):
        measured.get("/metrics", headers=BEARER)
        with queries() as asked:
            measured.get("/metrics", headers=BEARER)
        counts.append(len(asked))
        for _ in range(3):
            make_follower(trail, **{"skill-1": "done"})
            Event.objects.create(user=user, kind="signed_in")
    assert counts[0] == counts[1] <= 13, asked.counted
    assert not [sql for sql in asked.counted if "COUNT" in sql and ("change" in sql or "learner" in sql)]


def test_nothing_is_measured_without_a_token() -> None:
    with pytest.raises(MiddlewareNotUsed):
        measured_middleware(HttpResponse)


@pytest.mark.parametrize("token", ["short", "é" * 30])
def test_a_token_that_can_be_guessed_stops_the_start(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("METRICS_TOKEN", token)
    with pytest.raises(ImproperlyConfigured, match="METRICS_TOKEN"):
        env.secret("METRICS_TOKEN")


@pytest.mark.parametrize("worker", ["ThreadedWorker", "Worker"])
def test_workers_count_together(tmp_path: Path, worker: str) -> None:
    arguments = f"--worker-class=config.worker.{worker}"
    with gunicorn(tmp_path, WEB_CONCURRENCY="2", METRICS_TOKEN=TOKEN, GUNICORN_CMD_ARGS=arguments) as (port, server):
        for _ in range(20):
            assert fetch(port, "/robots.txt")[0] == 200
        said = [fetch(port, "/metrics", BEARER)[1].decode() for _ in range(6)]
        assert {value(each, 'cairn_requests_total{status="2xx",view="robots"}') for each in said} == {20}
        assert value(said[0], 'cairn_ok{part="migrations"}') == 0  # there are none in this database yet
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0
