"""Nobody sees or changes what is another's. I1, I2, I4, I7 and I10 of docs/trust.md; who opens what: test_matrix."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.http import int_to_base36

from accounts.models import User
from progress.models import Mark
from roadmap.models import Checkpoint, Roadmap, Skill
from tests.access.people import address_in, asked, asked_in_vain, browser, learner_of
from tests.access.record import HANDLE, HIDDEN, LEARNER, SHOWN, USER, Record, everything
from tests.access.rounds import Round, said
from tests.addresses import routes

pytestmark = pytest.mark.django_db


def leaks(found: dict[str, set[str]], meant: dict[str, set[str]]) -> dict[str, set[str]]:
    """What was found that was not meant to be. meant: how an address begins -> what may stand there."""
    wrong = {
        path: what - set().union(*(may_stand for begin, may_stand in meant.items() if path.startswith(begin)))
        for path, what in found.items()
    }
    return {path: what for path, what in wrong.items() if what}


PROFILE = {f"/u/{HANDLE}/": set(SHOWN)}


def test_the_owner_finds_all_of_it(rounds: Callable[[str], Round]) -> None:
    """Else the next test would prove little."""
    seen = set().union(*rounds("member").found.values())
    assert (HIDDEN | SHOWN).keys() - seen == set()


@pytest.mark.parametrize("kind", ["visitor", "other", "curator"])
def test_nobody_else_finds_any_of_it(rounds: Callable[[str], Round], kind: str) -> None:
    assert leaks(rounds(kind).found, PROFILE) == {}


def test_operators_find_who_there_is_and_nothing_that_was_written(rounds: Callable[[str], Round]) -> None:
    person = {"e-mail", "new e-mail", "id of the user", "name", "handle"}
    record = {"id of the learner", "uid of the learner", "act", "date of a mark", "the same, for machines"}
    log = person | {"browser in the security log"}
    people = {"/admin/accounts/user/": person, "/admin/accounts/event/": log, "/admin/progress/": record}
    assert leaks(rounds("operator").found, PROFILE | people) == {}


@pytest.mark.parametrize("kind", ["visitor", "other", "curator"])
def test_nobody_else_changes_any_of_it(member: Record, kind: str) -> None:
    client, before, changed = browser(kind, member), everything(member), []
    data = {"learner": learner_of(client), "state": "todo", "scope": "roadmap", "ticked": "0", "text": "Mine"}
    data |= {"action": "remove", "post": "yes", "email": HIDDEN["e-mail"], "name": "Mine", "handle": HANDLE}
    for route in routes():
        path = address_in(route, member)
        _, unchanged = asked_in_vain(client, "POST", path, data, lambda: everything(member), before)
        if not unchanged:
            changed.append(route)
    assert changed == []


# I4
@pytest.mark.parametrize("query", ["", "?roadmap=trail"])
def test_a_public_profile_says_what_it_is_for(member: Record, query: str) -> None:
    page = said(asked(Client(), "GET", f"/u/{HANDLE}/{query}"), "")
    assert {what for what, word in SHOWN.items() if word not in page} == set()
    for path in ("", "badge.svg", "badge.svg?style=trail", "card.png"):
        text = said(asked(Client(), "GET", f"/u/{HANDLE}/{path}"), "")
        assert {what for what, word in (HIDDEN | member.secrets).items() if word in text} == set(), path


# I1, I2
@pytest.mark.parametrize(
    ("path", "own", "data"),
    [
        ("/progress/trail/skills/skill-1/evidence/{}/", "uid", {"action": "public"}),
        ("/progress/trail/skills/skill-1/evidence/{}/", "uid", {"action": "private"}),
        ("/progress/trail/skills/skill-1/evidence/{}/", "uid", {"action": "remove"}),
        ("/progress/undo/{}/", "batch", {}),
        ("/accounts/2fa/webauthn/keys/{}/edit/", "pk", {"name": "Mine"}),
        ("/accounts/2fa/webauthn/keys/{}/remove/", "pk", {}),
    ],
)
@pytest.mark.parametrize("target", ["", "main"])
def test_by_its_id_it_is_as_missing_as_none(
    member: Record, path: str, own: str, data: dict[str, str], target: str
) -> None:
    client, before = browser("other", member), everything(member)
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}

    def ask(number: object, method: str) -> str:
        url = path.format(number)
        sent = {"learner": learner_of(client), **data}
        response = client.get(url, headers=headers) if method == "GET" else client.post(url, sent, headers=headers)
        assert response.status_code == (405 if method == "GET" and "progress" in path else 404)
        return said(response, url)

    missing = uuid.uuid4() if own != "pk" else 999_999
    for method in ("GET", "POST"):
        assert ask(member.ids[own], method) == ask(missing, method)
    assert everything(member) == before


@pytest.mark.parametrize(
    ("path", "theirs", "nobodys"),
    [
        ("/accounts/email/", {"action_remove": "", "email": HIDDEN["e-mail"]}, {"email": "nobody@example.org"}),
        ("/accounts/email/", {"action_remove": "", "email": HIDDEN["new e-mail"]}, {"email": "nobody@example.org"}),
        ("/accounts/email/", {"action_primary": "", "email": HIDDEN["new e-mail"]}, {"email": "nobody@example.org"}),
        ("/accounts/email/", {"action_send": "", "email": HIDDEN["new e-mail"]}, {"email": "nobody@example.org"}),
        ("/accounts/email/", {"action_add": "", "email": HIDDEN["e-mail"]}, {"email": "nobody@example.org"}),
        ("/accounts/3rdparty/", {"account": "{socialaccount}"}, {"account": "999999"}),
        ("/accounts/sessions/", {"session": "{session}", "id": "{session}"}, {"session": "x" * 32, "id": "x" * 32}),
        ("/settings/data/import/confirm/", {"action": "import", "digest": "{digest}"}, {"digest": "f" * 64}),
        ("/settings/data/import/confirm/", {"action": "discard", "digest": "{digest}"}, {"digest": "f" * 64}),
        ("/settings/delete/", {"confirmation": HIDDEN["e-mail"]}, {"confirmation": "nobody@example.org"}),
    ],
)
def test_in_a_form_it_is_as_missing_as_none(
    member: Record, path: str, theirs: dict[str, str], nobodys: dict[str, str]
) -> None:
    client, before = browser("other", member), everything(member)
    known = {
        "socialaccount": member.user.socialaccount_set.get().pk,
        "session": member.secrets["session"],
        "digest": member.secrets["digest of the import"],
    }
    theirs = {name: value.format(**known) for name, value in theirs.items()}
    answers = []
    for data in (theirs, theirs | nobodys):
        response = asked(client, "POST", path, {"learner": learner_of(client), **data})
        text = said(response, path)
        for value in sorted(data.values(), key=len, reverse=True):
            text = text.replace(value, "") if len(value) > 3 else text
        answers.append(text)
    assert answers[0] == answers[1]
    client.post(path, {"learner": learner_of(client), **theirs})
    assert everything(member) == before


@pytest.mark.parametrize("kind", ["visitor", "other"])
@pytest.mark.parametrize("claim", ["{learner}", "{user}", "{uid}"])
def test_no_form_is_filled_in_as_somebody_else(member: Record, kind: str, claim: str) -> None:
    client, before = browser(kind, member), everything(member)
    marks = Mark.objects.count()
    claim = claim.format(learner=LEARNER, user=USER, uid=member.learner.uid)
    for route in routes():
        if route.startswith(("progress/", "review/", "plan/", "settings/data/import/")):
            data = {"state": "todo", "scope": "roadmap", "ticked": "0", "action": "remove", "text": "Mine"}
            response = client.post(address_in(route, member), {"learner": claim, **data})
            assert response["Location"].startswith("/accounts/login/"), route
    assert everything(member) == before
    assert Mark.objects.count() == marks


# I7
LOOKUPS = {
    Skill: (
        ("marks__learner__user__email__startswith", HIDDEN["e-mail"][:4]),
        ("changes__learner__user", str(USER)),
        ("notes__text__contains", "Quokka"),
        ("evidence__url__contains", "okapi"),
        ("placements__roadmap__follows__learner__user__name", SHOWN["name"]),
    ),
    Checkpoint: (("ticks__learner__user__email", HIDDEN["e-mail"]), ("skill__marks__learner", str(LEARNER))),
    Roadmap: (("follows__learner__user__email__contains", "axolotl"), ("follows__learner", str(LEARNER))),
}


@pytest.mark.parametrize(
    ("model", "lookup", "value"), [(model, *each) for model, found in LOOKUPS.items() for each in found]
)
def test_curators_ask_no_list_about_people(member: Record, model: type[Any], lookup: str, value: str) -> None:
    client = browser("curator", member)
    url = reverse(f"admin:roadmap_{model._meta.model_name}_changelist")
    for each in (value, "nothing"):
        assert client.get(url, {lookup: each}).status_code == 400


def test_curators_take_nothing_out_but_their_own(member: Record) -> None:
    client = browser("curator", member)
    offered = set()
    for model in ("roadmap", "phase", "section", "group", "placement", "faq", "skill", "resource", "checkpoint"):
        page = client.get(reverse(f"admin:roadmap_{model}_changelist"))
        offered |= {name for name, _ in page.context["action_form"].fields["action"].choices if name}
    assert offered == {"delete_selected", "retire", "bring_back", "publish", "unpublish", "succeed", "settle_reports"}
    text = said(client.post("/settings/data/export/"), "")
    assert '"marks": []' in text
    assert {what for what, word in (HIDDEN | SHOWN).items() if word in text} == set()


# I10
def test_ids_that_can_be_counted_up_are_of_content_or_of_one_s_own_keys() -> None:
    counted = {
        (route, name)
        for route in routes()
        for name in re.findall(r"<int:(\w+)>", route)
        if not route.startswith("admin/")
    }
    assert counted == {
        ("progress/<slug:roadmap>/skills/<slug:skill>/checkpoints/<int:checkpoint>/", "checkpoint"),
        ("accounts/2fa/webauthn/keys/<int:pk>/remove/", "pk"),
        ("accounts/2fa/webauthn/keys/<int:pk>/edit/", "pk"),
    }


def test_a_made_up_link_to_reset_a_password_does_not_tell_whose_number_it_is(member: Record) -> None:
    def look(number: int) -> list[str]:
        path = f"/accounts/password/reset/key/{int_to_base36(number)}-c0ffee-{'a' * 32}/"
        return [said(asked(Client(), method, path), path) for method in ("GET", "POST")]

    assert look(USER) == look(USER + 1)


def test_no_page_for_machines_lists_people(member: Record) -> None:
    User.objects.update(is_findable=False)
    for path in ("/sitemap.xml", "/robots.txt"):
        text = said(asked(Client(), "GET", path), "")
        assert "/u/" not in text
        assert HANDLE not in text
