"""What is left of a member's visit: in caches, and in the log. C9 of docs/trust.md, and the promise on /privacy/."""

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.access.people import address_in, asked, browser, learner_of
from tests.access.record import HIDDEN, SHOWN, Record
from tests.access.rounds import Round
from tests.access.test_matrix import ROWS, here
from tests.accounts.acts import PASSWORD
from web import logs

pytestmark = pytest.mark.django_db


def walk(client: Client, member: Record, method: str) -> Iterator[tuple[str, Any]]:
    learner = learner_of(client)
    for plain, route in here().items():
        data = {"learner": learner, **ROWS[plain].data} if method == "POST" and not plain.startswith("admin/") else {}
        yield plain, asked(client, method, address_in(route, member), data)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", ["member", "operator"])
def test_no_cache_keeps_a_page_that_is_made_for_somebody(
    rounds: Callable[[str], Round], kind: str, method: str
) -> None:
    nobodys = {"accounts/logout/"} if method == "POST" else set()  # by then
    assert rounds(kind).kept[method] - nobodys == set()
    assert len(rounds(kind).answers[method]) > 100


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_log_names_nobody(member: Record, method: str) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    handler.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    client = browser("member", member)
    client.raise_request_exception = False
    try:
        for _ in walk(client, member, method):
            pass
        User.objects.filter(pk=member.user.pk).update(is_public=False)
        for path in (f"/u/{member.user.handle}/", f"/nowhere/?mail={member.user.email}", f"/{member.user.email}/"):
            client.get(path, headers={"X-Forwarded-For": HIDDEN["network of a session"]})
        Client().post("/accounts/login/", {"login": member.user.email, "password": f"{PASSWORD}x"})
    finally:
        logging.getLogger().removeHandler(handler)
    said = stream.getvalue()
    assert len(said.splitlines()) > 20
    words = {**SHOWN, **HIDDEN, **member.secrets, "password typed": PASSWORD}
    assert {what for what, word in words.items() if word in said} == set()
