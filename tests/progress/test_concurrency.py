"""Two processes mark for one learner at once: nothing is lost, nothing doubled, nobody is turned away."""

import pytest
from django.db import connection

from progress.models import Change, Mark
from tests.factories import make_learner, make_trail
from tests.processes import several
from tests.progress import race


@pytest.mark.django_db(transaction=True)
def test_marks_from_two_processes() -> None:
    roadmap = make_trail(2)
    learner = make_learner().pk
    skills = list(roadmap.placements.values_list("skill", flat=True))
    database = {"NAME": connection.settings_dict["NAME"]}
    start, done = several.Barrier(2), several.Queue()
    processes = [
        several.Process(target=race.run, args=(database, learner, roadmap.pk, skills, 0, start, done)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    acts = sum(done.get(timeout=60) for _ in processes)
    for process in processes:
        process.join(timeout=30)
        assert process.exitcode == 0
    assert Mark.objects.count() == len(skills)
    assert Change.objects.count() == acts
    for skill in skills:
        changes = list(Change.objects.filter(skill=skill).order_by("id"))
        # Each change starts where the one before it ended: none saw a state that was not there.
        assert [c.before for c in changes] == [None, *(c.after for c in changes[:-1])]
        assert Mark.objects.get(skill=skill).state == changes[-1].after
