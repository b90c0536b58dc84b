"""I6: who gets what at every address of the site. Whoever adds a page adds it to a row, and so decides."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.urls import get_resolver

from tests.access.people import KINDS
from tests.addresses import patterns, readable

pytestmark = pytest.mark.django_db

PAGE = "page"  # of a form that was sent: the form again, with what is wrong with it
AWAY = "away"  # a redirect that does not ask who it is: the form was taken, or there is nothing to do here
SIGN_IN = "sign in"
CONFIRM = "confirm"  # signed in, and asked once more who it is
REFUSED = "refused"
FORBIDDEN = "forbidden"
MISSING = "missing"
NO = "no such method"
STATUS = {200: PAGE, 400: REFUSED, 401: REFUSED, 403: FORBIDDEN, 404: MISSING, 405: NO, 409: REFUSED, 422: REFUSED}

Answers = tuple[str, str, str, str, str]
"""One for each of KINDS: visitor, member, other member, curator, operator."""


def everybody(answer: str) -> Answers:
    return (answer,) * 5


def visitors(answer: str, others: str) -> Answers:
    return (answer, others, others, others, others)


def members(answer: str) -> Answers:
    return visitors(SIGN_IN, answer)


def owner(answer: str, others: str, visitor: str = SIGN_IN) -> Answers:
    return (visitor, answer, others, others, others)


def staff(answer: str) -> Answers:
    return (SIGN_IN, SIGN_IN, SIGN_IN, answer, answer)


def operators(answer: str) -> Answers:
    return (SIGN_IN, SIGN_IN, SIGN_IN, FORBIDDEN, answer)


class Row(NamedTuple):
    what: str
    get: Answers
    post: Answers
    routes: str
    data: dict[str, str] = {}

    @property
    def each(self) -> list[str]:
        return self.routes.split() or [""]


SKILL = "progress/<slug:roadmap>/skills/<slug:skill>/"
CONTENT = (
    "roadmap/roadmap roadmap/phase roadmap/section roadmap/group roadmap/placement roadmap/faq roadmap/skill"
    " roadmap/resource roadmap/checkpoint roadmap/question"
)
LOGS = "roadmap/revision roadmap/succession"
RECORDS = "accounts/event progress/report progress/learner progress/mark progress/change progress/follow"
USER, OTHERS = "accounts/user", "auth/group"
LIST, ADD, CHANGE, DELETE, HISTORY, SHORT = (
    *("", "add/", "<path:object_id>/change/", "<path:object_id>/delete/", "<path:object_id>/history/"),
    "<path:object_id>/",
)
REPLACE = "<path:object_id>/replace/"


def admin(models: str, *pages: str) -> str:
    return " ".join(f"admin/{model}/{page}" for model in models.split() for page in pages)


TABLE = (
    # ---- the site ---------------------------------------------------------------------------------------------------
    Row(
        "for everybody to read",
        everybody(PAGE),
        everybody(NO),
        "roadmaps/ roadmaps/<slug:roadmap>/ roadmaps/<slug:roadmap>/map/ roadmaps/<slug:roadmap>/book/"
        " roadmaps/<slug:roadmap>/faq/ roadmaps/<slug:roadmap>/skills/<slug:skill>/ search/ privacy/"
        " u/<slug:handle>/ u/<slug:handle>/badge.svg u/<slug:handle>/card.png",
    ),
    Row("for machines", everybody(PAGE), everybody(NO), "healthz readyz robots.txt sitemap.xml"),
    Row("what browsers report of pages, with nothing", everybody(NO), everybody(REFUSED), "csp"),
    Row("metrics, which want a token", everybody(MISSING), everybody(NO), "metrics"),
    Row("a picture that is elsewhere", everybody(AWAY), everybody(NO), "favicon.ico"),
    Row("the way in, which leads members to their dashboard", visitors(PAGE, AWAY), everybody(NO), ""),
    Row("a preview, by a link that is none", everybody(AWAY), everybody(NO), "preview/<str:token>/"),
    Row("leaving a preview", everybody(NO), everybody(AWAY), "preview/leave/"),
    Row("colours", everybody(NO), everybody(AWAY), "theme/", {"theme": "dark"}),
    Row(
        "what a guest may do, too",
        everybody(NO),
        everybody(AWAY),
        f"{SKILL} {SKILL}checkpoints/<int:checkpoint>/ {SKILL}note/ {SKILL}credit/ progress/<slug:roadmap>/all/",
        {"action": "keep", "state": "done", "scope": "roadmap", "ticked": "1", "text": "Words", "version": "1"},
    ),
    Row("by the id of an act", everybody(NO), owner(AWAY, MISSING, visitor=MISSING), "progress/undo/<uuid:batch>/"),
    Row(
        "by the id of a piece of evidence",
        members(NO),
        owner(AWAY, MISSING),
        f"{SKILL}evidence/<uuid:uid>/",
        {"action": "public"},
    ),
    Row(
        "what wants an account",
        members(NO),
        members(AWAY),
        f"{SKILL}evidence/ roadmaps/<slug:roadmap>/current/ roadmaps/<slug:roadmap>/seen/",
        {"title": "A notebook", "url": "https://example.org/"},
    ),
    Row("reporting a resource that is none", everybody(NO), everybody(MISSING), "resources/<uuid:uid>/report/"),
    Row("a suggestion that is none", members(NO), members(MISSING), "suggestions/<uuid:uid>/withdraw/"),
    Row(
        "suggesting nothing",
        members(PAGE),
        members(REFUSED),
        "roadmaps/<slug:roadmap>/skills/<slug:skill>/suggest/",
    ),
    Row(
        "one's own pages",
        members(PAGE),
        members(NO),
        "suggestions/ dashboard/ history/ notes/ settings/data/ settings/profile/preview/ settings/security/",
    ),
    Row("one's own reviews and plan, sent with a mistake", members(PAGE), members(REFUSED), "review/ plan/"),
    Row(
        "what is set about them, sent with a mistake",
        members(NO),
        members(REFUSED),
        "review/settings/ plan/hours/ plan/pauses/ plan/calendar/",
    ),
    Row("an answer in a review that is none", members(NO), members(MISSING), "review/<uuid:uid>/undo/"),
    Row(
        "an end to somebody's letters, by a link that is none",
        everybody(MISSING),
        everybody(MISSING),
        "letters/stop/<str:token>/",
    ),
    Row("doing without a plan", members(NO), members(AWAY), "plan/remove/"),
    Row("a calendar, for whoever knows its address", everybody(PAGE), everybody(NO), "calendar/<slug:token>.ics"),
    Row(
        "one's own settings, sent with a mistake",
        members(PAGE),
        members(REFUSED),
        "settings/ settings/profile/",
        {"time_zone": "Nowhere", "handle": "-"},
    ),
    Row("an import, sent without a file", owner(PAGE, AWAY), members(REFUSED), "settings/data/import/"),
    Row("an import, neither wanted nor not", members(NO), members(REFUSED), "settings/data/import/confirm/"),
    Row("what asks once more who it is", members(CONFIRM), members(CONFIRM), "settings/data/export/ settings/delete/"),
    # ---- signing in -------------------------------------------------------------------------------------------------
    Row(
        "ways in",
        visitors(PAGE, AWAY),
        visitors(PAGE, AWAY),
        "accounts/login/ accounts/signup/ accounts/signup/passkey/",
    ),
    Row(
        "half-way in",
        visitors(SIGN_IN, AWAY),
        visitors(SIGN_IN, AWAY),
        "accounts/confirm-email/ accounts/login/code/confirm/ accounts/2fa/authenticate/ accounts/2fa/webauthn/login/",
    ),
    Row("half-way in with a passkey", everybody(AWAY), everybody(AWAY), "accounts/2fa/webauthn/signup/"),
    Row("half-way in from elsewhere", everybody(SIGN_IN), everybody(SIGN_IN), "accounts/3rdparty/signup/"),
    Row(
        "a forgotten password",
        everybody(PAGE),
        everybody(PAGE),
        "accounts/password/reset/ accounts/password/reset/key/<uidb36>-<key>/",
    ),
    Row(
        "what is said on the way",
        everybody(PAGE),
        everybody(NO),
        "accounts/inactive/ accounts/password/reset/done/ accounts/password/reset/key/done/"
        " accounts/3rdparty/login/cancelled/",
    ),
    Row("an account elsewhere does not work", members(REFUSED), members(NO), "accounts/3rdparty/login/error/"),
    Row(
        "addresses that were",
        members(AWAY),
        members(AWAY),
        "accounts/social/login/cancelled/ accounts/social/login/error/ accounts/social/signup/"
        " accounts/social/connections/",
    ),
    Row(
        "a link of an operator's to confirm an address, altered",
        everybody(PAGE),
        everybody(MISSING),
        "accounts/confirm-email/<key>/ accounts/confirm-email/<str:key>/",
    ),
    Row("the way out", visitors(AWAY, PAGE), everybody(AWAY), "accounts/logout/"),
    Row(
        "one's own account",
        members(PAGE),
        members(PAGE),
        "accounts/reauthenticate/ accounts/password/change/ accounts/3rdparty/",
    ),
    Row("one's own address, with nothing asked for", members(PAGE), members(AWAY), "accounts/email/"),
    Row("where one is signed in, and ending that elsewhere", members(PAGE), members(CONFIRM), "accounts/sessions/"),
    Row("one's own factors", members(PAGE), members(NO), "accounts/2fa/ accounts/2fa/webauthn/"),
    Row(
        "factors and passwords, which ask once more who it is",
        members(CONFIRM),
        members(CONFIRM),
        "accounts/password/set/ accounts/2fa/recovery-codes/generate/"
        " accounts/2fa/webauthn/keys/<int:pk>/edit/ accounts/2fa/webauthn/keys/<int:pk>/remove/",
    ),
    Row(
        "another factor; none while a new address waits to be confirmed",
        owner(AWAY, CONFIRM),
        owner(AWAY, CONFIRM),
        "accounts/2fa/totp/activate/ accounts/2fa/webauthn/add/",
    ),
    Row(
        "a factor that one has",
        owner(CONFIRM, MISSING),
        owner(CONFIRM, MISSING),
        "accounts/2fa/totp/deactivate/ accounts/2fa/recovery-codes/download/",
    ),
    Row("recovery codes", owner(CONFIRM, MISSING), members(NO), "accounts/2fa/recovery-codes/"),
    Row("saying who it is with a code", owner(PAGE, CONFIRM), owner(PAGE, CONFIRM), "accounts/2fa/reauthenticate/"),
    Row(
        "saying who it is with a passkey",
        owner(PAGE, CONFIRM),
        owner(SIGN_IN, CONFIRM),
        "accounts/2fa/webauthn/reauthenticate/",
    ),
    # ---- the admin: visitors and members are led to signing in -------------------------------------------------------
    Row("curators' pages", staff(PAGE), staff(PAGE), f"admin/ {admin(CONTENT, LIST, ADD, CHANGE)}"),
    Row(
        "deleting, which explains itself first",
        staff(PAGE),
        staff(PAGE),
        admin(CONTENT.replace(" roadmap/placement", ""), DELETE),
    ),
    Row("deleting a placement", staff(FORBIDDEN), staff(FORBIDDEN), admin("roadmap/placement", DELETE)),
    Row(
        "dragging, with nothing",
        staff(NO),
        staff(REFUSED),
        admin("roadmap/phase roadmap/section roadmap/group roadmap/faq", "adminsortable2_update/"),
    ),
    Row(
        "how a roadmap is used, and its outline",
        staff(PAGE),
        staff(NO),
        "admin/curation/usage/<slug:slug>/ admin/curation/outline/<slug:slug>/",
    ),
    Row(
        "moving and editing there, with nothing",
        staff(NO),
        staff(REFUSED),
        "admin/curation/outline/<slug:slug>/move/ admin/curation/outline/<slug:slug>/edit/",
    ),
    Row("replacing a resource, with nothing", staff(PAGE), staff(REFUSED), admin("roadmap/resource", REPLACE)),
    Row("the library, with no file", staff(PAGE), staff(REFUSED), "admin/roadmap/roadmap/library/"),
    Row("the library's files", staff(PAGE), staff(NO), "admin/roadmap/roadmap/library/files/"),
    Row("what learners suggest", staff(PAGE), staff(PAGE), admin("progress/suggestion", LIST, HISTORY)),
    Row("deciding on it, without a word", staff(PAGE), staff(REFUSED), admin("progress/suggestion", CHANGE)),
    Row(
        "it is neither made nor deleted there",
        staff(FORBIDDEN),
        staff(FORBIDDEN),
        admin("progress/suggestion", ADD, DELETE),
    ),
    Row("what was written, and successions", staff(PAGE), staff(PAGE), admin(LOGS, LIST, HISTORY)),
    Row("what a succession did", staff(PAGE), staff(FORBIDDEN), admin(LOGS, CHANGE)),
    Row("a new succession", staff(PAGE), staff(PAGE), admin("roadmap/succession", ADD)),
    Row(
        "what is written by writing alone",
        staff(FORBIDDEN),
        staff(FORBIDDEN),
        f"{admin(LOGS, DELETE)} {admin('roadmap/revision', ADD)}",
    ),
    Row("an app's pages", staff(PAGE), staff(PAGE), "admin/<app_label>/"),
    Row("a field that completes itself, for no field", staff(FORBIDDEN), staff(NO), "admin/autocomplete/"),
    Row("texts of scripts", staff(PAGE), staff(NO), "admin/jsi18n/"),
    Row(
        "operators' pages",
        operators(PAGE),
        operators(PAGE),
        f"{admin(f'{USER} {RECORDS}', LIST, HISTORY)} {admin(OTHERS, LIST, ADD, CHANGE, DELETE, HISTORY)}",
    ),
    Row("a person's rights", operators(PAGE), operators(AWAY), admin(USER, CHANGE)),
    Row("records, to be looked at only", operators(PAGE), operators(FORBIDDEN), admin(RECORDS, CHANGE)),
    Row(
        "people and their records are neither made nor deleted",
        operators(FORBIDDEN),
        operators(FORBIDDEN),
        admin(f"{USER} {RECORDS}", ADD, DELETE),
    ),
    Row(
        "a row's short address, which leads to its page",
        staff(AWAY),
        staff(AWAY),
        admin(f"{CONTENT} {LOGS} {USER} {RECORDS} {OTHERS} progress/suggestion", SHORT),
    ),
    Row("a row's history, which leads to its lines", staff(AWAY), staff(AWAY), admin(CONTENT, HISTORY)),
    Row(
        "any other address",
        staff(MISSING),
        staff(MISSING),
        "admin/<url> admin/r/<path:content_type_id>/<path:object_id>/",
    ),
    Row(
        "the way in, which is everybody's",
        (SIGN_IN, FORBIDDEN, FORBIDDEN, AWAY, AWAY),
        (SIGN_IN, FORBIDDEN, FORBIDDEN, AWAY, AWAY),
        "admin/login/",
    ),
    Row(
        "a password, which is changed where everybody's is",
        staff(AWAY),
        staff(AWAY),
        "admin/password_change/",
    ),
    Row("said after it", staff(PAGE), staff(NO), "admin/password_change/done/"),
    Row("the way out", (SIGN_IN, AWAY, AWAY, NO, NO), (SIGN_IN, AWAY, AWAY, PAGE, PAGE), "admin/logout/"),
)
ROWS = {route: row for row in TABLE for route in row.each}


def here() -> dict[str, str]:
    """Readable route -> route."""
    return {readable(route): route for route, _ in patterns(get_resolver())}


def kind_of(response: Any) -> str:
    if response.status_code not in (301, 302):
        return STATUS.get(response.status_code, str(response.status_code))
    path = response["Location"].partition("?")[0]
    if path in ("/accounts/login/", "/admin/login/"):
        return SIGN_IN
    return CONFIRM if path.endswith("/reauthenticate/") else AWAY


@pytest.mark.usefixtures("with_mail")
def test_every_address_is_in_one_row() -> None:
    assert sorted(route for row in TABLE for route in row.each) == sorted(here())


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", KINDS)
def test_who_gets_what(rounds: Callable[[str], Any], kind: str, method: str) -> None:
    answers, wrong = rounds(kind).answers[method], {}
    assert answers.keys() == here().keys()
    for plain, answer in answers.items():
        row = ROWS[plain]
        expected = (row.get if method == "GET" else row.post)[KINDS.index(kind)]
        if answer != expected:
            wrong[plain] = f"{answer}, not {expected} ({row.what})"
    assert wrong == {}
