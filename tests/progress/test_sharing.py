"""What others see of a learner, and what they never do."""

import io
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from PIL import Image

from accounts.models import User
from progress.models import Evidence, Learner, Mark, Note
from roadmap.models import Skill
from tests.factories import NOW, make_trail
from tests.queries import queries

pytestmark = pytest.mark.django_db
PAGE, BADGE, CARD = "/u/noor/", "/u/noor/badge.svg", "/u/noor/card.png"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def owner(user: User) -> User:
    """With a record in which something of everything is private."""
    make_trail(4)
    user.name, user.handle, user.is_public = "Noor Haddad", "noor", True
    user.save()
    learner = Learner.objects.create(user=user)
    one, two, project = Skill.objects.order_by("slug")[:3]
    Skill.objects.filter(pk=project.pk).update(kind="project", title="The project")
    for skill, state in ((one, "done"), (two, "learning"), (project, "done")):
        Mark.objects.create(learner=learner, skill=skill, state=state, since=NOW)
    Note.objects.create(learner=learner, skill=one, text="Secret thoughts", updated_at=NOW)
    for title, is_public in (("Shown work", True), ("Hidden work", False)):
        url = f"https://example.org/{title.split()[0].lower()}"
        Evidence.objects.create(learner=learner, skill=one, title=title, url=url, is_public=is_public, added_at=NOW)
    return user


def text(url: str, **headers: str) -> str:
    return Client().get(url, headers=headers).content.decode()


def test_shows_what_is_public_and_nothing_else(owner: User) -> None:
    page = text(PAGE)
    for expected in ("Noor Haddad", "2 of 4 done, 2 left", "Shown work", "The project", "Learning now"):
        assert expected in page, expected
    for private in ("Secret thoughts", "Hidden work", "example.org/hidden", owner.email, "day streak", "?state=left"):
        assert private not in page, private


def test_the_streak_is_shown_if_wanted(owner: User) -> None:
    User.objects.update(shows_streak=True)
    assert "<dt>day streak</dt><dd>0</dd>" in text(PAGE)


def test_search_engines_find_it_if_wanted(owner: User) -> None:
    assert '<meta name="robots" content="noindex">' in text(PAGE)
    User.objects.update(is_findable=True)
    assert "noindex" not in text(PAGE)


# I5, A17
@pytest.mark.usefixtures("with_mail")
@pytest.mark.parametrize(
    ("model", "off"),
    [
        (User, {"is_public": False}),
        (User, {"is_active": False}),
        (User, {"erase_at": NOW}),
        (EmailAddress, {"verified": False}),
    ],
)
@pytest.mark.parametrize("path", ["", "?roadmap=trail", "badge.svg", "badge.svg?style=trail", "card.png"])
def test_one_that_is_off_equals_one_that_never_was(owner: User, model: Any, off: dict[str, Any], path: str) -> None:
    def look(handle: str) -> tuple[Any, ...]:
        with queries() as asked:
            response = Client().get(f"/u/{handle}/{path}")
        body = re.sub(rb'value="\w{64}"', b"", response.content).replace(handle.encode(), b"")
        headers = {name: value for name, value in response.items() if name != "X-Request-ID"}
        return response.status_code, headers, response.cookies.keys(), body, len(asked)

    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)
    never = look("nobo")
    assert look("noor") != never
    model.objects.update(**off)
    assert look("noor") == never


def test_the_owner_previews_just_that(client: Client, owner: User) -> None:
    User.objects.update(is_public=False)
    client.force_login(owner)
    page = client.get("/settings/profile/preview/").content.decode()
    assert "This is just what others see once you switch your profile on" in page
    main = page[page.index("<main") :]
    assert "Shown work" in main
    for private in ("Secret thoughts", "Hidden work", owner.email):
        assert private not in main


def test_a_handle_is_found_in_any_case(owner: User) -> None:
    assert Client().get("/u/NOOR/").status_code == 200


def test_names_are_escaped_everywhere(owner: User) -> None:
    evil = '"><script>alert(1)</script>'
    User.objects.update(name=evil)
    page = text(PAGE)
    assert "<script>alert" not in page
    assert page.count("&quot;&gt;&lt;script&gt;") >= 4
    assert Client().get(CARD).status_code == 200


@pytest.mark.parametrize("count", [1, 60])
def test_queries_of_a_profile(owner: User, count: int) -> None:
    learner = Learner.objects.get()
    for number in range(count):
        url = f"https://example.org/more/{number}"
        skill = Skill.objects.order_by("pk")[0]
        Evidence.objects.create(learner=learner, skill=skill, title="More", url=url, is_public=True, added_at=NOW)
    text(PAGE)
    with queries() as asked:
        text(PAGE)
    assert len(asked) == 5, asked.counted


class TestBadge:
    def parse(self, url: str = BADGE) -> ElementTree.Element:
        return ElementTree.fromstring(Client().get(url).content)  # noqa: S314 -- our own

    def test_says_how_far_in_text_and_for_screen_readers(self, owner: User) -> None:
        root = self.parse()
        assert root.get("aria-label") == root.findtext(f"{SVG}title") == "Cairn, Trail: 2 of 4 done"
        assert [element.text for element in root.iter(f"{SVG}text")] == ["Trail", "50%"]

    def test_has_a_second_style(self, owner: User) -> None:
        root = self.parse(BADGE + "?style=trail")
        assert [element.text for element in root.iter(f"{SVG}text")] == ["Trail", "2 of 4 done"]
        assert Client().get(BADGE + "?style=none").status_code == 400

    def test_says_honestly_that_it_is_private(self, owner: User) -> None:
        User.objects.update(is_public=False)
        for url in (BADGE, BADGE + "?style=trail", "/u/nobody/badge.svg"):
            assert "private" in [element.text for element in self.parse(url).iter(f"{SVG}text")]

    def test_may_be_kept_and_shown_by_others(self, owner: User) -> None:
        response = Client().get(BADGE)
        assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
        assert response["Cache-Control"] == "public, max-age=300"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Set-Cookie" not in response
        assert "Cookie" not in response.get("Vary", "")
        again = Client().get(BADGE, headers={"If-None-Match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        Mark.objects.update(state="done")
        assert Client().get(BADGE, headers={"If-None-Match": response["ETag"]}).status_code == 200

    def test_looks_at_no_cookie(self, client: Client, owner: User) -> None:
        client.force_login(owner)
        text(BADGE)
        with queries() as asked:
            response = client.get(BADGE)
        assert not [sql for sql in asked.counted if "django_session" in sql]
        assert "Cookie" not in response.get("Vary", "")
        assert response["Cache-Control"] == "public, max-age=300"

    def test_runs_nothing(self, owner: User) -> None:
        policy = "default-src 'none'; frame-ancestors 'none'; sandbox"
        assert Client().get(BADGE)["Content-Security-Policy"] == policy


class TestCard:
    def test_is_a_picture_of_the_right_size(self, owner: User) -> None:
        response = Client().get(CARD)
        with Image.open(io.BytesIO(response.content)) as image:
            assert (image.format, image.size) == ("PNG", (1200, 630))
        assert len(response.content) < 100_000
        assert response["Content-Type"] == "image/png"

    def test_the_page_names_it(self, owner: User) -> None:
        assert '<meta property="og:image" content="http://localhost:8000/u/noor/card.png">' in text(PAGE)

    @pytest.mark.parametrize("name", ["x" * 80, "名前", "\u202eevil", "🪨" * 20, "A\u0300" * 40])
    def test_draws_any_name(self, owner: User, name: str) -> None:
        User.objects.update(name=name)
        assert Client().get(CARD).status_code == 200
