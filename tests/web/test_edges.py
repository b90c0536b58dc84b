"""What every answer owes to caches, to htmx and to the browser's policy."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from progress.models import Mark
from tests.factories import make_trail

pytestmark = pytest.mark.django_db
PAGES = ["/", "/roadmaps/", "/roadmaps/trail/", "/roadmaps/trail/skills/skill-1/", "/privacy/", "/accounts/login/"]


@pytest.fixture(autouse=True)
def _trail(db: None) -> None:
    make_trail(2)


@pytest.mark.parametrize("url", [*PAGES, "/nowhere/", "/roadmaps/trail/?state=x"])
def test_a_visitors_page(client: Client, url: str) -> None:
    response = client.get(url)
    assert response["Cache-Control"].startswith(("private, no-cache", "max-age=0, no-cache, no-store"))
    assert {"Cookie", "HX-Request"} <= {name.strip() for name in response["Vary"].split(",")}
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["img-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("url", [*PAGES, "/nowhere/"])
def test_nothing_is_inline_or_from_elsewhere(client: Client, url: str) -> None:
    page = client.get(url).content.decode()
    assert re.findall(r'<script(?![^>]*(?:\bsrc=|type="application/json"))', page) == []
    assert re.findall(r"\sstyle=|<style|\son\w+=|javascript:", page) == []
    assert re.findall(r'(?:src|action|formaction)="(?!/)[^"]*"', page) == []
    assert [
        link
        for link in re.findall(r'<link [^>]*href="([^"]*)"', page)
        if not link.startswith(("/", "http://localhost:8000/"))
    ] == []


def test_a_signed_in_persons_page_is_stored_nowhere(client: Client, user: User) -> None:
    client.force_login(user)
    for url in ("/roadmaps/trail/", "/privacy/", "/accounts/email/", "/nowhere/"):
        assert "no-store" in client.get(url)["Cache-Control"], url


def test_a_guests_page_is_stored_nowhere(client: Client) -> None:
    client.post("/progress/trail/skills/skill-1/", {"state": "done", "learner": ""})
    assert client.get("/roadmaps/trail/")["Cache-Control"] == "private, no-store"


def test_an_expired_session_sends_htmx_to_sign_in_and_back(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "main", "HX-Current-URL": "http://testserver/roadmaps/trail/?free=1"}
    response = client.get("/accounts/email/", headers=headers)
    assert response.status_code == 204
    assert response["HX-Redirect"] == "/accounts/login/?next=%2Froadmaps%2Ftrail%2F%3Ffree%3D1"


# I9
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "skill-skill-1"}])
def test_a_field_that_is_sent_twice_is_refused(client: Client, headers: dict[str, str]) -> None:
    url, data = "/progress/trail/skills/skill-1/", {"learner": "", "state": ["done", "skipped"]}
    response = client.post(url, data, headers=headers)
    assert response.status_code == 400
    assert "A field of this form was sent twice." in response.content.decode()
    assert not Mark.objects.exists()


def test_but_for_those_of_which_several_are_meant(client: Client) -> None:
    data = {"learner": "", "state": "done", "scope": ["phase-first-phase", "section-first"]}
    assert client.post("/progress/trail/all/", data).status_code == 302
    assert Mark.objects.count() == 2
    assert client.post("/progress/trail/all/", data | {"state": ["todo", "todo"]}).status_code == 400
    assert Mark.objects.filter(state="done").count() == 2


def test_history_and_boosted_links_get_the_whole_page(client: Client) -> None:
    for extra in ({"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}):
        for url, target in (("/roadmaps/trail/", "skill-skill-1"), ("/search/?q=skill", "results")):
            headers = {"HX-Request": "true", "HX-Target": target}
            assert client.get(url, headers=headers | extra).content.startswith(b"<!doctype html>")
    assert b"<html" not in client.get(url, headers=headers).content  # else this would prove little


def test_a_visitor_gets_no_session(client: Client) -> None:
    for url in PAGES:
        client.get(url)
    assert set(client.cookies) == {"csrf"}


def test_the_pages_are_compressed(client: Client) -> None:
    response = client.get("/roadmaps/trail/", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"


def test_what_a_browser_made_up_is_not_said(client: Client, settings: Any) -> None:
    """Messages wait in a cookie, and are shown as HTML: it is signed."""

    def told() -> str:
        client.post("/progress/trail/skills/skill-1/", {"state": "done"})
        return client.cookies["messages"].value

    key, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 10
    forged = told()
    settings.SECRET_KEY = key
    client = Client()
    real = told()
    for cookie, said in ((forged, False), (f"{real[:-3]}abc", False), (real, True)):
        client.cookies["messages"] = cookie
        assert ("marked done" in client.get("/roadmaps/trail/").content.decode()) is said
