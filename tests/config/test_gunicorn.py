"""The site as `make up` serves it: a real gunicorn with our configuration."""

import http.client
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def gunicorn(var: Path, app: str = "", *, log: Any = subprocess.PIPE, **environment: str) -> Iterator[tuple[int, Any]]:
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "CAIRN_VAR": str(var),
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        **environment,
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", *([app] if app else [])]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log, text=True) as server:
        try:
            for _ in range(200):
                try:
                    fetch(port, "/healthz")
                    break
                except OSError:
                    assert server.poll() is None, server.stderr.read() if server.stderr else ""
                    time.sleep(0.05)
            yield port, server
        finally:
            server.kill()


@contextmanager
def half_said(port: int) -> Iterator[None]:
    """More clients than there are threads, each with the beginning of something."""
    form = "POST /theme/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\ntheme="
    with ExitStack() as stack:
        for said in ("", "GET / HTTP/1.1\r\nHost:", *[form] * 6):
            client = stack.enter_context(socket.create_connection(("localhost", port)))
            client.sendall(said.encode())
        yield


def fetch(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    request = urllib.request.Request(f"http://localhost:{port}{path}", headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 -- our own server
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def told(port: int, sent: bytes) -> bytes:
    """All that is answered until the server closes the connection."""
    answer = b""
    with socket.create_connection(("localhost", port), timeout=10) as connection:
        try:
            connection.sendall(sent)
            while part := connection.recv(2**16):
                answer += part
        except ConnectionError:  # it closes with much of it unread
            pass
    return answer


@pytest.mark.parametrize("public", [False, True])
def test_serves_logs_and_stops(tmp_path: Path, public: bool) -> None:
    """In public, slow clients hold up nobody."""
    more = {"SITE_URL": "https://localhost", "EMAIL_URL": "none", "BIND": "0.0.0.0"} if public else {}  # noqa: S104 -- for a moment
    with gunicorn(tmp_path, **more) as (port, server):
        with half_said(port) if public else nullcontext():
            answer = fetch(port, "/healthz")
        # Without TRUSTED_PROXIES nobody's word counts, also not that of a proxy on this machine.
        for claim in (b"X-Forwarded-Proto: https", b"X-Forwarded-Ssl: on", b"SCRIPT_NAME: /robots.txt"):
            asked = b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n%s\r\nConnection: close\r\n\r\n" % claim
            assert told(port, asked).startswith(b"HTTP/1.1 301" if public else b"HTTP/1.1 200"), claim
        server.send_signal(signal.SIGTERM)
        _, logged = server.communicate(timeout=30)
    assert answer == (200, b"ok")
    assert "127.0.0.1 - -" not in logged
    first = logged.splitlines()[0]
    assert "Starting gunicorn" in (json.loads(first)["message"] if public else first)


def test_whoever_sends_too_much_hears_of_it(tmp_path: Path) -> None:
    """What is not read to its end is answered by a closed connection."""
    large = b"x" * 20 * 2**20
    head = b"POST /theme/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(large)
    with gunicorn(tmp_path, DEBUG="1") as (port, _):  # without collecting static files first
        assert told(port, head + large).startswith(b"HTTP/1.1 413")


def test_pages_are_given_up_by_the_database_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody has said otherwise, as for PgBouncer."""
    monkeypatch.delenv("METRICS_TOKEN", raising=False)
    for before, after in ((None, "-c statement_timeout=10s"), ("", "")):
        monkeypatch.setenv("PGOPTIONS", before or "")
        if before is None:
            monkeypatch.delenv("PGOPTIONS")
        runpy.run_path("config/gunicorn.py")
        assert os.environ["PGOPTIONS"] == after


SLOW = '''
import time
from config.wsgi import application as cairn

def application(environ, start_response):
    """The site, and behind it a page that takes its time."""
    if environ["PATH_INFO"] != "/slow":
        return cairn(environ, start_response)
    open({begun!r}, "w").close()
    time.sleep(1.5)
    start_response("200 OK", [("Content-Length", "4")])
    return [b"done"]
'''


@pytest.mark.parametrize("worker", ["sync", "config.worker.ThreadedWorker", "config.worker.Worker"])
def test_told_to_stop_it_finishes_what_it_has_begun(tmp_path: Path, worker: str) -> None:
    begun = tmp_path / "begun"
    (tmp_path / "slow.py").write_text(SLOW.format(begun=str(begun)))
    more = {"PYTHONPATH": str(tmp_path), "GUNICORN_CMD_ARGS": f"--worker-class={worker}"}
    with gunicorn(tmp_path, "slow", **more) as (port, server):
        answers: list[tuple[int, bytes]] = []
        asking = threading.Thread(target=lambda: answers.append(fetch(port, "/slow")))
        asking.start()
        while not begun.exists():
            time.sleep(0.01)
        server.send_signal(signal.SIGTERM)
        asking.join(timeout=30)
        assert server.wait(timeout=30) == 0
    assert answers == [(200, b"done")]


LARGE = """
from config.wsgi import application as cairn

def application(environ, start_response):
    if environ["PATH_INFO"] != "/large":
        return cairn(environ, start_response)
    with open({asked!r}, "a") as file:
        file.write("x")
    start_response("200 OK", [("Content-Length", "200000")])
    return [b"x" * 200_000]
"""


@pytest.mark.parametrize("worker", ["config.worker.ThreadedWorker", "config.worker.Worker"])
def test_who_reads_nothing_gets_no_second_page(tmp_path: Path, worker: str) -> None:
    asked = tmp_path / "asked"
    (tmp_path / "large.py").write_text(LARGE.format(asked=str(asked)))
    more = {"PYTHONPATH": str(tmp_path), "GUNICORN_CMD_ARGS": f"--worker-class={worker}"}
    with gunicorn(tmp_path, "large", **more) as (port, _), socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        reader.connect(("127.0.0.1", port))
        reader.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n" * 10)
        while not asked.exists():
            time.sleep(0.1)
        time.sleep(1)
        assert asked.read_text() == "x"


def test_told_to_stop_it_says_so_before_it_closes_the_door(tmp_path: Path) -> None:
    with gunicorn(tmp_path, DRAIN_SECONDS="3") as (port, server):
        assert b"stopping" not in fetch(port, "/readyz")[1]
        server.send_signal(signal.SIGTERM)
        while b"stopping" not in (answer := fetch(port, "/readyz"))[1]:
            time.sleep(0.01)
        server.send_signal(signal.SIGTERM)  # whoever is impatient gains nothing
        assert (answer[0], json.loads(answer[1])["server"]) == (503, "is stopping")
        assert fetch(port, "/healthz") == (200, b"ok")
        assert server.wait(timeout=30) == 0
    with pytest.raises(OSError):
        http.client.HTTPConnection("localhost", port).connect()


POST, HOST, NEXT = (
    b"POST /healthz HTTP/1.1\r\nHost: localhost\r\n",
    b"Host: localhost\r\n",
    b"GET /healthz HTTP/1.1\r\n",
)
CHUNKED, AFTER = b"Transfer-Encoding: chunked\r\n", NEXT + HOST + b"\r\n"
# Each could be two requests to one server and one to another, or is none at all.
SMUGGLED = {
    "CL.TE": POST + b"Content-Length: 6\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "TE.CL": POST + CHUNKED + b"Content-Length: 4\r\n\r\n0\r\n\r\n",
    "TE.TE": POST + CHUNKED + b"Transfer-Encoding: x\r\n\r\n0\r\n\r\n",
    "chunked is not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked, misspelt": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a tab of the other kind": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": POST.replace(b"1.1", b"1.0") + CHUNKED + b"\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 40\r\n\r\n",
    "a list of lengths": POST + b"Content-Length: 0, 40\r\n\r\n",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +0\r\n\r\n",
    "a length in hex": POST + b"Content-Length: 0x0\r\n\r\n",
    "a folded header": POST + b"X-A: b\r\n Content-Length: 40\r\n\r\n",
    "NUL in a value": POST + b"X-A: b\x00c\r\nContent-Length: 0\r\n\r\n",
    "NUL in a name": POST + b"X\x00A: b\r\nContent-Length: 0\r\n\r\n",
    "a lone CR": POST + b"X-A: b\rContent-Length: 40\r\n\r\n",
    "lone LFs": b"POST /healthz HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n",
    "two hosts": NEXT + HOST + b"Host: evil.example\r\n\r\n",
    "a version that is none": b"GET /healthz HTTP/9.9\r\n" + HOST + b"\r\n",
    "no version": b"GET /healthz\r\n\r\n",
    "two spaces": b"GET  /healthz HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method that is none": b"G<T /healthz HTTP/1.1\r\n" + HOST + b"\r\n",
    "a long address": b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a long header": NEXT + HOST + b"X-A: " + b"x" * 100_000 + b"\r\n\r\n",
    "many headers": NEXT + HOST + b"".join(b"X-%d: a\r\n" % number for number in range(500)) + b"\r\n",
}


# R6, L2
def test_what_could_be_two_requests_is_none(tmp_path: Path) -> None:
    """With workers that keep connections, as behind a proxy: after a refusal nothing is read any more."""
    with gunicorn(tmp_path, BIND="0.0.0.0") as (port, _):  # noqa: S104 -- for a moment
        plain = told(port, AFTER + AFTER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert plain.count(b"HTTP/1.1 200 OK") == 2
        wrong = {}
        for what, sent in SMUGGLED.items():
            answer = told(port, sent + AFTER)
            if not answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501")) or b"200 OK" in answer:
                wrong[what] = answer
    assert wrong == {}


GREEDY = '''
import logging, os
from config.wsgi import application as cairn

def application(environ, start_response):
    """The site, and pages that want a lot of memory, or a little."""
    if environ["PATH_INFO"] not in ("/a-lot", "/a-little"):
        return cairn(environ, start_response)
    logging.getLogger("cairn").error("asked for")
    kept = bytearray((2000 if environ["PATH_INFO"] == "/a-lot" else 50) * 2**20)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
'''


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 -- for a moment
def test_with_little_memory_and_a_log_that_takes_nothing_it_serves_on(tmp_path: Path, address: str) -> None:
    (tmp_path / "greedy.py").write_text(GREEDY)
    with (
        Path("/dev/full").open("w") as full,
        gunicorn(tmp_path, "greedy", log=full, PYTHONPATH=str(tmp_path), WORKER_MEMORY_MB="512", BIND=address) as (
            port,
            _,
        ),
    ):
        before = fetch(port, "/a-little")
        assert fetch(port, "/a-lot")[0] == 500
        assert fetch(port, "/healthz") == (200, b"ok")
        assert fetch(port, "/a-little") == before  # the same worker
        assert before[0] == 200
