"""A replica of the database answers what may be a moment old; everything else is the primary's.

Which views may be, each says itself (@may_be_old); which tables, the settings say. Only a browser without a session is
answered so: whoever marks, signs in or edits has one, and so always reads their own writes. A replica that does not
answer costs nobody a page: the primary stands in, and the replica is left alone for a while.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, ProgrammingError, connections
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from web.http import View, noted

Found = TypeVar("Found")

REPLICA = "replica"
REST = 10
"""Seconds until it is asked again."""
GONE = OperationalError, InterfaceError, ProgrammingError
"""What is asked of a replica that is down, or behind by a migration."""

_reads_from: ContextVar[str] = ContextVar("reads_from", default=DEFAULT_DB_ALIAS)
_resting_until = 0.0

log = logging.getLogger(__name__)


def may_be_old(view: View) -> View:
    """Marks a view of which a visitor may see what was so a moment ago."""
    return noted(view, may_be_old=True)


def is_asked() -> bool:
    """Whether what is read now comes from the replica."""
    return _reads_from.get() == REPLICA


def is_resting() -> bool:
    return time.monotonic() < _resting_until


@contextmanager
def reading_from(alias: str) -> Iterator[None]:
    token = _reads_from.set(alias)
    try:
        yield
    finally:
        _reads_from.reset(token)


def primary() -> AbstractContextManager[None]:
    """A context in which nothing is old."""
    return reading_from(DEFAULT_DB_ALIAS)


def read(request: HttpRequest, view: Callable[..., HttpResponse], ask: Callable[[], Found]) -> Found:
    """What is found by the replica, if that is enough for this request and view; else, or if it does not answer, by the
    primary."""
    if REPLICA in connections and not is_resting() and _is_enough(request, view):
        try:
            with reading_from(REPLICA):
                return ask()
        except GONE as error:
            _rest(error)
    return ask()


class Router:
    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        # By its two names: the table of the cache has not the third.
        name = f"{model._meta.app_label}.{model._meta.object_name}"
        return _reads_from.get() if name in settings.MAY_BE_OLD else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return DEFAULT_DB_ALIAS  # a row that the replica gave, too

    def allow_relation(self, first: Model, second: Model, **hints: Any) -> bool:
        return True  # it is one database

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


def reads(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Stands last, around the view alone."""
    if REPLICA not in connections:
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(
        request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        ask = partial(view, request, *args, **kwargs)
        return read(request, view, ask) if _is_enough(request, view) else None

    return noted(middleware, process_view=process_view)


def _is_enough(request: HttpRequest, view: Callable[..., HttpResponse]) -> bool:
    is_somebody = any(name in request.COOKIES for name in settings.NEVER_OLD_WITH)
    return getattr(view, "may_be_old", False) and request.method in ("GET", "HEAD") and not is_somebody


def _rest(error: Exception) -> None:
    global _resting_until  # noqa: PLW0603 -- each process finds out by itself
    _resting_until = time.monotonic() + REST
    log.error("The replica does not answer (%s): the primary stands in.", type(error).__name__)
