"""One round of all addresses by one kind of person, on which several tests look back: going round takes seconds.

Who is signed in has not said just now who it is, and says so where that is asked for, or might matter.
"""

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from urllib.parse import quote

from django.test import Client

from accounts.models import User
from tests.access.people import address_in, asked, browser, learner_of
from tests.access.record import HIDDEN, LEARNER, SHOWN, USER, Record
from tests.access.test_matrix import CONFIRM, ROWS, kind_of
from tests.addresses import readable, routes

# Everybody's, whoever asks: nothing in them is made for the one who does.
SHARED = {
    *("healthz", "readyz", "robots.txt", "sitemap.xml", "favicon.ico"),
    *("u/<slug:handle>/badge.svg", "u/<slug:handle>/card.png", "calendar/<slug:token>.ics"),
}
QUERIES = (
    "/search/?q=signal",
    "/notes/?q=lighthouse",
    f"/dashboard/?roadmap=trail&user={USER}&learner={LEARNER}",
    f"/history/?page=1&user={USER}&learner={LEARNER}",
    f"/roadmaps/trail/?state=done&learner={LEARNER}",
    f"/roadmaps/trail/skills/skill-1/?learner={LEARNER}",
    f"/roadmaps/trail/book/?learner={LEARNER}",
    "/admin/roadmap/skill/?q=lighthouse",
    "/admin/autocomplete/?app_label=roadmap&model_name=placement&field_name=skill&term=skill",
)


@dataclass
class Round:
    answers: dict[str, dict[str, str]] = field(default_factory=lambda: {"GET": {}, "POST": {}})
    """Method -> route -> what it comes to, in the words of test_matrix."""
    found: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Address -> which of the member's words stand in its answers, headers included."""
    kept: dict[str, set[str]] = field(default_factory=lambda: {"GET": set(), "POST": set()})
    """Method -> routes of pages that are not everybody's and that a cache may keep."""


def said(response: Any, path: str) -> str:
    """All of an answer but what changes by itself, and the address that was asked for."""
    content = response.content
    if response.get("Content-Type") == "application/zip":
        with zipfile.ZipFile(io.BytesIO(content)) as zipped:
            content = b"".join(zipped.read(name) for name in zipped.namelist())
    changing = ("Content-Length", "X-Request-ID")  # the first is the content's, which is compared itself
    headers = "\n".join(f"{name}: {value}" for name, value in response.items() if name not in changing)
    cookies = response.cookies.output()
    text = f"{response.status_code}\n{headers}\n{cookies}\n{content.decode(errors='replace')}"
    for each in (path, quote(path), quote(path, safe="")):
        text = text.replace(each, "")
    signed = r"(?<=\w):\w{6}:[\w-]{43}"  # a cookie's second and, with it, its signature
    return re.sub(rf'value="\w{{64}}"|csrf=\w+|expires=[^;]*|Expires: .*|{signed}', "", text)


def browsers(kind: str, record: Record) -> tuple[Client, Client]:
    """One that has not said just now who it is, and one that has."""
    confirmed = browser(kind, record)
    user = confirmed.session.get("_auth_user_id")
    if not user:
        return confirmed, confirmed
    client = Client()
    client.force_login(User.objects.get(pk=user))
    return client, confirmed


def sent(plain: str, method: str, learner: str) -> list[dict[str, str]]:
    """The first is what test_matrix says; where that is more than nothing, or nothing is a question, less or more."""
    if method == "GET":
        return [{}]
    if plain.startswith("admin/"):
        return [{}, *([{"learner": learner}] if plain.endswith("delete/") else [])]
    return [{"learner": learner, **ROWS[plain].data}, *([{"learner": learner}] if ROWS[plain].data else [])]


def answers(
    plain: str, path: str, method: str, each: list[dict[str, str]], both: tuple[Client, Client]
) -> Iterator[Any]:
    """The first is to what is first in each, by who has not said just now who it is."""
    asks, (client, confirmed) = False, both
    for data in each:
        response = asked(client, method, path, data)
        asks |= kind_of(response) == CONFIRM
        yield response
    if client != confirmed and (asks or plain.startswith(("accounts/", "settings/"))):
        for data in each:
            yield asked(confirmed, method, path, data)


def kept(plain: str, response: Any) -> bool:
    """Whether a cache may keep it that is not everybody's."""
    return plain not in SHARED and not {"private", "no-store"} <= set(response.get("Cache-Control", "").split(", "))


def walk(kind: str, record: Record) -> Round:
    gone, both = Round(), browsers(kind, record)
    learner = learner_of(both[1])
    words = {what: word.lower() for what, word in (HIDDEN | SHOWN | record.secrets).items()}

    def look(path: str, response: Any) -> None:
        text = said(response, path).lower()
        gone.found[path] |= {what for what, word in words.items() if word in text}

    for route, method in product(routes(), ("GET", "POST")):
        plain, path = readable(route), address_in(route, record)
        for response in answers(plain, path, method, sent(plain, method, learner), both):
            look(path, response)
            gone.answers[method].setdefault(plain, kind_of(response))
            if kept(plain, response):
                gone.kept[method].add(plain)
    for path in QUERIES:
        look(path, asked(both[1], "GET", path))
    return gone
