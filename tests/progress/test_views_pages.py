import datetime as dt
import json
import re
from html import unescape
from pathlib import Path

import pytest
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from accounts.models import User
from progress import journey
from progress.models import Learner, Mark
from progress.views import trail
from progress.views.filters import Filters
from roadmap import outline
from roadmap.models import Group, OldSlug, Placement, Resource, Roadmap, Section, Skill
from tests.factories import NOW, make_group, make_resource, make_roadmap, make_section, make_trail, place
from tests.queries import queries

pytestmark = pytest.mark.django_db
PAGE = "/roadmaps/trail/"
FIXTURE = Path(__file__).parents[2] / "fixtures" / "ai-engineer-2026.json"


def body(client: Client, url: str = PAGE) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def rows(page: str) -> dict[str, str]:
    return dict(re.findall(r'<li class="skill" id="skill-([\w-]+)" data-state="(\w+)">', page))


@pytest.fixture
def learner(client: Client, user: User) -> Learner:
    client.force_login(user)
    return Learner.objects.get(user=user)


def set_state(learner: Learner, slug: str, state: str) -> None:
    Mark.objects.create(learner=learner, skill=Skill.objects.get(slug=slug), state=state, since=NOW)


class TestRoadmap:
    def test_the_contract_of_a_row(self, client: Client, learner: Learner) -> None:
        make_trail(1)
        set_state(learner, "skill-1", "learning")
        row = re.search(r'<li class="skill" id="skill-skill-1".*?</li>', body(client), re.DOTALL)
        assert row is not None
        assert 'data-state="learning"' in row[0]
        assert '<fieldset class="state" aria-label="Skill 1">' in row[0]
        buttons = re.findall(
            r'<button [^>]*name="state" value="(\w+)" aria-pressed="(\w+)" aria-label="([\w ]+)"', row[0]
        )
        assert buttons == [
            ("todo", "false", "To do"),
            ("learning", "true", "Learning"),
            ("done", "false", "Done"),
            ("skipped", "false", "Skipped"),
        ]

    def test_numbers_and_receipt(self, client: Client, learner: Learner) -> None:
        make_trail(4)
        place(make_group(Section.objects.get(), "more"), "extra", importance="optional")
        for slug, state in (("skill-1", "done"), ("skill-2", "skipped"), ("skill-3", "learning"), ("extra", "done")):
            set_state(learner, slug, state)
        page = body(client)
        assert '<progress id="overall" value="1" max="4"' in page
        assert (
            '<p id="receipt">1 of 4 done, 1 skipped, 1 extra, <a href="/roadmaps/trail/?state=left">2 left</a>' in page
        )

    def test_the_list_is_the_same_whole_or_put_together(self, client: Client, learner: Learner) -> None:
        make_trail(3)
        place(make_group(Section.objects.get(), "fork", title="Editor", rule="any"), "vim", "emacs")
        shown = outline.get("trail")
        assert shown is not None
        pk = {skill.slug: skill.pk for skill in Skill.objects.all()}
        for marks in ({}, {"skill-1": "done"}, {"vim": "done", "emacs": "skipped"}, dict.fromkeys(pk, "done")):
            trip = journey.of(shown, {pk[slug]: state for slug, state in marks.items()})
            views = trail.phases(trip, Filters())
            whole = render_to_string("progress/roadmap.html#trail", {"phases": views, "filters": Filters()})
            assert trail.render(trip, Filters()) == whole
            assert rows(whole) == {slug: marks.get(slug, "todo") for slug in pk}

    def test_without_anything_to_count_there_is_no_percentage(self, client: Client) -> None:
        make_section(make_roadmap())
        page = body(client)
        assert 'id="overall"' not in page
        assert "%</strong>" not in page
        assert "Nothing is counted here yet" in page

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("", {"skill-1", "skill-2", "skill-3", "skill-4", "go", "rust"}),
            ("?state=done", {"skill-1"}),
            ("?state=learning", {"skill-3"}),
            ("?state=skipped", {"skill-2", "go"}),
            ("?state=todo", {"skill-4", "rust"}),
            ("?state=left", {"skill-3", "skill-4", "rust"}),
        ],
    )
    def test_filter_by_state(self, client: Client, learner: Learner, query: str, shown: set[str]) -> None:
        make_trail(4)
        place(make_group(Section.objects.get(), "pick", title="Pick", rule=Group.Rule.ANY), "go", "rust")
        for slug, state in (("skill-1", "done"), ("skill-2", "skipped"), ("skill-3", "learning"), ("go", "skipped")):
            set_state(learner, slug, state)
        assert set(rows(body(client, PAGE + query))) == shown

    def test_a_filter_that_shows_nothing_says_so(self, client: Client) -> None:
        make_trail(1)
        page = body(client, PAGE + "?state=done")
        assert rows(page) == {}
        assert "No skill is here" in page

    @pytest.mark.parametrize("query", ["?state=nothing", "?free=yes", "?state=%00", "?state=done%27--"])
    def test_an_unknown_filter_is_400_in_words(self, client: Client, query: str) -> None:
        make_trail(1)
        response = client.get(PAGE + query)
        assert response.status_code == 400
        assert "filter" in response.content.decode()

    def test_free_only_stays_in_the_links(self, client: Client) -> None:
        make_trail(1)
        page = body(client, PAGE + "?free=1")
        assert 'href="/roadmaps/trail/skills/skill-1/?free=1"' in page
        assert 'href="/roadmaps/trail/?state=done&amp;free=1"' in page

    def test_a_row_counts_its_free_resources(self, client: Client) -> None:
        make_trail(1)
        make_resource(Skill.objects.get(), url="https://example.org/paid", free=False)
        assert '1 free<span class="vh"> resource</span>' in body(client)

    def test_what_is_retired_counts_for_nobody_and_stays_with_who_marked_it(
        self, client: Client, learner: Learner
    ) -> None:
        make_trail(2)
        set_state(learner, "skill-1", "done")
        placement = Placement.objects.get(skill__slug="skill-1")
        placement.retired_at = NOW
        placement.save()
        outline.touch(placement, at=NOW)
        page = body(client)
        assert set(rows(page)) == {"skill-2"}
        assert "0 of 1 done, 1 extra" in page
        assert "No longer on this roadmap" in page
        assert 'href="/roadmaps/trail/skills/skill-1/"' in page
        assert "No longer on this roadmap" not in body(Client())

    def test_content_is_escaped_and_markdown_is_cleaned(self, client: Client) -> None:
        roadmap = make_roadmap(
            title="<b>Trail</b>",
            introduction="**Bold** <script>alert(1)</script> [x](javascript:alert(1)) ![y](https://e.example/y.png)",
        )
        (skill,) = place(make_group(make_section(roadmap)), "one")
        Skill.objects.filter(pk=skill.pk).update(title='"><img src=x onerror=alert(1)>')
        page = body(client)
        assert "<h1>&lt;b&gt;Trail&lt;/b&gt;</h1>" in page
        assert "<strong>Bold</strong> &lt;script&gt;" in page
        assert "<img" not in page
        assert "javascript:" not in page.replace("javascript:alert(1))", "")

    def test_old_slugs_lead_on(self, client: Client) -> None:
        roadmap = make_trail(1)
        OldSlug.objects.create(kind="roadmap", slug="was", uid=roadmap.uid)
        OldSlug.objects.create(kind="skill", slug="skill-was", uid=Skill.objects.get().uid)
        for old, new in (
            ("/roadmaps/was/", PAGE),
            ("/roadmaps/was/faq/", "/roadmaps/trail/faq/"),
            ("/roadmaps/was/skills/skill-was/", "/roadmaps/trail/skills/skill-1/"),
            ("/roadmaps/trail/skills/skill-was/", "/roadmaps/trail/skills/skill-1/"),
        ):
            response = client.get(old)
            assert (response.status_code, response["Location"]) == (301, new)

    def test_an_unpublished_or_unknown_roadmap_is_404(self, client: Client) -> None:
        make_roadmap("draft", published=False)
        for url in ("/roadmaps/draft/", "/roadmaps/none/", "/roadmaps/draft/faq/", "/roadmaps/none/skills/x/"):
            assert client.get(url).status_code == 404, url

    def test_a_change_of_content_shows_at_once(self, client: Client) -> None:
        make_trail(1)
        body(client)
        skill = Skill.objects.get()
        skill.title = "Quite another thing"
        skill.save()
        outline.touch(skill, at=timezone.now())
        assert "Quite another thing" in body(client)


@pytest.mark.parametrize("skills", [5, 500])
def test_queries_of_a_learners_roadmap(client: Client, learner: Learner, skills: int) -> None:
    make_trail(skills)
    Mark.objects.bulk_create(
        Mark(learner=learner, skill=skill, state="done", since=NOW) for skill in Skill.objects.all()
    )
    body(client)
    with queries() as asked:
        body(client)
    assert len(asked) == 4, asked.counted


def test_queries_of_others(client: Client) -> None:
    make_trail(5)
    for url in ("/", "/roadmaps/", PAGE, "/roadmaps/trail/faq/", "/roadmaps/trail/skills/skill-1/"):
        body(client, url)
        with queries() as asked:
            body(client, url)
        assert len(asked) == 1, (url, asked.counted)


@pytest.mark.parametrize("skills", [5, 500])
def test_queries_of_a_skill(client: Client, learner: Learner, skills: int) -> None:
    make_trail(skills)
    Skill.objects.get(slug="skill-1").checkpoints.create(text="You can.")
    body(client, "/roadmaps/trail/skills/skill-1/")
    with queries() as asked:
        body(client, "/roadmaps/trail/skills/skill-1/")
    assert len(asked) == 8, asked.counted


class TestSkill:
    URL = "/roadmaps/trail/skills/skill-2/"

    def test_shows_what_it_holds_and_what_stands_around_it(self, client: Client, learner: Learner) -> None:
        make_trail(3)
        one, two, three = Skill.objects.order_by("slug")
        two.prerequisites.add(one)
        three.prerequisites.add(two)
        two.checkpoints.create(text="You can do it.")
        two.questions.create(question="Why <b>so</b>?", answer="Because **so**.")
        Skill.objects.filter(pk=two.pk).update(news="A new version is out.", legacy=True)
        outline.touch(two, at=NOW)
        set_state(learner, "skill-1", "done")
        page = body(client, self.URL)
        for expected in (
            "You can do it.",
            "A new version is out.",
            "Why &lt;b&gt;so&lt;/b&gt;?",
            "Because **so**.",
            'href="https://example.org/2"',
            'rel="prev" href="/roadmaps/trail/skills/skill-1/"',
            'rel="next" href="/roadmaps/trail/skills/skill-3/"',
            '<span class="tag legacy">legacy</span>',
            '<li data-state="done"><svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><use href="#m-done"/></svg>'
            '<a href="/roadmaps/trail/skills/skill-1/">Skill 1</a>',
        ):
            assert expected in page, expected

    def test_free_only_hides_what_costs(self, client: Client) -> None:
        make_trail(2)
        make_resource(Skill.objects.get(slug="skill-2"), url="https://example.org/paid", free=False)
        assert "https://example.org/paid" in body(client, self.URL)
        page = body(client, self.URL + "?free=1")
        assert "https://example.org/paid" not in page
        assert 'rel="prev" href="/roadmaps/trail/skills/skill-1/?free=1"' in page
        Resource.objects.update(free=False)
        outline.touch(Skill.objects.get(slug="skill-2"), at=NOW)
        assert "Nothing here is free" in body(client, self.URL + "?free=1")

    def test_says_since_when(self, client: Client, learner: Learner) -> None:
        make_trail(2)
        set_state(learner, "skill-2", "learning")
        assert 'Learning since <time datetime="2026-11-25">25 November 2026</time>.' in body(client, self.URL)

    def test_retired_is_gone_for_others_and_stays_for_who_marked_it(self, client: Client, learner: Learner) -> None:
        make_trail(2)
        set_state(learner, "skill-2", "done")
        placement = Placement.objects.get(skill__slug="skill-2")
        placement.retired_at = NOW
        placement.save()
        outline.touch(placement, at=NOW)
        page = body(client, self.URL)
        assert "You marked it <b>done</b>" in page
        assert 'class="state' not in page
        assert Client().get(self.URL).status_code == 410

    def test_retired_shows_the_newest_evidence_first(self, client: Client, learner: Learner) -> None:
        make_trail(2)
        skill = Skill.objects.get(slug="skill-2")
        for days, name in enumerate("bca"):
            at = NOW + dt.timedelta(days=days)
            learner.evidence.create(skill=skill, title=name, url=f"https://example.org/{name}", added_at=at)
        Placement.objects.filter(skill=skill).update(retired_at=NOW)
        outline.touch(Placement.objects.get(skill=skill), at=NOW)
        assert re.findall(r'href="https://example\.org/(\w)"', body(client, self.URL)) == ["a", "c", "b"]

    def test_is_at_home_in_the_roadmap_published_first(self, client: Client) -> None:
        make_trail(1)
        later = make_roadmap("later")
        Roadmap.objects.filter(pk=later.pk).update(published_at=NOW + dt.timedelta(days=1))
        skill = Skill.objects.get()
        Placement.objects.create(group=make_group(make_section(later)), roadmap=later, skill=skill)
        canonical = '<link rel="canonical" href="http://localhost:8000/roadmaps/trail/skills/skill-1/">'
        assert canonical in body(client, "/roadmaps/trail/skills/skill-1/")
        assert canonical in body(client, "/roadmaps/later/skills/skill-1/")

    def test_done_once_is_done_everywhere(self, client: Client, learner: Learner) -> None:
        make_trail(1)
        other = make_roadmap("other")
        Placement.objects.create(group=make_group(make_section(other)), roadmap=other, skill=Skill.objects.get())
        set_state(learner, "skill-1", "done")
        assert rows(body(client)) == rows(body(client, "/roadmaps/other/")) == {"skill-1": "done"}


class TestHome:
    def test_shows_true_numbers_to_a_visitor(self, client: Client) -> None:
        make_trail(7)
        page = body(client, "/")
        assert "7 skills in one phase, about 28 hours" in page
        assert 'href="/roadmaps/trail/"' in page
        assert 'href="/accounts/signup/"' in page

    def test_leads_a_learner_to_the_dashboard(self, client: Client, learner: Learner) -> None:
        assert client.get("/")["Location"] == "/dashboard/"

    def test_without_a_roadmap_it_leads_to_the_list_that_says_so(self, client: Client) -> None:
        assert client.get("/")["Location"] == "/roadmaps/"
        assert "No roadmap is published yet" in body(client, "/roadmaps/")


class TestShippedContent:
    """Everything that the fixture holds is on the pages."""

    @pytest.fixture(autouse=True)
    def _content(self) -> None:
        call_command("loaddata", "ai-engineer-2026", verbosity=0)

    def test_every_title_is_on_the_roadmap(self, client: Client) -> None:
        page = unescape(body(client, "/roadmaps/ai-engineer-2026/"))
        entries = [row["fields"] for row in json.loads(FIXTURE.read_text()) if row["model"] != "roadmap.resource"]
        titles = [fields["title"] for fields in entries if fields.get("title")]
        questions = [fields["question"] for fields in entries if "roadmap" in fields and "question" in fields]
        assert (len(titles), len(questions)) == (91, 4)
        missing = [text for text in (*titles, *questions) if text not in page]
        assert missing == []

    def test_every_address_is_on_its_skills_page(self, client: Client) -> None:
        for skill in Skill.objects.prefetch_related("resources"):
            page = unescape(body(client, f"/roadmaps/ai-engineer-2026/skills/{skill.slug}/"))
            assert [r.url for r in skill.resources.all() if f'href="{r.url}"' not in page] == []
