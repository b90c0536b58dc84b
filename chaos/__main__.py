"""make chaos: learners mark at full speed while things break; then a ledger of what they were told is held against
what the site shows and the database holds. Ends with 1 where a promise was broken.

python -m chaos [SQLite or PostgreSQL] [names of faults] runs less, and so does make chaos PLAYS="...". CHAOS_KILLS is
how many workers are killed, CHAOS_SLOW how many clients are slow. It needs gunicorn's port, and to kill only what it
started itself.
"""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import serving
from chaos import faults, plays
from chaos.attack import PORT, attack
from chaos.faults import Running
from tests import postgres
from tests.postgres import Missing


def main(names: list[str]) -> int:
    lines: list[str] = []
    broken = 0
    databases = {"SQLite": sqlite, "PostgreSQL": postgresql}
    chosen = [name for name in names if name not in databases]
    for where, sites in databases.items():
        if len(chosen) < len(names) and where not in names:
            continue
        own = faults.ON_SQLITE if where == "SQLite" else faults.ON_POSTGRESQL
        for fault in (*faults.EVERYWHERE, *own, *plays.EVERYWHERE):
            if chosen and fault.__name__ not in chosen:
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


@contextlib.contextmanager
def sqlite(fault: Any) -> Iterator[Running]:
    with contextlib.ExitStack() as stack:
        more = clock(stack, fault)
        if fault is faults.disk_fills:
            more["CAIRN_VAR"] = str(stack.enter_context(faults.small_disk(24)))
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
        disk = stack.enter_context(faults.small_disk(200)) if fault is faults.disk_fills else None
        database = stack.enter_context(postgres.embedded(disk))
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
