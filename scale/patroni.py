"""Patroni, etcd and HAProxy with the files in deploy/, on this machine: a PostgreSQL that finds itself a primary."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from bench import serving
from scale.engines import is_open, until
from tests.postgres import Missing

DEPLOY = serving.ROOT / "deploy"
SECRET = "trail"
NODES = (1, 2, 3)


class Node:
    """One PostgreSQL with its Patroni."""

    def __init__(self, number: int, folder: Path, port: int, etcd: int, owner: str | None) -> None:
        self.port, self.rest, self.data = port + number, port + 10 + number, folder / f"data-{number}"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CAIRN_PASSWORD": SECRET,
            "PATRONI_NAME": f"postgres-{number}",
            "PATRONI_ETCD3_HOSTS": f"'127.0.0.1:{etcd}'",
            "PATRONI_SUPERUSER_USERNAME": "postgres",
            "PATRONI_SUPERUSER_PASSWORD": SECRET,
            "PATRONI_REPLICATION_USERNAME": "replicator",
            "PATRONI_REPLICATION_PASSWORD": SECRET,
            "PATRONI_POSTGRESQL_LISTEN": f"127.0.0.1:{self.port}",
            "PATRONI_POSTGRESQL_CONNECT_ADDRESS": f"127.0.0.1:{self.port}",
            "PATRONI_POSTGRESQL_DATA_DIR": str(self.data),
            "PATRONI_POSTGRESQL_BIN_DIR": str(programs()),
            "PATRONI_RESTAPI_LISTEN": f"127.0.0.1:{self.rest}",
            "PATRONI_RESTAPI_CONNECT_ADDRESS": f"127.0.0.1:{self.rest}",
        }
        log = (folder / f"log-{number}").open("w")
        command = ["patroni", str(folder / "patroni.yml")]
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, user=owner, stdout=log, stderr=subprocess.STDOUT
        )

    def is_primary(self) -> bool:
        return self._says("/primary")

    def is_synchronous(self) -> bool:
        return self._says("/synchronous")

    def _says(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.rest}{path}", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """kill -9 of Patroni and of PostgreSQL, as if the machine were gone."""
        self.process.kill()
        self.process.wait()
        pids = (self.data / "postmaster.pid").read_text().split() if (self.data / "postmaster.pid").exists() else []
        for main in pids[:1]:
            children = Path(f"/proc/{main}/task/{main}/children")
            for pid in (main, *(children.read_text().split() if children.exists() else ())):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)


def programs() -> Path:
    """Of Debian's PostgreSQL: its Patroni knows no later one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        raise Missing("Debian's postgresql is not installed")
    return found[-1]


@contextlib.contextmanager
def nodes(port: int) -> Iterator[list[Node]]:
    """Three, one the primary, one synchronous. HAProxy leads to the primary at port + 30, to replicas at port + 31."""
    for program in ("patroni", "etcd", "haproxy"):
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") is None:
            raise Missing(f"{program} is not installed")
    owner = "postgres" if os.geteuid() == 0 else None
    with (
        tempfile.TemporaryDirectory(prefix="cairn-patroni-", ignore_cleanup_errors=True) as name,
        contextlib.ExitStack() as stack,
    ):
        folder = Path(name)
        if owner:
            shutil.chown(folder, owner)
        shutil.copy(DEPLOY / "make-database.sh", folder)
        text = (DEPLOY / "patroni.yml").read_text()
        (folder / "patroni.yml").write_text(text.replace("/etc/patroni", str(folder)))
        (folder / "haproxy.cfg").write_text(_haproxy(port))
        client, peer = f"http://127.0.0.1:{port + 20}", f"http://127.0.0.1:{port + 21}"
        etcd = ["etcd", "--data-dir", str(folder / "etcd"), "--listen-client-urls", client, "--advertise-client-urls"]
        etcd += [client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        _start(stack, [*etcd, "--initial-cluster", f"default={peer}", "--log-level", "error"])
        until(lambda: is_open(port + 20))
        made = []
        for number in NODES:
            made.append(Node(number, folder, port, port + 20, owner))
            stack.callback(made[-1].kill)
        _start(stack, [shutil.which("haproxy", path="/usr/sbin") or "haproxy", "-q", "-f", str(folder / "haproxy.cfg")])
        try:
            until(lambda: any(node.is_primary() for node in made), 60)
            until(lambda: any(node.is_synchronous() for node in made), 60)
            until(lambda: is_open(port + 30))
        except TimeoutError as late:
            said = "\n".join((folder / f"log-{number}").read_text()[-1500:] for number in NODES)
            raise TimeoutError(f"Patroni came to no primary with a synchronous replica:\n{said}") from late
        yield made


def _haproxy(port: int) -> str:
    """deploy/haproxy.cfg with addresses of this machine."""
    text = (DEPLOY / "haproxy.cfg").read_text()
    for number in NODES:
        text = text.replace(
            f"postgres-{number}:5432 check port 8008", f"127.0.0.1:{port + number} check port {port + 10 + number}"
        )
    return re.sub(r"bind :500([01])", lambda found: f"bind 127.0.0.1:{port + 30 + int(found[1])}", text)


def _start(stack: contextlib.ExitStack, command: list[str]) -> None:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop() -> None:
        process.terminate()
        process.wait()

    stack.callback(stop)
