"""Every request that learners make often, and what comes round, with the plan of each of its statements.

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
from progress import learners, letters, plans
from progress.models import Change, Learner, Mark, Plan, Review
from progress.portability import importing
from roadmap import outline
from scale.plans import Asked, explained

PASSWORD = "correct horse battery"
SKILLS = 12
Step = tuple[str, Callable[[], object]]


def browser() -> Client:
    return Client(SERVER_NAME="localhost")


def member(name: str) -> tuple[Client, User]:
    """Signs in through the form."""
    user = User.objects.create_user(f"{name}@example.org", PASSWORD, name=name, handle=name, is_public=True)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    client = browser()
    assert client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302
    return client, user


def requests(name: str) -> Iterator[Step]:
    """In an order in which each finds what it needs. Those whose names begin with a star are for all learners at once."""
    shown = outline.published()[0]
    page, slugs = f"/roadmaps/{shown.slug}/", [place.skill.slug for place in shown.places]
    skill = f"{page}skills/{slugs[0]}/"
    client, user = member(name)
    own = Learner.objects.get(user=user).pk
    guest, now = browser(), timezone.now()

    def post(who: Client, path: str, status: int = 302, **data: object) -> object:
        answer = who.post(path, {"learner": "" if who is guest else own, "next": page, **data})
        assert answer.status_code == status, (path, answer.status_code, answer.content[:2000])
        return answer

    def get(who: Client, path: str) -> object:
        answer = who.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer

    for slug in slugs[1:SKILLS]:
        post(client, f"/progress/{shown.slug}/skills/{slug}/", state="done")
    terms = {"week": "10", "start": now.date().isoformat()}
    days = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "2") | dict.fromkeys(
        ("saturday", "sunday"), "0"
    )

    yield "roadmap page, visitor", lambda: get(browser(), page)
    yield "roadmap page", lambda: get(client, page)
    yield "skill page", lambda: get(client, skill)
    yield "map", lambda: get(client, f"{page}map/")
    yield "book", lambda: get(client, f"{page}book/")
    yield "mark", lambda: post(client, f"/progress/{shown.slug}/skills/{slugs[0]}/", state="done")
    batch = Change.objects.filter(learner=own).latest("pk").batch
    yield "undo", lambda: post(client, f"/progress/undo/{batch}/")
    yield "mark all of it", lambda: post(client, f"/progress/{shown.slug}/all/", scope="roadmap", state="done")
    yield "guest's first mark", lambda: post(guest, f"/progress/{shown.slug}/skills/{slugs[0]}/", state="done")
    yield "dashboard", lambda: get(client, "/dashboard/")
    yield "history", lambda: get(client, "/history/")
    note = f"/progress/{shown.slug}/skills/{slugs[0]}/note/"
    yield "note", lambda: post(client, note, text="Read about it twice.", version="0")
    yield "notes", lambda: get(client, "/notes/")
    tick = next((p.skill.slug, p.skill.checkpoints[0].id) for p in shown.places if p.skill.checkpoints)
    yield "tick", lambda: post(client, f"/progress/{shown.slug}/skills/{tick[0]}/checkpoints/{tick[1]}/", ticked="1")
    Mark.objects.filter(learner=own).update(since=now - dt.timedelta(days=3))  # so that their questions are due
    yield "review", lambda: get(client, "/review/")
    asked = re.findall(r'name="question" value="(\d+)"', client.get("/review/").content.decode())[0]
    yield "answer", lambda: post(client, "/review/", question=asked, rating="3")
    answer = Review.objects.get(learner=own).uid
    yield "answer undone", lambda: post(client, f"/review/{answer}/undo/")
    yield "plan kept", lambda: post(client, "/plan/", **terms, **days)
    yield "plan", lambda: get(client, "/plan/")
    Plan.objects.filter(learner=own).update(token=f"token-{name}")
    yield "calendar", lambda: get(browser(), f"/calendar/token-{name}.ics")
    yield "profile", lambda: get(browser(), f"/u/{name}/")
    yield "badge", lambda: get(browser(), f"/u/{name}/badge.svg")
    yield "card", lambda: get(browser(), f"/u/{name}/card.png")
    yield "search", lambda: get(client, "/search/?q=read")
    yield "settings", lambda: get(client, "/settings/")
    yield "security log", lambda: get(client, "/settings/security/")
    yield "where one is signed in", lambda: get(client, "/accounts/sessions/")
    yield "suggestions", lambda: get(client, "/suggestions/")
    yield "sign-in with a wrong password", lambda: post(
        browser(), "/accounts/login/", 200, login=user.email, password="no"
    )
    yield "sign-in, a guest's record joins", lambda: post(
        guest, "/accounts/login/", login=user.email, password=PASSWORD
    )
    new = f"new-{name}@example.org"
    yield "sign-up", lambda: post(browser(), "/accounts/signup/", email=new, password1=PASSWORD)
    yield "password forgotten", lambda: post(browser(), "/accounts/password/reset/", email=user.email)
    yield "handle changed", lambda: client.post("/settings/profile/", {"handle": f"{name}-b", "is_public": "on"})
    yield "sign-out", lambda: post(client, "/accounts/logout/")
    yield "ready", lambda: get(browser(), "/readyz")

    yield "sessions that are over", lambda: call_command("clearsessions")
    yield "* where one was signed in", sessions.forget_ended
    yield "security log that is old", lambda: events.forget_old(now=now)
    yield "* imports that wait", lambda: importing.forget_pending(now=now)
    yield "accounts to be erased", lambda: erasure.erase_due(now=now)
    Learner.objects.create(seen_at=now - 2 * learners.GUEST_AGE)
    yield "guests not seen for long", lambda: learners.forget_guests(before=now - learners.GUEST_AGE)
    yield "* who wants a letter", lambda: list(letters.wanted().order_by("pk").values_list("pk", flat=True))
    learner = Learner.objects.filter(pk=own).first()
    yield "a plan's terms", lambda: plans.of(learner.pk, shown.id) if learner else None


def measured(name: str) -> dict[str, Asked]:
    found = {}
    for what, act in requests(name):
        with explained() as asked:
            act()
        found[what] = asked
    return found


def main(marks: int) -> None:
    tables = filling.fill(marks)
    found = measured(f"ada-{marks}")
    print(
        json.dumps(
            {
                "tables": tables,
                "requests": {
                    name: {
                        "statements": len(each.statements),
                        "touched": sum(touched for touched, _ in each.statements),
                        "worst": max(each.statements),
                        "ms": each.milliseconds,
                        "scanned": sorted(each.scanned),
                    }
                    for name, each in found.items()
                },
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
