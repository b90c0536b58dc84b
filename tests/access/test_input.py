"""What no form of ours offers, and people send all the same. I8 and I9 of docs/trust.md."""

import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Event, User
from progress.models import Evidence, Learner, Mark, Note, Review
from roadmap.models import Skill
from tests.access.people import address_in, asked, asked_in_vain, browser, learner_of
from tests.access.record import HANDLE, HIDDEN, USER, Record, everything
from tests.access.test_matrix import MISSING, NO, TABLE
from tests.accounts.acts import PASSWORD, app_code, mailed_code, mailed_link, sign_in
from tests.addresses import readable, routes
from tests.factories import NOW

pytestmark = pytest.mark.django_db
SKILL = "progress/<slug:roadmap>/skills/<slug:skill>/"
NEW = {"password1": "twelve new stones", "password2": "twelve new stones"}
ADA = {"email": "ada@example.org", "password1": "a trail of ten stones"}
FILE = b'{"format": "cairn", "version": 1, "exported_at": "2026-05-04T09:00:00Z"}'


def half_way(client: Client, member: Record) -> None:
    sign_in(client, member.user.email)


def signed_up(client: Client, member: Record) -> None:
    client.post("/accounts/signup/", ADA)


def by_link(client: Client, member: Record) -> str:
    client.post("/accounts/password/reset/", {"email": member.user.email})
    return str(client.get(mailed_link())["Location"])


class Form(NamedTuple):
    data: dict[str, str] = {}
    """As it is taken; {what} stands for something that is known only then."""
    sets: str = ""
    """What else of an account it is there to change."""
    by: str = "member"
    after: Callable[[Client, Record], str | None] | None = None
    """What leads to the form, and perhaps where it then is."""
    tried_elsewhere: bool = False
    """Taken only with what a key makes: tests/accounts/test_passkeys.py."""


FORMS = {
    SKILL: Form({"state": "learning"}),
    f"{SKILL}checkpoints/<int:checkpoint>/": Form({"ticked": "0"}),
    f"{SKILL}note/": Form({"text": "Words", "version": "1"}),
    f"{SKILL}credit/": Form({"action": "keep"}),
    f"{SKILL}evidence/": Form({"title": "A notebook", "url": "https://example.org/new"}),
    f"{SKILL}evidence/<uuid:uid>/": Form({"action": "private"}),
    "progress/<slug:roadmap>/all/": Form({"scope": "roadmap", "state": "done"}),
    "progress/undo/<uuid:batch>/": Form(),
    "roadmaps/<slug:roadmap>/current/": Form(),
    "roadmaps/<slug:roadmap>/seen/": Form({"until": "2026-05-04T09:00:00+00:00"}),
    "preview/leave/": Form(),
    "roadmaps/<slug:roadmap>/skills/<slug:skill>/suggest/": Form({"kind": "correction", "text": "It is older."}),
    "settings/": Form(
        {"name": "Somebody", "time_zone": "Asia/Tokyo", "appearance": "dark", "shortcuts": "on", "weekly_letter": "on"}
    ),
    "settings/profile/": Form({"handle": "ibex"}, "is_public shows_streak is_findable"),
    "settings/delete/": Form({"confirmation": HIDDEN["e-mail"]}, "erase_at"),
    "settings/data/export/": Form(),
    "settings/data/import/": Form({"file": ""}),
    "settings/data/import/confirm/": Form({"action": "import", "digest": "{digest}"}),
    "review/": Form({"question": "{question}", "rating": "3"}),
    "review/settings/": Form({"reviews_a_day": "7", "retention": "0.95"}),
    "plan/": Form({"week": "5", "monday": "5", "start": "2026-12-01"}),
    "plan/hours/": Form({"quarters": "24"}),
    "plan/pauses/": Form({"first": "2026-12-24", "last": "2027-01-02"}),
    "plan/calendar/": Form({"events": "skill"}),
    "plan/remove/": Form(),
    "theme/": Form({"theme": "dark"}, "appearance"),
    "accounts/logout/": Form(),
    "accounts/reauthenticate/": Form({"password": PASSWORD}),
    "accounts/email/": Form({"action_add": "", "email": "ibex@example.org"}),
    "accounts/password/change/": Form({"oldpassword": PASSWORD, **NEW}, "password"),
    "accounts/sessions/": Form(),
    "accounts/3rdparty/": Form({"account": "{account}"}),
    "accounts/2fa/reauthenticate/": Form({"code": "{code}"}),
    "accounts/2fa/totp/activate/": Form({"code": "{new code}"}, by="other"),
    "accounts/2fa/totp/deactivate/": Form(),
    "accounts/2fa/recovery-codes/generate/": Form(),
    "accounts/2fa/webauthn/add/": Form({"name": "Key", "credential": "{{}}"}, by="other", tried_elsewhere=True),
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": Form({"name": "Blue key"}),
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": Form(),
    "accounts/2fa/webauthn/reauthenticate/": Form({"credential": "{{}}"}, tried_elsewhere=True),
    "accounts/login/": Form({"login": HIDDEN["e-mail"], "password": PASSWORD}, by="visitor"),
    "accounts/signup/": Form(ADA, by="visitor"),
    "accounts/signup/passkey/": Form({"email": ADA["email"]}, by="visitor"),
    "accounts/confirm-email/": Form({"code": "{mailed}"}, by="visitor", after=signed_up),
    "accounts/password/reset/": Form({"email": HIDDEN["e-mail"]}, by="visitor"),
    "accounts/password/reset/key/<uidb36>-<key>/": Form(NEW, "password", "visitor", by_link),
    "accounts/2fa/authenticate/": Form({"code": "{code}"}, by="visitor", after=half_way),
    "accounts/2fa/webauthn/login/": Form({"credential": "{{}}"}, by="visitor", tried_elsewhere=True),
}
# They answer to POST, too, and read nothing of it.
FIELDLESS = {
    *("accounts/2fa/recovery-codes/download/", "accounts/login/code/confirm/", "accounts/social/login/cancelled/"),
    *("accounts/social/login/error/", "accounts/social/signup/", "accounts/social/connections/"),
}
# Tried elsewhere: the ends of longer ways in tests/accounts/test_passkeys.py and test_providers.py, what browsers send
# by themselves in tests/config/test_reports.py.
LONGER = {"accounts/password/set/", "accounts/2fa/webauthn/signup/", "accounts/3rdparty/signup/", "csp"}


def test_no_form_is_forgotten() -> None:
    rows = [row for row in TABLE if set(row.post[1:]) - {NO, MISSING}]
    routes = {route for row in rows for route in row.each if not route.startswith("admin/")}
    assert FORMS.keys() | FIELDLESS | LONGER == routes


@pytest.fixture
def victim(member: Record) -> Record:
    """Somebody whose ids are sent along."""
    user = User.objects.create_user("victim@example.org", PASSWORD, pk=880_088_001)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    learner = Learner.objects.create(user=user)
    skill = Skill.objects.get(slug="skill-2")
    Mark.objects.create(learner=learner, skill=skill, state="done", since=NOW)
    Note.objects.create(learner=learner, skill=skill, text="Mine", updated_at=NOW)
    Evidence.objects.create(learner=learner, skill=skill, title="Mine", url="https://example.org/", added_at=NOW)
    return Record(user, learner, Client(), {})


class Sent:
    """A form as its sender has it before them."""

    def __init__(self, plain: str, member: Record, client: Client) -> None:
        self.form = FORMS[plain]
        self.client = client
        route = next(route for route in routes() if readable(route) == plain)
        self.path = (self.form.after and self.form.after(client, member)) or address_in(route, member)
        known = {
            "digest": member.secrets["digest of the import"],
            "question": Review.objects.get().question_id,
            "account": member.user.socialaccount_set.get().pk,
            "code": app_code(member.secrets["secret of the app"]),
        }
        if "{mailed}" in self.form.data.values():
            known["mailed"] = mailed_code()
        if "{new code}" in self.form.data.values():
            known["new code"] = app_code(str(client.get(self.path).context["form"].secret))
        self.data: dict[str, Any] = {name: value.format(**known) for name, value in self.form.data.items()}
        self.data["learner"] = learner_of(client)
        if "file" in self.data:
            self.data["file"] = SimpleUploadedFile("cairn.json", FILE)

    def filled_in(self, **more: Any) -> dict[str, Any]:
        data = {name: value for name, value in (self.data | more).items() if value is not None}
        if "file" in data and not isinstance(data["file"], str):
            data["file"].seek(0)
        return data

    def send(self, then: Callable[[], object], **more: Any) -> Any:
        return asked(self.client, "POST", self.path, self.filled_in(**more), then)

    def compared(self, before: dict[str, Any], **more: Any) -> tuple[Any, bool]:
        """The answer, and whether it left the database as it was before."""
        return asked_in_vain(self.client, "POST", self.path, self.filled_in(**more), database, before)


def mistakes(response: Any) -> list[str]:
    """The names of the fields that the answer complains of."""
    contexts, names = response.context or [], ("form", "note_form", "evidence_form", "pause_form")
    forms = [each[name] for each in contexts for name in names if name in each]
    return [name for form in forms for name in form.errors]


# ---- I8 -------------------------------------------------------------------------------------------------------------
MADE_UP = "00000000-0000-4000-8000-424242424242"
EXTRA = {
    **dict.fromkeys(("is_staff", "is_superuser", "is_public", "is_findable", "verified", "primary"), "on"),
    **dict.fromkeys(("is_active", "shows_streak", "password"), ""),
    **dict.fromkeys(("erase_at", "date_joined", "since", "at", "added_at", "seen_at"), "2001-01-01 00:00:00"),
    **dict.fromkeys(("id", "pk"), "424242424"),
    **dict.fromkeys(("user", "user_id", "owner"), "880088001"),
    **dict.fromkeys(("learner_id", "learner[]", "learner__user"), "{learner}"),
    **dict.fromkeys(("uid", "batch"), MADE_UP),
    **dict.fromkeys(("groups", "user_permissions", "__proto__[is_staff]", "constructor", "user__is_staff"), "1"),
    **dict.fromkeys(("handle", "appearance"), "stolen"),
    "name": "Stolen",
    "email": "stolen@example.org",
}


def accounts() -> dict[int, dict[str, Any]]:
    names = [field.name for field in User._meta.fields if field.name != "last_login"]
    return {row["id"]: row for row in User.objects.values(*names)}


def shown() -> set[str]:
    return set(Evidence.objects.filter(is_public=True).values_list("url", flat=True))


def confirmed() -> set[str]:
    return set(EmailAddress.objects.filter(verified=True).values_list("email", flat=True))


@pytest.mark.parametrize("plain", FORMS)
def test_what_a_form_does_not_ask_for_is_not_taken(member: Record, victim: Record, plain: str) -> None:
    User.objects.filter(pk=USER).update(is_public=False)
    sent = Sent(plain, member, browser(FORMS[plain].by, member))
    form, before, public, addresses = sent.form, accounts(), shown(), confirmed()
    asked_for = {*sent.data, *form.sets.split(), *(["is_public"] if plain == f"{SKILL}evidence/" else [])}
    theirs, seen = everything(victim), {}

    def look() -> None:
        now = accounts()
        new = [row for pk, row in now.items() if pk not in before]
        owned = [Record(each, each.learner, sent.client, {}) for each in User.objects.exclude(learner=None)]
        stored = str([everything(each) for each in owned])
        seen.update(
            columns={name for pk, row in before.items() for name in row if now[pk][name] != row[name]} - asked_for,
            rights=[row for row in new if row["is_staff"] or row["is_superuser"] or not row["is_active"]],
            groups=User.groups.through.objects.count() + User.user_permissions.through.objects.count(),
            accounts=[row["email"] for row in new if row["email"] != ADA["email"]],
            confirmed=confirmed() - addresses - ({ADA["email"]} if form.after is signed_up else set()),
            shown=shown() - public,
            words=[word for word in ("424242424", MADE_UP, "2001, 1, 1", "stolen", "Stolen") if word in stored],
            victim=everything(victim) == theirs,
        )

    extra = {name: value.format(learner=victim.learner.pk) for name, value in EXTRA.items() if name not in asked_for}
    response = sent.send(look, **extra)
    assert seen.pop("victim")
    assert {name: found for name, found in seen.items() if found} == {}
    if not form.tried_elsewhere:
        assert response.status_code in (200, 302)
        assert mistakes(response) == []


# ---- I9 -------------------------------------------------------------------------------------------------------------
HUGE = "99999999999999999999"
LONG = "x" * 30_000
CHOICE = ("__proto__", "constructor", "", "0x1", "DONE", "done,todo", "[]", "null", "done\0", HUGE, "-1", LONG)
NUMBER = ("__proto__", "-1", "1.5", "1e3", "NaN", "[]", "1\0", HUGE, "2147483647", "9223372036854775807")
ADDRESS = (
    "__proto__",
    "",
    "ada",
    "ada@",
    "@example.org",
    "ada@exam ple.org",
    "ada\0@example.org",
    f"{LONG}@example.org",
)
LINE = ("a\0b", LONG)
KEY = ("__proto__", "", "[]", "null", "1", '{"__proto__": 1}', "[" * 100_000, '{"a":' * 100_000, "1e400", "NaN", "\0")
WRONG: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("state", "scope", "ticked", "action", "theme", "time_zone", "account", "file"), CHOICE),
    **dict.fromkeys(("email", "login", "confirmation"), ADDRESS),
    **dict.fromkeys(("password", "oldpassword", "password1", "code", "title", "url"), ("", "__proto__", *LINE)),
    **dict.fromkeys(("text", "name"), LINE),
    "handle": ("__proto__", "a/b", "ab", *LINE),
    "version": NUMBER,
    "credential": KEY,
    "digest": ("__proto__", "", "[]", "f" * 64, *LINE),
    "password2": ("", "__proto__", *LINE),
}
# Fine in these fields.
TAKEN = {("title", "__proto__")}
# Wrong there is answered with a redirect to where it is said.
SAID_ELSEWHERE = {
    *("accounts/2fa/webauthn/login/", "accounts/2fa/webauthn/reauthenticate/", "settings/data/import/confirm/"),
}
UNCOUNTED = (Session, Event)


def database() -> dict[str, list[Any]]:
    """All that is stored but what each visit writes: sessions and the security log."""
    models = [
        model for model in apps.get_models() if model not in UNCOUNTED and model._meta.app_label != "usersessions"
    ]
    return {
        model._meta.label: [
            {name: value for name, value in row.items() if name not in ("last_login", "seen_at")}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in models
    }


@pytest.mark.parametrize("plain", FORMS)
def test_nonsense_is_refused_and_writes_nothing(member: Record, plain: str) -> None:
    sent = Sent(plain, member, browser(FORMS[plain].by, member))
    before, wrong = database(), {}
    for name in sent.form.data:
        for value in WRONG.get(name, ()):
            if (name, value) in TAKEN:
                continue
            response, unchanged = sent.compared(before, **{name: value})
            told = response.status_code in (400, 409, 413, 422, 429) or mistakes(response) or plain in SAID_ELSEWHERE
            if not (told and unchanged):
                wrong[name, value[:20]] = response.status_code, unchanged
    assert wrong == {}


@pytest.mark.parametrize("plain", FORMS)
def test_twice_is_refused_and_writes_nothing(member: Record, plain: str) -> None:
    sent = Sent(plain, member, browser(FORMS[plain].by, member))
    before, answers = database(), {}
    for name in {*sent.data, "next", "csrfmiddlewaretoken"} - {"scope", "file"}:
        response, unchanged = sent.compared(before, **{name: [sent.data.get(name, ""), "__proto__"]})
        answers[name] = response.status_code, unchanged
    assert set(answers.values()) == {(400, True)}


@pytest.mark.parametrize(
    "path",
    [
        f"/progress/trail/skills/skill-1/checkpoints/{HUGE}/",
        f"/progress/trail/skills/skill-1/evidence/{HUGE}/",
        f"/progress/undo/{HUGE}/",
        f"/progress/undo/{uuid.UUID(int=0)}/",
        "/progress/__proto__/all/",
        "/progress/trail/skills/__proto__/",
        "/progress/trail/skills/%00/",
        "/roadmaps/%00/current/",
        f"/accounts/2fa/webauthn/keys/{HUGE}/remove/",
        f"/accounts/2fa/webauthn/keys/{HUGE}/edit/",
        "/accounts/password/reset/key/zzzzzzzzzzzzzzzzzz-__proto__/",
        "/u/__proto__/",
        "/dashboard/?roadmap=%00",
        "/dashboard/?roadmap=__proto__",
        f"/dashboard/?another={HUGE}",
        f"/history/?page={HUGE}",
        "/history/?page=__proto__&roadmap=%00",
        f"/u/{HANDLE}/?roadmap=%00",
        f"/u/{HANDLE}/badge.svg?roadmap=%00",
        f"/u/{HANDLE}/badge.svg?style=%00",
        f"/u/{HANDLE}/card.png?roadmap=%00",
        "/roadmaps/?tag=%00",
        "/search/?q=%00",
        "/notes/?q=%00",
        "/roadmaps/trail/?state=__proto__&free=%00",
    ],
)
def test_nonsense_in_an_address_breaks_nothing(member: Record, path: str) -> None:
    before = database()
    data = {
        "learner": learner_of(member.client),
        "state": "done",
        "scope": "roadmap",
        "ticked": "1",
        "action": "public",
    }
    for method, sent in (("GET", None), ("POST", data)):
        response, unchanged = asked_in_vain(member.client, method, path, sent, database, before)
        assert response.status_code < 500
        assert unchanged
