import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.models import Session
from django.core.handlers.exception import convert_exception_to_response
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.models import User
from config import env, views
from roadmap.models import Roadmap
from tests.factories import make_trail
from tests.queries import queries
from web.cache import RedisOrDatabase

pytestmark = pytest.mark.django_db


@contextmanager
def a_database_that_takes_nothing(table: str) -> Iterator[None]:
    """SQLite refuses every write, as on a full disk; PostgreSQL takes longer for this table than it may."""
    with connection.cursor() as cursor, transaction.atomic():
        sqlite = connection.vendor == "sqlite"
        cursor.execute("PRAGMA query_only = 1" if sqlite else "SET LOCAL statement_timeout = 300")
        if not sqlite:
            body = "'BEGIN PERFORM pg_sleep(5); RETURN NEW; END'"
            cursor.execute(f"CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS {body}")
            cursor.execute(f"CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION slow()")
        yield
        if sqlite:
            connection.connection.execute("PRAGMA query_only = 0")
        transaction.set_rollback(True)


def test_healthz_asks_nobody(client: Client) -> None:
    with queries() as asked:
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
    assert len(asked) == 0


class TestReady:
    def test_names_what_it_needs(self, client: Client) -> None:
        response = client.get("/readyz")
        assert response.status_code == 200
        assert response.json() == {"database": "ok", "cache": "ok", "migrations": "ok"}
        assert response["Cache-Control"] == "no-store"

    def test_asks_for_no_session_and_little_else(self, client: Client, user: User) -> None:
        client.force_login(user)
        client.get("/readyz")
        with queries() as asked:
            response = client.get("/readyz")
        assert len(asked) <= 4, (
            asked.counted
        )  # itself, the cache's table, the migrations' table and whether it is there
        assert not [sql for sql in asked.counted if "session" in sql]
        assert "Cookie" not in response.get("Vary", "")

    def test_a_database_that_is_gone(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*args: object) -> None:
            raise OperationalError("could not connect to 10.0.0.5 as cairn")

        monkeypatch.setattr(connection, "cursor", fail)
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {"database": "does not answer", "cache": "does not answer", "migrations": "unknown"}
        monkeypatch.undo()
        assert client.get("/readyz").status_code == 200

    def test_a_migration_that_is_not_applied(self, client: Client) -> None:
        MigrationRecorder.Migration.objects.filter(app="progress").order_by("-pk")[:1].get().delete()
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {"database": "ok", "cache": "ok", "migrations": "some are not applied"}

    def test_a_newer_version_s_migrations_do_not_matter(self, client: Client) -> None:
        MigrationRecorder(connection).record_applied("progress", "9999_later")
        assert client.get("/readyz").status_code == 200

    def test_without_redis_it_serves_on(self, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            monkeypatch.setenv("CACHE_URL", f"redis://127.0.0.1:{closed.getsockname()[1]}/0")
            monkeypatch.setattr(RedisOrDatabase, "resting_until", 0.0)
            settings.CACHES = env.caches("CACHE_URL")
            response = client.get("/readyz")
        assert response.status_code == 200
        assert response.json()["cache"] == "does not answer, the database stands in"

    def test_over_tls_it_is_asked_without(self, client: Client, settings: Any) -> None:
        settings.SECURE_SSL_REDIRECT = True
        assert [client.get(path).status_code for path in ("/healthz", "/readyz", "/privacy/")] == [200, 200, 301]


def test_robots_names_the_sitemap_and_what_is_private(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Sitemap: http://localhost:8000/sitemap.xml" in text
    assert "Disallow: /accounts/" in text
    assert "Allow: /accounts/login/$" in text
    assert "Allow: /accounts/signup/$" in text


def test_the_sitemap_lists_every_page_at_its_home(client: Client) -> None:
    make_trail(2)
    Roadmap.objects.create(slug="draft", title="Draft", short_title="Draft", summary="Not yet.")
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314 -- our own
    paths = [re.sub(r"^https?://[^/]+", "", loc.text or "") for loc in tree.iter() if loc.tag.endswith("}loc")]
    assert paths == [
        "/",
        "/roadmaps/",
        "/privacy/",
        "/roadmaps/trail/",
        "/roadmaps/trail/map/",
        "/roadmaps/trail/book/",
        "/roadmaps/trail/faq/",
        "/roadmaps/trail/skills/skill-1/",
        "/roadmaps/trail/skills/skill-2/",
    ]


def test_every_address_in_the_sitemap_answers(client: Client) -> None:
    make_trail(1)
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314 -- our own
    for loc in tree.iter():
        if loc.tag.endswith("}loc"):
            assert client.get(re.sub(r"^https?://[^/]+", "", loc.text or "")).status_code == 200


def test_favicon_leads_to_the_drawing(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"] == "/static/img/favicon.svg"


class TestTheme:
    def test_is_kept_in_a_cookie_and_on_the_page(self, client: Client) -> None:
        response = client.post("/theme/", {"theme": "dark", "next": "/privacy/"})
        assert response["Location"] == "/privacy/"
        cookie = client.cookies["theme"]
        assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("dark", True, "Lax")
        assert '<html lang="en" data-theme="dark">' in client.get("/privacy/").content.decode()

    def test_of_somebody_signed_in_is_the_accounts_in_every_browser(self, client: Client, user: User) -> None:
        client.force_login(user)
        client.post("/theme/", {"theme": "dark"})
        user.refresh_from_db()
        assert user.appearance == "dark"
        elsewhere = Client()
        elsewhere.cookies["theme"] = "light"
        elsewhere.force_login(user)
        page = elsewhere.get("/privacy/").content.decode()
        assert '<html lang="en" data-theme="dark">' in page
        assert '<button form="marks" formaction="/theme/" name="theme" value="dark" aria-pressed="true">' in page
        elsewhere.post("/accounts/logout/")
        assert '<html lang="en" data-theme="light">' in elsewhere.get("/privacy/").content.decode()

    def test_of_one_is_not_anothers(self, client: Client, user: User) -> None:
        User.objects.filter(pk=user.pk).update(appearance="light")
        client.force_login(User.objects.create_user("ada@example.org"))
        client.post("/theme/", {"theme": "dark"})
        user.refresh_from_db()
        assert user.appearance == "light"

    def test_that_is_unknown_changes_no_account(self, client: Client, user: User) -> None:
        client.force_login(user)
        assert client.post("/theme/", {"theme": "purple"}).status_code == 400
        user.refresh_from_db()
        assert user.appearance == "auto"

    def test_asks_the_database_for_nothing_more(self, client: Client, user: User) -> None:
        client.force_login(user)
        client.get("/privacy/")
        with queries() as asked:
            client.get("/privacy/")
        assert len(asked) == 2, asked.counted  # session and user

    @pytest.mark.parametrize("theme", ["", "purple", '"><script>'])
    def test_an_unknown_one_is_400(self, client: Client, theme: str) -> None:
        response = client.post("/theme/", {"theme": theme})
        assert response.status_code == 400
        assert "Choose auto, light or dark." in response.content.decode()
        assert "theme" not in client.cookies

    def test_a_forged_cookie_is_auto(self, client: Client) -> None:
        client.cookies["theme"] = '"><script>alert(1)</script>'
        page = client.get("/privacy/").content.decode()
        assert '<html lang="en">' in page
        assert "<script>alert" not in page

    def test_next_stays_here(self, client: Client) -> None:
        assert client.post("/theme/", {"theme": "dark", "next": "//evil.example/"})["Location"] == "/"


class TestErrors:
    def test_not_found(self, client: Client) -> None:
        response = client.get("/nowhere/<script>/")
        assert response.status_code == 404
        assert "This page is not on the map" in response.content.decode()
        assert "<script>/" not in response.content.decode()

    def test_a_foreign_host_is_400(self, client: Client) -> None:
        response = client.get("/", headers={"Host": "evil.example"})
        assert response.status_code == 400
        assert "evil.example" not in response.content.decode()

    def test_forbidden(self, client: Client, user: User) -> None:
        request = RequestFactory().get("/")
        request.session = client.session
        request.user = user
        response = views.forbidden(request, PermissionError())
        assert response.status_code == 403
        assert "Not for this account" in response.content.decode()

    def test_a_broken_page_says_so_without_the_database(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        make_trail(1)
        client.raise_request_exception = False

        def fail(request: HttpRequest) -> None:
            raise DatabaseError("the disk is on fire")

        monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)
        client.cookies["session"] = "x" * 32
        response = client.get("/roadmaps/trail/")
        assert response.status_code == 500
        assert "Something broke on our side" in response.content.decode()
        assert "on fire" not in response.content.decode()

    @pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "skill-skill-1"}])
    def test_a_database_that_takes_nothing_is_503_and_soon_tried_again(
        self, client: Client, headers: dict[str, str]
    ) -> None:
        make_trail(1)
        client.raise_request_exception = False
        with a_database_that_takes_nothing("progress_learner"):
            data = {"state": "done", "learner": ""}
            response = client.post("/progress/trail/skills/skill-1/", data, headers=headers)
        assert (response.status_code, response["Retry-After"]) == (503, "5")
        assert "may not have been saved" in response.content.decode()

    def test_so_is_one_that_goes_while_the_session_is_saved(self, client: Client, rf: RequestFactory) -> None:
        """Django takes it for a session that was ended meanwhile; one that was is still no mistake of the database."""

        def page(request: Any) -> HttpResponse:
            request.session["seen"] = True
            return HttpResponse("fine")

        session = client.session
        session["begun"] = True
        session.save()
        request = rf.get("/")
        request.COOKIES["session"] = session.session_key
        ask = convert_exception_to_response(SessionMiddleware(page))
        with a_database_that_takes_nothing("django_session"):
            response = ask(request)
        assert (response.status_code, response["Retry-After"]) == (503, "5")
        Session.objects.all().delete()
        request.session = session
        with pytest.raises(SessionInterrupted) as interrupted:
            SessionMiddleware(page).process_response(request, HttpResponse())
        request.user = AnonymousUser()
        assert views.bad_request(request, interrupted.value).status_code == 400

    def test_a_database_that_is_no_longer_the_primary_is_503(self, client: Client) -> None:
        """As after a failover, for whoever is still connected to it."""
        make_trail(1)
        client.raise_request_exception = False
        sqlite = connection.vendor == "sqlite"
        with connection.cursor() as cursor, transaction.atomic():
            cursor.execute("PRAGMA query_only = 1" if sqlite else "SET LOCAL transaction_read_only = on")
            response = client.post("/progress/trail/skills/skill-1/", {"state": "done", "learner": ""})
            if sqlite:
                connection.connection.execute("PRAGMA query_only = 0")
            transaction.set_rollback(True)
        assert response.status_code == 503
        assert "may not have been saved" in response.content.decode()

    def test_a_lost_token_gives_back_what_was_typed_but_no_password(self) -> None:
        client = Client(enforce_csrf_checks=True)
        typed = {"login": "ada@example.org", "password": "secret sentence", "next": "/privacy/", "note": "<b>words</b>"}
        response = client.post("/accounts/login/", typed)
        page = response.content.decode()
        assert response.status_code == 403
        assert "ada@example.org" in page
        assert "&lt;b&gt;words&lt;/b&gt;" in page
        assert "secret sentence" not in page
        assert 'href="/privacy/"' in page
