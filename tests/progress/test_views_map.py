import itertools
import re
from html import unescape

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from progress.models import Learner, Mark
from roadmap import outline
from roadmap.models import Group, OldSlug, Placement, Skill
from tests.factories import NOW, make_group, make_roadmap, make_section, make_trail, place
from tests.queries import queries

pytestmark = pytest.mark.django_db
PAGE = "/roadmaps/trail/map/"


def body(client: Client, url: str = PAGE) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def learner(client: Client, user: User) -> Learner:
    client.force_login(user)
    return Learner.objects.get(user=user)


def chain(skills: int) -> None:
    """skill-1 before skill-2 before …"""
    make_trail(skills)
    made = sorted(Skill.objects.all(), key=lambda skill: skill.pk)
    Skill.prerequisites.through.objects.bulk_create(
        Skill.prerequisites.through(from_skill=after, to_skill=before) for before, after in itertools.pairwise(made)
    )


def set_state(learner: Learner, slug: str, state: str) -> None:
    Mark.objects.create(learner=learner, skill=Skill.objects.get(slug=slug), state=state, since=NOW)


def names(page: str) -> list[str]:
    return [unescape(name) for name in re.findall(r'<a class="node[^>]* aria-label="([^"]*)"', page)]


def entry(page: str, title: str) -> str:
    """What the list says of a skill, in words."""
    found = re.search(
        rf'<li data-state="\w+"><svg class="mark"[^>]*>.{{0,30}}</svg><div><a [^>]*>{title},.*?</div>', page
    )
    assert found
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


def test_every_skill_is_a_link_that_says_its_state(client: Client, learner: Learner) -> None:
    chain(4)
    for slug, state in (("skill-1", "done"), ("skill-2", "learning"), ("skill-3", "skipped")):
        set_state(learner, slug, state)
    page = body(client)
    assert names(page) == ["Skill 1, done", "Skill 2, learning", "Skill 3, skipped", "Skill 4, to do"]
    nodes = re.findall(r'<a class="node" .*?data-state="(\w+)" href="([^"]*)".*?<use href="#m-(\w+)"/>', page)
    assert nodes == [
        ("done", "/roadmaps/trail/skills/skill-1/", "done"),
        ("learning", "/roadmaps/trail/skills/skill-2/", "learning"),
        ("skipped", "/roadmaps/trail/skills/skill-3/", "skipped"),
        ("todo", "/roadmaps/trail/skills/skill-4/", "todo"),
    ]


def test_lines_name_the_skills_that_they_join(client: Client) -> None:
    chain(3)
    one, two, three = Skill.objects.order_by("slug").values_list("pk", flat=True)
    lines = re.findall(r'<path data-before="(\d+)" data-after="(\d+)"', body(client))
    assert [(int(before), int(after)) for before, after in lines] == [(one, two), (two, three)]


def test_the_list_says_the_same_in_words(client: Client, learner: Learner) -> None:
    chain(3)
    set_state(learner, "skill-1", "done")
    page = body(client)
    assert entry(page, "Skill 1") == "Skill 1, done Opens Skill 2, to do"
    assert entry(page, "Skill 2") == "Skill 2, to do Know first Skill 1, done Opens Skill 3, to do"


def test_optional_and_pick_one_have_lines_of_their_own(client: Client) -> None:
    section = make_section(make_roadmap())
    place(make_group(section), "plain")
    place(make_group(section, "more"), "extra", importance="optional")
    place(make_group(section, "pick", title="Pick", rule=Group.Rule.ANY), "aws")
    place(make_group(section, "spare", title="Spare", rule=Group.Rule.ANY, importance="optional"), "go")
    shown = re.findall(r'<a class="(node[^"]*)".*?aria-label="(\w+), .*?</a>', body(client), re.DOTALL)
    assert shown == [("node", "Plain"), ("node optional", "Extra"), ("node", "Aws"), ("node optional", "Go")]
    doubled = [
        node for node in re.findall(r"<a class=\"node.*?</a>", body(client), re.DOTALL) if 'class="inner"' in node
    ]
    assert [re.findall(r'aria-label="(\w+)', node) for node in doubled] == [["Aws"], ["Go"]]


def test_the_next_step_is_marked(client: Client, learner: Learner) -> None:
    chain(3)
    assert "start here</text>" in body(client)
    set_state(learner, "skill-1", "done")
    page = body(client)
    assert 'Next up: <a href="/roadmaps/trail/skills/skill-2/">Skill 2</a>' in page
    assert "next up</text>" in page
    set_state(learner, "skill-2", "done")
    set_state(learner, "skill-3", "skipped")
    assert "data-here" not in body(client)


def test_free_only_stays_in_the_links(client: Client) -> None:
    chain(2)
    links = re.findall(r'href="(/roadmaps/trail/skills/[^"]*)"', body(client, f"{PAGE}?free=1"))
    assert links
    assert all(link.endswith("/?free=1") for link in links)


def test_long_and_foreign_titles_stay_in_their_node(client: Client) -> None:
    make_trail(1)
    Skill.objects.update(title="<b>" + "long " * 23)
    page = body(client)
    (node,) = re.findall(r"<text>(.*?)</text>", page)
    lines = re.findall(r"<tspan[^>]*>(.*?)</tspan>", node)
    assert len(lines) == 3
    assert lines[0].startswith("&lt;b&gt;long")
    assert lines[-1].endswith("…")


def test_an_empty_roadmap_says_so(client: Client) -> None:
    make_section(make_roadmap())
    page = body(client)
    assert "No skill is on this roadmap yet." in page
    assert "data-map" not in page


def test_what_is_retired_is_not_drawn(client: Client, learner: Learner) -> None:
    chain(3)
    set_state(learner, "skill-2", "done")
    placement = Placement.objects.get(skill__slug="skill-2")
    placement.retired_at = NOW
    placement.save()
    outline.touch(placement, at=NOW)
    page = body(client)
    assert names(page) == ["Skill 1, to do", "Skill 3, to do"]
    assert "<path data-before" not in page


def test_anothers_states_do_not_show(client: Client, learner: Learner) -> None:
    chain(2)
    set_state(learner, "skill-1", "done")
    assert names(body(Client())) == ["Skill 1, to do", "Skill 2, to do"]
    assert names(body(client)) == ["Skill 1, done", "Skill 2, to do"]


def test_old_slugs_lead_on_and_unknown_ones_are_404(client: Client) -> None:
    roadmap = make_trail(1)
    OldSlug.objects.create(kind="roadmap", slug="was", uid=roadmap.uid)
    response = client.get("/roadmaps/was/map/?free=1")
    assert (response.status_code, response["Location"]) == (301, "/roadmaps/trail/map/?free=1")
    make_roadmap("draft", published=False)
    assert [client.get(f"/roadmaps/{slug}/map/").status_code for slug in ("draft", "none")] == [404, 404]
    assert client.post(PAGE).status_code == 405
    assert client.get(f"{PAGE}?free=yes").status_code == 400


@pytest.mark.parametrize("skills", [5, 500])
def test_queries(client: Client, learner: Learner, skills: int) -> None:
    chain(skills)
    Mark.objects.bulk_create(
        Mark(learner=learner, skill=skill, state="done", since=NOW) for skill in Skill.objects.all()
    )
    for visitor, count in ((Client(), 1), (client, 4)):
        body(visitor)
        with queries() as asked:
            body(visitor)
        assert len(asked) == count, asked.counted


def test_the_shipped_roadmap_is_drawn_whole(client: Client) -> None:
    call_command("loaddata", "ai-engineer-2026", verbosity=0)
    page = body(client, "/roadmaps/ai-engineer-2026/map/")
    assert sorted(names(page)) == sorted(f"{title}, to do" for title in Skill.objects.values_list("title", flat=True))
    assert page.count("<path data-before") == Skill.prerequisites.through.objects.count()
    assert "…</tspan>" not in page


def test_the_roadmap_leads_to_map_and_book(client: Client) -> None:
    make_trail(1)
    page = body(client, "/roadmaps/trail/?free=1")
    assert '<a href="/roadmaps/trail/map/?free=1">Map</a>' in page
    assert '<a href="/roadmaps/trail/book/?free=1">Book</a>' in page
