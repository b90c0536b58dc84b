"""Nobody who follows a link to this site is led to another one. R1 and R2 of docs/trust.md."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import transaction
from django.test import Client, RequestFactory

from tests.access.people import address_in, asked, browser
from tests.access.record import Record
from tests.access.test_input import ADA, FORMS, Sent
from tests.access.test_matrix import PAGE, ROWS, here
from tests.accounts.acts import PASSWORD, app_code, mailed_code, sign_in
from tests.accounts.pages import Page
from tests.hostile import TARGETS, stays
from web.http import own_path

pytestmark = pytest.mark.django_db
WORST = ("//evil.example/", "http://testserver//evil.example/", "/\\evil.example/")
"""What a careless look takes for a path of this site."""


def astray(response: Any) -> str:
    """Where the answer leads that is not here: its redirect, what it says to htmx, or a field or link of its page."""
    leads = [response.get("Location", ""), response.get("HX-Redirect", ""), response.get("HX-Location", "")]
    if response.get("Content-Type", "").startswith("text/html"):
        page = Page(response)
        leads += [attrs.get("formaction") or attrs.get("action") or "" for _, attrs in page.tags]
        leads += [link or "" for link in page.links if "evil" in (link or "")]
    nested = [value for lead in leads for value in parse_qs(urlsplit(lead).query).get("next", [])]
    return next((lead for lead in [*leads, *nested] if not stays(lead)), "")


# R1
def test_no_target_is_taken_for_a_path_of_ours(rf: RequestFactory) -> None:
    for target in TARGETS:
        path = own_path(rf.get("/"), target, "/")
        assert stays(path), target
        assert path.startswith("/"), target
    assert own_path(rf.get("/"), "http://testserver/roadmaps/?tag=a#b", "/") == "/roadmaps/?tag=a#b"
    # allauth leads to what was asked for, scheme and all: over TLS never out of it.
    assert own_path(rf.get("/", secure=True), "http://testserver/roadmaps/", "") == ""


# R1
def test_nor_at_the_end_of_any_way_in_or_out(member: Record) -> None:
    """All of them at what reads them: our own views, and each of allauth's and the admin's that leads somewhere."""
    wrong = []
    for target in TARGETS:
        query = urlencode({"next": target})
        ways: list[tuple[Client, str, str, dict[str, str] | None]] = [
            (Client(), "POST", "/theme/", {"theme": "dark", "next": target}),
            (Client(), "GET", f"/accounts/login/?{query}", None),
            (member.client, "GET", f"/accounts/login/?{query}", None),
            (member.client, "GET", f"/accounts/signup/?{query}", None),
            (member.client, "POST", "/accounts/logout/", {"next": target}),
            (member.client, "GET", f"/admin/login/?{query}", None),
            (Client(enforce_csrf_checks=True), "POST", "/theme/", {"theme": "dark", "next": target}),
        ]
        wrong += [(target, way[1:], lead) for way in ways if (lead := astray(asked(*way)))]
    assert wrong == []


# R1
def test_no_page_keeps_one(member: Record) -> None:
    query, wrong = urlencode({"next": WORST[1]}), []
    for number, client in enumerate((Client(), member.client)):
        for plain, route in here().items():
            if ROWS[plain].get[number] == PAGE and (plain == "admin/" or not plain.startswith("admin/")):
                response = asked(client, "GET", f"{address_in(route, member)}?{query}")
                lead = astray(response)
                # allauth's forms keep it, and look at it where it is to lead somewhere.
                kept = b"evil.example" in response.content and not plain.startswith("accounts/")
                wrong += [(plain, lead)] if lead or kept else []
    assert wrong == []


# R1
def test_no_form_leads_to_one(member: Record) -> None:
    """Whether it is taken, or filled in as somebody else, which leads to signing in and back."""
    wrong = []
    for plain in FORMS:
        with transaction.atomic():
            sent = Sent(plain, member, browser(FORMS[plain].by, member))
            for target, learner in zip(WORST, (sent.data["learner"], sent.data["learner"], "1"), strict=True):
                if lead := astray(sent.send(lambda: None, next=target, learner=learner)):
                    wrong.append((plain, target, lead))
            transaction.set_rollback(True)
    assert wrong == []


# R2
@pytest.mark.parametrize("target", WORST)
def test_nor_does_a_real_way_in(member: Record, target: str) -> None:
    """Signing up with a code by mail; password, then a code; who it is, once more."""
    new = Client()
    led = [new.post("/accounts/signup/", ADA | {"next": target})]
    led.append(new.post(led[0]["Location"], {"code": mailed_code()}))
    client, secret = Client(), member.secrets["secret of the app"]
    led.append(sign_in(client, member.user.email, next=target))
    led.append(client.post(led[-1]["Location"], {"code": app_code(secret)}))
    led.append(client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": target}))
    assert [response.status_code for response in led] == [302] * 5
    assert [lead for response in led if (lead := astray(response))] == []
    assert "_auth_user_id" in new.session
    assert "_auth_user_id" in client.session
