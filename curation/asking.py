"""Effect first: a write that learners would feel is made, looked at, taken back, and asked about."""

import json
import uuid
from collections.abc import Callable, Mapping

from django.contrib import admin, messages
from django.contrib.messages.storage import default_storage
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from curation import words
from curation.effects import Findings, Look

CONFIRMED = "_confirmed"
BACK = "_back"
OURS = {CONFIRMED, BACK, "csrfmiddlewaretoken"}


def first(
    request: HttpRequest,
    write: Callable[[], HttpResponse],
    *,
    back: str | None = None,
    credits_learners: bool = False,
) -> HttpResponse:
    """The answer of the write, which stays if nobody feels it or if the request confirms it. Else nothing has happened,
    and the answer is the page that asks, with all that was sent.

    back: where the way back leads; None: to the same address, which shows its form filled in again on being sent BACK.
    credits_learners: the write changes marks, too.
    """
    with transaction.atomic():
        look = Look(credits_learners=credits_learners)
        response = write()
        versions = look.touched()
        if not constant_time_compare(request.POST.get(CONFIRMED, ""), _token(request, versions)):
            findings = look.findings()
            if findings.is_felt:
                written = words.written(look.written())
                transaction.set_rollback(True)
                request._messages = default_storage(request)  # type: ignore[attr-defined]  # it was not saved after all
                return _ask(request, findings, written, versions, back)
            for group in findings.short:
                messages.warning(request, words.short(group))
    return response


def _ask(
    request: HttpRequest,
    findings: Findings,
    written: list[str],
    versions: Mapping[int, uuid.UUID],
    back: str | None,
) -> TemplateResponse:
    context = {
        **admin.site.each_context(request),
        "title": "What this does to learners",
        "written": written,
        "effects": words.findings(findings),
        "warnings": [words.short(group) for group in findings.short],
        "sent": [(name, value) for name, values in request.POST.lists() if name not in OURS for value in values],
        "token": _token(request, versions),
        "back": back,
        "is_popup": "_popup" in request.POST,
    }
    return TemplateResponse(request, "admin/curation/effect.html", context)


def _token(request: HttpRequest, versions: Mapping[int, uuid.UUID]) -> str:
    """Confirms exactly this: who, where, what was sent, and the content that it was measured on."""
    sent = sorted((name, values) for name, values in request.POST.lists() if name not in OURS)
    on = sorted((pk, str(version)) for pk, version in versions.items())
    # Browsers are free in how they end lines.
    value = json.dumps([request.user.pk, request.get_full_path(), sent, on]).replace("\\r\\n", "\\n")
    return salted_hmac("curation.asking", value, algorithm="sha256").hexdigest()
