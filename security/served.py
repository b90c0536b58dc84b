"""The site over TLS with a certificate made for the occasion, and a mail server that takes everything."""

import datetime as dt
import http.client
import ipaddress
import json
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench import serving

HOST = "localhost"


@dataclass(frozen=True)
class Target:
    port: int
    certificate: Path
    environment: dict[str, str]
    people: dict[str, Any]

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"

    def connection(self, timeout: float = 30) -> http.client.HTTPSConnection:
        trusted = ssl.create_default_context(cafile=str(self.certificate))
        return http.client.HTTPSConnection(HOST, self.port, timeout=timeout, context=trusted)


@contextmanager
def site(port: int) -> Iterator[Target]:
    """port: for TLS; the one after it is that of plain HTTP, the one after that takes mail."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cairn-security-")))
        certificate, key = _certificate(folder)
        stack.enter_context(_mail(port + 2))
        more = {"SITE_URL": f"https://{HOST}:{port}", "EMAIL_URL": f"smtp://{HOST}:{port + 2}", "TRUSTED_PROXIES": "1"}
        plain = stack.enter_context(serving.site(str(port + 1), **more))
        environment = plain.environment | {
            "PORT": str(port),
            "GUNICORN_CMD_ARGS": f"--certfile={certificate} --keyfile={key} --log-level=critical",
        }
        command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py"]
        server = stack.enter_context(subprocess.Popen(command, cwd=serving.ROOT, env=environment))
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
        target = Target(port, certificate, environment, people)
        _wait_for(target, server)
        yield target


def _wait_for(target: Target, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while server.poll() is None and time.monotonic() < until:
        try:
            connection = target.connection(timeout=2)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("The server did not start.")


def _certificate(folder: Path) -> tuple[Path, Path]:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=7))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


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
