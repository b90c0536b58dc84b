"""What is counted beside allauth's own limits, in the cache that all processes share."""

import logging
import time

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

from web.http import Request

RATES = {
    "wrong_password": "10/5m/ip",
    "mail": "5/h/key,20/d/key",
}
ALARM, WINDOW, DELAY = 1000, 300, 0.2  # failures in all, in so many seconds; then each waits so long
RETRY_AFTER, MAIL_RETRY_AFTER = 300, 3600

log = logging.getLogger(__name__)


def consume(request: HttpRequest, action: str, key: str | None = None) -> ratelimit.RateLimitUsage | None:
    """None when it is used up; what is returned can be given back by rollback()."""
    return ratelimit.consume(request, app="accounts", action=action, config=RATES, key=key, limit_get=True)


def mail(request: Request, address: str) -> None:
    """However it was asked for: nobody's post is flooded from here."""
    if not consume(request, "mail", address.lower()):
        request.retry_after = MAIL_RETRY_AFTER
        raise ImmediateHttpResponse(ratelimit.respond_429(request))


def failed() -> None:
    """Many wrong passwords from many places: an alarm and a delay; a refusal would lock everybody out."""
    key = f"accounts:failed:{int(time.time() // WINDOW)}"
    cache.add(key, 0, WINDOW)
    try:
        count = cache.incr(key)
    except ValueError:  # gone since
        return
    if count == ALARM:
        log.error("%d failed sign-ins within %d minutes: somebody is trying passwords.", ALARM, WINDOW // 60)
    if count >= ALARM:
        time.sleep(DELAY)
