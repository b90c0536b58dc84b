"""make bench: what a request costs, beside a view that does nothing, and how that grows. To bench/results/.

Each case in turn, right after the floor, in three rounds of which the median counts: what else the machine does falls
on both alike. CPU is what the workers used for a request, and moves least. Nothing here fails for being slow.
"""

import datetime as dt
import json
import os
import platform
import statistics
import subprocess
import sys
from typing import Any

from bench import picture, serving
from bench.load import WRK, drive, threads
from tests import postgres

PORT = int(os.environ.get("BENCH_PORT", "8010"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))
MARKS = int(os.environ.get("BENCH_MARKS", "1000000"))
ROUNDS, CONNECTIONS = 3, 16
FLOOR = "bare Django view"
SKILLS = (60, 600, 6000)
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
GROWING = ("roadmap page, learner", "dashboard", "mark by htmx")

Row = dict[str, Any]


def ask(site: serving.Site, module: str, *arguments: str) -> dict[str, Any]:
    """What a process that shares the site's database says."""
    command = [sys.executable, "-m", module, *arguments]
    output = subprocess.run(command, cwd=serving.ROOT, env=site.environment, check=True, stdout=subprocess.PIPE)
    return dict(json.loads(output.stdout))


def table(site: serving.Site, cases: dict[str, Any]) -> list[Row]:
    rounds: dict[str, list[Row]] = {name: [] for name in cases}
    for number in range(ROUNDS):
        print(f"  round {number + 1} of {ROUNDS}", flush=True)
        for name, case in cases.items():
            floor = drive(site.url, cases[FLOOR]["calls"], connections=CONNECTIONS, seconds=1)
            before = site.cpu()
            found = drive(site.url, case["calls"], connections=CONNECTIONS, seconds=SECONDS)
            cpu = 1000 * (site.cpu() - before) / max(1, found.a_second * SECONDS)
            rounds[name].append(found._asdict() | {"cpu": cpu, "ratio": found.a_second / max(1, floor.a_second)})
    return [
        {
            "case": name,
            **{
                key: statistics.median(each[key] for each in found)
                for key in ("a_second", "p50", "p99", "cpu", "ratio")
            },
            "failures": sum(each["failures"] for each in found),
            **{key: cases[name][key] for key in ("bytes", "queries", "status")},
        }
        for name, found in rounds.items()
    ]


def growth(site: serving.Site, engine: str, cases: dict[str, Any]) -> list[Row]:
    """Median milliseconds of a request that is alone, by what has grown."""
    found = []

    def measure(axis: str, size: int, calls: dict[str, Any]) -> None:
        for name, each in calls.items():
            threads(site.url, each, connections=4, seconds=1)  # until every worker has read the content
            figures = threads(site.url, each, connections=1, seconds=SECONDS)
            found.append({"engine": engine, "axis": axis, "size": size, "case": name, "ms": figures.p50})

    calls = {name: cases[name]["calls"] for name in GROWING}
    size = 10**3
    while size <= (MARKS if engine == POSTGRESQL else min(MARKS, 10**5)):
        measure("marks", ask(site, "bench.growing", "marks", str(size))["marks"], calls)
        print(f"  {size:,} marks", flush=True)
        size *= 10
    for size in SKILLS:
        measure("skills", size, ask(site, "bench.growing", "skills", str(size)))
        print(f"  {size:,} skills", flush=True)
    return found


def run(engine: str, **environment: str) -> dict[str, Any]:
    print(engine, flush=True)
    with serving.site(str(PORT), "bench.floors:application", **environment) as site:
        cases = ask(site, "bench.people")
        drive(site.url, cases[FLOOR]["calls"], connections=CONNECTIONS, seconds=1)
        rows = table(site, cases)
        memory = site.memory()
        return {"engine": engine, "table": rows, "memory": memory, "growth": growth(site, engine, cases)}


def machine() -> str:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" load before {load}; driven by {'wrk' if WRK else 'Python threads'}, {CONNECTIONS} connections,"
        f" {ROUNDS} rounds of {SECONDS:g} s"
    )


COLUMNS = ("a second", "p50 ms", "p99 ms", "ratio", "CPU ms", "CPU ratio", "bytes", "queries", "status", "failures")


def markdown(results: dict[str, Any]) -> str:
    lines = ["# What a request costs", "", f"{results['at']}. {results['machine']}.", ""]
    lines += ["Ratios are to the bare Django view; that of CPU is over what the workers used.", ""]
    for found in results["runs"]:
        floor = next(row["cpu"] for row in found["table"] if row["case"] == FLOOR)
        lines += [f"## {found['engine']}", "", f"| | {' | '.join(COLUMNS)} |", f"| --- |{' --: |' * len(COLUMNS)}"]
        for row in found["table"]:
            times = f"{row['a_second']:,.0f} | {row['p50']:.1f} | {row['p99']:.1f} | {row['ratio']:.2f}"
            cpu = f"{row['cpu']:.2f} | {floor / max(row['cpu'], 0.01):.2f}"
            rest = f"{row['bytes']:,} | {row['queries']} | {row['status']} | {row['failures']}"
            lines.append(f"| {row['case']} | {times} | {cpu} | {rest} |")
        lines += ["", f"The largest worker then has {found['memory']} MB.", "", *grown(found["growth"])]
    return "\n".join(lines) + "\n"


def grown(rows: list[Row]) -> list[str]:
    """Milliseconds of a request alone, by what has grown."""
    lines = []
    for axis in dict.fromkeys(row["axis"] for row in rows):
        here = [row for row in rows if row["axis"] == axis]
        names = list(dict.fromkeys(row["case"] for row in here))
        lines += [f"| {axis} | {' | '.join(f'{name}, ms' for name in names)} |", f"| --: |{' --: |' * len(names)}"]
        for size in dict.fromkeys(row["size"] for row in here):
            ms = {row["case"]: row["ms"] for row in here if row["size"] == size}
            lines.append(f"| {size:,} | {' | '.join(f'{ms[name]:.1f}' for name in names)} |")
        lines.append("")
    return lines


def main() -> None:
    results: dict[str, Any] = {"at": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"), "machine": machine()}
    results["runs"] = [run(SQLITE)]
    try:
        with serving.engines(str(PORT + 1)) as environment:
            results["runs"].append(run(POSTGRESQL, **environment))
    except postgres.Missing as missing:
        print(f"Not on PostgreSQL: {missing}")
    serving.RESULTS.mkdir(parents=True, exist_ok=True)
    (serving.RESULTS / "bench.json").write_text(json.dumps(results, indent=1))
    (serving.RESULTS / "bench.md").write_text(text := markdown(results))
    (serving.RESULTS / "bench.svg").write_text(
        picture.draw([row for each in results["runs"] for row in each["growth"]])
    )
    print(f"\n{text}\nIn bench/results/: bench.md, bench.json, bench.svg")


if __name__ == "__main__":
    main()
