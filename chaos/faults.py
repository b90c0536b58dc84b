"""What goes wrong while learners mark. Each leaves the site as whole as it found it, or expects it to mend itself."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from bench import serving
from chaos.ledger import ROADMAP
from config.worker import WITHIN
from tests.postgres import Missing

RECOVERY = 10
"""Seconds in which the site takes marks again by itself."""
KILLS = int(os.environ.get("CHAOS_KILLS", "20"))
"""How many workers are killed; of gunicorn itself and of PostgreSQL a tenth as many."""


class Redis:
    """A cache that can go and come back."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


class Way:
    """What stands between the site and PostgreSQL, and does to what comes by as it is told: pass, dawdle, hang."""

    def __init__(self, socket_folder: str) -> None:
        self.behind = f"host={socket_folder} user=postgres dbname=postgres"
        self.socket = f"{socket_folder}/.s.PGSQL.5432"
        self.does = "pass"
        self.open: list[socket.socket] = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self._let_in, daemon=True).start()

    def hang_up(self) -> None:
        """On everybody, with a reset, and on whoever comes until it is told otherwise."""
        self.does = "refuse"
        while self.open:
            self._reset(self.open.pop())

    def close(self) -> None:
        self.hang_up()
        self.door.close()

    def _reset(self, end: socket.socket) -> None:
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.shutdown(socket.SHUT_RD)
            end.close()

    def _let_in(self) -> None:
        while True:
            try:
                client, _ = self.door.accept()
            except OSError:
                return  # closed
            if self.does == "refuse":
                self._reset(client)
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.socket)
            self.open += [client, server]
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(one, other, other is client), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, back: bool) -> None:
        with contextlib.suppress(OSError):
            while part := one.recv(2**16):
                while self.does == "hang":
                    time.sleep(0.05)
                if back and self.does == "dawdle":
                    time.sleep(0.2)
                other.sendall(part)
        for end in (one, other):
            self._reset(end)


class Running:
    """The site under attack."""

    def __init__(
        self, environment: dict[str, str], server: Any, database: Any = None, cache: Any = None, way: Any = None
    ) -> None:
        self.environment, self.server = environment, server
        self.database, self.cache, self.way = database, cache, way
        self.wrong: list[str] = []
        self.kills, self.longest = 0, 0.0

    @property
    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def expects(self, path: str, status: int, *, within: float = 6) -> None:
        found = self._asked(path, within)
        if found != status:
            self.wrong.append(f"{path} answered {found}, not {status}")

    def _asked(self, path: str, within: float) -> int | str:
        """The status, or why there is none."""
        try:
            with urllib.request.urlopen(f"http://localhost:{self.environment['PORT']}{path}", timeout=within) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__

    def start(self) -> None:
        self.server = serving.start(self.environment)

    def start_database(self) -> None:
        """Until it takes connections. Ten seconds at a time are enough but on a machine with much other work."""
        for _ in range(6):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.database.ensure_postgres_running()
                return

    def was_killed(self, at: float) -> None:
        """A part of it, or is back, just then. Waits until all is ready again; keeps the longest that this took."""
        until = at + RECOVERY
        while time.monotonic() < until and self._asked("/readyz", within=1) != 200:
            time.sleep(0.02)
        self.kills += 1
        self.longest = max(self.longest, time.monotonic() - at)


def workers_die(site: Running) -> None:
    """kill -9 of the one that has served longest, again and again."""
    for _ in range(KILLS):
        os.kill(site.workers[0], signal.SIGKILL)
        site.was_killed(time.monotonic())
        time.sleep(1)


def master_dies(site: Running) -> None:
    """kill -9 of gunicorn itself. Its workers would serve on for as long as somebody asks: like whatever watches over a
    service, what is left of it is killed before it is started again."""
    for _ in range(_fewer()):
        orphans = site.workers
        site.server.kill()
        killed = time.monotonic()
        site.server.wait()
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        site.start()
        site.was_killed(killed)
        time.sleep(2)


def is_told_to_stop(site: Running) -> None:
    """SIGTERM, as on an upgrade: gone within 30 s."""
    site.server.terminate()
    site.server.wait(timeout=30)
    site.start()
    time.sleep(2)


def reloads(site: Running) -> None:
    """SIGHUP: new workers, the old ones finish."""
    for _ in range(2):
        site.server.send_signal(signal.SIGHUP)
        time.sleep(3)


def database_hangs(site: Running) -> None:
    """It takes what it is sent and says no more, longer than anybody waits for it."""
    site.way.does = "hang"
    time.sleep(WITHIN + 2)
    site.expects("/healthz", 200)
    site.expects("/readyz", 503)
    site.way.does = "pass"
    time.sleep(2)
    site.expects("/readyz", 200)


def database_hangs_up(site: Running) -> None:
    """In the middle of an answer, and to whoever comes; back after three seconds."""
    for _ in range(2):
        site.way.hang_up()
        time.sleep(1)
        site.expects("/healthz", 200)
        site.expects("/readyz", 503)
        time.sleep(2)
        site.way.does = "pass"
        time.sleep(3)


def database_is_slow(site: Running) -> None:
    """Each of its answers takes a fifth of a second."""
    site.way.does = "dawdle"
    time.sleep(5)
    site.expects("/healthz", 200)
    site.expects("/readyz", 200)
    site.way.does = "pass"
    time.sleep(2)


def connections_run_out(site: Running) -> None:
    """Every mark waits for a row that another program has locked, until the workers have no connection left."""
    with psycopg.connect(site.way.behind) as other:
        other.execute("SELECT 1 FROM progress_learner FOR UPDATE")
        time.sleep(15)
        site.expects("/healthz", 200)
        other.rollback()
    time.sleep(2)
    site.expects("/readyz", 200)


def database_crashes(site: Running) -> None:
    """As if its machine lost power; it is started again two seconds later."""
    for _ in range(_fewer()):
        os.kill(site.database.get_pid(), signal.SIGQUIT)
        time.sleep(2)
        site.start_database()
        site.was_killed(time.monotonic())
        time.sleep(2)


def _fewer() -> int:
    return max(1, KILLS // 10)


def cache_goes(site: Running) -> None:
    """Redis is killed, and comes back empty."""
    site.cache.stop()
    time.sleep(5)
    site.cache.start()
    time.sleep(3)


def database_is_locked(site: Running) -> None:
    """Another program holds SQLite's write lock, shorter than the site waits for it."""
    with contextlib.closing(sqlite3.connect(Path(site.environment["CAIRN_VAR"]) / "cairn.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(5)
        other.rollback()
    time.sleep(2)


def disk_fills(site: Running) -> None:
    """Not a byte more for five seconds. Then PostgreSQL wants a new segment of its log, too, and goes down for want of
    it; whatever watches over it starts it once there is room."""
    ballast = Path(site.database.pgdata if site.database else site.environment["CAIRN_VAR"]) / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb") as file:
        while True:
            file.write(b"\0" * 4096)
            file.flush()
    time.sleep(5)
    site.expects(ROADMAP, 200)
    if site.database:
        with contextlib.suppress(psycopg.Error), psycopg.connect(site.database.get_uri(), autocommit=True) as other:
            for _ in range(20):
                other.execute("SELECT pg_switch_wal()")
                time.sleep(0.2)
        time.sleep(3)
        site.expects("/healthz", 200)
        site.expects("/readyz", 503)
    ballast.unlink()
    if site.database:
        site.start_database()
    time.sleep(3)
    site.expects("/readyz", 200)


def clock_jumps(site: Running) -> None:
    """An hour back, a day ahead, and right again."""
    for offset in ("-1h", "+1d", "+0"):
        Path(site.environment["FAKETIME_TIMESTAMP_FILE"]).write_text(offset)
        time.sleep(3)


Fault = Callable[[Running], None]
EVERYWHERE: tuple[Fault, ...] = (workers_die, master_dies, is_told_to_stop, reloads, clock_jumps, disk_fills)
ON_SQLITE: tuple[Fault, ...] = (database_is_locked,)
BEHIND_A_WAY: tuple[Fault, ...] = (database_hangs, database_hangs_up, database_is_slow, connections_run_out)
ON_POSTGRESQL: tuple[Fault, ...] = (database_crashes, *BEHIND_A_WAY, cache_goes)


def faketime() -> str | None:
    """The library that tells a process another time, where it is installed."""
    return next((str(path) for path in Path("/usr/lib").glob("**/faketime/libfaketimeMT.so.1")), None)


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system in memory that is soon full."""
    folder = Path(tempfile.mkdtemp(prefix="cairn-chaos-"))
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    try:
        if done.returncode:
            raise Missing("no right to mount a small disk")
        yield folder
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "-l", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)
