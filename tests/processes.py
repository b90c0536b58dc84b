"""For tests in which several do something at once: each in a process of its own, a copy of one in which Django is set
up (tests/ready.py) and that has asked no database anything. Setting it up in each took longer than most of them run."""

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

several = multiprocessing.get_context("forkserver")
several.set_forkserver_preload(["tests.ready"])


def ran(folder: Path, database: dict[str, Any], path: str, *line: str) -> subprocess.CompletedProcess[str]:
    """What `python LINE` does, in such a copy, with this database and PATH; folder: where the site's files are."""
    with tempfile.TemporaryDirectory() as apart:
        said = [Path(apart, "stdout"), Path(apart, "stderr")]
        process = several.Process(target=_run, args=(folder, database, path, line, said))
        process.start()
        process.join()
        stdout, stderr = (each.read_text() for each in said)
    return subprocess.CompletedProcess(line, process.exitcode or 0, stdout, stderr)


def _run(folder: Path, values: dict[str, Any], path: str, line: tuple[str, ...], said: list[Path]) -> None:
    from django.conf import settings

    from tests.ready import database

    settings.VAR, os.environ["PATH"] = folder, path
    for number, file in enumerate(said, start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    with database(values):
        if line[0] == "-m":
            sys.argv = [*line[1:]]
            runpy.run_module(line[1], run_name="__main__")
        else:
            sys.argv = [*line]
            runpy.run_path(line[0], run_name="__main__")
