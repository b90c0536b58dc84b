"""make lighthouse: the public pages of a fresh Cairn, on a phone and on a desktop; fails below 100.

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
ROADMAP = "/roadmaps/ai-engineer-2026/"
PAGES = (
    *(ROADMAP, "/", "/roadmaps/", f"{ROADMAP}skills/rag/", f"{ROADMAP}map/", f"{ROADMAP}book/", f"{ROADMAP}faq/"),
    *("/search/", "/search/?q=python", "/privacy/", "/accounts/login/", "/accounts/signup/"),
)
FOR_NO_ENGINE = {"/search/?q=python": ["--only-categories=performance,accessibility,best-practices"]}
"""What asks not to be indexed."""
DEVICES = {"phone": [], "desktop": ["--preset=desktop"]}


def measure(page: str, device: str, options: list[str], chromium: str) -> tuple[dict[str, int], str]:
    """Category -> points, and what else there is to say of it."""
    report = serving.RESULTS / f"lighthouse-{page.strip('/').replace('/', '-').partition('?')[0] or 'start'}-{device}"
    subprocess.run(
        [
            *("npx", "--yes", "lighthouse@12.8", f"http://localhost:{PORT}{page}", *options, "--quiet"),
            *("--output=json", "--output=html", f"--output-path={report}"),
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        ],
        env=os.environ | {"CHROME_PATH": chromium},
        check=True,
    )
    found = json.loads(report.with_suffix(".report.json").read_text())
    names = ("largest-contentful-paint", "cumulative-layout-shift", "total-byte-weight")
    lcp, cls, size = (found["audits"][name]["numericValue"] for name in names)
    points = {each["title"]: int(100 * (each["score"] or 0)) for each in found["categories"].values()}
    return points, f"LCP {lcp / 1000:.2f} s  CLS {cls:.3f}  {size / 1000:.1f} KB"


def main() -> int:
    chromium = browser.find()
    if chromium is None or shutil.which("npx") is None:
        sys.exit("make lighthouse needs Chromium (or CAIRN_CHROMIUM) and Node's npx.")
    serving.RESULTS.mkdir(parents=True, exist_ok=True)
    below = 0
    with serving.site(PORT):
        for page in PAGES:
            for device, options in DEVICES.items():
                points, rest = measure(page, device, [*options, *FOR_NO_ENGINE.get(page, [])], chromium)
                below += any(value < 100 for value in points.values())
                said = "  ".join(f"{title} {value}" for title, value in points.items())
                print(f"{page:40} {device:8} {said}  {rest}", flush=True)
    return int(bool(below))


if __name__ == "__main__":
    sys.exit(main())
