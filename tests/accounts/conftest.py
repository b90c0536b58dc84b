from typing import Any

import pytest


@pytest.fixture
def with_mail(settings: Any) -> None:
    """As on a site with a mail server: addresses are confirmed with a code before anybody is signed in."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
