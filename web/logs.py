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
import time
import traceback
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
_PROXYS = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
# These read what anybody can make long. Each begins where nothing before could have begun it, or at a sign of its own:
# so the work grows with the length, not with its square.
_ADDRESS = re.compile(r"(?<![^\s@<>()'\"/,:=?&])[^\s@<>()'\"/,:=?&]++@[^\s@<>()'\"/,:?&]+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|['\"].*")
_CLIENT = re.compile(r"\bip=[0-9a-fA-F.:]*[0-9a-fA-F]")
_QUERY = re.compile(r"(?<=\S)\?\S+")


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A proxy's id if it looks like one, else a new one; the answer names it, so that a report can be found again."""
    from django.conf import settings

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "") if settings.ALLAUTH_TRUSTED_PROXY_COUNT else ""
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


def _masked(text: str) -> str:
    """Without addresses of people and of their browsers, and without what a form put into an address."""
    return _QUERY.sub("", _CLIENT.sub("ip=...", _ADDRESS.sub("...", text)))


def _message(record: logging.LogRecord) -> str:
    """Of a page's address the pattern: in its place there may be somebody's handle, or a token."""
    text = record.getMessage()
    request = getattr(record, "request", None)
    match = getattr(request, "resolver_match", None)
    return _masked(text.replace(request.path, f"/{match.route}") if request and match else text)


def _trace(error: BaseException) -> str:
    """Where it broke and over what. Of what the error says only the beginning, without what it quotes: a database
    names the row that it refuses, and Python the text that is no number."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = f"{_trace(cause)}\n" if cause else ""
    said = _masked(_QUOTED.sub("...", (str(error).splitlines() or [""])[0]))[:200]
    return f"{before}{''.join(traceback.format_tb(error.__traceback__))}{type(error).__qualname__}: {said}"


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
        }
        # Django's own line on an answer is written when the request is over; it brings the request along.
        if number := getattr(getattr(record, "request", None), "id", "") or _request_id.get():
            line["request"] = number
        with contextlib.suppress(AttributeError):
            line["status"] = record.status_code  # type: ignore[attr-defined]  # Django's request logger adds it
        if record.exc_info and record.exc_info[1]:
            line["trace"] = _trace(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


class Alarm(logging.Handler):
    """Tells those who run the site of errors, each at most once in ten minutes, from each process. What is told is what
    the log says of it: Django's own mail, and Sentry's own client, would send along cookies, forms and variables."""

    REST = 600
    NOT_OURS = ("accounts.letters", "django.security")
    """Mail that cannot be sent; what anybody can cause at will."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.setFormatter(JsonFormatter())
        self.sent: dict[tuple[Any, ...], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        frames = traceback.extract_tb(error.__traceback__) if error else []
        what = (record.name, record.pathname, record.lineno, type(error), *[frames[-1][:2] if frames else ()])
        now = time.monotonic()
        if record.name.startswith(self.NOT_OURS) or now - self.sent.get(what, -self.REST) < self.REST:
            return
        self.sent[what] = now
        self.tell(json.loads(self.format(record)), error)

    def tell(self, line: dict[str, Any], error: BaseException | None) -> None:
        raise NotImplementedError


class Mail(Alarm):
    def tell(self, line: dict[str, Any], error: BaseException | None) -> None:
        from django.core.mail import mail_admins

        text = "\n".join(f"{name}: {value}" for name, value in line.items() if name != "trace")
        subject = " ".join(str(line["message"]).split())[:100]
        mail_admins(subject, f"{text}\n\n{line.get('trace', '')}\n", fail_silently=True)


class Sentry(Alarm):
    """One envelope an event (https://develop.sentry.dev/sdk/data-model/envelopes/). Nobody waits for it for long."""

    WITHIN = 2.0

    def __init__(self, dsn: str) -> None:
        super().__init__()
        parts = urlsplit(dsn)
        place, _, project = parts.path.rpartition("/")
        self.url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{place}/api/{project}/envelope/"
        self.key = parts.username or ""

    def tell(self, line: dict[str, Any], error: BaseException | None) -> None:
        import urllib3

        event: dict[str, Any] = {
            "event_id": uuid.uuid4().hex,
            "timestamp": line["at"],
            "platform": "python",
            "level": "error",
            "logger": line["logger"],
            "logentry": {"formatted": line["message"]},
            "tags": {name: str(line[name]) for name in ("request", "status") if name in line},
            "extra": {"trace": line.get("trace", "")},
        }
        if error:
            frames = [
                {"filename": frame.filename, "function": frame.name, "lineno": frame.lineno}
                for frame in traceback.extract_tb(error.__traceback__)
            ]
            said = line["trace"].rpartition("\n")[2].partition(": ")[2]
            what = {"type": type(error).__qualname__, "value": said, "stacktrace": {"frames": frames}}
            event["exception"] = {"values": [what]}
        envelope = ({"event_id": event["event_id"]}, {"type": "event"}, event)
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            urllib3.request(
                "POST",
                self.url,
                body="\n".join(map(json.dumps, envelope)),
                headers={
                    "Content-Type": "application/x-sentry-envelope",
                    "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_client=cairn/1, sentry_key={self.key}",
                },
                timeout=self.WITHIN,
                retries=False,
                redirect=False,
            )


def config(*, as_json: bool, mail: bool = False, sentry: str = "") -> dict[str, Any]:
    formatters: dict[str, Any] = {
        "json": {"()": "web.logs.JsonFormatter"},
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
    }
    handlers: dict[str, Any] = {
        "console": {"class": "logging.StreamHandler", "formatter": "json" if as_json else "plain"},
        **({"mail": {"class": "web.logs.Mail"}} if mail else {}),
        **({"sentry": {"class": "web.logs.Sentry", "dsn": sentry}} if sentry else {}),
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": formatters,
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": "INFO"},
        # gunicorn names handlers of its own for these two. Its access log would hold addresses of people.
        "loggers": {
            "gunicorn.error": {"handlers": [], "propagate": True},
            "gunicorn.access": {"handlers": [], "propagate": False, "level": "CRITICAL"},
            "fido2": {"level": "WARNING"},  # says whose passkey it is
        },
    }
