import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import User
from progress.models import Learner, Mark, Note
from roadmap import outline
from roadmap.models import Placement, Skill
from tests.factories import (
    NOW,
    make_group,
    make_learner,
    make_resource,
    make_roadmap,
    make_section,
    make_skill,
    make_trail,
    place,
)
from tests.queries import queries

pytestmark = pytest.mark.django_db
FRAGMENT = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "results"}


def ask(client: Client, query: str, status: int = 200, **headers: Any) -> str:
    response = client.get("/search/" + query, **headers)
    assert response.status_code == status
    return response.content.decode()


def hits(page: str) -> list[tuple[str, str]]:
    """Address and name of each result, in order."""
    return [(unescape(url), unescape(name)) for url, name in re.findall(r'<a class="hit" href="(.*?)".*?>(.*?)<', page)]


def said(page: str) -> str:
    found = re.search(r'id="found" role="status".*?>(.*?)</p>', page)
    assert found is not None
    return unescape(found[1])


@pytest.fixture
def learner(client: Client, user: User) -> Learner:
    client.force_login(user)
    return Learner.objects.get(user=user)


def write(learner: Learner, skill: Skill, text: str) -> None:
    Note.objects.create(learner=learner, skill=skill, text=text, updated_at=NOW)


class TestForEverybody:
    def test_the_start_page_leads_into_the_roadmaps(self, client: Client) -> None:
        make_trail(2)
        page = ask(client, "")
        assert hits(page) == [("/roadmaps/trail/#phase-first-phase", "Phase first")]
        assert said(page) == ""

    def test_skills_resources_and_questions_each_under_its_name(self, client: Client) -> None:
        make_trail(1)
        page = ask(client, "?q=skill")
        assert hits(page) == [
            ("/roadmaps/trail/skills/skill-1/", "Skill 1"),
            ("https://example.org/1", "A book on Skill 1"),
        ]
        assert re.findall(r'<h2>(\w+)</h2><p class="num">(\d+)<', page) == [("Skills", "1"), ("Resources", "1")]
        assert said(page) == "2 results for “skill”"
        (faq,) = hits(ask(client, "?q=because"))
        assert faq[1] == "Why?"
        assert f'id="{faq[0].partition("#")[2]}"' in client.get(faq[0]).content.decode()

    def test_a_typing_error(self, client: Client) -> None:
        place(make_group(make_section(make_roadmap())), "pytorch")
        assert hits(ask(client, "?q=pytroch")) == [("/roadmaps/trail/skills/pytorch/", "Pytorch")]

    def test_nothing_found_says_so_and_how_to_go_on(self, client: Client) -> None:
        make_trail(1)
        page = ask(client, "?q=xqzzy")
        assert hits(page) == []
        assert said(page) == "Nothing found for “xqzzy”"
        assert "Fewer words" in page
        assert 'href="/roadmaps/">Look through the roadmaps' in page

    def test_what_is_not_published_or_retired_is_not_found(self, client: Client) -> None:
        draft = make_roadmap("draft", published=False)
        place(make_group(make_section(draft)), "hidden")
        trail = make_trail(1)
        Placement.objects.filter(roadmap=trail).update(retired_at=NOW)
        assert hits(ask(client, "?q=hidden")) == []
        assert hits(ask(client, "?q=skill")) == []

    def test_a_skill_on_two_roadmaps_shows_once_where_it_is_at_home(self, client: Client) -> None:
        make_trail(1)
        other = make_group(make_section(make_roadmap("other"), "second"))
        Placement.objects.create(group=other, roadmap=other.section.phase.roadmap, skill=Skill.objects.get())
        assert [url for url, _ in hits(ask(client, "?q=skill"))] == [
            "/roadmaps/trail/skills/skill-1/",
            "https://example.org/1",
        ]

    def test_free_only_hides_what_costs_money_and_stays_in_the_links(self, client: Client) -> None:
        make_trail(1)
        make_resource(Skill.objects.get(), title="A paid skill book", url="https://example.org/paid", free=False)
        assert "https://example.org/paid" in ask(client, "?q=skill")
        page = ask(client, "?q=skill&free=1")
        assert "https://example.org/paid" not in page
        assert hits(page)[0][0] == "/roadmaps/trail/skills/skill-1/?free=1"
        assert '<input type="hidden" name="free" value="1">' in page
        assert '<a href="?q=skill" aria-current="true">Free only</a>' in page
        assert "1 paid resource is hidden" in ask(client, "?q=paid&free=1")

    def test_many_are_counted_and_the_best_are_shown(self, client: Client) -> None:
        make_trail(30)
        page = ask(client, "?q=skill")
        assert len(hits(page)) == 40
        assert "The best 20 of 30" in page
        assert said(page) == "60 results for “skill”"

    def test_only_reading(self, client: Client) -> None:
        assert client.head("/search/?q=skill").status_code == 200
        assert client.post("/search/", {"q": "skill"}).status_code == 405


class TestWhatIsTyped:
    @pytest.mark.parametrize("typed", ["long " * 2_000, "<script>alert(1)</script>" * 10, "“ünï”" * 60])
    def test_too_long_is_said_beside_the_field_and_kept(self, client: Client, typed: str) -> None:
        page = ask(client, f"?q={quote(typed)}", 422)
        field = re.search(r'<input id="q".*? value="(.*?)"(.*?)>', page)
        assert field is not None
        assert unescape(field[1]) == typed
        assert 'aria-invalid="true" aria-describedby="q-error"' in field[2]
        error = re.search(r'<p class="err" id="q-error".*?</svg>(.*?)</p>', page)
        assert error is not None
        assert error[1] == f"This is {len(typed):,} characters long; 200 is the most. A few words find more."
        assert "<title>Error: Search" in page

    def test_the_longest_that_is_accepted(self, client: Client) -> None:
        assert said(ask(client, f"?q={'x' * 200}")) == f"Nothing found for “{'x' * 200}”"

    def test_it_is_escaped_wherever_it_shows(self, client: Client, learner: Learner) -> None:
        make_trail(1)
        write(learner, Skill.objects.get(), 'Mind the <script> tag & its "quotes"')
        for query in ("<script>", '"><script>alert(1)</script>'):
            for headers in ({}, FRAGMENT):
                page = ask(client, f"?q={quote(query)}", **headers)
                assert "<script>" not in page
                assert "alert(1)</script>" not in page
        assert "<mark>&lt;script&gt;</mark> tag &amp; its &quot;quotes&quot;" in ask(client, "?q=%3Cscript%3E")
        assert said(ask(client, "?q={{7*7}}")) == "Nothing found for “{{7*7}}”"

    @pytest.mark.parametrize("query", ["%00", "x%00q", "%ED%A0%80", "%FF", "%25_%5C", "((([", "%F0%9F%97%BB", "'%3B--"])
    def test_nothing_that_is_typed_breaks_it(self, client: Client, learner: Learner, query: str) -> None:
        make_trail(1)
        write(learner, Skill.objects.get(), "A note")
        start = ask(client, "")
        assert hits(ask(client, f"?q={query}")) == (hits(start) if query == "%00" else [])
        assert hits(ask(client, "?q=+%0A")) == hits(start)

    @pytest.mark.parametrize("query", ["?q=a&free=yes", "?q=a&" + "b=1&" * 60])
    def test_an_address_that_nobody_wrote_is_400_in_words(self, client: Client, query: str) -> None:
        assert "<h1>" in ask(client, query, 400)


class TestForHtmx:
    def test_the_results_and_what_is_said_of_them(self, client: Client) -> None:
        make_trail(1)
        page = ask(client, "?q=skill", **FRAGMENT)
        assert page.startswith('<title>Search: skill · Cairn</title><div id="results"')
        assert "<h1>" not in page
        assert "<form" not in page
        assert hits(page) == hits(ask(client, "?q=skill"))
        assert '<p class="found quiet" id="found" role="status" hx-swap-oob="innerHTML">2 results' in page
        assert '<p class="err" id="q-error" role="alert" hx-swap-oob="innerHTML"></p>' in page

    def test_too_long(self, client: Client) -> None:
        page = ask(client, f"?q={'x' * 300}", 422, **FRAGMENT)
        assert hits(page) == []
        assert "This is 300 characters long" in page

    def test_history_gets_the_whole_page(self, client: Client) -> None:
        assert "<h1>" in ask(client, "?q=a", **FRAGMENT, HTTP_HX_HISTORY_RESTORE_REQUEST="true")


class TestOnesOwn:
    def test_states_by_shape_and_word(self, client: Client, learner: Learner) -> None:
        make_trail(2)
        Mark.objects.create(learner=learner, skill=Skill.objects.get(slug="skill-2"), state="done", since=NOW)
        page = ask(client, "?q=skill")
        rows = re.findall(r'<li data-state="(\w+)">.*?#m-(\w+)".*?>Skill (\d)<.*?<span>, (.*?)</span>', page)
        assert rows == [("todo", "todo", "1", "to do"), ("done", "done", "2", "done")]

    def test_notes_with_every_word_around_the_first(self, client: Client, learner: Learner) -> None:
        one, two = place(make_group(make_section(make_roadmap())), "one", "two")
        write(learner, one, "Start. " * 50 + "Autograd records\n operations " + "and more " * 50)
        write(learner, two, "autograd alone")
        page = ask(client, "?q=AUTOGRAD+operat")
        assert hits(page) == [("/roadmaps/trail/skills/one/#note", "One")]
        assert "<mark>Autograd</mark> records <mark>operat</mark>ions and more" in page
        excerpt = re.search(r"<small>(…Start\. .*?…)</small>", page)
        assert excerpt is not None
        assert len(re.sub("<.*?>", "", excerpt[1])) == 222

    def test_a_note_on_what_is_gone_is_still_found(self, client: Client, learner: Learner) -> None:
        make_trail(1)
        write(learner, Skill.objects.get(), "autograd here")
        write(learner, make_skill("nowhere"), "autograd there")
        placement = Placement.objects.get()
        Placement.objects.update(retired_at=NOW)
        outline.touch(placement, at=NOW)
        page = ask(client, "?q=autograd")
        assert hits(page) == [("/roadmaps/trail/skills/skill-1/#note", "Skill 1")]
        assert "<span>Nowhere</span>" in page
        assert said(page) == "2 results for “autograd”"

    def test_a_guests_notes(self, client: Client) -> None:
        make_trail(1)
        client.post("/progress/trail/skills/skill-1/", {"state": "done"})
        write(Learner.objects.get(), Skill.objects.get(), "autograd")
        assert hits(ask(client, "?q=autograd")) == [("/roadmaps/trail/skills/skill-1/#note", "Skill 1")]

    def test_nobody_elses_notes(self, client: Client, learner: Learner) -> None:
        make_trail(1)
        other = User.objects.create_user("other@example.org", "correct horse battery", name="Other")
        write(make_learner(other), Skill.objects.get(), "autograd is a secret")
        write(make_learner(), Skill.objects.get(), "autograd is the secret of a guest")
        for asking in (client, Client()):
            page = ask(asking, "?q=autograd")
            assert hits(page) == []
            assert "secret" not in page

    def test_not_compressed_beside_what_is_private(self, client: Client, user: User) -> None:
        make_trail(10)
        accepts = {"HTTP_ACCEPT_ENCODING": "gzip"}
        assert client.get("/search/?q=skill", **accepts)["Content-Encoding"] == "gzip"
        guest = Client()
        guest.post("/progress/trail/skills/skill-1/", {"state": "done"})
        client.force_login(user)
        for private in (client, guest):
            for headers in (accepts, accepts | FRAGMENT):
                response = private.get("/search/?q=skill", **headers)
                assert b'<div id="results"' in response.content
                assert response["Content-Encoding"] == "identity"
            assert b'id="q-error"' in private.get(f"/search/?q={'x' * 300}", **accepts).content


@pytest.mark.parametrize("skills", [5, 500])
def test_queries(client: Client, user: User, skills: int) -> None:
    make_trail(skills)
    ask(client, "?q=skill")
    with queries() as of_a_visitor:
        ask(client, "?q=skill")
    assert len(of_a_visitor) == 1, of_a_visitor.counted
    client.force_login(user)
    learner = Learner.objects.get(user=user)
    for skill in Skill.objects.all():
        write(learner, skill, "My skill")
    ask(client, "?q=skill")
    with queries() as of_a_learner:
        page = ask(client, "?q=skill")
    assert len(of_a_learner) == 5, of_a_learner.counted
    assert page.count("<mark>skill</mark>") == min(skills, 20)
