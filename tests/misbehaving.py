"""A web server on this machine that answers in every way that servers do, and notes who asked what when."""

import datetime as dt
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

UNKNOWN, UNSURE_NAME = "nowhere.example", "dns-is-down.example"
HOSTS = ("one.example", "two.example", "forbids.example", "slow-robots.example", "odd-robots.example")
IDN = "bücher.example"


@dataclass
class Asked:
    host: str
    method: str
    path: str
    agent: str
    begun: float
    ended: float = 0.0


def page(status: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: text/html", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def moved(location: str) -> bytes:
    return page("301 Moved Permanently", f"Location: {location}")


PLAIN = {
    "/200": page("200 OK", body=b"fine"),
    "/204": page("204 No Content"),
    "/300": page("300 Multiple Choices"),
    "/chain": moved("/chain-2"),
    "/chain-2": page("308 Permanent Redirect", "Location: /200"),
    "/for-now": page("302 Found", "Location: /200"),
    "/then-for-now": moved("/for-now"),
    "/umlaut": moved("/b\xc3\xbccher"),
    "/b%C3%BCcher": page("200 OK"),
    "/lost": moved("/404"),
    "/nowhere": page("301 Moved Permanently"),
    "/loop": page("302 Found", "Location: /loop-2"),
    "/loop-2": page("302 Found", "Location: /loop"),
    "/script": page("302 Found", "Location: javascript:alert(1)"),
    "/file": moved("file:///etc/passwd"),
    "/unreadable": page("302 Found", "Location: http://[::1/"),
    "/metadata": page("302 Found", "Location: http://169.254.169.254/latest/"),
    "/inside": page("302 Found", "Location: http://inside.example/"),
    "/303": page("303 See Other", "Location: /200"),
    "/401": page("401 Unauthorized"),
    "/402": page("402 Payment Required"),
    "/403": page("403 Forbidden"),
    "/404": page("404 Not Found"),
    "/410": page("410 Gone"),
    "/418": page("418 I'm a Teapot"),
    "/429": page("429 Too Many Requests", "Retry-After: 1"),
    "/451": page("451 Unavailable For Legal Reasons"),
    "/500": page("500 Internal Server Error"),
    "/503": page("503 Service Unavailable"),
    "/999": page("999 Request denied"),
    "/charset": page("200 OK", "Content-Type: text/html; charset=klingon", "X-Odd: \xff\xfe", body=b"\xff\xfe\x00"),
    "/huge-header": page("200 OK", "X-Huge: " + "x" * 100_000),
    "/many-headers": page("200 OK", *(f"X-{n}: y" for n in range(500))),
    "/not-http": b"SSH-2.0-OpenSSH_9.2\r\n",
    "/closes": b"",
    "/slow-nothing": page("404 Not Found"),
}


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 64

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls, self.asked, self.over = tls, list[Asked](), threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]

    def at(self, path: str, host: str = HOSTS[0]) -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def of(self, *paths: str) -> list[str]:
        """The methods with which these were asked for, in order."""
        return [asked.method for asked in self.asked if asked.path in paths]

    def finish_request(self, request: Any, client_address: Any) -> None:
        if not self.tls:
            return super().finish_request(request, client_address)
        with self.tls.wrap_socket(request, server_side=True) as secure:
            return super().finish_request(secure, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, or does not like the certificate, is part of it."""


class Handler(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        begun = time.monotonic()
        method, target, _ = self.rfile.readline().decode().split()
        path = target.partition("?")[0]
        headers = dict(iter(lambda: tuple(self.rfile.readline().decode().rstrip().partition(": ")[::2]), ("", "")))
        host = headers["Host"].partition(":")[0]
        asked = Asked(host, method, path, headers["User-Agent"], begun)
        self.server.asked.append(asked)
        try:
            self.answer(host, method, path)
        finally:
            asked.ended = time.monotonic()

    def answer(self, host: str, method: str, path: str) -> None:
        if path == "/robots.txt":
            self.robots(host)
        elif method == "HEAD" and path.startswith("/get-only-"):
            self.wfile.write(GET_ONLY[path]) if path in GET_ONLY else self.hang()
        elif path in SLOW:
            SLOW[path](self)
        elif path.startswith("/away/"):
            self.wfile.write(moved(f"http://{path.removeprefix('/away/')}/200"))
        elif path.startswith("/long-chain"):
            self.wfile.write(moved(f"{path}/x"))
        else:
            self.wfile.write(PLAIN.get(path, PLAIN["/200" if path.startswith("/get-only-") else "/404"]))

    def hang(self, seconds: float = 30) -> bool:
        """Whether it was woken up, because all is over."""
        return self.server.over.wait(seconds)

    def drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.hang(0.1):
            self.wfile.write(b"X-More: y\r\n")

    def hang_in_body(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nand then")
        self.hang()

    def go_on_for_ever(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not self.hang(0.001):
            self.wfile.write(b"x" * 65536)

    def take_a_moment(self) -> None:
        self.hang(0.05)
        self.wfile.write(PLAIN["/200"])

    def robots(self, host: str) -> None:
        rules = {
            "forbids.example": b"User-agent: *\nDisallow: /private\nDisallow: /20\n",
            "odd-robots.example": b"\xff\xfe\x00 nonsense\nUser-agent: *\nDisallow: //[\n",
        }
        if host == "slow-robots.example":
            self.hang()
        elif host in rules:
            self.wfile.write(page("200 OK", body=rules[host]))
        else:
            self.wfile.write(PLAIN["/404"])


GET_ONLY = {f"/get-only-{status}": page(f"{status} Not for HEAD") for status in (403, 404, 405, 501)}
SLOW = {
    "/hangs": Handler.hang,
    "/drips": Handler.drip,
    "/slow": Handler.take_a_moment,
    "/get-only-hangs-in-body": Handler.hang_in_body,
    "/get-only-endless": Handler.go_on_for_ever,
}


@contextmanager
def serve(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    with Server(tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def self_signed(folder: Path, *names: str) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "self-signed.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def name_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of this module lead to this machine, as if a name server said so; no other is asked."""
    real: Callable[..., Any] = socket.getaddrinfo
    names = {*HOSTS, IDN.encode("idna").decode()}

    def look_up(host: str, *args: Any, **kwargs: Any) -> Any:
        if host in names:
            return real("127.0.0.1", *args, **kwargs)
        if host == "inside.example":
            return real("10.0.0.1", *args, **kwargs)
        if host == UNSURE_NAME:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if host.endswith(".example"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
