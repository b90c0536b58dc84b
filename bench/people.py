"""Makes the people who use a site that is to be measured, and says as JSON what they ask for."""

import json
import os
from collections.abc import Sequence

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
django.setup()

from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from bench import floors
from bench.load import Call
from progress.models import Follow, Learner, State
from roadmap import outline
from tests.queries import queries

MARKING = 64
"""Learners who mark in turn, so that not all wait for one row."""


def person(name: str) -> tuple[Client, User]:
    """A browser of somebody signed in."""
    user = User.objects.create_user(f"{name}@example.org", name=name.capitalize(), handle=name, is_public=True)
    client = browser()
    client.force_login(user)
    Learner.objects.get_or_create(user=user)
    return client, user


def browser() -> Client:
    return Client(SERVER_NAME="localhost", HTTP_ACCEPT_ENCODING="gzip, deflate, br")


def cookies(client: Client) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def call(client: Client | None, path: str, etag: str = "", **headers: str) -> Call:
    said = {"Accept-Encoding": "gzip, deflate, br"} | headers
    if client and client.cookies:
        said["Cookie"] = cookies(client)
    if etag:
        said["If-None-Match"] = etag
    return {"method": "GET", "path": path, "headers": said, "body": ""}


def marks_of(client: Client, learner: int, page: str, skills: Sequence[str]) -> list[Call]:
    """Marks one skill after the other, each time with another state, as htmx does."""
    calls = []
    for number, state in enumerate((*State.values[1:], State.values[0])):
        slug = skills[number // len(State.values) % len(skills)]
        headers = call(client, "")["headers"] | {
            "Content-Type": "application/x-www-form-urlencoded",
            "HX-Request": "true",
            "HX-Target": f"skill-{slug}",
            "X-CSRFToken": client.cookies[settings.CSRF_COOKIE_NAME].value,
        }
        path = f"/progress/{page.strip('/').split('/')[-1]}/skills/{slug}/"
        body = f"state={state}&learner={learner}&next={page}"
        calls.append(Call(method="POST", path=path, headers=headers, body=body))
    return calls


def asked(client: Client, calls: Sequence[Call]) -> dict[str, object]:
    """What a call asks the database and how many bytes its answer has, once everything is warm."""
    for each in calls[:3]:
        headers = {name: value for name, value in each["headers"].items() if name not in ("Cookie", "Content-Type")}
        kind = each["headers"].get("Content-Type", "application/octet-stream")
        with queries() as made:
            answer = client.generic(each["method"], each["path"], each["body"], kind, headers=headers)
    return {"calls": calls, "queries": len(made), "bytes": len(answer.content), "status": answer.status_code}


def cases() -> dict[str, object]:
    """The calls of each case, the queries and bytes of one, and the status of its answer."""
    shown = outline.published()[0]
    page = f"/roadmaps/{shown.slug}/"
    skills = [place.skill.slug for place in shown.places]
    skill = f"{page}skills/{skills[len(skills) // 2]}/"
    now = timezone.now()

    visitor = browser()
    etags = {path: visitor.get(path).headers.get("ETag", "") for path in (page, "/", skill)}
    guest = browser()
    guest.get(page)
    for each in skills[:10]:
        guest.post(f"/progress/{shown.slug}/skills/{each}/", {"state": "done", "next": page})
    learner, user = person("ada")
    learner.get(page)
    own = Learner.objects.get(user=user)
    for number, each in enumerate(skills[:30]):
        state = State.values[1 + number % 3]
        learner.post(f"/progress/{shown.slug}/skills/{each}/", {"state": state, "learner": own.pk, "next": page})
    learner.get("/dashboard/")  # and the messages are shown
    guest.get(page)

    marking: list[list[Call]] = []
    for number in range(MARKING):
        client, marker = person(f"marker-{number}")
        client.get(page)
        pk = Learner.objects.get(user=marker).pk
        Follow.objects.create(learner_id=pk, roadmap_id=shown.id, since=now, used_at=now)
        marking.append(marks_of(client, pk, page, skills[number % 20 :]))
    in_turn = [calls[step] for step in range(len(State.values)) for calls in marking]
    badge = "/u/ada/badge.svg"
    etags[badge] = browser().get(badge).headers["ETag"]

    return {
        "bare WSGI callable": {"calls": [call(None, floors.CALLABLE)], "queries": 0, "bytes": 12, "status": 200},
        "bare Django view": asked(browser(), [call(None, floors.VIEW)]),
        "roadmap page, visitor": asked(visitor, [call(visitor, page)]),
        "roadmap page, visitor's first": asked(browser(), [call(None, page)]),
        "roadmap page, visitor, 304": asked(visitor, [call(visitor, page, etags[page])]),
        "roadmap page, guest": asked(guest, [call(guest, page)]),
        "roadmap page, learner": asked(learner, [call(learner, page)]),
        "start page, visitor": asked(visitor, [call(visitor, "/")]),
        "start page, visitor, 304": asked(visitor, [call(visitor, "/", etags["/"])]),
        "FAQ, visitor": asked(visitor, [call(visitor, f"{page}faq/")]),
        "skill page, visitor": asked(visitor, [call(visitor, skill)]),
        "skill page, learner": asked(learner, [call(learner, skill)]),
        "dashboard": asked(learner, [call(learner, "/dashboard/")]),
        "mark by htmx": asked(learner, marks_of(learner, own.pk, page, skills)) | {"calls": in_turn},
        "search, visitor": asked(visitor, [call(visitor, "/search/?q=retrievl")]),
        "badge": asked(browser(), [call(None, badge)]),
        "badge, 304": asked(browser(), [call(None, badge, etags[badge])]),
    }


if __name__ == "__main__":
    print(json.dumps(cases()))
