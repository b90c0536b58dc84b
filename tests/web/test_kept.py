"""Visitors' pages, which are kept: alike for all of them but for the token, and never anybody's own."""

import gzip
import itertools
import re

import pytest
from django.http import HttpResponse
from django.middleware.csrf import _does_token_match as is_of
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from progress.journey import FILTERS
from progress.models import Mark
from roadmap import outline, preview
from roadmap.models import Roadmap, Skill
from tests.factories import make_trail
from tests.queries import queries
from web import kept

pytestmark = pytest.mark.django_db
PAGE, SKILL = "/roadmaps/trail/", "/roadmaps/trail/skills/skill-1/"
PAGES = ["/", PAGE, f"{PAGE}faq/", SKILL]
QUERIES = ["", *(f"?state={state}" for state in FILTERS), "?free=1", "?state=left&free=1"]
TOKEN = re.compile(rb'(?<=name="csrfmiddlewaretoken" value=")\w{64}(?=")')


@pytest.fixture(autouse=True)
def trail() -> Roadmap:
    return make_trail(3)


def tokens(response: HttpResponse) -> list[str]:
    return [each.decode() for each in TOKEN.findall(response.content)]


def without_tokens(response: HttpResponse) -> bytes:
    assert response.status_code == 200
    return TOKEN.sub(b"", response.content)


class TestWhatIsKept:
    @pytest.mark.parametrize("page", PAGES)
    def test_is_alike_but_for_each_browsers_own_token(self, page: str) -> None:
        one, other = Client(), Client()
        first, second, third = one.get(page), other.get(page), one.get(page)
        assert without_tokens(first) == without_tokens(second) == without_tokens(third)
        assert third.templates == []
        for client, response in ((one, first), (other, second), (one, third)):
            assert tokens(response)
            assert all(is_of(token, client.cookies["csrf"].value) for token in tokens(response))
        assert not is_of(tokens(first)[0], other.cookies["csrf"].value)
        assert len({*tokens(first), *tokens(third)}) == 2  # each answer has a mask of its own

    @pytest.mark.parametrize("theme", ["auto", "light", "dark", "nonsense", ""])
    @pytest.mark.parametrize("query", QUERIES)
    @pytest.mark.parametrize("page", PAGES)
    def test_is_what_would_be_rendered(self, page: str, query: str, theme: str) -> None:
        for other, colours in itertools.product(QUERIES, ("light", "dark")):  # all there may be is there already
            Client(headers={"Cookie": f"theme={colours}"}).get(page + other)
        visitor = Client(headers={"Cookie": f"theme={theme}", "Accept-Language": "de"})
        visitor.get(page + query)
        found = without_tokens(visitor.get(page + query))
        outline.forget()
        assert found == without_tokens(Client(headers={"Cookie": f"theme={theme}"}).get(page + query))
        assert (b'data-theme="dark"' in found, b'data-theme="light"' in found) == (theme == "dark", theme == "light")

    @pytest.mark.parametrize("page", PAGES)
    def test_goes_over_the_wire_as_whoever_unpacks_it_expects(self, page: str) -> None:
        client = Client()
        plain = client.get(page)
        packed = client.get(page, headers={"Accept-Encoding": "br, gzip"})
        assert (plain.get("Content-Encoding"), packed["Content-Encoding"]) == (None, "gzip")
        unpacked = gzip.decompress(packed.content)
        assert TOKEN.sub(b"", unpacked) == without_tokens(plain)
        assert all(is_of(each.decode(), client.cookies["csrf"].value) for each in TOKEN.findall(unpacked))
        assert {"Cookie", "HX-Request", "Accept-Encoding"} <= set(packed["Vary"].split(", "))
        assert packed["Cache-Control"] == "private, no-cache"

    def test_the_token_works(self) -> None:
        client = Client(enforce_csrf_checks=True)
        Client().get(PAGE)
        token = tokens(client.get(PAGE))[0]
        answer = client.post(
            reverse("mark", args=["trail", "skill-1"]), {"state": "done", "csrfmiddlewaretoken": token}
        )
        assert (answer.status_code, Mark.objects.count()) == (302, 1)

    def test_ends_with_its_version(self, trail: Roadmap) -> None:
        client = Client()
        client.get(PAGE)
        Skill.objects.filter(slug="skill-1").update(title="Quite another")
        outline.touch(Skill.objects.get(slug="skill-1"), at=timezone.now())
        assert b"Quite another" in client.get(PAGE).content

    def test_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept, "MOST", 3)
        for query in QUERIES:
            Client().get(PAGE + query)
        shown = outline.get("trail")
        assert shown is not None
        assert len(shown.derived["pages"]) == 3

    def test_where_forms_lead_back_to_is_nobodys_choice(self) -> None:
        Client().get(f"{SKILL}?next=/elsewhere/")
        assert b"elsewhere" not in Client().get(SKILL).content
        Client().get("/?next=/elsewhere/")
        assert b"elsewhere" not in Client().get("/").content

    def test_a_page_with_somebodys_token_in_it_is_not_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept, "FIELD", b"<")  # as if there were more fields than slots
        client = Client()
        assert is_of(tokens(client.get(PAGE))[0], client.cookies["csrf"].value)
        shown = outline.get("trail")
        assert shown is not None
        assert shown.derived["pages"] == {}


class TestWhatIsKnown:
    @pytest.mark.parametrize("page", PAGES)
    def test_is_not_sent_again(self, page: str) -> None:
        client = Client()
        etag = client.get(page)["ETag"]
        with queries() as made:
            again = client.get(page, headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again.templates, len(made)) == (304, b"", [], 1)
        assert (again["ETag"], again["Cache-Control"]) == (etag, "private, no-cache")
        assert {"Cookie", "HX-Request", "Accept-Encoding"} <= set(again["Vary"].split(", "))
        assert client.get(page)["ETag"] == etag

    def test_is_sent_to_whoever_has_no_cookie_or_another(self) -> None:
        etag = Client().get(PAGE)["ETag"]
        other = Client()
        other.get(PAGE)
        for client in (Client(), other, Client(headers={"Cookie": "csrf=nonsense"})):
            response = client.get(PAGE, headers={"If-None-Match": etag})
            assert (response.status_code, response["ETag"] != etag) == (200, True)
            assert is_of(tokens(response)[0], client.cookies["csrf"].value)

    def test_differs_by_what_is_asked_for(self) -> None:
        client, etags = Client(), set()
        for theme in ("auto", "light", "dark"):
            client.cookies["theme"] = theme
            etags |= {client.get(page)["ETag"] for page in (*PAGES, *(PAGE + query for query in QUERIES[1:]))}
        assert len(etags) == 3 * (len(PAGES) + len(QUERIES) - 1)

    def test_is_new_with_the_version(self, trail: Roadmap) -> None:
        client = Client()
        etag = client.get(PAGE)["ETag"]
        Skill.objects.filter(slug="skill-1").update(title="Quite another")
        outline.touch(Skill.objects.get(slug="skill-1"), at=timezone.now())
        assert client.get(PAGE, headers={"If-None-Match": etag}).status_code == 200


class TestWhoGetsTheirOwn:
    """They come first and last: nothing of theirs is kept, nothing kept is theirs."""

    @pytest.fixture
    def visitors(self) -> dict[str, bytes]:
        found = {page: without_tokens(Client().get(page)) for page in PAGES}
        outline.forget()
        return found

    def check(self, client: Client, visitors: dict[str, bytes], *pages: str, **headers: str) -> None:
        for page in pages:
            own = client.get(page, headers=headers)
            assert own.status_code == 200
            assert "ETag" not in own
            assert without_tokens(Client().get(page)) == visitors[page]
            assert client.get(page, headers=headers | {"If-None-Match": "*"}).status_code == 200

    def test_a_guest_with_a_record(self, visitors: dict[str, bytes]) -> None:
        guest = Client()
        guest.post(reverse("mark", args=["trail", "skill-1"]), {"state": "done"})
        self.check(guest, visitors, *PAGES)
        assert b'id="skill-skill-1" data-state="done"' in guest.get(PAGE).content
        assert guest.get(PAGE)["Cache-Control"] == "private, no-store"

    def test_somebody_signed_in(self, client: Client, user: User, visitors: dict[str, bytes]) -> None:
        client.force_login(user)
        self.check(client, visitors, *PAGES[1:])
        assert b"Noor" in client.get(PAGE).content

    def test_somebody_who_signed_out(self, client: Client, user: User, visitors: dict[str, bytes]) -> None:
        etag = client.get(PAGE)["ETag"]
        client.force_login(user)
        assert client.get(PAGE, headers={"If-None-Match": etag}).status_code == 200
        client.post(reverse("account_logout"))
        client.get(PAGE)  # says so
        assert without_tokens(client.get(PAGE)) == visitors[PAGE]

    def test_a_preview(self, trail: Roadmap, visitors: dict[str, bytes]) -> None:
        Skill.objects.filter(slug="skill-2").update(is_draft=True)
        outline.touch(trail, at=timezone.now())
        seen = {page: without_tokens(Client().get(page)) for page in PAGES}
        outline.forget()
        client = Client()
        client.get(preview.link(trail))
        self.check(client, seen, *PAGES[1:])
        assert b'id="skill-skill-2"' in client.get(PAGE).content
        assert b'id="skill-skill-2"' not in Client().get(PAGE).content

    def test_whoever_is_told_something(self, visitors: dict[str, bytes]) -> None:
        for page in PAGES:
            client = Client()
            client.get(reverse("preview", args=["over"]))
            told = client.get(page)
            assert b"That link to a preview is over" in told.content
            assert "ETag" not in told
            assert without_tokens(Client().get(page)) == visitors[page]
            assert without_tokens(client.get(page)) == visitors[page]

    def test_htmx(self, visitors: dict[str, bytes]) -> None:
        self.check(Client(), visitors, PAGE, **{"HX-Request": "true", "HX-Target": "main"})
