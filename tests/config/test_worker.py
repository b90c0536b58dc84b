"""What a worker reads before the site is asked, and when the request is over."""

import errno
import io
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from django.db import OperationalError

from config import worker
from progress.views.data import LARGEST


class Asked(io.BytesIO):
    """A body that notes who reads it when."""

    def __init__(self, body: bytes, happened: list[str]) -> None:
        super().__init__(body)
        self.happened = happened

    def read(self, size: int | None = -1) -> bytes:
        self.happened.append("read")
        return super().read(size)


class Answer:
    def __init__(self, happened: list[str]) -> None:
        self.happened = happened

    def __iter__(self) -> Iterator[bytes]:
        self.happened.append("made")
        yield from [b"one", b"two"]

    def close(self) -> None:
        self.happened.append("over")


class File(Answer):
    """As gunicorn sends one."""


def served(answer: Callable[[list[str]], Answer], *, body: bytes = b"", size: str = "") -> tuple[Any, bytes, list[str]]:
    """What is sent, what the site read, and what happened in which order."""
    happened: list[str] = []
    seen: list[bytes] = []

    def site(environ: dict[str, Any], start_response: object) -> Answer:
        happened.append("site")
        seen.append(environ["wsgi.input"].read())
        return answer(happened)

    def run(*call: Any) -> Any:
        happened.append("runs")
        return call[0](*call[1:])

    environ = {"wsgi.input": Asked(body, happened), "CONTENT_LENGTH": size, "wsgi.file_wrapper": File}
    sent = worker.buffered(site, run)(environ, print)
    return sent, seen[0], [each for n, each in enumerate(happened) if [each] != happened[n - 1 : n]]


def test_a_body_is_read_before_and_the_request_is_over_before_anything_is_sent() -> None:
    sent, read, happened = served(Answer, body=b"state=done&rest of the next", size="10")
    assert (sent, read) == ([b"one", b"two"], b"state=done")
    assert happened == ["read", "runs", "site", "made", "over"]


def test_a_file_is_read_while_it_is_sent() -> None:
    sent, read, happened = served(File)
    assert isinstance(sent, File)
    assert (read, happened) == (b"", ["runs", "site"])


def test_half_a_form_is_none() -> None:
    """Its client hung up; gunicorn takes this as what it is."""
    happened: list[str] = []
    body = Asked(b"text=The first half of", happened)
    with pytest.raises(ConnectionResetError) as hung_up:
        worker.buffered(lambda *_: [], print)({"wsgi.input": body, "CONTENT_LENGTH": "40"}, print)
    assert hung_up.value.errno == errno.ECONNRESET


def test_what_is_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LARGEST <= worker.MOST <= worker.DRAINED
    monkeypatch.setattr(worker, "MOST", 9)
    _, read, happened = served(Answer, body=b"state=done", size="10")
    assert (read, happened[0]) == (b"", "read")


def test_a_database_that_says_no_more_is_as_one_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks whether it is ready waits less."""
    monkeypatch.setattr(worker, "WITHIN", 0.05)
    monkeypatch.setattr(worker, "READY_WITHIN", 0.01)
    one = worker.Worker.__new__(worker.Worker)
    for path, seconds in (("/", "0.05"), ("/readyz", "0.01")):
        with pytest.raises(OperationalError, match=f"within {seconds} seconds"):
            one.run_site(lambda *_: gevent.sleep(5), list, {"PATH_INFO": path})
    assert one.run_site(lambda *_: "done", list, {"PATH_INFO": "/"}) == "done"
