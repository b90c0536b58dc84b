import pytest

from roadmap.models import Placement, Roadmap
from tests.factories import make_follower, make_group, make_section, make_trail, place
from tests.roadmap.admin.conftest import curator, desk  # noqa: F401 -- the same people sit at this desk


@pytest.fixture
def trail(db: None) -> Roadmap:
    """Of three skills, and a choice of two in another phase; somebody has done two."""
    roadmap = make_trail(3)
    choice = make_group(make_section(roadmap, "second"), "choice", title="Choice", rule="any")
    place(choice, "p", "q")
    make_follower(roadmap, skill_1="done", p="done", skill_2="skipped")
    return roadmap


def placed(slug: str) -> Placement:
    return Placement.objects.get(skill__slug=slug)
