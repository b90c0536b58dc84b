"""What is tried while nobody marks at full speed. Each says what was wrong, and what came of it."""

import contextlib
import http.client
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from bench import serving
from chaos.faults import Running
from chaos.ledger import ROADMAP, Learner
from tests.postgres import Missing

SLOW = int(os.environ.get("CHAOS_SLOW", "150"))
"""Clients of a kind, who all come at once."""
HONEST = 3
LONGEST = 1.0
"""Seconds in which 99 of 100 honest requests are answered."""
MARK = "/progress/ai-engineer-2026/skills/docker/"
CALLS = "fsync,fdatasync,read,recvfrom,recvmsg,write,writev,sendto,sendmsg"

Said = tuple[list[str], str]


def slow_headers(site: Running) -> Said:
    return _beside("headers", site)


def slow_bodies(site: Running) -> Said:
    return _beside("body", site)


def slow_readers(site: Running) -> Said:
    return _beside("reader", site)


def idle_clients(site: Running) -> Said:
    return _beside("idle", site)


def _beside(kind: str, site: Running) -> Said:
    """Honest learners look and mark, a little apart, before and from when on so many clients are slow in one way."""
    port = int(site.environment["PORT"])
    learners = [Learner(port, threading.Event()) for _ in range(HONEST)]
    for learner in learners:
        learner.enter()
    before, _, _ = _asked(learners, 5)
    slow = subprocess.Popen([sys.executable, "-m", "chaos.slow", kind, str(SLOW), str(port)], cwd=serving.ROOT)
    try:
        p99, count, failed = _asked(learners, 15)
    finally:
        slow.kill()
        slow.wait()
    wrong = [f"{len(failed)} honest requests failed ({', '.join(sorted(set(failed)))})"] if failed else []
    wrong += [f"p99 {p99:.2f} s"] if p99 >= LONGEST else []
    return wrong, f"beside {SLOW} of them {count} honest requests, p99 {p99:.2f} s (without them {before:.2f} s)"


def _asked(learners: list[Learner], lasting: float) -> tuple[float, int, list[str]]:
    """p99 in seconds, how many requests there were, and what those that failed came to."""
    seconds: list[float] = []
    failed: list[str] = []
    until = time.monotonic() + lasting

    def ask(learner: Learner) -> None:
        turn = 0
        while time.monotonic() < until:
            turn += 1
            begun = time.monotonic()
            method, path, state = [("GET", ROADMAP, ""), ("POST", MARK, ("done", "todo")[turn % 4 // 2])][turn % 2]
            try:
                status = str(learner.ask(method, path, state)[0])
            except (OSError, http.client.HTTPException) as error:
                status = type(error).__name__
            seconds.append(time.monotonic() - begun)
            if status not in ("200", "302"):
                failed.append(status)
            time.sleep(0.05)

    threads = [threading.Thread(target=ask, args=(learner,)) for learner in learners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(seconds)[int(len(seconds) * 0.99)], len(seconds), failed


def power_goes(site: Running) -> Said:
    """No plug is pulled: the system calls of the workers and of the database say whether what a learner is told is on
    the disk by then."""
    if shutil.which("strace") is None:
        raise Missing("strace is not installed")
    learner = Learner(int(site.environment["PORT"]), threading.Event())
    learner.enter()
    pids = site.workers
    if site.database:
        master = int(site.database.get_pid())
        pids += [master, *map(int, Path(f"/proc/{master}/task/{master}/children").read_text().split())]
    with tempfile.TemporaryDirectory(prefix="cairn-strace-") as folder:
        file = Path(folder) / "calls"
        command = ["strace", "-f", "-s", "60", "-e", f"trace={CALLS}", "-o", str(file)]
        watching = subprocess.Popen([*command, *(f"--attach={pid}" for pid in pids)], stderr=subprocess.PIPE, text=True)
        time.sleep(2)
        if watching.poll() is not None:
            raise Missing(f"strace may not look: {watching.stderr.read() if watching.stderr else ''}")
        for state in ("done", "todo") * 10:
            learner.ask("POST", MARK, state)
        watching.terminate()
        watching.wait()
        calls = file.read_text(errors="replace")
    told, early = read_calls(calls)
    wrong = [f"{early} of {told} marks were acknowledged before anything was synced"] if early else []
    return wrong + (
        ["no mark was seen"] if not told else []
    ), f"{told - early} of {told} marks were synced before their answers"


def read_calls(calls: str) -> tuple[int, int]:
    """Of one mark after the other: how many were acknowledged, and how many of these with nothing synced since."""
    told = early = 0
    synced = False
    for line in calls.splitlines():
        if '"POST /progress' in line:
            synced = False
        elif re.search(r"\bf(data)?sync\b.*= 0$", line):
            synced = True
        elif '"HTTP/1.1 302' in line:
            told += 1
            early += not synced
    return told, early


def start_is_interrupted(site: Running) -> Said:
    """kill -9 while a new database is set up, again and again; what is left over stops no later start."""
    with tempfile.TemporaryDirectory(prefix="cairn-start-") as folder:
        environment = site.environment | {"CAIRN_VAR": folder}
        if site.database:
            with psycopg.connect(site.database.get_uri(), autocommit=True) as server:
                server.execute("CREATE DATABASE interrupted")
            environment["DATABASE_URL"] = site.environment["DATABASE_URL"].rpartition("/")[0] + "/interrupted"
        command = [sys.executable, "manage.py", "setup"]
        begun = time.monotonic()
        subprocess.run(command, cwd=serving.ROOT, env=site.environment, check=True, stdout=subprocess.DEVNULL)
        least = time.monotonic() - begun
        for number in range(10):
            with subprocess.Popen(command, cwd=serving.ROOT, env=environment, stdout=subprocess.DEVNULL) as starting:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    starting.wait(least * (0.6 + 0.2 * number))
                starting.kill()
        done = subprocess.run(command, cwd=serving.ROOT, env=environment, check=False, capture_output=True, text=True)
        check = [sys.executable, "manage.py", "migrate", "--check"]
        whole = subprocess.run(check, cwd=serving.ROOT, env=environment, check=False, capture_output=True)
        wrong = [] if done.returncode == 0 and whole.returncode == 0 else [f"it does not start: {done.stderr[-300:]}"]
        return wrong, "killed ten times, then started"


Play = Callable[[Running], Said]
EVERYWHERE: tuple[Play, ...] = (
    *(slow_headers, slow_bodies, slow_readers, idle_clients),
    *(power_goes, start_is_interrupted),
)
