"""make security: what an attacker would try first, on the code and on a site with sample people that it starts itself.
Ends with a table; with 1 where something was found. What could not run says so, and is not counted as passed.

python -m security [names] runs less. SECURITY_SECONDS: for each module of wapiti; SECURITY_EXAMPLES: for each form.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from bench.serving import ROOT
from security import served, timing
from tests.postgres import Missing

PORT = int(os.environ.get("SECURITY_PORT", "8030"))
SECONDS = os.environ.get("SECURITY_SECONDS", "20")
TOOLS = ROOT / ".venv/security"
PACKAGES = ("config", "web", "roadmap", "accounts", "progress", "curation")
OBSERVATORY = "@mdn/mdn-http-observatory@1.4.8"
MODULES = (
    *("crlf", "csp", "cookieflags", "csrf", "exec", "file", "htaccess", "http_headers", "methods", "permanentxss"),
    *("redirect", "shellshock", "sql", "upload", "xss", "xxe"),
)
# Where wapiti begins, too: from the first page on it does not get to all of them in its time.
STARTS = {
    "visitor": ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/search/?q=python", "/u/ada/"),
    "learner": (
        *("/settings/", "/settings/profile/", "/settings/data/", "/history/", "/notes/", "/suggestions/", "/review/"),
        *("/plan/", "/search/?q=python", "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/"),
    ),
}
PASSED, FOUND, NOT_RUN = "passed", "FOUND", "NOT RUN"


class Row(NamedTuple):
    what: str
    outcome: str
    said: str


def run(*command: str, **more: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **more)


def tool(name: str) -> str:
    program = TOOLS / "bin" / name
    if not program.exists():
        raise Missing(f"{name} is not installed: make security installs it")
    return str(program)


def judged(what: str, wrong: Iterable[str], said: str) -> Row:
    wrong = list(wrong)
    return Row(what, FOUND if wrong else PASSED, "; ".join(wrong) or said)


# ---- the code -------------------------------------------------------------------------------------------------------
def bandit() -> list[Row]:
    told = run(tool("bandit"), "-q", "-ll", "-r", *PACKAGES, "-f", "json")
    results = json.loads(told.stdout)
    wrong = [f"{each['filename']}:{each['line_number']} {each['test_id']}" for each in results["results"]]
    wrong += [f"{each['filename']}: {each['reason']}" for each in results["errors"]]
    return [judged("bandit", wrong, f"{results['metrics']['_totals']['loc']:,} lines, nothing medium or higher")]


def pip_audit() -> list[Row]:
    """--strict, as without its data it would say nothing and end with 0."""
    rows = []
    for lock in ("requirements.lock", "requirements-dev.lock"):
        told = run(
            *(sys.executable, "-m", "pip_audit", "--strict", "--disable-pip", "--progress-spinner=off", "-f", "json"),
            *("--requirement", lock),
        )
        if not told.stdout.startswith("{"):
            rows.append(Row(f"pip-audit, {lock}", NOT_RUN, (told.stderr.strip().splitlines() or ["no data"])[-1][:150]))
            continue
        packages = json.loads(told.stdout)["dependencies"]
        wrong = [f"{each['name']} {flaw['id']}" for each in packages for flaw in each.get("vulns", [])]
        rows.append(judged(f"pip-audit, {lock}", wrong, f"{len(packages)} packages, none with a known flaw"))
    return rows


def fuzzing() -> list[Row]:
    told = run(sys.executable, "-m", "pytest", "-q", "-n", "1", "tests/access/fuzz.py")
    wrong = re.findall(r"^FAILED \S+::(.+?)(?: - .*)?$", told.stdout, re.MULTILINE)
    last = (told.stdout.strip().splitlines() or [told.stderr[-200:]])[-1]
    if told.returncode and not wrong:
        wrong = [last]
    return [judged("fuzzing of every form and of the import", wrong, last)]


def long_texts() -> list[Row]:
    said = f"{timing.LENGTH:,} characters of each shape in less than {timing.SECONDS:g} s of CPU"
    return [judged("long texts", timing.long_texts(), said)]


# ---- the site -------------------------------------------------------------------------------------------------------
def enumeration(target: served.Target) -> list[Row]:
    found = timing.enumeration(target)
    return [Row(f"times, {name}", PASSED if alike else FOUND, said) for name, alike, said in found]


def observatory(target: served.Target) -> list[Row]:
    if shutil.which("npm") is None:
        raise Missing("Node's npm is not installed")
    folder = TOOLS / "observatory"
    package = folder / "node_modules/@mdn/mdn-http-observatory"
    if not package.exists():
        told = run("npm", "install", "--silent", "--ignore-scripts", "--no-save", f"--prefix={folder}", OBSERVATORY)
        if told.returncode:
            raise Missing("npm did not get it")
    # Its own script would fetch who is in browsers' HSTS lists; localhost never is.
    (package / "conf/hsts-preload.json").write_text("{}")
    pages = {
        "/": 140,
        f"/roadmaps/{target.people['roadmap']}/": 140,
        f"/roadmaps/{target.people['roadmap']}/skills/{target.people['skill']}/": 140,
        "/accounts/login/": 140,
        "/admin/": 140,
        "/u/ada/": 140,
        "/nowhere/": 140,
        "/u/ada/badge.svg": 120,
        "/robots.txt": 130,
    }
    rows = []
    for path, least in pages.items():
        environment = os.environ | {"NODE_EXTRA_CA_CERTS": str(target.certificate)}
        told = run("node", "security/observatory.mjs", str(package), str(target.port), path, env=environment)
        if told.returncode:
            raise Missing(next((line for line in told.stderr.splitlines() if "Error" in line), "node failed"))
        found = json.loads(told.stdout)
        lacking = [each for each in found["told"] if each.endswith((" 0", *(f" -{n}" for n in range(1, 100))))]
        said = f"{found['score']} {found['grade']}"
        wrong = [] if found["score"] >= least else [f"{said}, not {least}: {', '.join(lacking)}"]
        rows.append(judged(f"Observatory, {path}", wrong, said))
    return rows


def wapiti(target: served.Target) -> list[Row]:
    program, rows = tool("wapiti"), []
    roadmap = f"/roadmaps/{target.people['roadmap']}/"
    shown = (roadmap, f"{roadmap}skills/{target.people['skill']}/")
    for who, cookie in (("visitor", ""), ("learner", target.people["cookie"])):
        starts = [part for path in (*STARTS[who], *shown) for part in ("--start", target.url + path)]
        with tempfile.TemporaryDirectory(prefix="cairn-wapiti-") as folder:
            report = Path(folder) / "report.json"
            run(
                *(program, "--url", f"{target.url}/", "--scope", "folder"),
                *("--module", ",".join(MODULES), "--verify-ssl", "0"),
                *("--depth", "2", "--max-links-per-page", "30", "--max-files-per-dir", "10", "--max-parameters", "10"),
                *("--max-scan-time", "60", "--max-attack-time", SECONDS, "--tasks", "5", "--exclude"),
                *(f"{target.url}/accounts/logout/", "--format", "json", "--output", str(report), "--no-bugreport"),
                *("--store-session", folder, "--flush-session"),
                *(("--header", f"Cookie: {cookie}") if cookie else ()),
                *starts,
            )
            if not report.exists():
                raise Missing("wapiti wrote no report")
            told = json.loads(report.read_text())
        flaws = {**told["vulnerabilities"], **told["anomalies"]}
        wrong = [f"{kind}: {each['method']} {each['path']}" for kind, found in flaws.items() for each in found]
        said = f"{told['infos']['crawled_pages_nbr']} pages, {len(MODULES)} modules of {SECONDS} s at most"
        rows.append(judged(f"wapiti, {who}", dict.fromkeys(wrong), said))
    return rows


ON_CODE: tuple[Callable[[], list[Row]], ...] = (bandit, pip_audit, long_texts, fuzzing)
ON_SITE: tuple[Callable[[served.Target], list[Row]], ...] = (enumeration, observatory, wapiti)


def main(names: list[str]) -> int:
    rows: list[Row] = []

    def add(step: Callable[..., list[Row]], *arguments: served.Target) -> None:
        name = step.__name__.replace("_", " ")
        print(f"{name} ...", flush=True)
        try:
            rows.extend(step(*arguments))
        except Missing as missing:
            rows.append(Row(name, NOT_RUN, str(missing)))

    for on_code in ON_CODE:
        if not names or on_code.__name__ in names:
            add(on_code)
    with ExitStack() as stack:
        target = None
        for on_site in ON_SITE:
            if not names or on_site.__name__ in names:
                target = target or stack.enter_context(served.site(PORT))
                add(on_site, target)
    print("\n| what | outcome | |\n| --- | --- | --- |")
    print(*(f"| {row.what} | {row.outcome} | {row.said} |" for row in rows), sep="\n")
    return int(any(row.outcome == FOUND for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
