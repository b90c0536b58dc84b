"""Two curators save at once: each is told what their own edit does."""

import threading

import pytest
from django.db import connection, transaction

from curation.effects import Findings, Look
from roadmap import outline
from roadmap.models import Roadmap, Skill
from tests.factories import NOW, make_follower, make_trail


def retire(slug: str) -> None:
    skill = Skill.objects.get(slug=slug)
    skill.retired_at = NOW
    skill.save()
    outline.touch(skill, at=NOW)


@pytest.mark.django_db(transaction=True)
def test_the_second_waits_for_the_first() -> None:
    make_trail(3)
    make_follower(Roadmap.objects.get(), skill_1="done")
    written, go_on = threading.Event(), threading.Event()
    found: list[Findings] = []

    def first() -> None:
        with transaction.atomic():
            Look()
            retire("skill-1")
            written.set()
            go_on.wait(timeout=10)
        connection.close()

    def second() -> None:
        with transaction.atomic():
            look = Look()
            retire("skill-2")
            found.append(look.findings())
        connection.close()

    threads = [threading.Thread(target=each) for each in (first, second)]
    threads[0].start()
    assert written.wait(timeout=10)
    threads[1].start()
    threads[1].join(timeout=0.5)
    assert found == []
    go_on.set()
    for thread in threads:
        thread.join(timeout=20)
    (effect,) = found[0].effects
    assert (effect.units, effect.leaving.titles) == ((2, 1), ("Skill 2",))
