"""Every address, asked in ways that it should not answer. C1 to C10 of docs/trust.md."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from progress.models import Learner, Note
from tests.accounts.acts import PASSWORD, confirm_identity, sign_in
from tests.addresses import address, routes
from tests.factories import make_trail
from tests.queries import queries
from web import files
from web.templatetags import page

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parent.parent

# Of the admin's many only its own: those of each model are made alike by Django.
ADDRESSES = sorted(
    {
        address(route)
        for route in routes()
        if not route.startswith("admin/")
        or route.startswith("admin/curation/")
        or route in ("admin/", "admin/login/", "admin/password_change/")
    }
)


ONE_CLICK = "/letters/stop/1/"
"""RFC 8058: pressed without a cookie, by who has the signed link; tests/progress/test_letters.py."""
ADDRESSES.remove(ONE_CLICK)
REPORTS = "/csp"
"""Told by browsers, which send no token along; writes nothing; tests/config/test_reports.py."""
ADDRESSES.remove(REPORTS)


@pytest.fixture
def people(user: User) -> dict[str, Client]:
    make_trail(2)
    EmailAddress.objects.create(user=user, email=user.email, primary=True)
    User.objects.filter(pk=user.pk).update(handle="noor", is_public=True)
    member, visitor = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    member.force_login(user)
    for each in (member, visitor):
        each.get("/accounts/login/")
        each.get("/settings/")
    return {"member": member, "visitor": visitor}


def test_the_addresses_are_many_and_real(people: dict[str, Client]) -> None:
    assert len(ADDRESSES) > 40
    assert "/progress/trail/skills/skill-1/" in ADDRESSES
    assert [path for path in ADDRESSES if re.search(r"[<>()\\?]", path)] == []


# C1
@pytest.mark.parametrize("who", ["member", "visitor"])
def test_nothing_is_changed_without_a_token(people: dict[str, Client], who: str) -> None:
    answers = {path: people[who].post(path, {"state": "done"}).status_code for path in ADDRESSES}
    assert {path: status for path, status in answers.items() if status != 403} == {}


def test_a_mail_program_needs_none_to_stop_letters_and_a_link_that_was_made_up_stops_none() -> None:
    assert Client(enforce_csrf_checks=True).post(ONE_CLICK).status_code == 404


# C2
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_nor_with_a_token_from_elsewhere(people: dict[str, Client], origin: str) -> None:
    token = people["member"].cookies["csrf"].value
    answers = {
        path: people["member"].post(path, {"csrfmiddlewaretoken": token}, headers={"origin": origin}).status_code
        for path in ADDRESSES
    }
    assert {path: status for path, status in answers.items() if status != 403} == {}


# C3
@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_nor_with_a_token_in_another_form(people: dict[str, Client], kind: str) -> None:
    token = people["member"].cookies["csrf"].value
    body = json.dumps({"csrfmiddlewaretoken": token, "state": "done"})
    answers = {path: people["member"].post(path, body, content_type=kind).status_code for path in ADDRESSES}
    assert {path: status for path, status in answers.items() if status != 403} == {}


# C4
@pytest.mark.parametrize("who", ["member", "visitor"])
def test_looking_changes_nothing(people: dict[str, Client], who: str) -> None:
    wrong: dict[str, Any] = {}
    for path in ADDRESSES:
        with queries() as asked:
            status = people[who].get(path).status_code
        writes = [
            sql
            for sql in asked.counted
            if not sql.lstrip("(").startswith("SELECT") and not re.search(r'"(django_session|cache)"', sql)
        ]
        if writes or status >= 500:
            wrong[path] = (status, writes)
    assert wrong == {}


@pytest.mark.parametrize(
    "path", ["/theme/", "/progress/trail/all/", "/progress/undo/00000000-0000-0000-0000-000000000000/"]
)
def test_what_only_changes_something_is_not_there_to_look_at(people: dict[str, Client], path: str) -> None:
    assert people["member"].get(path).status_code == 405


def keeps(response: Any, policy: str = "default-src 'none'; frame-ancestors 'none'") -> bool:
    """To all that Mozilla's Observatory asks of an answer's headers; cookies and HSTS over TLS are at the end."""
    said = response.get("Content-Security-Policy", "")
    return (
        set(policy.split("; ")) <= set(said.split("; "))
        and "unsafe" not in said
        and ("form-action" not in said or "form-action 'self'" in said)
        and response["X-Frame-Options"] == "DENY"
        and response["X-Content-Type-Options"] == "nosniff"
        and response["Referrer-Policy"] == "same-origin"
        and "Access-Control-Allow-Origin" not in response
        and "Access-Control-Allow-Credentials" not in response
    )


# C6, C7 and C10
@pytest.mark.parametrize("who", ["member", "visitor"])
def test_every_answer_keeps_to_the_policy(people: dict[str, Client], who: str) -> None:
    wrong = {}
    for path in [*ADDRESSES, "/nowhere/", "/theme/", "/progress/trail/all/"]:
        for response in (
            people[who].get(path, headers={"origin": "https://evil.example"}),
            people[who].get(path, headers={"origin": "null"}),
            people[who].post(path),
        ):
            shared = path.endswith((".svg", ".png")) and response.status_code == 200
            corp = "cross-origin" if shared else "same-origin"
            if not keeps(response) or response["Cross-Origin-Resource-Policy"] != corp:
                wrong[path] = (response.status_code, dict(response.items()))
    assert wrong == {}


def test_what_is_text_says_in_which_letters_and_nothing_answers_trace(people: dict[str, Client]) -> None:
    wrong = {}
    for path in [*ADDRESSES, "/nowhere/"]:
        response = people["member"].get(path)
        kind = response.get("Content-Type", "")
        if ("text/" in kind or "xml" in kind) and "charset=utf-8" not in kind:
            wrong[path] = kind
        if (bool(response.content) and not kind) or people["member"].trace(path).status_code != 405:
            wrong[path] = "no type, or answers TRACE"
    assert wrong == {}


# C6, C10
def test_so_do_errors_files_and_the_admin(
    people: dict[str, Client], user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, visitor = Client(raise_request_exception=False), people["visitor"]
    sign_in(client)
    confirm_identity(client)
    curator = User.objects.create_superuser("boss@example.org", PASSWORD)
    desk = Client()
    desk.force_login(curator)
    answers = {
        200: [client.post("/settings/data/export/"), desk.get("/admin/"), desk.get("/admin/roadmap/skill/")],
        400: [client.get("/", headers={"host": "evil.example"}), client.post("/theme/")],
        403: [client.get("/admin/login/"), visitor.post("/theme/")],
        404: [client.get("/nowhere/"), client.get("/u/nobody/")],
        405: [client.get("/theme/")],
        413: [client.post("/settings/data/import/", {"file": SimpleUploadedFile("x", b"x" * 22 * 2**20)})],
        422: [client.post("/settings/", {"name": "x" * 81})],
    }
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", lambda _: 1 / 0)
    answers[500] = [client.get("/settings/")]
    for status, responses in answers.items():
        for response in responses:
            assert response.status_code == status
            assert keeps(response), (status, dict(response.items()))
            assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert keeps(visitor.get("/u/noor/badge.svg"), "default-src 'none'; frame-ancestors 'none'; sandbox")


# C10
def test_the_script_of_others_is_run_only_as_it_was_collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As make up serves it: under a name with its hash, which is not to change what is in it."""
    storage = ManifestStaticFilesStorage(location=tmp_path, base_url="/static/")
    storage.save(page.HTMX, ContentFile(b"let htmx = 1;"))
    [(_, name, _)] = storage.post_process({page.HTMX: (storage, page.HTMX)})
    monkeypatch.setattr(page, "staticfiles_storage", storage)
    page._integrity.cache_clear()
    digest = base64.b64encode(hashlib.sha256((tmp_path / name).read_bytes()).digest()).decode()
    shown = Client().get("/privacy/").content.decode()
    page._integrity.cache_clear()
    assert re.findall(r'htmx-2[^"]*" integrity="([^"]+)"', shown) == [f"sha256-{digest}"]


def test_a_static_file_runs_nothing_and_is_framed_by_nobody(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    for name in ("drawing.svg", "script.js"):
        (tmp_path / name).write_text("x")
    assert Client().get("/static/").status_code == 404
    for name in ("drawing.svg", "script.js"):
        response = Client().get(f"/static/{name}")
        assert response.status_code == 200
        assert b"".join(response.streaming_content) == b"x"  # type: ignore[attr-defined]  # a file is
        assert response["Content-Security-Policy"] == files.POLICY == "default-src 'none'; frame-ancestors 'none'"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in response
        assert "utf-8" in response["Content-Type"]


# L1, L2
@pytest.mark.parametrize(
    ("data", "status"),
    [({"text": "x" * 8 * 2**20}, 413), ({"text": "Words", **dict.fromkeys(map(str, range(5_000)), "x")}, 400)],
)
def test_what_is_too_much_is_refused_and_writes_nothing(user: User, data: dict[str, str], status: int) -> None:
    make_trail(1)
    client = Client()
    client.force_login(user)
    learner = Learner.objects.get(user=user)
    response = client.post("/progress/trail/skills/skill-1/note/", {"learner": learner.pk, **data})
    assert response.status_code == status
    assert not Note.objects.exists()


# L1
@pytest.mark.parametrize("path", ["/theme/", "/progress/trail/skills/skill-1/", "/accounts/login/", "/admin/"])
def test_what_is_too_large_is_refused_unread(people: dict[str, Client], path: str) -> None:
    """Also where no file is expected, and before its token is looked for."""
    for client in people.values():
        response = client.post(path, {"file": SimpleUploadedFile("x", b"x" * 3 * 2**20)})
        assert response.status_code == 413
        assert "Nothing was saved." in response.content.decode()
        assert not hasattr(response.wsgi_request, "_files")


# L2, U3; before it comes here, the server has limits of its own
@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/privacy/", {f"x-{number}": "x" for number in range(500)}),
        ("/privacy/", {"x-long": "x" * 100_000}),
        ("/privacy/", {"cookie": "; ".join(f"c{number}=x" for number in range(300))}),
        ("/" + "x" * 200_000, {}),
        ("/privacy/?" + "x" * 200_000, {}),
        ("/search/?q=" + "x" * 200_000, {}),
        ("/roadmaps/trail/?" + "&".join(f"{number}=x" for number in range(5_000)), {}),
        ("/roadmaps/%FF/", {}),
        ("/u/%ED%A0%80/", {}),
        ("/search/?q=%FF%FE", {}),
        ("/accounts/login/?next=%ED%A0%80", {"user-agent": "\xff\xfe", "x-request-id": "\xff", "cookie": "theme=\xff"}),
    ],
)
def test_what_is_too_long_breaks_nothing(people: dict[str, Client], path: str, headers: dict[str, str]) -> None:
    assert people["visitor"].get(path, headers=headers).status_code in (200, 400, 404, 422)


# U3
@pytest.mark.parametrize("kind", ["", "; charset=utf-8", "; charset=utf-16", "; charset=nothing"])
def test_a_form_in_broken_letters_is_refused(people: dict[str, Client], kind: str) -> None:
    body, kind = b"theme=%FF&theme2=\xff\xfe", f"application/x-www-form-urlencoded{kind}"
    response = Client().generic("POST", "/theme/", body, content_type=kind)
    assert response.status_code == 400
    assert "theme" not in response.cookies


# C9
def test_what_is_made_for_somebody_is_stored_nowhere(people: dict[str, Client]) -> None:
    wrong = {}
    for path in ADDRESSES:
        response = people["member"].get(path)
        made = response.status_code == 200 and response["Content-Type"].startswith("text/html")
        if made and "no-store" not in response["Cache-Control"]:
            wrong[path] = response["Cache-Control"]
    assert wrong == {}


# C8
@pytest.mark.alike
def test_over_tls_cookies_are_secure_and_bound_to_the_host(var: Path) -> None:
    script = """
import django, json; django.setup()
from django.conf import settings
from django.core.management import call_command
call_command("migrate", verbosity=0); call_command("createcachetable", verbosity=0)
from django.test import Client
client = Client(headers={"host": "cairn.example"})
client.get("/accounts/login/", secure=True)
client.post("/accounts/signup/", {"email": "ada@example.org", "password1": "a trail of ten stones"}, secure=True)
client.post("/theme/", {"theme": "dark"}, secure=True)
client.post("/settings/", {"name": "Ada", "time_zone": "UTC", "appearance": "dark"}, secure=True)
response = client.get("/accounts/login/", secure=True)
KEYS = ("secure", "httponly", "samesite", "path", "domain")
print(json.dumps({name: [cookie[key] for key in KEYS] for name, cookie in client.cookies.items()}))
print(response["Strict-Transport-Security"])
"""
    environment = {
        "PATH": os.environ["PATH"],
        "CAIRN_VAR": str(var),
        "SITE_URL": "https://cairn.example",
        "EMAIL_URL": "none",
        "DEBUG": "1",  # without collecting static files first
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    cookies, hsts = ran.stdout.splitlines()
    kept = [True, True, "Lax", "/", ""]
    assert json.loads(cookies) == {f"__Host-{name}": kept for name in ("csrf", "messages", "session", "theme")}
    assert hsts == "max-age=63072000; includeSubDomains; preload"
