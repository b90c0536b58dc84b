"""Log lines: JSON in UTC, one a line, each with the id of its request; nothing about a person.

gunicorn's master reads this file before Django is there; gevent, which patches what is loaded by then, cannot do it to
settings that wait to be configured. So nothing of Django's is imported here.
"""

from __future__ import annotations

import contextlib
import contextvars
import datetime as dt
import json
import logging
import re
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
_PROXYS = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A proxy's id if it looks like one, else a new one; the answer names it, so that a report can be found again."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        number = given if _PROXYS.match(given) else uuid.uuid4().hex
        request.id = number  # type: ignore[attr-defined]  # for whoever logs
        token = _request_id.set(number)
        try:
            response = get_response(request)
            response["X-Request-ID"] = number
            return response
        finally:
            _request_id.reset(token)

    return middleware


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        # Django's own line on an answer is written when the request is over; it brings the request along.
        if number := getattr(getattr(record, "request", None), "id", "") or _request_id.get():
            line["request"] = number
        with contextlib.suppress(AttributeError):
            line["status"] = record.status_code  # type: ignore[attr-defined]  # Django's request logger adds it
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def config(*, as_json: bool) -> dict[str, Any]:
    formatters: dict[str, Any] = {
        "json": {"()": "web.logs.JsonFormatter"},
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
    }
    handler = {"class": "logging.StreamHandler", "formatter": "json" if as_json else "plain"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": formatters,
        "handlers": {"console": handler},
        "root": {"handlers": ["console"], "level": "INFO"},
        # gunicorn names handlers of its own for these two. Its access log would hold addresses of people.
        "loggers": {
            "gunicorn.error": {"handlers": [], "propagate": True},
            "gunicorn.access": {"handlers": [], "propagate": False, "level": "CRITICAL"},
            "fido2": {"level": "WARNING"},  # says whose passkey it is
        },
    }
