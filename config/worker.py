"""gunicorn's gevent workers, which a slow client holds up nowhere: what it sends is read, and what it is sent is there,
before and after the site has anything to do with it. So it waits with a socket, not with a thread or a connection to
the database.
"""

import errno
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from gevent import Timeout, socket
from gevent.threadpool import ThreadPool
from gunicorn.workers.ggevent import GeventWorker

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

MOST = 32 * 2**20
"""Bytes of a body that are kept; more than any page takes (web.middleware.weighed says so to whoever sent it)."""
IN_MEMORY = 2**20
DRAINED = 100 * 2**20
THREADS = 4
WITHIN = 20
"""Seconds in which PostgreSQL has to be done with a request; longer than it takes to refuse one by itself."""
READY_WITHIN = 3
AHEAD = 2**16
"""Bytes of answers that the system takes for somebody who does not read them; until then nothing more is asked of the
site for them."""


class Worker(GeventWorker):
    """For PostgreSQL: each request is a greenlet of its own, to its end. One whose database says nothing more is
    answered as if it were down."""

    wsgi: Application
    sockets: list[Any]

    def init_process(self) -> None:
        for each in self.sockets:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, AHEAD)
        super().init_process()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.wsgi = buffered(self.wsgi, self.run_site)

    def run_site(self, call: Callable[..., Any], site: Application, environ: dict[str, Any], *rest: Any) -> Any:
        from django.db import OperationalError  # gunicorn's master reads this file before anything is patched

        seconds = READY_WITHIN if environ["PATH_INFO"] == "/readyz" else WITHIN
        with Timeout(seconds, OperationalError(f"No answer within {seconds} seconds.")):
            return call(site, environ, *rest)


class ThreadedWorker(Worker):
    """For SQLite, which knows nothing of gevent: whoever waits for its write lock would wait with the whole worker, and
    in vain where a greenlet of the same worker holds it. The site runs in a few real threads, each with a connection
    that stays open, and nothing of Python's is patched."""

    def patch(self) -> None:
        self.sockets = [
            socket.socket(each.FAMILY, socket.SOCK_STREAM, fileno=each.sock.detach()) for each in self.sockets
        ]

    def init_process(self) -> None:
        self.threads = ThreadPool(THREADS)
        super().init_process()

    def run_site(self, call: Callable[..., Any], *arguments: Any) -> Any:
        answer, error = self.threads.apply(_outcome, (call, arguments))
        if error:
            raise error
        return answer


def _outcome(call: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, Exception | None]:
    """gevent would print an error before it hands it over, and never does so where nothing can be printed."""
    try:
        return call(*arguments), None
    except Exception as error:
        return None, error


def buffered(site: Application, run: Callable[..., Any]) -> Application:
    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with _body(environ) as environ["wsgi.input"]:
            return cast("Iterable[bytes]", run(_answered, site, environ, start_response))

    return serve


def _answered(site: Application, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """All of the answer, and the request is over; but a file is read while it is sent."""
    answer = site(environ, start_response)
    if isinstance(answer, environ["wsgi.file_wrapper"]):
        return cast("Iterable[bytes]", answer)
    try:
        return list(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()


@contextmanager
def _body(environ: dict[str, Any]) -> Iterator[Any]:
    """Read whole: the body, or nothing of one that is too large; a body without a length is none to Django. Half a form
    is none either: who hung up before its end is not there any more."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as body:
        left = min(size, DRAINED)
        while left > 0 and (part := environ["wsgi.input"].read(min(left, 2**16))):
            left -= len(part)
            if size <= MOST:
                body.write(part)
        if left:
            raise ConnectionResetError(errno.ECONNRESET, "hung up")
        body.seek(0)
        yield body
