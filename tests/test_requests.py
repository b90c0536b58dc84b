"""Requests that lie about where they come from, or are none. F of docs/trust.md; what a server sees raw is in
tests/config/test_gunicorn.py."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.factories import make_trail
from tests.test_hardening import ADDRESSES

pytestmark = pytest.mark.django_db
HOSTS = (
    "evil.example",
    "evil.example:80",
    "testserver.evil.example",
    "testserver@evil.example",
    "testserver/evil.example",
    "testserver\t.evil.example",
    "evil.example\x00testserver",
    "xn--evil-.example",
    "[::1]",
    "",
)
# What a proxy could say, nothing of which makes its way into the key of a cache.
FORGED = {
    "x-forwarded-host": "evil.example",
    "x-forwarded-server": "evil.example",
    "x-forwarded-proto": "https",
    "x-forwarded-scheme": "evil",
    "x-forwarded-port": "666",
    "x-forwarded-prefix": "/evil.example",
    "x-forwarded-for": "evil.example",
    "x-host": "evil.example",
    "x-real-ip": "evil.example",
    "x-original-url": "/evil.example/",
    "x-rewrite-url": "/evil.example/",
    "x-original-host": "evil.example",
    "x-http-method-override": "DELETE",
    "x-script-name": "/evil.example",
    "forwarded": "for=evil.example;host=evil.example;proto=https",
    "via": "1.1 evil.example",
    "referer": "https://evil.example/",
    "origin": "https://evil.example",
    "accept-language": "evil.example",
    "user-agent": "<script>evil.example</script>",
    "from": "evil.example",
}
PUBLIC = ("/", "/roadmaps/", "/roadmaps/trail/", "/roadmaps/trail/skills/skill-1/", "/roadmaps/trail/faq/", "/u/noor/")
MORE = (
    "/u/noor/badge.svg",
    "/search/?q=x",
    "/privacy/",
    "/robots.txt",
    "/sitemap.xml",
    "/accounts/login/",
    "/nowhere/",
)


@pytest.fixture(autouse=True)
def _noor(user: User) -> None:
    make_trail(2)
    User.objects.filter(pk=user.pk).update(handle="noor", is_public=True)


# R3
def test_a_host_that_is_not_ours_is_refused_everywhere(client: Client) -> None:
    for host in HOSTS:
        for path in ("/", "/accounts/login/", "/robots.txt", "/u/noor/badge.svg", "/nowhere/"):
            response = client.get(path, SERVER_NAME="evil.example", headers={"host": host})
            assert (response.status_code, path) == (400, path), host
            assert "evil" not in response.content.decode()
    taken = {path: client.get(path, headers={"host": "evil.example"}).status_code for path in ADDRESSES}
    assert {path: status for path, status in taken.items() if status != 400} == {}


# R4, R9
def said(path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Without what is new in every answer."""
    response = Client().get(path, headers=headers)
    left = {name: value for name, value in response.items() if name not in ("X-Request-ID", "ETag")}
    return response.status_code, left, re.sub(rb'value="\w{64}"', b"", response.content)


def test_nothing_that_a_proxy_could_say_is_in_an_answer() -> None:
    for path in (*PUBLIC, *MORE):
        plain = said(path)
        assert said(path, **FORGED) == plain, path
        assert b"evil" not in plain[2]


# R5
@pytest.mark.usefixtures("with_mail")
def test_no_letter_names_another_host(client: Client) -> None:
    data = {"email": "noor@example.org"}
    forged = {name: value for name, value in FORGED.items() if name not in ("origin", "referer")}
    assert client.post("/accounts/password/reset/", data, headers={"host": "evil.example"}).status_code == 400
    assert mail.outbox == []
    assert client.post("/accounts/password/reset/", data, headers=forged).status_code == 302
    [letter] = mail.outbox
    assert "http://" in letter.body
    assert "evil" not in str(letter.message())


# R8
def test_methods_that_no_page_knows_do_nothing(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    odd = {}
    for path in (*PUBLIC, *MORE, "/dashboard/", "/theme/", "/progress/trail/skills/skill-1/", "/healthz", "/admin/"):
        for method in ("TRACE", "TRACK", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND", "XYZZY"):
            response = client.generic(method, path, "state=done", "application/x-www-form-urlencoded")
            if response.status_code not in (403, 404, 405):
                odd[method, path] = response.status_code
    assert odd == {}


# R7
BESIDE = (
    *("secret_key", "cairn.sqlite3", ".env", ".git/config", "manage.py", "backup.zip", "cairn.sqlite3-wal"),
    *("static/../secret_key", "static/../../secret_key", "static//../secret_key", "static/..%2fsecret_key"),
    *("static/%2e%2e/secret_key", "static/..%252fsecret_key", "static/..\\secret_key", "static/..;/secret_key"),
    *("static/css/../../secret_key", "static/%00/../../secret_key", "../secret_key", "//secret_key", "static/"),
    *("static/%c0%ae%c0%ae/secret_key", "static/link", ".well-known/../secret_key", "admin/..%2f..%2fsecret_key"),
)


def test_no_file_but_the_pages_own_is_served(tmp_path: Path, settings: Any) -> None:
    """A folder like that of make up: what is private lies right beside what is served."""
    for name in ("secret_key", "cairn.sqlite3", ".env", "manage.py", "backup.zip", "cairn.sqlite3-wal"):
        (tmp_path / name).write_text("Secret")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/config").write_text("Secret")
    (tmp_path / "static/css").mkdir(parents=True)
    (tmp_path / "static/css/page.css").write_text("Public")
    settings.DEBUG, settings.STATIC_ROOT = False, tmp_path / "static"
    client = Client()
    assert b"".join(client.get("/static/css/page.css")) == b"Public"
    for path in BESIDE:
        response = client.get(f"/{path}")
        assert response.status_code in (302, 400, 404), path
        assert b"Secret" not in response.content
