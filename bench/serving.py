"""Starts what is measured, as make up does, in a folder of its own, and the engines that are there."""

import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import postgres

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results"


@dataclass(frozen=True)
class Site:
    url: str
    environment: dict[str, str]
    server: "subprocess.Popen[bytes]"

    def memory(self) -> int:
        """MB of the largest worker; 0 where the system does not say."""
        found = [(process / "status").read_text() for process in self._workers()]
        return max((int(status.partition("VmRSS:")[2].split()[0]) for status in found), default=0) // 1024

    def cpu(self) -> float:
        """Seconds of CPU that the workers have had; 0 where the system does not say."""
        found = [(process / "stat").read_text().rpartition(")")[2].split() for process in self._workers()]
        return sum(int(fields[11]) + int(fields[12]) for fields in found) / os.sysconf("SC_CLK_TCK")

    def _workers(self) -> list[Path]:
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children")
        return [Path("/proc") / pid for pid in children.read_text().split()] if children.exists() else []


@contextmanager
def folder(**more: str) -> Iterator[dict[str, str]]:
    """The environment of a site that is set up in a folder of its own. more: what else is in it."""
    with tempfile.TemporaryDirectory(prefix="cairn-bench-") as var:
        environment = {"PATH": os.environ["PATH"], "CAIRN_VAR": var, **more}
        subprocess.run([sys.executable, "manage.py", "setup"], cwd=ROOT, env=environment, check=True)
        yield environment


@contextmanager
def site(port: str, application: str = "config.wsgi", **more: str) -> Iterator[Site]:
    """more: for the environment, beside the folder and the port."""
    with folder(PORT=port, **more) as environment:
        server = start(environment, application)
        try:
            yield Site(f"http://localhost:{port}", environment, server)
        finally:
            server.terminate()
            server.wait()


def start(
    environment: dict[str, str], application: str = "config.wsgi", over: ssl.SSLContext | None = None
) -> "subprocess.Popen[bytes]":
    """Returns once it answers. over: how its certificate is known, where it serves over TLS."""
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "--log-level", "warning", application]
    server = subprocess.Popen(command, cwd=ROOT, env=environment)
    _wait_for(f"{'https' if over else 'http'}://localhost:{environment['PORT']}/healthz", server, over)
    return server


@contextmanager
def engines(port: str) -> Iterator[dict[str, str]]:
    """PostgreSQL, and Redis where it is installed, as the environment names them. Raises postgres.Missing."""
    with postgres.server() as database, tempfile.TemporaryDirectory(prefix="cairn-redis-") as folder:
        program = shutil.which("redis-server")
        if program is None:
            yield {"DATABASE_URL": database}
            return
        command = [
            program,
            "--port",
            port,
            "--bind",
            "127.0.0.1",
            "--dir",
            folder,
            "--save",
            "",
            "--loglevel",
            "warning",
        ]
        redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            yield {"DATABASE_URL": database, "CACHE_URL": f"redis://127.0.0.1:{port}/0"}
        finally:
            redis.terminate()
            redis.wait()


def _wait_for(url: str, server: "subprocess.Popen[bytes]", over: ssl.SSLContext | None) -> None:
    until = time.monotonic() + 30
    while server.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=2, context=over).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("The server did not start.")
