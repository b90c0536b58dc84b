"""make scale: shows on real engines that Cairn grows: what its requests ask of 10^6 marks, PgBouncer, a replica, a
primary that dies, and the way to be distributed. Ends with 1 where something does not hold.

python -m scale [names of parts] runs less. SCALE_MARKS may be set.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench import serving
from chaos.attack import PORT, attack, manage
from chaos.faults import Running
from chaos.ledger import ROADMAP
from scale import engines, patroni
from scale.browsing import Browser
from scale.engines import Bouncer, Server, until
from tests.postgres import Missing

MARKS = int(os.environ.get("SCALE_MARKS", "1000000"))
SLACK = 20
"""Rows more that a request may look at among ten times as many learners: a plan may read a page's neighbours."""
CONNECTIONS = 3
PASSWORD = "correct horse battery"
PERSON = f"""
import datetime as dt
from allauth.account.models import EmailAddress
from django.utils import timezone
from accounts.models import User
from progress.models import Learner, Mark
from roadmap import outline
user = User.objects.create_user("ada@example.org", "{PASSWORD}", name="Ada", handle="ada", is_public=True)
EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
learner = Learner.objects.create(user=user)
since = timezone.now() - dt.timedelta(days=3)
for place in outline.published()[0].places[20:30]:
    Mark.objects.create(learner=learner, skill_id=place.skill.id, state="done", since=since)
"""
RENAME = """
from django.utils import timezone
from roadmap import outline
from roadmap.models import Roadmap
found = Roadmap.objects.get(slug="ai-engineer-2026")
Roadmap.objects.filter(pk=found.pk).update(title="A newer title")
outline.touch(found, at=timezone.now())
"""
Found = tuple[list[str], str]
"""What does not hold, and what was seen."""


def hot() -> Found:
    """Every statement of every frequent request, among a tenth of the marks and among all."""
    with engines.primary() as server, serving.folder(DATABASE_URL=server.url, EMAIL_URL="memorymail://") as inside:
        few, many = (_asked(inside, marks) for marks in (MARKS // 10, MARKS))
    wrong, lines = [], []
    for name, now in many["requests"].items():
        before = few["requests"][name]
        lines.append(f"| {name} | {now['statements']} | {before['touched']:,} | {now['touched']:,} | {now['ms']:.1f} |")
        if name.startswith("*"):
            continue
        if now["touched"] > before["touched"] + SLACK:
            wrong.append(f"{name} looks at more rows when there are more learners: {now['worst']}")
        wrong += [f"{name} reads all of {table}: {statement}" for table, statement in now["scanned"]]
    tables = {name: each for name, each in many["tables"].items() if name.startswith(("progress_", "accounts_"))}
    print("\n| request | statements | rows, few | rows, many | ms |\n| --- | --: | --: | --: | --: |", *lines, sep="\n")
    print("\n| table | rows | bytes a row, with indexes |\n| --- | --: | --: |")
    for name, (rows, size) in sorted(tables.items()):
        if rows:
            print(f"| {name} | {rows:,} | {size / rows:,.0f} |")
    print()
    return wrong, f"{len(lines)} kinds of requests among {tables['progress_learner'][0]:,} learners"


def _asked(environment: dict[str, str], marks: int) -> dict[str, Any]:
    print(f"    {marks:,} marks", flush=True)
    command = [sys.executable, "-m", "scale.hot", str(marks)]
    done = subprocess.run(command, cwd=serving.ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def pooled() -> Found:
    """Eight learners mark while somebody signs in and answers a review: sixteen connections share three."""

    def sign_in_and_review(site: Running) -> None:
        browser = signed_in()
        browser.get("/review/")
        if "Good" not in browser.post("/review/", question=browser.field("question"), rating="3"):
            raise ValueError("The answer was not taken.")
        browser.get("/dashboard/")
        time.sleep(3)

    small = {"default_pool_size": str(CONNECTIONS), "reserve_pool_size": "0"}
    with (
        engines.primary() as server,
        engines.bouncer(PORT + 2, {"cairn": server.place}, server.owner, **small) as bouncer,
        served(DATABASE_URL=bouncer.url("cairn")) as site,
    ):
        manage(site, "shell", "--no-imports", "-c", PERSON)
        wrong, said = attack(site, sign_in_and_review)
        pool = next(each for each in bouncer.ask("SHOW POOLS") if each["database"] == "cairn")
        clients = len([each for each in bouncer.ask("SHOW CLIENTS") if each["database"] == "cairn"])
    servers = sum(pool[name] for name in ("sv_active", "sv_idle", "sv_used", "sv_tested", "sv_login"))
    wrong += [f"an answer other than 302: {said}"] if "503" in said or "no answer" in said else []
    wrong += [f"the mode is {pool['pool_mode']}"] if pool["pool_mode"] != "transaction" else []
    wrong += [f"{clients} clients share {servers} connections"] if not servers <= CONNECTIONS < clients else []
    return wrong, f"{clients} clients on {servers} connections; {said}"


def replica() -> Found:
    """The replica stands still: a visitor sees what was, whoever marks sees what is. Then it is gone."""
    wrong: list[str] = []
    with (
        cluster() as (first, second, bouncer),
        served(DATABASE_URL=bouncer.url("cairn"), DATABASE_REPLICA_URL=bouncer.url("cairn_replica")) as site,
    ):

        def expect(what: str, holds: bool) -> None:
            wrong.extend([] if holds else [what])

        def titles(times: int = 6) -> set[bool]:
            """Whether visitors see the newer title; several, as there are several workers."""
            return {"A newer title" in Browser(PORT).get(ROADMAP) for _ in range(times)}

        manage(site, "shell", "--no-imports", "-c", PERSON)
        learner, guest = signed_in(), Browser(PORT)
        caught_up(first, second)
        with ThreadPoolExecutor(8) as pool:  # one after the other may all go to one worker
            list(pool.map(lambda _: Browser(PORT).get(ROADMAP), range(40)))
        before = asked_of(bouncer)
        titles(20)
        since = asked_of(bouncer) - before
        expect(f"of 20 visitors' statements {since['cairn']} went to the primary", since["cairn"] == 0)
        expect(f"of 20 visitors' statements {since['cairn_replica']} went to the replica", since["cairn_replica"] == 20)

        second.ask("SELECT pg_wal_replay_pause()")
        manage(site, "shell", "--no-imports", "-c", RENAME)
        expect("a visitor's page was not the replica's", titles() == {False})
        started = time.monotonic()
        for browser in (learner, guest):
            for state in ("learning", "done"):
                browser.get(ROADMAP)
                browser.post("/progress/ai-engineer-2026/skills/docker/", state=state, next=ROADMAP)
                for _ in range(4):  # each of the workers
                    browser.get(ROADMAP)
                    expect(
                        f"a learner marked {state} and sees {browser.state('docker')}", browser.state("docker") == state
                    )
                    expect("a learner sees old content", "A newer title" in browser.page)
        took = time.monotonic() - started
        expect("a visitor's page is gone", len(titles()) >= 1)
        second.ask("SELECT pg_wal_replay_resume()")
        caught_up(first, second)
        expect("the replica caught up, and a visitor sees what was", titles() == {True})

        first.ask("ALTER SYSTEM SET synchronous_standby_names = ''")
        first.ask("SELECT pg_reload_conf()")
        second.kill()
        expect("without the replica a visitor's page is gone", titles() == {True})
    return wrong, f"two learners marked and looked 16 times in {took:.1f} s while replay stood still"


def failover() -> Found:
    """kill -9 of the primary while eight learners mark; the replica takes its place."""
    seconds = 0.0
    with cluster() as (first, second, bouncer), served(DATABASE_URL=bouncer.url("cairn")) as site:

        def primary_dies(_: Running) -> None:
            nonlocal seconds
            first.kill()
            started = time.monotonic()
            second.ask("SELECT pg_promote()")
            bouncer.lead_to(cairn=second, cairn_replica=second)
            seconds = time.monotonic() - started

        wrong, said = attack(site, primary_dies)
        wrong += ["the replica is none the wiser"] if second.ask("SELECT pg_is_in_recovery()") != [(False,)] else []
    return wrong, f"promoted within {seconds:.1f} s; {said}"


def machines() -> Found:
    """The files in deploy/: Patroni, etcd, HAProxy and PgBouncer. The primary's machine dies; nobody does anything."""
    seconds = 0.0
    ways = {"cairn": PORT + 80, "cairn_replica": PORT + 81}
    with (
        patroni.nodes(PORT + 50) as nodes,
        tempfile.NamedTemporaryFile("w", prefix="cairn-userlist-") as users,
    ):
        users.write(f'"cairn" "{patroni.SECRET}"\n')
        users.flush()
        if os.geteuid() == 0:
            shutil.chown(users.name, "postgres")
        databases = {name: f"host=127.0.0.1 port={port} dbname=cairn" for name, port in ways.items()}
        with (
            engines.bouncer(
                PORT + 2,
                databases,
                "postgres" if os.geteuid() == 0 else None,
                auth_type="scram-sha-256",
                auth_file=users.name,
            ) as bouncer,
            served(**_through(bouncer)) as site,
        ):

            def machine_dies(_: Running) -> None:
                nonlocal seconds
                first = next(node for node in nodes if node.is_primary())
                first.kill()
                started = time.monotonic()
                # The other is the primary, and acknowledges what it does once it has a replica of its own.
                until(lambda: any(node.is_primary() for node in nodes if node is not first), 60)
                until(takes_marks, 60)
                seconds = time.monotonic() - started

            wrong, said = attack(site, machine_dies)
            with engines.nginx(PORT + 90, PORT, PORT + 91) as address:
                got = [engines.status(address + ROADMAP) for _ in range(20)]
            wrong += [] if got == [200] * 20 else [f"behind nginx a visitor was told {sorted(set(got))}"]
    return wrong, f"marks were taken again after {seconds:.0f} s; {said}"


def _through(bouncer: Bouncer) -> dict[str, str]:
    user = f"cairn:{patroni.SECRET}"
    return {
        "DATABASE_URL": bouncer.url("cairn", user),
        "DATABASE_REPLICA_URL": bouncer.url("cairn_replica", user),
    }


def citus() -> Found:
    """deploy/citus.sql up to where Citus itself is needed, on a plain PostgreSQL; the site goes on with it."""
    with engines.primary() as server, served(DATABASE_URL=server.url) as site:
        script = (serving.ROOT / "deploy" / "citus.sql").read_text()
        plain, mark, distribution = script.partition("-- From here on Citus is needed.")

        server.ask(plain)
        wrong, said = attack(site, lambda _: time.sleep(2))
        every = _asked(site.environment, 600)["requests"]  # each of them works, or this raises
        left = server.ask(
            """SELECT c.conrelid::regclass || ': ' || c.conname FROM pg_constraint c JOIN pg_attribute a
               ON a.attrelid = c.conrelid AND a.attname = 'learner_id'
               WHERE c.contype IN ('p', 'u') AND NOT a.attnum = ANY (c.conkey)"""
        )
    wrong += [f"{name} does not hold the learner" for (name,) in left]
    wrong += [] if mark and "create_distributed_table" in distribution else ["the script has no part for Citus"]
    return wrong, f"with the keys swapped {len(every)} kinds of requests worked; {said}"


def signed_in() -> Browser:
    browser = Browser(PORT)
    browser.get("/accounts/login/")
    if "Ada" not in browser.post("/accounts/login/", login="ada@example.org", password=PASSWORD):
        raise ValueError("Signing in did not work.")
    return browser


def takes_marks() -> bool:
    """From a new guest."""
    try:
        guest = Browser(PORT)
        guest.get(ROADMAP)
        guest.post("/progress/ai-engineer-2026/skills/docker/", state="done", next=ROADMAP)
    except OSError:
        return False
    return guest.state("docker") == "done"


def asked_of(bouncer: Bouncer) -> Counter[str]:
    """Statements so far, by the name of the database."""
    return Counter({each["database"]: each["total_query_count"] for each in bouncer.ask("SHOW STATS")})


def caught_up(first: Server, second: Server) -> None:
    position = first.ask("SELECT pg_current_wal_lsn()::text")[0][0]
    until(lambda: second.ask(f"SELECT pg_last_wal_replay_lsn() >= '{position}'") == [(True,)])


@contextlib.contextmanager
def cluster() -> Iterator[tuple[Server, Server, Bouncer]]:
    with (
        engines.primary() as first,
        engines.replica_of(first) as second,
        engines.bouncer(PORT + 2, {"cairn": first.place, "cairn_replica": second.place}, first.owner) as bouncer,
    ):
        yield first, second, bouncer


@contextlib.contextmanager
def served(**environment: str) -> Iterator[Running]:
    more = {"WEB_CONCURRENCY": "2", "EMAIL_URL": "memorymail://"} | environment
    with serving.site(str(PORT), **more) as site:
        yield Running(site.environment, site.server)


PARTS: dict[str, Callable[[], Found]] = {
    "hot": hot,
    "pooled": pooled,
    "replica": replica,
    "failover": failover,
    "machines": machines,
    "citus": citus,
}


def main(names: list[str]) -> int:
    lines, broken = [], False
    for name in names or PARTS:
        print(f"{name}: {(PARTS[name].__doc__ or '').partition(chr(10))[0]}", flush=True)
        started = time.monotonic()
        try:
            wrong, said = PARTS[name]()
        except Missing as missing:
            wrong, said = [], f"NOT RUN: {missing}"
        broken |= bool(wrong)
        lines.append(f"| {name} | {said} | {'; '.join(wrong) or 'holds'} | {time.monotonic() - started:.0f} |")
        print("   ", said, *wrong, sep="\n    ", flush=True)
    print("\n| part | what was seen | promise | s |\n| --- | --- | --- | --: |", *lines, sep="\n")
    return int(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
