"""One learner with something of everything, in words that stand nowhere else: wherever one shows up, it has leaked."""

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.test import Client
from django.utils import timezone

from accounts.models import Event, HeldHandle, User
from progress.models import (
    Change,
    CheckpointTick,
    Evidence,
    Follow,
    Learner,
    Mark,
    Note,
    PendingImport,
    Plan,
    Recall,
    Report,
    Review,
    Suggestion,
)
from progress.portability import importing
from roadmap.models import Checkpoint, Roadmap, Skill
from tests.accounts.acts import PASSWORD, add_passkey, recovery_codes, set_up_app, sign_in

HANDLE = "narwhal"
# What it is -> how it reads: what the owner shows on a public profile, and what nobody else is to see anywhere.
SHOWN = {
    "name": "Pangolin Ocelot",
    "handle": HANDLE,
    "public evidence": "Tapir by the lighthouse",
    "its public link": "https://tapir.example/",
}
HIDDEN = {
    "e-mail": "axolotl@example.org",
    "new e-mail": "quetzal@example.org",
    "note": "Quokka by the lighthouse",
    "private evidence": "Okapi by the lighthouse",
    "its link": "https://okapi.example/",
    "date of a mark": "7 August 1999",
    "the same, for machines": "1999-08-07",
    "pending import": "Dugong Manatee",
    "browser in the security log": "Numbat on Kakapo",
    "network of a session": "203.0.113.77",
    "passkey": "Capybara",
}
USER, LEARNER = 770_077_001, 990_099_001
SEEN = ("last_", "seen_at")
THEN = dt.datetime(1999, 8, 7, 6, 5, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Record:
    user: User
    learner: Learner
    client: Client
    """Signed in, and has said just now who it is."""
    secrets: dict[str, str]
    """What stands on few pages or none, and ids by which others could ask."""

    @cached_property
    def ids(self) -> dict[str, Any]:
        """For addresses. Asked for once, as a test that walks all of them asks for hundreds."""
        return {
            "handle": HANDLE,
            "uid": Evidence.objects.get(learner=self.learner, is_public=False).uid,
            "batch": Change.objects.get(learner=self.learner).batch,
            "pk": Authenticator.objects.get(user=self.user, type="webauthn").pk,
            "checkpoint": Checkpoint.objects.get().pk,
            "token": Plan.objects.get(learner=self.learner).token,
        }


def fill(roadmap: Roadmap) -> Record:
    user = User(pk=USER, email=HIDDEN["e-mail"], name=SHOWN["name"], handle=HANDLE, is_public=True, shows_streak=True)
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    learner = Learner.objects.create(pk=LEARNER, user=user)
    client = Client()
    sign_in(client, user.email)
    secret = set_up_app(client)
    add_passkey(client)
    EmailAddress.objects.create(user=user, email=HIDDEN["new e-mail"])
    Authenticator.objects.filter(user=user, type="webauthn").update(data=_renamed(user))
    _write(learner, roadmap)
    Event.objects.create(user=user, kind=Event.Kind.SIGNED_IN, agent=HIDDEN["browser in the security log"])
    HeldHandle.objects.create(digest="d" * 64, until=timezone.now(), user=user)
    SocialAccount.objects.create(user=user, provider="github", uid="Wombat-77")
    UserSession.objects.filter(user=user).update(ip=HIDDEN["network of a session"], user_agent="Kakapo/9")
    secrets = {
        "password": user.password,
        "session": str(client.session.session_key),
        "secret of the app": secret,
        "account elsewhere": "Wombat-77",
        "id of the user": str(USER),
        "id of the learner": str(LEARNER),
        "uid of the learner": str(learner.uid),
        "uid of private evidence": str(Evidence.objects.get(is_public=False).uid),
        "uid of public evidence": str(Evidence.objects.get(is_public=True).uid),
        "act": str(Change.objects.get().batch),
        "uid of an answer": str(Review.objects.get().uid),
        "address of the calendar": str(Plan.objects.get().token),
        "digest of the import": PendingImport.objects.get().digest,
        **{f"recovery code {number}": code for number, code in enumerate(recovery_codes(user))},
    }
    return Record(user, learner, client, secrets)


def everything(record: Record) -> dict[str, list[dict[str, Any]]]:
    """All rows that are the member's, but for when somebody was last seen."""
    found = {}
    for model in apps.get_models():
        owners = {User: record.user, Learner: record.learner}
        mine = {f.name: owners[f.related_model] for f in model._meta.fields if f.related_model in owners}
        mine |= {"pk": owners[model].pk} if model in owners else {}
        if mine:
            rows = model._default_manager.filter(**mine).order_by("pk").values()
            found[model._meta.label] = [{k: v for k, v in row.items() if not k.startswith(SEEN)} for row in rows]
    return found


def _renamed(user: User) -> dict[str, Any]:
    data: dict[str, Any] = Authenticator.objects.get(user=user, type="webauthn").data
    return data | {"name": HIDDEN["passkey"]}


def _write(learner: Learner, roadmap: Roadmap) -> None:
    skill = Skill.objects.get(slug="skill-1")
    now = timezone.now()
    Mark.objects.create(learner=learner, skill=skill, state="done", since=THEN)
    Change.objects.create(
        learner=learner,
        batch=uuid.uuid4(),
        skill=skill,
        after="done",
        after_since=THEN,
        at=now,
        day=now.date(),
        cause="mark",
    )
    Follow.objects.create(learner=learner, roadmap=roadmap, since=THEN, used_at=THEN)
    CheckpointTick.objects.create(learner=learner, checkpoint=Checkpoint.objects.get(), at=THEN, day=THEN.date())
    Note.objects.create(learner=learner, skill=skill, text=f"{HIDDEN['note']} signal", updated_at=THEN)
    for title, url, is_public in (
        (SHOWN["public evidence"], SHOWN["its public link"], True),
        (HIDDEN["private evidence"], HIDDEN["its link"], False),
    ):
        Evidence.objects.create(learner=learner, skill=skill, title=title, url=url, is_public=is_public, added_at=now)
    Report.objects.create(learner=learner, resource=skill.resources.get(), kind="dead", at=now)
    Suggestion.objects.create(learner=learner, skill=skill, kind="correction", text="It is older.", at=now)
    question = skill.questions.get()
    Review.objects.create(learner=learner, question=question, rating=3, at=THEN, day=THEN.date())
    known = {"stability": 2.3, "difficulty": 2.1, "reviewed_on": THEN.date(), "forgotten": False}
    Recall.objects.create(learner=learner, question=question, due=THEN.date(), fades_on=THEN.date(), **known)
    plan = Plan(learner=learner, roadmap=roadmap, start=THEN.date(), made_on=THEN.date(), updated_at=THEN, monday=8)
    plan.renew_token()
    plan.save()
    file = {
        "format": "cairn",
        "version": 1,
        "exported_at": "2026-05-04T09:00:00Z",
        "account": {"name": HIDDEN["pending import"]},
    }
    importing.keep(learner=learner.pk, content=json.dumps(file).encode(), at=now)
