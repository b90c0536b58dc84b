"""make lighthouse: the roadmap page of a fresh Cairn, on a phone and on a desktop; fails below 100.

Needs Node, whose npx fetches Lighthouse, and Chromium. The reports go to bench/results/.
"""

import json
import os
import shutil
import subprocess
import sys

from bench import serving
from tests import browser

PORT = os.environ.get("LIGHTHOUSE_PORT", "8009")
PAGE = f"http://localhost:{PORT}/roadmaps/ai-engineer-2026/"
DEVICES = {"phone": [], "desktop": ["--preset=desktop"]}


def scores(device: str, options: list[str], chromium: str) -> dict[str, int]:
    report = serving.RESULTS / f"lighthouse-{device}"
    subprocess.run(
        [
            *("npx", "--yes", "lighthouse@12.8", PAGE, *options, "--quiet", "--output=json", "--output=html"),
            *(f"--output-path={report}", "--chrome-flags=--headless=new --no-sandbox --disable-gpu"),
        ],
        env=os.environ | {"CHROME_PATH": chromium},
        check=True,
    )
    categories = json.loads(report.with_suffix(".report.json").read_text())["categories"]
    return {category["title"]: int(100 * (category["score"] or 0)) for category in categories.values()}


def main() -> int:
    chromium = browser.find()
    if chromium is None or shutil.which("npx") is None:
        sys.exit("make lighthouse needs Chromium (or CAIRN_CHROMIUM) and Node's npx.")
    serving.RESULTS.mkdir(parents=True, exist_ok=True)
    with serving.site(PORT):
        found = {device: scores(device, options, chromium) for device, options in DEVICES.items()}
    for device, values in found.items():
        print(f"{device:8}", "  ".join(f"{title} {value}" for title, value in values.items()))
    return int(any(value < 100 for values in found.values() for value in values.values()))


if __name__ == "__main__":
    sys.exit(main())
