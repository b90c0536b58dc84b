"""Learners who mark at full speed, and what each of them was told: the ledger that the database is held against."""

import http.client
import itertools
import re
import threading
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field

ROADMAP = "/roadmaps/ai-engineer-2026/"
SKILLS = ("docker", "python-core", "pytorch", "pandas", "numpy", "kubernetes")
STATES = ("learning", "done", "skipped", "todo")
PATIENCE = 40
"""Seconds to wait for an answer: longer than the site waits for its database."""


class Unclear(Exception):
    """The site does not even take marks while nothing is wrong."""


@dataclass
class Ledger:
    """What one learner asked for, in order, and whether it was acknowledged."""

    acts: list[tuple[str, str, bool]] = field(default_factory=list)
    """Skill, state, acknowledged. What was not may have been written or not."""
    answers: Counter[str] = field(default_factory=Counter)

    def may_be(self, skill: str) -> set[str]:
        """The states in which the skill may be now."""
        return self._replayed()[0].get(skill, {"todo"})

    @property
    def least_changes(self) -> int:
        """Acknowledged presses that must have changed something: to ask for the state that is there changes nothing."""
        return self._replayed()[1]

    @property
    def acknowledged(self) -> int:
        return sum(acknowledged for *_, acknowledged in self.acts)

    def _replayed(self) -> tuple[dict[str, set[str]], int]:
        states: dict[str, set[str]] = {}
        changes = 0
        for skill, state, acknowledged in self.acts:
            before = states.get(skill, {"todo"})
            changes += acknowledged and state not in before
            states[skill] = {state} if acknowledged else before | {state}
        return states, changes


class Learner(threading.Thread):
    """A guest with a browser of its own. Each press asks for another state than the one before it on that skill."""

    def __init__(self, port: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.port, self.stop, self.ledger = port, stop, Ledger()
        self.cookies: dict[str, str] = {}
        self.token = ""

    def enter(self) -> None:
        """Until there is a record: what is not acknowledged before that is nobody's."""
        self.token = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', self.ask("GET", ROADMAP)[1])[0]
        status, _ = self.ask("POST", f"/progress/ai-engineer-2026/skills/{SKILLS[0]}/", "learning")
        if status != 302:
            raise Unclear(f"The first mark was answered with {status}.")
        self.ledger.acts.append((SKILLS[0], "learning", True))

    def run(self) -> None:
        turns = itertools.cycle((skill, state) for state in STATES[1:] + STATES[:1] for skill in SKILLS)
        for skill, state in turns:
            if self.stop.is_set():
                return
            acknowledged = False
            try:
                status, page = self.ask("POST", f"/progress/ai-engineer-2026/skills/{skill}/", state)
                acknowledged = status == 302
                clear = acknowledged or (status == 503 and "may not have been saved" in page)
                self.ledger.answers[str(status) if clear else f"{status} without a clear word"] += 1
            except (OSError, http.client.HTTPException):
                self.ledger.answers["no answer"] += 1
            self.ledger.acts.append((skill, state, acknowledged))
            if not acknowledged:
                time.sleep(0.2)

    def ask(self, method: str, path: str, state: str = "") -> tuple[int, str]:
        data = {"csrfmiddlewaretoken": self.token, "learner": "", "state": state, "next": ROADMAP}
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = urllib.parse.urlencode(data) if method == "POST" else None
        if body:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        connection = http.client.HTTPConnection("localhost", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            page = response.read().decode()
            for cookie in response.headers.get_all("Set-Cookie", []):
                name, _, rest = cookie.partition("=")
                self.cookies[name] = rest.partition(";")[0]
            return response.status, page
        finally:
            connection.close()

    def found(self) -> tuple[int, dict[str, str]]:
        """Id of the learner, and the states that the page shows now."""
        _, page = self.ask("GET", ROADMAP)
        states = dict(re.findall(r'id="skill-([\w-]+)" data-state="(\w+)"', page))
        return int(re.findall(r'name="learner" value="(\d+)"', page)[0]), {skill: states[skill] for skill in SKILLS}
