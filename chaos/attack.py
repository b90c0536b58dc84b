"""Learners mark at full speed while something happens to the site; then all of them are asked, and the database is."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator

from bench import serving
from chaos.faults import RECOVERY, Fault, Running
from chaos.ledger import Learner

PORT = int(os.environ.get("CHAOS_PORT", "8019"))
"""At which the site serves."""
LEARNERS = 8
READY = 3
"""Seconds in which it is ready again after something of it was killed."""
COUNT = """
import json
import os
from django.db.models import Count
from progress.models import Change, Mark
changes = dict(Change.objects.values_list("learner").annotate(Count("id")))
marks = dict(Mark.objects.values_list("learner").annotate(Count("id")))
print(json.dumps({"changes": changes, "marks": marks}))
"""


def attack(site: Running, fault: Fault) -> tuple[list[str], str]:
    """What was wrong, and what learners were told, in words."""
    stop = threading.Event()
    learners = [Learner(PORT, stop) for _ in range(LEARNERS)]
    for learner in learners:
        learner.enter()
    begun = time.monotonic()
    for learner in learners:
        learner.start()
    time.sleep(1)
    fault(site)
    mended = time.monotonic()
    before = [learner.ledger.acknowledged for learner in learners]
    while any(learner.ledger.acknowledged == count for learner, count in zip(learners, before, strict=True)):
        if time.monotonic() - mended > RECOVERY:
            break
        time.sleep(0.1)
    recovery = time.monotonic() - mended
    time.sleep(1)
    stop.set()
    for learner in learners:
        learner.join()
    lasted = time.monotonic() - begun

    wrong = list(site.wrong)
    wrong += [] if recovery <= RECOVERY else [f"not every learner could mark again within {RECOVERY} s"]
    answers = sum((learner.ledger.answers for learner in learners), Counter[str]())
    wrong += [] if site.longest <= READY else [f"ready again only after {site.longest:.1f} s"]
    wrong += [f"{count} answers {what}" for what, count in answers.items() if what not in ("302", "503", "no answer")]
    held = json.loads(manage(site, "shell", "--no-imports", "-c", COUNT))
    for learner in learners:
        wrong += judged(learner, held)
    acknowledged = sum(learner.ledger.acknowledged for learner in learners)
    said = ", ".join(f"{count} × {what}" for what, count in sorted(answers.items()))
    killed = f"{site.kills} kills, ready again after {site.longest:.1f} s at most; " if site.kills else ""
    said = f"{acknowledged} acknowledged, {acknowledged / lasted:.0f} a second ({said})"
    return wrong, f"{said}; {killed}all mark again after {recovery:.1f} s"


def judged(learner: Learner, held: dict[str, dict[str, int]]) -> Iterator[str]:
    """None lost, none doubled: what the page shows was acknowledged last, or asked for since without an answer."""
    pk, states = learner.found()
    for skill, state in states.items():
        if state not in learner.ledger.may_be(skill):
            yield f"learner {pk} has {skill} {state} and was told {learner.ledger.may_be(skill)}"
    changes, ledger = held["changes"][str(pk)], learner.ledger
    if not ledger.least_changes <= changes <= len(ledger.acts):
        yield f"learner {pk} has {changes} changes, of {ledger.least_changes} at least and {len(ledger.acts)} at most"
    if held["marks"][str(pk)] > len(states):
        yield f"learner {pk} has {held['marks'][str(pk)]} marks on {len(states)} skills"


def manage(site: Running, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=serving.ROOT,
        env=site.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout
