"""A4 and A5: whether the time of an answer tells who has an account. X11: whether a long text takes long."""

import http.cookies
import re
import statistics
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from security.served import Target
from tests.web.test_markdown import SHAPES
from web import logs, markdown

ALIKE = 0.35
"""By which lower quartiles may differ."""
LENGTH, SECONDS = 100_000, 1.0


class Visitor:
    """Who comes from another network each time: limits are counted by it."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.networks = (f"198.18.{number // 250}.{number % 250 + 1}" for number in range(60_000))

    def ask(self, path: str, **data: str) -> float:
        """Seconds that the form's answer took."""
        said = {"X-Forwarded-For": next(self.networks), "X-Forwarded-Proto": "https", "Referer": self.target.url + path}
        connection = self.target.connection()
        connection.request("GET", path, headers=said)
        response = connection.getresponse()
        page, kept = response.read().decode(), http.cookies.SimpleCookie()
        for line in response.headers.get_all("Set-Cookie") or []:
            kept.load(line)
        connection.close()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        if not found:
            raise RuntimeError(f"{path} answered {response.status} without a form.")
        said["Cookie"] = "; ".join(f"{name}={morsel.value}" for name, morsel in kept.items())
        said["Content-Type"] = "application/x-www-form-urlencoded"
        connection = self.target.connection()
        connection.connect()
        begun = time.perf_counter()
        connection.request("POST", path, urlencode({"csrfmiddlewaretoken": found[1], **data}), said)
        status = connection.getresponse().status
        took = time.perf_counter() - begun
        connection.close()
        if status not in (200, 302):
            raise RuntimeError(f"{path} answered {status}.")
        return took


def enumeration(target: Target) -> Iterator[tuple[str, bool, str]]:
    """What was asked, whether nobody learns who has an account, and in words."""
    visitor, wrong = Visitor(target), "not the word"
    ways: dict[str, Callable[[str], float]] = {
        "sign in": lambda email: visitor.ask("/accounts/login/", login=email, password=wrong),
        "reset": lambda email: visitor.ask("/accounts/password/reset/", email=email),
    }
    for name, ask in ways.items():
        ask("warm@example.org")
        times: tuple[list[float], list[float]] = [], []
        for number, email in enumerate(target.people["known"]):
            pair = (email, f"nobody-{number}@example.org")
            for which in (0, 1) if number % 2 else (1, 0):  # what else the machine does falls on both
                times[which].append(ask(pair[which]))
        known, unknown = (statistics.quantiles(each, n=4)[0] for each in times)
        apart = max(known, unknown) / min(known, unknown) - 1
        words = f"known {known * 1000:.1f} ms, unknown {unknown * 1000:.1f} ms: {apart:.0%} apart"
        yield name, apart <= ALIKE, words


def long_texts() -> list[str]:
    """The seconds of those that took too long."""
    found = []
    for shape in SHAPES:
        text = (shape * LENGTH)[:LENGTH]
        if (took := _least(lambda text=text: markdown.render(text))) > SECONDS:
            found.append(f"Markdown of {shape!r} {took:.2f} s")
    for shape in ("x", "/", "a.", "'\n", "ip=", "?", "a@", '"'):
        text = (shape * LENGTH)[:LENGTH]
        if (took := _least(lambda text=text: logs._masked(logs._QUOTED.sub("...", text)))) > SECONDS:
            found.append(f"a log line of {shape!r} {took:.2f} s")
    return found


def _least(act: Callable[[], object]) -> float:
    """Seconds of CPU, of three times: what else the machine does makes it more, never less."""
    took = []
    for _ in range(3):
        begun = time.process_time()
        act()
        took.append(time.process_time() - begun)
    return min(took)
