"""A mail server that does not answer breaks nothing: who waits for a letter is told, and the log says so."""

import logging
from collections.abc import Callable

from django.http import HttpRequest

_UNSENT = "unsent"  # read by the pages that tell somebody to look for a letter

log = logging.getLogger(__name__)


def was_sent(send: Callable[[], object]) -> bool:
    try:
        send()
    except OSError as error:  # smtplib's are some, too; what they say may hold an address
        log.error("A mail could not be sent: %s.", type(error).__name__)
        return False
    return True


def remember(request: HttpRequest, *, sent: bool) -> None:
    """In the session, as the page that tells is another one; of an unknown address just the same."""
    if not sent:
        request.session[_UNSENT] = True
    elif _UNSENT in request.session:
        del request.session[_UNSENT]
