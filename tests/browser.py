"""The browser that the tests drive: CAIRN_CHROMIUM, or the first of its usual names on the path."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first is the quickest


def find() -> str | None:
    return os.environ.get("CAIRN_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def find_or_install() -> str | None:
    """As find(), but on Debian the distribution's own is installed where we may."""
    if not find() and os.geteuid() == 0 and shutil.which("apt-get"):
        print("No browser yet: apt-get install chromium-headless-shell", flush=True)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in ("update", "install --yes --no-install-recommends chromium-headless-shell"):
            arguments = ["apt-get", "-qq", *command.split()]
            subprocess.run(arguments, env=environment, stdout=sys.stderr, check=False)
    return find()
