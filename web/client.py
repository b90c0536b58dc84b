"""Asks other people's servers whether an address leads somewhere: one request at a time a host, with a pause and within
limits, as robots.txt wishes, and never our own network."""

import errno
import http.client
import io
import ipaddress
import socket
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from queue import SimpleQueue
from typing import Any, TypeAlias
from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser

import certifi
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util import Timeout, Url, parse_url

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

NAME = "Cairn-links"
"""By which robots.txt may speak of us."""
MOST_REDIRECTS = 8
MOST_ADDRESSES = 3
"""Of those that a name stands for, so many are tried."""
MOST_BYTES = 512 * 1024
"""Of a robots.txt; of a page nothing is read."""
LONGEST_PAUSE = 60.0
"""Seconds; whoever asks for more is not asked to wait for."""
PERMANENT = {301, 308}
OURS = {errno.ENETUNREACH, errno.ENETDOWN}
"""Errors that tell of this machine, not of the other."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking for an address."""

    status: int | None
    """Of the last answer; None where there was none to judge by."""
    url: str
    """Where the last question went."""
    moved_to: str = ""
    """Where permanent redirects lead."""
    error: str = ""
    """Why there is no status, in words."""
    is_unclear: bool = False
    """The error says nothing about the address: others may well reach it."""


class Silent(Exception):
    """There is no answer to judge by; the message says why."""


class Unreachable(Silent):
    """There is not even a connection; another method would not help."""


class Unclear(Silent):
    """Nothing can be said about the address."""


class Stopped(Exception):
    """Nobody waits for the answer any more."""


def is_public(address: str) -> bool:
    """Whether an IP address is anybody's on the internet: not of this machine, of a private network or a tunnel."""
    ip = ipaddress.ip_address(address)
    tunnelled = isinstance(ip, ipaddress.IPv6Address) and ip.sixtofour is not None
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or tunnelled)


@dataclass(slots=True)
class _Host:
    turn: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0
    delay: float = 0.0


@dataclass(slots=True)
class _Origin:
    reading: threading.Lock = field(default_factory=threading.Lock)
    rules: RobotFileParser | None = None


class Client:
    """Its methods may be called from several threads."""

    def __init__(self, *, contact: str, delay: float, timeout: float, private: Iterable[Network] = ()) -> None:
        """contact: an address where its people can be found. delay: seconds between two requests to a host. timeout:
        seconds for a connection, and for an answer. private: networks that are asked though they are not public."""
        self.headers = {"User-Agent": f"{NAME}/1.0 (+{contact})", "Accept": "*/*", "Connection": "close"}
        self.delay, self.timeout, self.private = delay, timeout, tuple(private)
        self._tls = ssl.create_default_context(cafile=certifi.where())
        self._hosts: dict[str, _Host] = {}
        self._origins: dict[tuple[str, str], _Origin] = {}
        self._stopped = threading.Event()

    def ask_all(self, addresses: Iterable[str], workers: int) -> Generator[tuple[str, Answer], None, None]:
        """Each address with its answer, as they come in; so many hosts at once. Close it to stop early."""
        lines: defaultdict[str, list[str]] = defaultdict(list)
        for address in addresses:
            lines[_host_of(address)].append(address)
        answers: SimpleQueue[tuple[str, Answer] | None] = SimpleQueue()

        def walk(line: list[str]) -> None:
            try:
                for address in line:
                    answers.put((address, self.ask(address)))
            except Stopped:
                pass
            finally:
                answers.put(None)

        executor = ThreadPoolExecutor(workers)
        try:
            walks = [executor.submit(walk, line) for line in sorted(lines.values(), key=len, reverse=True)]
            for _ in walks:
                yield from iter(answers.get, None)
            for each in walks:
                each.result()
        finally:
            self._stopped.set()
            executor.shutdown(cancel_futures=True)

    def ask(self, address: str) -> Answer:
        """Follows redirects. HEAD first; what HEAD does not answer well is asked again with GET."""
        at, moved_to = address, ""
        try:
            url, seen, lasting = _parse(address), set[str](), True
            while len(seen) <= MOST_REDIRECTS:
                at = str(_without_fragment(url))
                if at in seen:
                    raise Unclear("It leads round in a circle, at least without cookies.")
                seen.add(at)
                status, location = self._hop(url)
                if location is None:
                    return Answer(status, at, moved_to)
                url, lasting = _parse(_joined(at, location)), lasting and status in PERMANENT
                moved_to = str(url) if lasting else moved_to
            raise Unclear(f"It leads on more than {MOST_REDIRECTS} times, at least without cookies.")
        except Silent as silent:
            return Answer(None, at, moved_to, str(silent), isinstance(silent, Unclear))

    # ---- one address ------------------------------------------------------------------------------------------------
    def _hop(self, url: Url) -> tuple[int, str | None]:
        """The status, and where it leads."""
        if not self._rules(url).can_fetch(NAME, url.request_uri):
            raise Unclear(f"The robots.txt of {url.host} asks programs to stay away.")
        try:
            status, location = self._status("HEAD", url)
        except (Unreachable, Unclear):
            raise
        except Silent:
            return self._status("GET", url)
        if status >= 400 and status != 429:
            return self._status("GET", url)
        return status, location

    def _status(self, method: str, url: Url) -> tuple[int, str | None]:
        with self._response(method, url) as response:
            return response.status, response.get_redirect_location() or None

    # ---- robots.txt -------------------------------------------------------------------------------------------------
    def _rules(self, url: Url) -> RobotFileParser:
        origin = self._origins.setdefault((url.scheme or "", url.netloc or ""), _Origin())
        with origin.reading:
            if origin.rules is None:
                origin.rules = self._read_rules(url)
                pause = float(origin.rules.crawl_delay(NAME) or 0)
                self._host(url).delay = max(self.delay, min(pause, LONGEST_PAUSE))
        return origin.rules

    def _read_rules(self, url: Url) -> RobotFileParser:
        """One that is not there, not answered or not to be read forbids nothing: a page that people are sent to is
        asked for, and says itself whether it is there."""
        rules, at = RobotFileParser(), urljoin(str(url), "/robots.txt")
        try:
            for _ in range(MOST_REDIRECTS + 1):
                with self._response("GET", _parse(at)) as response:
                    location = response.get_redirect_location()
                    if not location:
                        found = response.read(MOST_BYTES) if response.status == 200 else b""
                        rules.parse(found.decode("utf-8-sig", errors="replace").splitlines())
                        return rules
                at = _joined(at, location)
        except (Silent, ValueError):
            pass
        rules = RobotFileParser()
        rules.parse([])
        return rules

    # ---- one request ------------------------------------------------------------------------------------------------
    def _host(self, url: Url) -> _Host:
        return self._hosts.setdefault(url.host or "", _Host(delay=self.delay))

    @contextmanager
    def _turn(self, url: Url) -> Iterator[_Host]:
        """Requests to a host never overlap, and keep their distance."""
        host = self._host(url)
        with host.turn:
            if self._stopped.wait(max(0.0, host.free_at - time.monotonic())):
                raise Stopped
            try:
                yield host
            finally:
                host.free_at = max(host.free_at, time.monotonic() + host.delay)

    @contextmanager
    def _response(self, method: str, url: Url) -> Iterator[BaseHTTPResponse]:
        """Its headers are there, its body is read by whoever wants it. Says with Silent what is wrong with it."""
        with self._turn(url) as host:
            try:
                with closing(self._send(method, url)) as response:
                    if response.status in (429, 503):
                        host.free_at = time.monotonic() + _asked_for(response.headers.get("Retry-After", ""))
                    yield response
            except (HTTPError, OSError, ValueError) as error:
                raise _in_words(error, url, self.timeout) from error

    def _send(self, method: str, url: Url) -> BaseHTTPResponse:
        """To an address that was looked at: between looking and connecting, the name cannot come to mean another."""
        *others, last = self._look_up(url)
        for address in others:
            try:
                return self._send_to(address, method, url)
            except ConnectTimeoutError:  # and NewConnectionError, which is one
                continue
        return self._send_to(last, method, url)

    def _send_to(self, address: str, method: str, url: Url) -> BaseHTTPResponse:
        host = f"[{address}]" if ":" in address else address
        timeout = Timeout(connect=self.timeout, read=self.timeout)
        pool: HTTPConnectionPool
        if url.scheme == "https":
            name = (url.host or "").strip("[]")
            pool = _TLSPool(host, url.port, ssl_context=self._tls, server_hostname=name)
        else:
            pool = _Pool(host, url.port)
        return pool.urlopen(
            method,
            url.request_uri,
            headers=self.headers | {"Host": url.netloc or ""},
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=timeout,
            preload_content=False,
            decode_content=False,
        )

    def _look_up(self, url: Url) -> list[str]:
        host = (url.host or "").strip("[]")
        try:
            found = socket.getaddrinfo(host, url.port or 80, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                raise Unclear(f"The name {host} cannot be looked up from here at the moment.") from None
            raise Unreachable(f"There is no server of the name {host}.") from None
        except UnicodeError:  # a label too long, or empty
            raise Unreachable(f"There is no server of the name {host}.") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not all(is_public(each) or self._is_allowed(each) for each in addresses):
            raise Unreachable(f"{host} is on a private network.")
        return addresses[:MOST_ADDRESSES]

    def _is_allowed(self, address: str) -> bool:
        ip = ipaddress.ip_address(address)
        return any(ip in network for network in self.private)


def _parse(address: str) -> Url:
    """As it is sent: host in ASCII, path encoded, nobody's password."""
    try:
        url = parse_url(address)
    except HTTPError:
        raise Silent("It leads to an address that cannot be read.") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise Silent("It leads to an address that is not on the web.")
    return Url(url.scheme, None, url.host, url.port, url.path or "/", url.query, url.fragment)


def _without_fragment(url: Url) -> Url:
    return url._replace(fragment=None)


def _host_of(address: str) -> str:
    try:
        return _parse(address).host or ""
    except Silent:
        return ""


def _joined(base: str, location: str) -> str:
    try:
        # Headers come as Latin-1, and addresses in them are mostly UTF-8.
        return urljoin(base, location.encode("latin-1").decode("utf-8", errors="replace"))
    except ValueError:
        raise Silent("It leads to an address that cannot be read.") from None


def _asked_for(retry_after: str) -> float:
    """Seconds to wait; a minute at most."""
    if retry_after.strip().isdecimal():
        return min(float(retry_after), LONGEST_PAUSE)
    try:
        wanted = parsedate_to_datetime(retry_after).timestamp() - time.time()
    except ValueError:
        return 0.0
    return max(0.0, min(wanted, LONGEST_PAUSE))


def _in_words(error: Exception, url: Url, timeout: float) -> Silent:
    cause = error.__cause__ or (error.args[-1] if error.args else None)
    kind: type[Silent] = Silent
    match error:
        case NewConnectionError():
            kind = Unclear if getattr(cause, "errno", None) in OURS else Unreachable
            why = f"gave no connection ({getattr(cause, 'strerror', None) or 'unknown why'})"
        case ConnectTimeoutError():
            kind, why = Unreachable, f"gave no connection within {timeout:g} seconds"
        case SSLError():
            reason = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or "unknown why"
            kind, why = Unreachable, f"gave no connection that can be trusted ({reason})"
        case ReadTimeoutError():
            why = f"gave no answer within {timeout:g} seconds"
        case ProtocolError() if isinstance(cause, http.client.RemoteDisconnected | OSError):
            why = "closed the connection without an answer"
        case _:
            why = "gave an answer that cannot be read"
    return kind(f"{url.host} {why}.")


# ---- time for an answer ---------------------------------------------------------------------------------------------
class _Reader(io.RawIOBase):
    """Reads from a socket for so long and no longer; a socket's own time-out begins anew with each byte."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._raw = sock, sock.makefile("rb", buffering=0)
        self._until = time.monotonic() + (sock.gettimeout() or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_Reader(sock))


class _Connection(HTTPConnection):
    response_class = _Response


class _TLSConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection
