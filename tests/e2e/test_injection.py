"""X1 in a real browser, which reads pages as no parser of ours does. The policy is off: it would stop what came to
life, and hide that it had."""

import uuid
from typing import Any

from playwright.sync_api import Browser, Request

from accounts.models import User
from progress.models import Evidence, Learner, Note
from roadmap.models import Question, Roadmap, Skill
from tests.e2e.people import PASSWORD, sign_in
from tests.factories import NOW, make_trail
from tests.hostile import PAYLOADS, write

PAGES = [
    *("/u/noor/", "/roadmaps/trail/", "/roadmaps/trail/book/", "/roadmaps/trail/map/", "/roadmaps/trail/faq/"),
    *("/search/?q=alert", "/notes/?q=alert", "/review/", "/dashboard/", "/admin/roadmap/skill/"),
    "/roadmaps/trail/skills/skill-4/",
]
HOOK = "for (const name of ['alert', 'confirm', 'prompt', 'open']) window[name] = () => document.title = 'ALIVE';"
SCHEMES = """[...document.querySelectorAll("a, area, form")].map((each) =>
    new URL(each.getAttribute("href") || each.getAttribute("action") || "", location).protocol)"""


def test_nothing_that_people_write_comes_to_life(browser: Browser, transactional_db: None, live_server: Any) -> None:
    site, user = str(live_server.url), User.objects.create_superuser("noor@example.org", PASSWORD, handle="noor")
    make_trail(len(PAYLOADS))
    learner = Learner.objects.create(user=user)
    mine: dict[str, Any] = {"learner": learner, "updated_at": NOW}
    Question.objects.bulk_create(Question(skill=each, question="?", answer="!") for each in Skill.objects.all())
    Note.objects.bulk_create(Note(**mine, skill=each, text="!") for each in Skill.objects.order_by("pk"))
    Evidence.objects.bulk_create(
        Evidence(learner=learner, skill=each, title="!", url="https://e.example/", is_public=True, added_at=NOW)
        for each in Skill.objects.order_by("pk")
    )
    write(PAYLOADS)
    User.objects.update(is_public=True)
    Roadmap.objects.update(is_published=True, version=uuid.uuid4())

    context = browser.new_context(bypass_csp=True)
    context.add_init_script(HOOK)
    page, wrong = context.new_page(), []

    def ask(request: Request) -> None:
        if not request.url.startswith((site, "data:")):
            wrong.append(request.url)

    page.on("request", ask)
    page.goto(site + "/accounts/login/")
    sign_in(page)
    page.wait_for_url("**/dashboard/")
    for path in PAGES:
        response = page.goto(site + path)
        assert response is not None
        assert response.status == 200, path
        page.wait_for_timeout(50)  # what loads in vain says so a moment later
        if page.title() == "ALIVE" or page.url != site + path:
            wrong.append(path)
        wrong += [f"{path} {scheme}" for scheme in page.evaluate(SCHEMES) if scheme not in ("http:", "https:")]
    context.close()
    assert wrong == []
