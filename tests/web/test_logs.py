import io
import json
import logging
import logging.config
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.test import Client

from accounts.models import User
from config import env
from web import logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
def test_a_line_is_json_with_the_id_that_the_answer_names(client: Client, lines: io.StringIO) -> None:
    response = client.get("/nowhere/?email=ada@example.org")
    line = json.loads(lines.getvalue())
    assert line["request"] == response["X-Request-ID"]
    assert line["at"].endswith("+00:00")
    assert (line["level"], line["logger"], line["status"]) == ("WARNING", "django.request", 404)
    assert line["message"] == "Not Found: /nowhere/"
    assert "ada@" not in lines.getvalue()


def test_nothing_is_heard_of_whose_passkey_it_was() -> None:
    assert not logging.getLogger("fido2.server").isEnabledFor(logging.INFO)
    assert logging.getLogger("accounts").isEnabledFor(logging.INFO)


@pytest.mark.django_db
def test_a_line_stays_one_line(client: Client, lines: io.StringIO) -> None:
    client.get("/no%0Awhere%0d%0aERROR/")
    logging.getLogger("cairn").warning("One\nERROR two\r\nERROR three")
    assert lines.getvalue().count("\n") == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept"), [("abcdef-123456", True), ("x", False), ("a b c d e f g h", False), ("", False)]
)
def test_a_proxys_id_is_kept_if_it_looks_like_one(client: Client, settings: Any, given: str, kept: bool) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"] != given
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    response = client.get("/healthz", headers={"X-Request-ID": given})
    assert (response["X-Request-ID"] == given) == kept
    assert len(response["X-Request-ID"]) >= 8


def test_a_trace_is_part_of_the_line(lines: io.StringIO) -> None:
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("cairn").exception("It broke")
    assert "ValueError: no" in json.loads(lines.getvalue())["trace"]


class TestNobodyIsInIt:
    @pytest.mark.django_db
    def test_neither_in_the_address_of_a_page_nor_in_what_was_typed_there(
        self, client: Client, lines: io.StringIO
    ) -> None:
        for path in ("/u/ada/", "/calendar/a-secret-token.ics", "/u/ada@example.org/x/", "/nowhere/?q=ada@example.org"):
            client.get(path)
        client.put("/u/ada/")
        assert [json.loads(line)["message"] for line in lines.getvalue().splitlines()] == [
            "Not Found: /u/<slug:handle>/",
            "Not Found: /calendar/<slug:token>.ics",
            "Not Found: /u/.../x/",
            "Not Found: /nowhere/",
            "Method Not Allowed (PUT): /u/<slug:handle>/",
        ]

    @pytest.mark.parametrize(
        ("said", "kept"),
        [
            ("duplicate key value\nDETAIL: Key (email)=(ada@example.org) already exists.", "duplicate key value"),
            ("invalid literal for int() with base 10: 'my secret'", "invalid literal for int() with base 10: ..."),
            ("no such column: x", "no such column: x"),
            ("'my secret", "..."),
            ('of "my secret" and ada@example.org', "of ... and ..."),
            ("", ""),
        ],
    )
    def test_nor_in_what_an_error_says(self, lines: io.StringIO, said: str, kept: str) -> None:
        try:
            try:
                raise ValueError(said)
            except ValueError as error:
                raise RuntimeError("over") from error
        except RuntimeError:
            logging.getLogger("cairn").exception("It broke")
        trace = json.loads(lines.getvalue())["trace"]
        assert trace.endswith("RuntimeError: over")
        assert f"\nValueError: {kept}".rstrip() in trace
        assert "secret" not in trace.replace("raise ValueError(said)", "")
        assert "ada@" not in trace

    def test_nor_in_what_the_server_says(self, lines: io.StringIO) -> None:
        log = logging.getLogger("cairn")
        log.warning("Invalid request from ip=203.0.113.7: Invalid HTTP Version")
        log.error("Error handling request /search/?q=secret?and/more")
        said = [json.loads(line)["message"] for line in lines.getvalue().splitlines()]
        assert said == ["Invalid request from ip=...: Invalid HTTP Version", "Error handling request /search/"]


@pytest.fixture
def mailed(settings: Any) -> Iterator[list[Any]]:
    settings.ADMINS = [("", "ops@example.org")]
    handler = logs.Mail()
    logging.getLogger().addHandler(handler)
    yield mail.outbox
    logging.getLogger().removeHandler(handler)


REFUSED = "duplicate key\nDETAIL: Key (email)=(noor@example.org) already exists."


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, user: User) -> Client:
    def fail(*args: object) -> None:
        raise DatabaseError(REFUSED)

    client = Client(raise_request_exception=False)
    client.force_login(user)
    monkeypatch.setattr("config.views.redirect", fail)
    return client


@pytest.mark.django_db
class TestMail:
    def test_says_what_broke_and_nothing_about_who(self, broken: Client, mailed: list[Any]) -> None:
        data = {"theme": "dark", "next": "/u/noor/?secret=1"}
        response = broken.post("/theme/?typed=secret", data, headers={"User-Agent": "Kakapo/9"})
        assert response.status_code == 500
        [letter] = mailed
        assert letter.to == ["ops@example.org"]
        assert letter.subject == "[Cairn] Internal Server Error: /theme/"
        assert response["X-Request-ID"] in letter.body
        assert "in theme\n" in letter.body
        assert letter.body.strip().endswith("DatabaseError: duplicate key")
        session = broken.cookies["session"].value
        for word in ("noor", "secret", "Kakapo", "127.0.0.1", session, "DETAIL"):
            assert word not in letter.body

    def test_the_same_once_in_a_while(self, broken: Client, mailed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(3):
            broken.post("/theme/", {"theme": "dark"})
        assert len(mailed) == 1
        logging.getLogger("cairn").error("Something else,\nin two lines")
        assert mailed[1].subject == "[Cairn] Something else, in two lines"
        monkeypatch.setattr(logs.Mail, "REST", 0)
        broken.post("/theme/", {"theme": "dark"})
        assert len(mailed) == 3

    def test_not_of_what_anybody_can_cause_nor_of_mail_itself(self, mailed: list[Any]) -> None:
        Client().get("/", headers={"Host": "evil.example"})
        logging.getLogger("accounts.letters").error("A mail could not be sent: OSError.")
        Client().get("/nowhere/")
        assert mailed == []

    def test_a_mail_server_that_is_down_breaks_nothing_more(
        self, broken: Client, mailed: list[Any], settings: Any
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        assert broken.post("/theme/", {"theme": "dark"}).status_code == 500
        logging.getLogger("cairn").error("Something else")


class Collector(BaseHTTPRequestHandler):
    """Sentry's end: keeps what it is sent."""

    server: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Nobody reads along."""


@pytest.mark.django_db
class TestSentry:
    @pytest.fixture
    def sentry(self) -> Iterator[Any]:
        with HTTPServer(("127.0.0.1", 0), Collector) as server:
            server.got = []  # type: ignore[attr-defined]  # the test's own
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            handler = logs.Sentry(f"http://a-key@127.0.0.1:{server.server_port}/behind/42")
            logging.getLogger().addHandler(handler)
            yield server
            logging.getLogger().removeHandler(handler)
            server.shutdown()
            thread.join()

    def test_is_told_what_broke_and_nothing_about_who(self, sentry: Any, broken: Client) -> None:
        data = {"theme": "dark", "next": "/u/noor/?secret=1"}
        response = broken.post("/theme/?typed=secret", data, headers={"User-Agent": "Kakapo/9"})
        broken.post("/theme/", data)
        [(path, headers, body)] = sentry.got
        assert path == "/behind/api/42/envelope/"
        assert headers["X-Sentry-Auth"].endswith("sentry_key=a-key")
        about, item, event = map(json.loads, body.splitlines())
        assert (item["type"], about["event_id"], event["level"]) == ("event", event["event_id"], "error")
        assert event["logentry"]["formatted"] == "Internal Server Error: /theme/"
        assert event["tags"] == {"request": response["X-Request-ID"], "status": "500"}
        [error] = event["exception"]["values"]
        assert (error["type"], error["value"]) == ("DatabaseError", "duplicate key")
        assert "theme" in [frame["function"] for frame in error["stacktrace"]["frames"]]
        assert set(error["stacktrace"]["frames"][0]) == {"filename", "function", "lineno"}
        session = broken.cookies["session"].value
        for word in ("noor", "secret", "Kakapo", session, "DETAIL"):
            assert word not in body

    def test_that_is_down_breaks_nothing_more(self, broken: Client) -> None:
        handler = logs.Sentry("http://a-key@127.0.0.1:1/42")
        logging.getLogger().addHandler(handler)
        try:
            assert broken.post("/theme/", {"theme": "dark"}).status_code == 500
            logging.getLogger("cairn").error("Something else")
        finally:
            logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize(
    ("value", "has_email", "sentence"), [("ada", True, "e-mail addresses"), ("a@b.example", False, "no mail server")]
)
def test_who_is_told_has_to_be_reachable(
    monkeypatch: pytest.MonkeyPatch, value: str, has_email: bool, sentence: str
) -> None:
    monkeypatch.setenv("ADMINS_EMAIL", value)
    with pytest.raises(ImproperlyConfigured, match=sentence):
        env.people("ADMINS_EMAIL", has_email=has_email)
