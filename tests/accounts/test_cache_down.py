"""Redis closed, hanging, gone in between and emptied. G8 of docs/trust.md."""

import logging
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.test import Client

from accounts.models import User
from config import env
from tests.accounts.acts import app_code, is_signed_in, set_up_app, sign_in
from web.cache import RedisOrDatabase

pytestmark = pytest.mark.django_db


class Redis(socketserver.ThreadingTCPServer):
    """Knows the handful of commands that a cache is asked with."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}
        self.connections: list[socket.socket] = []
        super().__init__(("127.0.0.1", 0), Speaks)


class Speaks(socketserver.StreamRequestHandler):
    server: Redis

    def handle(self) -> None:
        self.server.connections.append(self.connection)
        while line := self.rfile.readline():
            command, *words = [self.rfile.read(int(self.rfile.readline()[1:]) + 2)[:-2] for _ in range(int(line[1:]))]
            name = command.decode().lower()
            self.wfile.write(getattr(self, "delete" if name == "del" else name)(*words) + b"\r\n")

    def hello(self, *words: bytes) -> bytes:
        return b"%1\r\n+proto\r\n:3"

    def client(self, *words: bytes) -> bytes:
        return b"+OK"

    select = client

    def set(self, key: bytes, value: bytes, *how: bytes) -> bytes:
        if b"NX" in how and key in self.server.kept:
            return b"_"
        self.server.kept[key] = value
        return b"+OK"

    def get(self, key: bytes) -> bytes:
        value = self.server.kept.get(key)
        return b"_" if value is None else b"$%d\r\n%b" % (len(value), value)

    def delete(self, key: bytes) -> bytes:
        return b":%d" % (self.server.kept.pop(key, None) is not None)

    def exists(self, key: bytes) -> bytes:
        return b":%d" % (key in self.server.kept)

    def incrby(self, key: bytes, delta: bytes) -> bytes:
        self.server.kept[key] = b"%d" % (int(self.server.kept[key]) + int(delta))
        return b":" + self.server.kept[key]


@contextmanager
def redis() -> Iterator[Redis]:
    with Redis() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            yield server
        finally:
            server.shutdown()
            for each in server.connections:
                each.shutdown(socket.SHUT_RDWR)


def use(port: int, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_URL", f"redis://127.0.0.1:{port}/0")
    monkeypatch.setattr(RedisOrDatabase, "resting_until", 0.0)
    settings.CACHES = env.caches("CACHE_URL")


@pytest.fixture(params=["closed", "hangs"])
def down(request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with socket.socket() as quiet:
        quiet.bind(("127.0.0.1", 0))
        if request.param == "hangs":
            quiet.listen()
        use(quiet.getsockname()[1], settings, monkeypatch)
        caches["database"].clear()
        yield


@pytest.mark.usefixtures("down")
def test_signing_in_and_pages_work_and_the_log_says_so(
    client: Client, user: User, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get("/roadmaps/").status_code == 200
    sign_in(client)
    assert is_signed_in(client)
    assert client.get("/settings/").status_code == 200
    told = [record for record in caplog.records if record.name == "web.cache"]
    assert [record.levelno for record in told] == [logging.ERROR]  # once, then it is left alone for a while
    assert "the database stands in" in told[0].getMessage()


@pytest.mark.usefixtures("down", "user")
def test_limits_hold(client: Client) -> None:
    for _ in range(5):
        sign_in(client, password="wrong horse battery")
    sign_in(client)
    assert not is_signed_in(client)
    answers = [client.post("/accounts/password/reset/", {"email": "noor@example.org"}).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]


@pytest.mark.usefixtures("down")
def test_a_code_of_the_app_counts_once(client: Client, user: User) -> None:
    sign_in(client)
    secret = set_up_app(client)
    code = app_code(secret, 1)
    answers = []
    for browser in (Client(), Client()):
        sign_in(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": code})
        answers.append(is_signed_in(browser))
    assert answers == [True, False]


def test_every_question_is_answered_alike_by_both(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> list[Any]:
        cache.set("b", [1.5])
        return [
            cache.add("a", 1, 60),
            cache.add("a", 2, 60),
            cache.incr("a"),
            cache.get("a"),
            cache.delete("a"),
            cache.get("a", "none"),
            cache.get("b"),
            "b" in cache,
        ]

    with redis() as server:
        use(server.server_address[1], settings, monkeypatch)
        caches["database"].clear()
        by_redis = ask()
        assert list(server.kept) == [b":1:b"]
        assert caches["database"].get("b") is None
    assert ask() == by_redis == [True, False, 2, 2, True, "none", [1.5], True]
    assert caches["database"].get("b") == [1.5]


@pytest.mark.usefixtures("user")
def test_it_is_asked_again_after_a_while(settings: Any, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with redis() as server:
        use(server.server_address[1], settings, monkeypatch)
        RedisOrDatabase.resting_until = time.monotonic() + 60
        sign_in(client, password="wrong horse battery")
        assert not server.kept
        RedisOrDatabase.resting_until = time.monotonic() - 1
        sign_in(client, password="wrong horse battery")
        assert server.kept
        server.kept.clear()  # flushed
        sign_in(client)
        assert is_signed_in(client)
