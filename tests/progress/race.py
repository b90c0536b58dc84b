"""One of several processes that mark at once; run with spawn, so it sets Django up for itself."""

import datetime as dt
import os
from multiprocessing.synchronize import Barrier
from typing import Any


def run(database: dict[str, Any], learner: int, roadmap: int, skills: list[int], start: Barrier, done: Any) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django
    from django.conf import settings

    settings.DATABASES["default"] |= database
    django.setup()
    from django.db import connection
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
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
    done.put(acts)
