"""Every request that people make often, and what comes round, with the plan of each of its statements.

python -m scale.hot MARKS: fills the database that DATABASE_URL names, and says as JSON what was asked.
"""

import datetime as dt
import json
import re
import sys
from collections.abc import Callable, Iterator

from scale import filling  # starts Django

# isort: split
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import erasure, events, sessions
from accounts.models import User
from progress import learners, letters
from progress.models import Change, Learner, Mark, Plan, Review
from progress.portability import importing
from roadmap import outline
from scale.plans import Asked, explained

PASSWORD = "correct horse battery"
DONE = 12
"""Skills that are done before anything is measured."""
WEEK = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "2") | {"saturday": "0", "sunday": "0"}
Step = tuple[str, Callable[[], object]]
"""In an order in which each finds what it needs."""


def browser() -> Client:
    return Client(SERVER_NAME="localhost")


def get(who: Client, path: str) -> str:
    answer = who.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode(errors="replace")


def post(who: Client, path: str, status: int = 302, **data: object) -> None:
    answer = who.post(path, data)
    assert answer.status_code == status, (path, answer.status_code, answer.content)


class Person:
    """Somebody with an account and a record, signed in through the form."""

    def __init__(self, name: str) -> None:
        self.name = name
        user = User.objects.create_user(f"{name}@example.org", PASSWORD, name=name, handle=name, is_public=True)
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        self.email = user.email
        self.client = browser()
        post(self.client, "/accounts/login/", login=user.email, password=PASSWORD)
        self.learner = Learner.objects.get(user=user).pk
        self.outline = outline.published()[0]
        self.slugs = [place.skill.slug for place in self.outline.places]
        for slug in self.slugs[1:DONE]:
            self.send(f"skills/{slug}/", state="done")

    def send(self, path: str, **data: object) -> None:
        """To an address of progress on the roadmap, or anywhere."""
        where = path if path.startswith("/") else f"/progress/{self.outline.slug}/{path}"
        post(self.client, where, learner=self.learner, next=f"/roadmaps/{self.outline.slug}/", **data)

    def learns(self) -> Iterator[Step]:
        page, slug = f"/roadmaps/{self.outline.slug}/", self.slugs[0]
        yield "roadmap page, visitor", lambda: get(browser(), page)
        yield "roadmap page", lambda: get(self.client, page)
        yield "skill page", lambda: get(self.client, f"{page}skills/{slug}/")
        yield "map", lambda: get(self.client, f"{page}map/")
        yield "book", lambda: get(self.client, f"{page}book/")
        yield "mark", lambda: self.send(f"skills/{slug}/", state="done")
        batch = Change.objects.filter(learner=self.learner).latest("pk").batch
        yield "undo", lambda: self.send(f"/progress/undo/{batch}/")
        yield "mark all of it", lambda: self.send("all/", scope="roadmap", state="done")
        yield "dashboard", lambda: get(self.client, "/dashboard/")
        yield "history", lambda: get(self.client, "/history/")
        yield "search", lambda: get(self.client, "/search/?q=read")
        yield "note", lambda: self.send(f"skills/{slug}/note/", text="Read about it twice.", version="0")
        yield "notes", lambda: get(self.client, "/notes/")
        ticked = next(place.skill for place in self.outline.places if place.skill.checkpoints)
        yield "tick", lambda: self.send(f"skills/{ticked.slug}/checkpoints/{ticked.checkpoints[0].id}/", ticked="1")
        yield "suggestions", lambda: get(self.client, "/suggestions/")

    def looks_ahead(self) -> Iterator[Step]:
        days_ago = timezone.now() - dt.timedelta(days=3)  # so that questions are due
        Mark.objects.filter(learner=self.learner).update(since=days_ago)
        yield "review", lambda: get(self.client, "/review/")
        asked = re.findall(r'name="question" value="(\d+)"', get(self.client, "/review/"))[0]
        yield "answer", lambda: self.send("/review/", question=asked, rating="3")
        answer = Review.objects.get(learner=self.learner).uid
        yield "answer undone", lambda: self.send(f"/review/{answer}/undo/")
        yield "plan kept", lambda: self.send("/plan/", week="10", start=timezone.localdate().isoformat(), **WEEK)
        yield "plan", lambda: get(self.client, "/plan/")
        Plan.objects.filter(learner=self.learner).update(token=f"token-{self.name}")
        yield "calendar", lambda: get(browser(), f"/calendar/token-{self.name}.ics")
        yield "profile", lambda: get(browser(), f"/u/{self.name}/")
        yield "badge", lambda: get(browser(), f"/u/{self.name}/badge.svg")
        yield "card", lambda: get(browser(), f"/u/{self.name}/card.png")

    def comes_and_goes(self) -> Iterator[Step]:
        login, guest, new = "/accounts/login/", browser(), f"new-{self.name}@example.org"
        first = f"/progress/{self.outline.slug}/skills/{self.slugs[0]}/"
        wrong, right = {"login": self.email, "password": "no"}, {"login": self.email, "password": PASSWORD}
        yield "settings", lambda: get(self.client, "/settings/")
        yield "security log", lambda: get(self.client, "/settings/security/")
        yield "where one is signed in", lambda: get(self.client, "/accounts/sessions/")
        yield "handle changed", lambda: self.send("/settings/profile/", handle=f"{self.name}-b", is_public="on")
        yield "sign-out", lambda: self.send("/accounts/logout/")
        yield "sign-in with a wrong password", lambda: post(browser(), login, 200, **wrong)
        yield "guest's first mark", lambda: post(guest, first, state="done", learner="")
        yield "sign-in, a guest's record joins", lambda: post(guest, login, **right)
        yield "sign-up", lambda: post(browser(), "/accounts/signup/", email=new, password1=PASSWORD)
        yield "password forgotten", lambda: post(browser(), "/accounts/password/reset/", email=self.email)
        yield "ready", lambda: get(browser(), "/readyz")


def comes_round() -> Iterator[Step]:
    """A star: for all learners at once, so that it grows with them."""
    now = timezone.now()
    Learner.objects.create(seen_at=now - 2 * learners.GUEST_AGE)
    yield "sessions that are over", lambda: call_command("clearsessions")
    yield "security log that is old", lambda: events.forget_old(now=now)
    yield "accounts to be erased", lambda: erasure.erase_due(now=now)
    yield "a guest not seen for long", lambda: learners.forget_guests(before=now - learners.GUEST_AGE)
    yield "* where one was signed in", sessions.forget_ended
    yield "* imports that wait", lambda: importing.forget_pending(now=now)
    yield "* who wants a letter", lambda: list(letters.wanted().order_by("pk").values_list("pk", flat=True))


def measured(name: str) -> Iterator[tuple[str, Asked]]:
    person = Person(name)
    for steps in (person.learns(), person.looks_ahead(), person.comes_and_goes(), comes_round()):
        for what, act in steps:
            with explained() as asked:
                act()
            yield what, asked


def main(marks: int) -> dict[str, object]:
    filling.fill(marks)
    requests = {
        name: {
            "statements": len(asked.statements),
            "touched": sum(touched for touched, _ in asked.statements),
            "worst": max(asked.statements)[1],
            "ms": asked.milliseconds,
            "scanned": sorted(asked.scanned),
        }
        for name, asked in measured(f"ada-{marks}")
    }
    return {"tables": filling.tables(), "requests": requests}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
