"""make chaos: learners mark at full speed while things break; then a ledger of what they were told is held against
what the site shows and the database holds. Ends with 1 where a promise was broken.

python -m chaos [names of faults] runs less. It needs gunicorn's port, and to kill only what it started itself.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import serving
from chaos import faults, plays
from chaos.faults import Fault, Missing, Running
from chaos.ledger import Learner
from tests import postgres

PORT = int(os.environ.get("CHAOS_PORT", "8019"))
LEARNERS = 8
RECOVERY = 10
"""Seconds in which the site takes marks again by itself."""
COUNT = """
import json
import os
from django.db.models import Count
from progress.models import Change, Mark
changes = dict(Change.objects.values_list("learner").annotate(Count("id")))
marks = dict(Mark.objects.values_list("learner").annotate(Count("id")))
print(json.dumps({"changes": changes, "marks": marks}))
"""


def main(names: list[str]) -> int:
    lines: list[str] = []
    broken = 0
    for where, sites in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        own = faults.ON_SQLITE if where == "SQLite" else faults.ON_POSTGRESQL
        for fault in (*faults.EVERYWHERE, *own, *plays.EVERYWHERE):
            if names and fault.__name__ not in names:
                continue
            print(f"{where}: {fault.__name__.replace('_', ' ')}", flush=True)
            try:
                with sites(fault) as site:
                    wrong, said = fault(site) if fault in plays.EVERYWHERE else attack(site, fault)
            except Missing as missing:
                wrong, said = [], f"NOT RUN: {missing}"
            broken += bool(wrong)
            lines.append(f"| {where} | {fault.__name__.replace('_', ' ')} | {said} | {'; '.join(wrong) or 'kept'} |")
            print("   ", said, *wrong, sep="\n    ", flush=True)
    print("\n| database | fault | what learners were told | promise |\n| --- | --- | --- | --- |", *lines, sep="\n")
    return int(bool(broken))


def attack(site: Running, fault: Fault) -> tuple[list[str], str]:
    """What was wrong, and what learners were told, in words."""
    stop = threading.Event()
    learners = [Learner(PORT, stop) for _ in range(LEARNERS)]
    for learner in learners:
        learner.enter()
    for learner in learners:
        learner.start()
    time.sleep(1)
    fault(site)
    mended = time.monotonic()
    before = [learner.ledger.acknowledged for learner in learners]
    while any(learner.ledger.acknowledged == count for learner, count in zip(learners, before, strict=True)):
        if time.monotonic() - mended > RECOVERY:
            break
        time.sleep(0.1)
    recovery = time.monotonic() - mended
    time.sleep(1)
    stop.set()
    for learner in learners:
        learner.join()

    wrong = list(site.wrong)
    wrong += [] if recovery <= RECOVERY else [f"not every learner could mark again within {RECOVERY} s"]
    answers = sum((learner.ledger.answers for learner in learners), Counter[str]())
    wrong += [f"{count} answers {what}" for what, count in answers.items() if what not in ("302", "503", "no answer")]
    held = json.loads(manage(site, "shell", "--no-imports", "-c", COUNT))
    for learner in learners:
        wrong += judged(learner, held)
    acknowledged = sum(learner.ledger.acknowledged for learner in learners)
    said = ", ".join(f"{count} × {what}" for what, count in sorted(answers.items()))
    return wrong, f"{acknowledged} acknowledged ({said}); back after {recovery:.1f} s"


def judged(learner: Learner, held: dict[str, dict[str, int]]) -> Iterator[str]:
    """None lost, none doubled: what the page shows was acknowledged last, or asked for since without an answer."""
    pk, states = learner.found()
    for skill, state in states.items():
        if state not in learner.ledger.may_be(skill):
            yield f"learner {pk} has {skill} {state} and was told {learner.ledger.may_be(skill)}"
    changes, ledger = held["changes"][str(pk)], learner.ledger
    if not ledger.least_changes <= changes <= len(ledger.acts):
        yield f"learner {pk} has {changes} changes, of {ledger.least_changes} at least and {len(ledger.acts)} at most"
    if held["marks"][str(pk)] > len(states):
        yield f"learner {pk} has {held['marks'][str(pk)]} marks on {len(states)} skills"


def manage(site: Running, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=serving.ROOT,
        env=site.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@contextlib.contextmanager
def sqlite(fault: Any) -> Iterator[Running]:
    with contextlib.ExitStack() as stack:
        more = clock(stack, fault)
        if fault is faults.disk_fills:
            folder = stack.enter_context(faults.small_disk(24))
            if folder is None:
                raise Missing("no right to mount a small disk")
            more["CAIRN_VAR"] = str(folder)
        more["BIND"] = "0.0.0.0"  # noqa: S104 -- as in the image, where slow clients come from anywhere
        site = stack.enter_context(serving.site(str(PORT), **more))
        running = Running(site.environment, site.server)
        try:
            yield running
        finally:  # it may be another process than the one that was started first
            running.server.terminate()
            running.server.wait()


@contextlib.contextmanager
def postgresql(fault: Any) -> Iterator[Running]:
    with contextlib.ExitStack() as stack:
        more = clock(stack, fault)
        try:
            database = stack.enter_context(postgres.embedded())
        except postgres.Missing as missing:
            raise Missing(str(missing)) from missing
        more["DATABASE_URL"] = postgres.address(database)
        way = None
        if fault in faults.BEHIND_A_WAY:
            way = faults.Way(database.get_postmaster_info().socket_dir)
            stack.callback(way.close)
            more["DATABASE_URL"] = f"postgres://postgres@127.0.0.1:{way.port}/postgres?sslmode=disable"
        cache = None
        if fault is faults.cache_goes:
            if shutil.which("redis-server") is None:
                raise Missing("redis-server is not installed")
            cache = faults.Redis(PORT + 1)
            stack.callback(cache.stop)
            more["CACHE_URL"] = f"redis://127.0.0.1:{PORT + 1}/0"
        more["BIND"] = "0.0.0.0"  # noqa: S104 -- as in the image, where slow clients come from anywhere
        site = stack.enter_context(serving.site(str(PORT), **more))
        running = Running(site.environment, site.server, database, cache, way)
        try:
            yield running
        finally:  # it may be another process than the one that was started first
            running.server.terminate()
            running.server.wait()


def clock(stack: contextlib.ExitStack, fault: Any) -> dict[str, str]:
    """For the environment of a site whose clock is to jump; empty for others."""
    if fault is not faults.clock_jumps:
        return {}
    library = faults.faketime()
    if library is None:
        raise Missing("libfaketime is not installed")
    file = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cairn-clock-"))) / "offset"
    file.write_text("+0")
    return {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
