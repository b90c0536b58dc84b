"""What browsers report of pages that broke the content security policy: a line in the log, and a count.

Anybody may send anything, so nothing of it is repeated but the names of our own pages, of directives and of hosts.
"""

import logging
import re
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from prometheus_client import Counter

from config.metrics import REGISTRY
from web import strict
from web.http import at_most, cookieless

MOST = 16 * 1024
"""Bytes."""
A_MINUTE = 10
"""Lines in the log, from each process; the count goes on."""
VIOLATIONS = Counter("cairn_csp_reports", "Reports of pages that broke the policy", ["directive"], registry=REGISTRY)
KNOWN = {*settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]} | {
    f"{kind}-src-{part}" for kind in ("script", "style") for part in ("elem", "attr")
}
NAMES = ("document-uri", "blocked-uri", "effective-directive", "violated-directive")
WORDS = {"blob", "data", "eval", "inline", "self", "wasm-eval"}

_HOST = re.compile(r"[a-z0-9.-]{1,100}\Z")
_lately: list[float] = []

log = logging.getLogger(__name__)


def refuse(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=413)


@cookieless
@csrf_exempt  # browsers send no token along
@at_most(MOST, refuse)
@require_POST
def csp(request: HttpRequest) -> HttpResponse:
    try:
        where, what, *directives = _read(request)
        where, what = _page(where), _blocked(what)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return HttpResponse(status=400)
    directive = next((each for each in directives if each in KNOWN), "other")
    VIOLATIONS.labels(directive).inc()
    if _may_be_logged(time.monotonic()):
        log.warning("A page broke the policy: %s on %s, by %s.", directive, where, what)
    return HttpResponse(status=204)


def _read(request: HttpRequest) -> list[str]:
    if request.content_type != "application/csp-report":
        raise ValueError
    said = strict.loads(request.body)["csp-report"]
    found = [said.get(name, "") for name in NAMES]
    if not all(isinstance(each, str) for each in found):
        raise TypeError
    return found


def _page(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return "no page of ours"


def _blocked(address: str) -> str:
    if address in WORDS:
        return address
    host = urlsplit(address).hostname or ""
    return host if _HOST.match(host) else "something else"


def _may_be_logged(now: float) -> bool:
    _lately[:] = [moment for moment in _lately if now - moment < 60]
    if len(_lately) >= A_MINUTE:
        return False
    _lately.append(now)
    return True
