import re
from html import unescape

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from progress.models import Evidence, Learner, Mark, Note
from roadmap import outline
from roadmap.models import (
    Checkpoint,
    Faq,
    Group,
    OldSlug,
    Phase,
    Placement,
    Question,
    Resource,
    Roadmap,
    Section,
    Skill,
)
from tests.factories import NOW, make_group, make_learner, make_resource, make_roadmap, make_section, make_trail, place
from tests.queries import queries

pytestmark = pytest.mark.django_db
PAGE = "/roadmaps/trail/book/"


def body(client: Client, url: str = PAGE) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def chapter(page: str, slug: str) -> str:
    """The article of a skill."""
    found = re.search(rf'<article aria-labelledby="skill-{slug}">.*?</article>', page, re.DOTALL)
    assert found
    return found[0]


@pytest.fixture
def learner(client: Client, user: User) -> Learner:
    client.force_login(user)
    return Learner.objects.get(user=user)


def own(learner: Learner, slug: str, text: str) -> None:
    skill = Skill.objects.get(slug=slug)
    Mark.objects.create(learner=learner, skill=skill, state="done", since=NOW)
    Note.objects.create(learner=learner, skill=skill, text=text, updated_at=NOW)
    Evidence.objects.create(
        learner=learner, skill=skill, title=f"Proof of {text}", url=f"https://proof.example/{text}", added_at=NOW
    )


def test_a_skill_says_all_that_it_holds(client: Client) -> None:
    make_trail(2)
    one, two = Skill.objects.order_by("slug")
    two.prerequisites.add(one)
    two.checkpoints.create(text="You can <do> it.", acceptance="It runs.")
    two.questions.create(question="Why so?", answer="Because.")
    Skill.objects.filter(pk=two.pk).update(
        news="A new version is out.", legacy=True, kind=Skill.Kind.PROJECT, outcomes=["You built it."]
    )
    make_resource(two, url="https://example.org/paid", free=False, title="A course", publisher="Paid & Co")
    outline.touch(two, at=NOW)
    html = chapter(body(client), "skill-2")
    assert words(html) == (
        "Skill 2 4 h · core · project · legacy About skill-2. Lately: A new version is out. Know first: Skill 1 "
        "Milestones You can <do> it. Reached when: It runs. What it shows You built it. "
        "Resources A book on Skill 2 Example · book · beginner · free · 1 h 30 It is good. https://example.org/2 "
        "A course Paid & Co · book · beginner · paid · 1 h 30 It is good. https://example.org/paid "
        "Check yourself Why so? Because."
    )
    assert '<a href="#skill-skill-1">Skill 1</a>' in html
    assert '<a class="address" href="https://example.org/paid" rel="noopener">https://example.org/paid</a>' in html


def test_groups_say_their_rule(client: Client) -> None:
    section = make_section(make_roadmap())
    place(make_group(section, "all", title="Basics"), "one", importance="recommended")
    place(make_group(section, "pick", title="Cloud", rule=Group.Rule.ANY), "aws", "azure")
    place(make_group(section, "spare", title="Spare", rule=Group.Rule.ANY, importance="optional"), "go")
    page = body(client)
    said = words(page)
    assert "Basics All of these belong to it." in said
    assert "Cloud Pick one: one of these is enough." in said
    assert "Spare Optional: pick one, if you like." in said
    assert words(chapter(page, "one")).startswith("One 4 h · recommended")
    assert words(chapter(page, "aws")).startswith("Aws 4 h · one of 2 to pick from")


def test_contents_lead_to_every_part(client: Client, learner: Learner) -> None:
    make_trail(3)
    page = body(client)
    contents = re.search(r'<nav class="block contents".*?</nav>', page, re.DOTALL)
    assert contents
    targets = re.findall(r'href="#([^"]*)"', contents[0])
    assert targets == [
        *("phase-first-phase", "section-first", "skill-skill-1", "skill-skill-2", "skill-skill-3"),
        *("faq", "end"),
    ]
    assert [target for target in targets if page.count(f'id="{target}"') != 1] == []


def test_ones_own_states_notes_and_evidence(client: Client, learner: Learner) -> None:
    make_trail(2)
    own(learner, "skill-1", "**mine** <script>alert(1)</script>")
    page = body(client)
    assert "My progress 50% 1 of 2 done, 1 left" in words(page)
    html = chapter(page, "skill-1")
    assert 'data-state="done"' in html
    assert "Done since 25 November 2026" in words(html)
    assert '<div class="prose mine"><p><strong>mine</strong> &lt;script&gt;alert(1)&lt;/script&gt;</p>' in html
    assert "https://proof.example/" in html
    assert "To do 4 h" in words(chapter(page, "skill-2"))
    assert "My note" not in chapter(page, "skill-2")


def test_what_is_anothers_does_not_show(client: Client, learner: Learner) -> None:
    make_trail(1)
    own(make_learner(), "skill-1", "secret")
    for visitor in (client, Client()):
        page = body(visitor)
        assert "secret" not in page
        assert "Done since" not in page
    own(learner, "skill-1", "mine")
    assert "mine" in body(client)
    assert "mine</p>" not in body(Client())


def test_a_visitor_sees_no_progress(client: Client) -> None:
    make_trail(1)
    page = body(client)
    assert "My progress" not in page
    assert 'class="is"' not in page


def test_what_is_retired_stays_with_who_has_something_on_it(client: Client, learner: Learner) -> None:
    make_trail(2)
    own(learner, "skill-1", "kept")
    placement = Placement.objects.get(skill__slug="skill-1")
    placement.retired_at = NOW
    placement.save()
    outline.touch(placement, at=NOW)
    page = body(client)
    assert "0 of 1 done, 1 extra" in words(page)
    assert page.index('id="retired"') < page.index('id="skill-skill-1"')
    assert "kept" in chapter(page, "skill-1")
    assert "No longer on this roadmap" not in body(Client())


def test_free_only_hides_what_costs(client: Client) -> None:
    make_trail(2)
    make_resource(Skill.objects.get(slug="skill-1"), url="https://example.org/paid", free=False)
    Resource.objects.filter(skill__slug="skill-2").update(free=False)
    assert "https://example.org/paid" in body(client)
    page = body(client, f"{PAGE}?free=1")
    assert re.findall(r'class="address" href="([^"]*)"', page) == ["https://example.org/1"]
    assert "None of them is free." in chapter(page, "skill-2")
    assert 'href="/roadmaps/trail/?free=1"' in page


def test_old_slugs_lead_on_and_unknown_ones_are_404(client: Client) -> None:
    roadmap = make_trail(1)
    OldSlug.objects.create(kind="roadmap", slug="was", uid=roadmap.uid)
    response = client.get("/roadmaps/was/book/?free=1")
    assert (response.status_code, response["Location"]) == (301, "/roadmaps/trail/book/?free=1")
    make_roadmap("draft", published=False)
    assert [client.get(f"/roadmaps/{slug}/book/").status_code for slug in ("draft", "none")] == [404, 404]
    assert client.post(PAGE).status_code == 405
    assert client.get(f"{PAGE}?free=yes").status_code == 400


@pytest.mark.parametrize("skills", [5, 500])
def test_queries(client: Client, learner: Learner, skills: int) -> None:
    make_trail(skills)
    for skill in Skill.objects.all():
        own(learner, skill.slug, f"note-{skill.pk}")
    for visitor, count in ((Client(), 1), (client, 6)):
        body(visitor)
        with queries() as asked:
            body(visitor)
        assert len(asked) == count, asked.counted


def test_the_shipped_content_is_all_there(client: Client) -> None:
    call_command("loaddata", "ai-engineer-2026", verbosity=0)
    html = unescape(body(client, "/roadmaps/ai-engineer-2026/book/"))
    written = [
        *(r.url for r in Resource.objects.all()),
        *(r.title for model in (Phase, Section, Skill, Resource) for r in model.objects.all()),
        *(group.title for group in Group.objects.all()),
        *(point.text for point in Checkpoint.objects.all()),
        *(text for q in Question.objects.all() for text in (q.question, q.answer)),
        *(faq.question for faq in Faq.objects.all()),
        *(roadmap.credit for roadmap in Roadmap.objects.all()),
    ]
    assert len(written) > 1000
    assert [text for text in written if text not in html] == []
    assert [r.url for r in Resource.objects.all() if f">{r.url}</a>" not in html] == []
