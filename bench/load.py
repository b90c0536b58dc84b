"""Drives an address with many requests at once: wrk where it is, else threads of our own."""

import http.client
import json
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple, TypedDict
from urllib.parse import urlsplit

WRK = shutil.which("wrk")
SCRIPT = """
local at = 0
request = function()
  at = at % #requests + 1
  return wrk.format(requests[at][1], requests[at][2], requests[at][3], requests[at][4])
end
done = function(summary, latency)
  local e = summary.errors
  print("FOUND", summary.requests * 1e6 / summary.duration, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout)
end
"""


class Call(TypedDict):
    method: str
    path: str
    headers: dict[str, str]
    body: str


class Figures(NamedTuple):
    """p50 and p99 in milliseconds. wrk counts as failures what is not 2xx or 3xx, and broken connections."""

    a_second: float
    p50: float
    p99: float
    failures: int


def drive(url: str, calls: Sequence[Call], *, connections: int, seconds: float) -> Figures:
    """The calls in turn, over and over."""
    return (_wrk if WRK else threads)(url, calls, connections, seconds)


def _wrk(url: str, calls: Sequence[Call], connections: int, seconds: float) -> Figures:
    rows = []
    for call in calls:  # what is plain ASCII is quoted alike in JSON and in Lua
        headers = ",".join(f"[{json.dumps(name)}]={json.dumps(value)}" for name, value in call["headers"].items())
        request, body = f"{json.dumps(call['method'])},{json.dumps(call['path'])}", json.dumps(call["body"])
        rows.append(f"{{{request},{{{headers}}},{body}}}")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f"requests = {{{','.join(rows)}}}{SCRIPT}")
        script.flush()
        # One thread: the calls keep their order, and the server needs the cores.
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{max(1, round(seconds))}s",
            "--timeout",
            "60s",
            "-s",
            script.name,
            url,
        ]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    a_second, p50, p99, failures = output.partition("FOUND")[2].split()[:4]
    return Figures(float(a_second), float(p50), float(p99), int(failures))


def threads(url: str, calls: Sequence[Call], connections: int, seconds: float) -> Figures:
    """What was begun in time is waited for, so that each connection counts once at least."""
    host, start = urlsplit(url).netloc, time.perf_counter()
    times: list[float] = []
    failures: list[int] = []

    def work(first: int) -> None:
        server = http.client.HTTPConnection(host, timeout=60)
        at = first
        while (begun := time.perf_counter()) < start + seconds:
            call = calls[at % len(calls)]
            at += connections
            try:
                server.request(call["method"], call["path"], call["body"] or None, call["headers"])
                answer = server.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                failures.append(0)
                server.close()
                continue
            if answer.status >= 400:
                failures.append(answer.status)
            times.append(1000 * (time.perf_counter() - begun))

    workers = [threading.Thread(target=work, args=[first]) for first in range(connections)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    spent = time.perf_counter() - start
    cuts = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else (times or [0.0]) * 99
    return Figures(len(times) / spent, cuts[49], cuts[98], len(failures))
