import pytest

from roadmap.history import Watch
from roadmap.models import Question, Roadmap, Skill, Succession
from tests.access import record
from tests.access.record import Record
from tests.factories import NOW, make_trail


@pytest.fixture
def trail(db: None) -> Roadmap:
    roadmap = make_trail(3)
    skill = Skill.objects.get(slug="skill-1")
    skill.checkpoints.create(text="You can.")
    Question.objects.create(skill=skill, question="Which?", answer="That.")
    return roadmap


@pytest.fixture(autouse=True)
def history(trail: Roadmap) -> None:
    """Something that a curator wrote, for the addresses of what was written."""
    watch = Watch(trail)
    trail.category = "Trails"
    trail.save()
    act = watch.record(why="Edited", at=NOW, by=None)
    Succession.objects.create(act=act, at=NOW)


@pytest.fixture
def member(with_mail: None, trail: Roadmap) -> Record:
    """Whose things they are."""
    return record.fill(trail)
