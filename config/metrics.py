"""What Prometheus collects at /metrics: how the site fares, never how a person does.

Views are told by the names of their addresses, so no label holds an id, a handle or a token. Nothing here reads a table
that grows with the learners: how many there ever were is the highest number that the database gave out.
"""

import datetime as dt
import os
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import Error
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts.models import Event, User
from config import health
from progress.models import Change, Learner
from roadmap.models import Phase, Roadmap, Skill

KIND = "text/plain; version=1.0.0; charset=utf-8"
LIMITS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Seconds. The page of a roadmap is held to 50 ms and less, the other end is a time-out."""

REGISTRY = CollectorRegistry()
REQUESTS = Counter("cairn_requests", "Answers", ["view", "status"], registry=REGISTRY)
SECONDS = Histogram("cairn_request_seconds", "Time to an answer", ["view"], buckets=LIMITS, registry=REGISTRY)


def measured(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    if not settings.METRICS_TOKEN:
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        response = get_response(request)
        view = request.resolver_match.view_name if request.resolver_match else "none"
        SECONDS.labels(view).observe(time.perf_counter() - start)
        REQUESTS.labels(view, f"{response.status_code // 100}xx").inc()
        return response

    return middleware


def is_asked_for(request: HttpRequest) -> bool:
    """By somebody with the token, which nobody can guess letter by letter."""
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    return bool(settings.METRICS_TOKEN) and secrets.compare_digest(given.encode(), wanted.encode())


def collected() -> bytes:
    registry = CollectorRegistry()
    # Of all worker processes, where gunicorn has given them a folder to count in.
    registry.register(MultiProcessCollector(None) if "PROMETHEUS_MULTIPROC_DIR" in os.environ else REGISTRY)  # type: ignore[no-untyped-call]  # prometheus-client's
    registry.register(Site())
    return generate_latest(registry)


class Site(Collector):
    """As it is when asked."""

    def describe(self) -> Iterable[Metric]:
        return []  # registering asks the database for nothing

    def collect(self) -> Iterable[Metric]:
        found = health.checks()
        well = GaugeMetricFamily("cairn_ok", "Whether this part is as it must be", labels=["part"])
        for part, state in found.items():
            well.add_metric([part], float(state == health.OK))
        yield well
        if set(found.values()) <= health.SERVING:
            try:
                yield from list(_counted())
            except Error:
                return  # gone in between; the next time cairn_ok says so


def _counted() -> Iterable[Metric]:
    now = timezone.now()
    models: dict[str, Any] = {"accounts": User, "learners": Learner, "changes": Change}
    for name, model in models.items():
        highest = model.objects.aggregate(highest=Max("pk"))["highest"] or 0
        yield CounterMetricFamily(f"cairn_{name}", f"{name.capitalize()} that there ever were, at most", value=highest)
    drafts = sum(model.objects.filter(publish_at__lte=now).count() for model in (Roadmap, Phase, Skill))
    yield GaugeMetricFamily("cairn_drafts_due", "Drafts whose time to be published has come", value=drafts)
    erasures = User.objects.filter(erase_at__lte=now).count()
    yield GaugeMetricFamily("cairn_erasures_due", "Accounts whose time to be erased has come", value=erasures)
    events = GaugeMetricFamily("cairn_events_of_the_hour", "What happened to accounts", labels=["kind"])
    lately = Event.objects.filter(at__gt=now - dt.timedelta(hours=1))
    for kind, count in lately.order_by("kind").values_list("kind").annotate(Count("pk")):
        events.add_metric([kind], count)
    yield events
