"""An operator helps and acts, by mouse and with nothing said on the console."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.e2e.people import sign_in

PASSWORD = "correct horse battery"


@pytest.mark.usefixtures("with_mail")
def test_from_the_page_of_a_user(page: Page, site: str, user: User) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    boss = User.objects.create_superuser("boss@example.org", PASSWORD)
    boss.emailaddress_set.create(email=boss.email, primary=True, verified=True)
    page.goto(site + "/accounts/login/?next=/admin/accounts/user/")
    sign_in(page, boss.email, PASSWORD)
    page.get_by_role("link", name=user.email).click()
    page.get_by_role("form", name="Support").get_by_role("button", name="Send verification again").click()
    expect(page.locator(".messagelist")).to_have_text("Sent to: noor@example.org.")
    assert mail.outbox[-1].to == [user.email]

    page.get_by_role("link", name=user.email).click()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deactivate?")
    assert Axe().run(page, "#content").response["violations"] == []
    page.get_by_role("link", name="Go back").click()
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.locator(".messagelist")).to_have_text("1 account deactivated.")

    page.get_by_role("link", name=user.email).click()
    page.get_by_role("link", name="Security log").click()
    expect(page.locator("#result_list tbody")).to_contain_text("Account switched off")
    assert Axe().run(page, "#changelist-form").response["violations"] == []
    assert said == []
