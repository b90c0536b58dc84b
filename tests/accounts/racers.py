"""One of several processes that do the same at once."""

from multiprocessing.synchronize import Barrier
from typing import Any

from django.db import connection

from tests.processes import several


def run(
    values: dict[str, Any],
    changed: dict[str, Any],
    path: str,
    data: dict[str, str],
    cookies: dict[str, str],
    start: Barrier,
    done: Any,
) -> None:
    from django.conf import settings
    from django.test import Client

    from tests.ready import database

    for name, value in changed.items():
        setattr(settings, name, value)
    client = Client(raise_request_exception=False)
    for name, value in cookies.items():
        client.cookies[name] = value
    with database(values):
        client.get("/accounts/login/")  # what is loaded once is loaded
        start.wait(timeout=60)
        response = client.post(path, data)
        signed_in = "_auth_user_id" in client.session
    done.put((response.status_code, response.get("Location", ""), signed_in))


WITH_MAIL = {"ACCOUNT_EMAIL_VERIFICATION": "mandatory", "ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED": True}
SLOWLY = {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"]}
"""As the site hashes; so much comes between looking and writing."""


def race(runners: list[tuple[str, dict[str, str], dict[str, str]]], **changed: Any) -> list[tuple[int, str, bool]]:
    """(path, what is posted, cookies) each in a process of its own: status, where it leads, whether signed in.
    changed: settings."""
    database = {"NAME": connection.settings_dict["NAME"]}
    start, done = several.Barrier(len(runners)), several.Queue()
    processes = [several.Process(target=run, args=(database, changed, *runner, start, done)) for runner in runners]
    for process in processes:
        process.start()
    answers = [done.get(timeout=90) for _ in processes]
    for process in processes:
        process.join(timeout=30)
        assert process.exitcode == 0
    return sorted(answers)
