"""Several processes that write at once."""

import datetime as dt
import time
from multiprocessing.synchronize import Barrier
from typing import Any


def run(
    settings: dict[str, Any], learner: int, roadmap: int, skills: list[int], rest: float, start: Barrier, done: Any
) -> None:
    """rest: seconds after each mark, in which others have their turn."""
    from tests.ready import database

    with database(settings):
        from django.utils import timezone

        from progress import marks

        start.wait(timeout=30)
        acts = 0
        for turn in range(10):
            for skill in skills:
                now = timezone.now()
                act = marks.set_state(
                    learner=learner,
                    roadmap=roadmap,
                    skill=skill,
                    state=("learning", "done")[turn % 2],
                    at=now,
                    day=dt.date(2026, 11, 25),
                )
                acts += act.batch is not None
                time.sleep(rest)
    done.put(acts)


def bring_in(
    settings: dict[str, Any], learner: int, content: bytes, now: dt.datetime, start: Barrier, done: Any
) -> None:
    from tests.ready import database

    with database(settings):
        from progress.portability import importing, reading

        file = reading.read(content, now)
        start.wait(timeout=30)
        made = importing.merge(learner=learner, file=file, with_settings=False, at=now, day=now.date())
    done.put(len(made.history))


def propose(settings: dict[str, Any], learner: int, skill: int, name: str, start: Barrier, done: Any) -> None:
    from tests.ready import database

    with database(settings):
        from django.utils import timezone

        from progress import suggestions

        start.wait(timeout=30)
        sent = 0
        for number in range(5):
            try:
                suggestions.propose(
                    learner=learner,
                    skill=skill,
                    kind="resource",
                    title=name,
                    url=f"https://example.org/{name}{number}",
                    text="Good.",
                    wants_credit=False,
                    at=timezone.now(),
                )
                sent += 1
            except suggestions.Refused:
                pass
    done.put(sent)
