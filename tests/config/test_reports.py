"""What browsers report of pages that broke the policy."""

import json
import logging
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from config import reports
from config.metrics import REGISTRY
from tests.queries import queries

pytestmark = pytest.mark.django_db
REPORT = {
    "document-uri": "https://cairn.example/u/noor/?token=secret",
    "referrer": "https://cairn.example/accounts/password/reset/key/1-secret/",
    "effective-directive": "script-src-elem",
    "violated-directive": "script-src-elem",
    "blocked-uri": "https://evil.example/x.js?noor@example.org",
    "script-sample": "alert('noor')",
}


@pytest.fixture(autouse=True)
def _nothing_lately() -> None:
    reports._lately.clear()


def send(client: Client, report: Any, body: bytes | None = None) -> int:
    said = json.dumps({"csp-report": report}).encode() if body is None else body
    return client.post("/csp", said, content_type="application/csp-report").status_code


def counted(directive: str) -> float:
    return REGISTRY.get_sample_value("cairn_csp_reports_total", {"directive": directive}) or 0


def test_each_page_says_where_to(client: Client) -> None:
    assert "report-uri /csp" in client.get("/privacy/")["Content-Security-Policy"].split("; ")


def test_is_logged_and_counted_without_anybody_in_it(user: User, caplog: pytest.LogCaptureFixture) -> None:
    """No token, no query of the database, no cookie."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    before = counted("script-src-elem")
    with queries() as asked:
        assert send(client, REPORT) == 204
    assert (len(asked), counted("script-src-elem") - before) == (0, 1)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "config.reports"]
    assert line == "A page broke the policy: script-src-elem on profile, by evil.example."


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"blocked-uri": "inline"}, "script-src-elem on profile, by inline."),
        ({"blocked-uri": "x\nWARNING forged"}, "script-src-elem on profile, by something else."),
        ({"blocked-uri": f"https://{'x' * 101}.example/"}, "script-src-elem on profile, by something else."),
        ({"effective-directive": "noor", "violated-directive": "noor x"}, "other on profile, by evil.example."),
        ({"effective-directive": "", "violated-directive": "img-src"}, "img-src on profile, by evil.example."),
        ({"document-uri": "about:noor"}, "script-src-elem on no page of ours, by evil.example."),
    ],
)
def test_nothing_that_anybody_made_up_is_repeated(
    client: Client, caplog: pytest.LogCaptureFixture, change: dict[str, str], line: str
) -> None:
    assert send(client, REPORT | change) == 204
    said = [record.getMessage() for record in caplog.records if record.name == "config.reports"]
    assert said == [f"A page broke the policy: {line}"]


def test_what_is_no_report_is_refused(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "config.reports")
    odd: list[Any] = [{"document-uri": 1}, {"document-uri": "http://[", "blocked-uri": ""}, {"effective-directive": []}]
    for report in [*odd, [], None, "x", 7]:
        assert send(client, report) == 400, report
    for body in (b"", b"{}", b"[]", b"\xff", b"[" * 10_000, b'{"csp-report": NaN}', b"csp-report=1"):
        assert send(client, None, body) == 400, body
    assert send(client, REPORT | {"script-sample": "x" * reports.MOST}) == 413
    assert client.post("/csp", json.dumps({"csp-report": REPORT}), content_type="text/plain").status_code == 400
    assert client.get("/csp").status_code == 405
    assert [record for record in caplog.records if record.name == "config.reports"] == []


def test_many_are_counted_and_few_of_them_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    before = counted("script-src-elem")
    for _ in range(30):
        assert send(client, REPORT) == 204
    assert counted("script-src-elem") - before == 30
    assert len([record for record in caplog.records if record.name == "config.reports"]) == reports.A_MINUTE
