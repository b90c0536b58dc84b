"""Each page, in light and in dark: axe finds nothing, nothing scrolls sideways, the policy is never violated."""

from typing import Literal

from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Error, Page

from accounts.models import User
from tests.accounts.acts import add_passkey, confirm_identity, set_up_app
from tests.e2e.people import sign_in

ROADMAP = "/roadmaps/ai-engineer-2026/"
PUBLIC = [
    "/",
    "/roadmaps/",
    "/roadmaps/?tag=nothing",
    ROADMAP,
    f"{ROADMAP}?state=done",
    f"{ROADMAP}?state=left&free=1",
    f"{ROADMAP}skills/rag/",
    f"{ROADMAP}skills/full-stack-rag-app/",
    f"{ROADMAP}skills/autogen/?free=1",
    f"{ROADMAP}faq/",
    f"{ROADMAP}map/?free=1",
    f"{ROADMAP}book/?free=1",
    "/search/",
    "/search/?q=pytroch",
    f"/search/?q={'x' * 300}",
    "/privacy/",
    "/nowhere/",
    f"{ROADMAP}?state=nothing",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-set-password/",
    "/accounts/password/reset/key/done/",
    "/accounts/inactive/",
    "/accounts/confirm-email/abc/",
    "/accounts/3rdparty/login/cancelled/",
]
PRIVATE = [
    "/dashboard/",
    "/history/",
    "/notes/",
    "/review/",
    "/plan/",
    "/settings/",
    "/settings/security/",
    "/settings/delete/",
    "/settings/data/",
    "/suggestions/",
    ROADMAP,
    f"{ROADMAP}skills/docker/",
    f"{ROADMAP}skills/docker/suggest/",
    f"{ROADMAP}map/",
    f"{ROADMAP}book/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
    "/accounts/sessions/",
    "/accounts/3rdparty/",
    "/accounts/2fa/",
    "/accounts/2fa/webauthn/",
]
# With a passkey at hand; the last one is between password and session.
FACTORS = [
    "/accounts/2fa/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/2fa/webauthn/keys/{key}/edit/",
    "/accounts/2fa/webauthn/keys/{key}/remove/",
    "/accounts/2fa/webauthn/reauthenticate/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/2fa/reauthenticate/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/authenticate/",
]
STAFF = [
    "/admin/",
    "/admin/roadmap/skill/",
    "/admin/roadmap/roadmap/",
    "/admin/curation/usage/ai-engineer-2026/",
    "/admin/roadmap/roadmap/library/",
    "/admin/curation/outline/ai-engineer-2026/",
    "/admin/roadmap/resource/",
    "/admin/progress/suggestion/",
]
# Of ours alone; Django's have their own say on accessibility.
CURATION = [path for path in STAFF if "curation" in path or path == "/admin/"]
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
COLOURS_CHANGED = """new Promise((done) => requestAnimationFrame(async () => {
  const transitions = document.getAnimations().filter((each) => each instanceof CSSTransition);
  await Promise.allSettled(transitions.map((each) => each.finished));
  done();
}))"""
WIDTHS = (320, 390, 1280, 1600)
LOOKS: dict[Literal["light", "dark"], int] = {"light": 1280, "dark": 320}
"""In which scheme axe looks at which width: with all of its rules at both, and at all colours."""
AXE = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}


def look(page: Page, site: str, path: str) -> list[str]:
    """What is wrong with this page, in words."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    def break_(error: Error) -> None:
        said.append(str(error))

    page.on("console", hear)
    page.on("pageerror", break_)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(site + path)
    page.remove_listener("console", hear)
    page.remove_listener("pageerror", break_)
    return [f"{path} says {text}" for text in said if "status of 4" not in text] + examine(page, path)


def examine(page: Page, path: str) -> list[str]:
    """The same of the page as it is now, such as after a form was refused."""
    wrong: list[str] = []
    page.evaluate(Axe().axe_script)
    for scheme, width in LOOKS.items():
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.evaluate(TWO_FRAMES)  # what is out of sight is laid out a frame later
        page.evaluate(COLOURS_CHANGED)
        for violation in page.evaluate("(options) => axe.run(options).then((said) => said.violations)", AXE):
            targets = [node["target"] for node in violation["nodes"]][:3]
            wrong.append(f"{path} in {scheme} {violation['id']}: {violation['help']} {targets}")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(TWO_FRAMES)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            wrong.append(f"{path} is {wide} px wide at {width}")
    return wrong


def walk(browser: Browser, site: str, paths: list[str], user: User | None = None) -> list[str]:
    wrong: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    if user:
        page.goto(site + "/accounts/login/")
        sign_in(page, user.email, "correct horse battery")
        page.wait_for_url("**/dashboard/")
    for path in paths:
        wrong += look(page, site, path)
    context.close()
    return wrong


def test_public_pages(browser: Browser, site: str) -> None:
    assert walk(browser, site, PUBLIC) == []


def test_private_pages(browser: Browser, site: str, user: User) -> None:
    assert walk(browser, site, PRIVATE, user) == []


def test_pages_about_second_factors(browser: Browser, site: str, user: User) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site + "/accounts/login/")
    sign_in(page, user.email, "correct horse battery")
    page.wait_for_url("**/dashboard/")
    member = Client()
    member.cookies["session"] = next(str(each["value"]) for each in context.cookies() if each["name"] == "session")

    def go_on() -> None:  # confirming who it is renewed the session
        context.add_cookies([{"name": "session", "value": member.cookies["session"].value, "url": site}])

    confirm_identity(member)
    go_on()
    wrong = look(context.new_page(), site, "/accounts/2fa/totp/activate/")
    set_up_app(member)
    add_passkey(member)
    go_on()
    key = Authenticator.objects.get(type="webauthn").pk
    for path in FACTORS:
        page = context.new_page()
        if path == "/accounts/2fa/authenticate/":
            context.clear_cookies()
            page.goto(site + "/accounts/login/")
            sign_in(page, user.email, "correct horse battery")
            page.wait_for_url("**/authenticate/")
        wrong += look(page, site, path.format(key=key))
        assert page.url == site + path.format(key=key)
        page.close()
    context.close()
    assert wrong == []


def test_the_curators_pages(browser: Browser, site: str, user: User) -> None:
    User.objects.update(is_staff=True)
    user.groups.add(Group.objects.get(name="Curators"))
    assert walk(browser, site, CURATION, user) == []


def test_the_admin_breaks_no_policy(browser: Browser, site: str, user: User) -> None:
    User.objects.update(is_staff=True)
    user.groups.add(Group.objects.get(name="Curators"))
    said: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(site + "/accounts/login/?next=/admin/")
    sign_in(page, user.email, "correct horse battery")
    page.wait_for_url("**/admin/")
    for path in STAFF:
        page.goto(site + path)
    page.goto(site + "/admin/roadmap/skill/")
    page.get_by_role("link", name="Docker", exact=True).click()
    page.wait_for_load_state("networkidle")
    assert said == []
    context.close()
