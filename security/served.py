"""The site over TLS with a certificate made for the occasion, and a mail server that takes everything."""

import http.client
import json
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import serving
from tests.misbehaving import self_signed

HOST = "localhost"


@dataclass(frozen=True)
class Target:
    port: int
    certificate: Path
    trusted: ssl.SSLContext
    people: dict[str, Any]

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"

    def connection(self, timeout: float = 30) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(HOST, self.port, timeout=timeout, context=self.trusted)


@contextmanager
def site(port: int) -> Iterator[Target]:
    """port: for TLS; the one after it is that of plain HTTP, the one after that takes mail."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cairn-security-")))
        self_signed(folder, HOST)
        certificate = folder / "self-signed.pem"
        stack.enter_context(_mail(port + 2))
        more = {"SITE_URL": f"https://{HOST}:{port}", "EMAIL_URL": f"smtp://{HOST}:{port + 2}", "TRUSTED_PROXIES": "1"}
        plain = stack.enter_context(serving.site(str(port + 1), **more))
        environment = plain.environment | {
            "PORT": str(port),
            "GUNICORN_CMD_ARGS": f"--certfile={certificate} --keyfile={certificate} --log-level=critical",
        }
        trusted = ssl.create_default_context(cafile=certificate)
        server = stack.enter_context(serving.start(environment, over=trusted))
        stack.callback(server.terminate)
        people = json.loads(
            subprocess.run(
                [sys.executable, "-m", "security.people"],
                cwd=serving.ROOT,
                env=plain.environment,
                check=True,
                stdout=subprocess.PIPE,
            ).stdout
        )
        yield Target(port, certificate, trusted, people)


class _Mail(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 mail.example.org\r\n")
        data = False
        while line := self.rfile.readline():
            if data:
                data = line != b".\r\n"
                if data:
                    continue
                self.wfile.write(b"250 Taken\r\n")
            elif line.upper().startswith(b"DATA"):
                data = True
                self.wfile.write(b"354 Go on\r\n")
            else:
                self.wfile.write(b"250 mail.example.org\r\n")


@contextmanager
def _mail(port: int) -> Iterator[None]:
    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server(("localhost", port), _Mail) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()
