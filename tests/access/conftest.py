import pytest

from roadmap.models import Question, Roadmap, Skill
from tests.access import record
from tests.access.record import Record
from tests.factories import make_trail


@pytest.fixture
def trail(db: None) -> Roadmap:
    roadmap = make_trail(3)
    skill = Skill.objects.get(slug="skill-1")
    skill.checkpoints.create(text="You can.")
    Question.objects.create(skill=skill, question="Which?", answer="That.")
    return roadmap


@pytest.fixture
def member(with_mail: None, trail: Roadmap) -> Record:
    """Whose things they are."""
    return record.fill(trail)
