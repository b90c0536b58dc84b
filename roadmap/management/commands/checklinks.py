"""Asks whether the resources' addresses still lead somewhere. Weekly is enough; cut short, the next run goes on."""

import argparse
import datetime as dt
import fcntl
import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from roadmap import links
from roadmap.models import LinkCheck
from web.client import Answer, Client, Network

Outcome = LinkCheck.Outcome
BATCH = 20
"""Results that a kill loses at most."""


class Command(BaseCommand):
    help = "Checks the links of all resources, politely. Links that failed on two days are dead."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("--limit", type=_whole, metavar="N", help="ask for so many addresses at most")
        add("--only-failing", action="store_true", help="ask only for those that failed last time")
        add("--older-than", type=_amount, default=20, metavar="HOURS", help="leave out what was asked for since (20)")
        add("--host-delay", type=_amount, default=2, metavar="SECONDS", help="between two requests to a host (2)")
        add("--timeout", type=_positive, default=15, metavar="SECONDS", help="for a connection, and for an answer (15)")
        add("--workers", type=_whole, default=8, metavar="N", help="so many hosts at once (8)")
        add(
            "--allow-private",
            type=_network,
            action="append",
            default=[],
            metavar="NETWORK",
            help="ask there, too, such as 10.1.0.0/16; otherwise only on the internet",
        )

    def handle(
        self,
        *args: Any,
        limit: int | None,
        only_failing: bool,
        older_than: float,
        host_delay: float,
        timeout: float,
        workers: int,
        allow_private: list[Network],
        **options: Any,
    ) -> None:
        client = Client(contact=f"{settings.SITE_URL}/", delay=host_delay, timeout=timeout, private=allow_private)
        with _alone():
            before = timezone.now() - dt.timedelta(hours=older_than)
            due = links.due(before=before, only_failing=only_failing)
            addresses = dict(islice(due.items(), limit))
            checks: list[LinkCheck] = []
            with closing(client.ask_all(addresses, workers)) as answers:
                for batch, is_last in _batches(answers):
                    verdicts = {
                        url: links.judge(url, answer) for address, answer in batch for url in addresses[address]
                    }
                    with transaction.atomic():
                        checks += links.write(verdicts, at=timezone.now())
                        if is_last:
                            links.show(since=before)
        more = (Outcome.UNSURE, Outcome.MOVED) if options["verbosity"] > 1 else ()
        self.report(checks, left=len(due) - len(addresses), told=(Outcome.DEAD, Outcome.FAILING, *more))

    def report(self, checks: list[LinkCheck], *, left: int, told: tuple[LinkCheck.Outcome, ...]) -> None:
        for outcome in told:
            for check in checks:
                if check.outcome == outcome:
                    said = f"It moved to {check.moved_to}." if check.moved_to else check.detail
                    self.stdout.write(f"{outcome.label}, on “{check.resource.skill}”: {check.resource.url} {said}")
        counts = Counter(check.outcome for check in checks)
        found = ", ".join(f"{counts[outcome]} {outcome.label.lower()}" for outcome in Outcome)
        later = f" {left} {'is' if left == 1 else 'are'} left for another run." if left else ""
        self.stdout.write(f"Links: {len(checks)} checked; {found}.{later}")


def _batches(answers: Iterator[tuple[str, Answer]]) -> Iterator[tuple[list[tuple[str, Answer]], bool]]:
    """Each with whether it is the last one, which is never empty."""
    batch: list[tuple[str, Answer]] = []
    for answer in answers:
        if len(batch) == BATCH:
            yield batch, False
            batch = []
        batch.append(answer)
    if batch:
        yield batch, True


@contextmanager
def _alone() -> Iterator[None]:
    """Two runs side by side would ask each host twice as often as is polite."""
    with (settings.VAR / "checklinks.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("Another run is checking links already.") from None
        yield


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def _amount(text: str) -> float:
    """Up to a year in hours, which no date has trouble with."""
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 366 * 24:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to {366 * 24}")
    return number


def _positive(text: str) -> float:
    if not _amount(text):
        raise argparse.ArgumentTypeError("it cannot be done in no time")
    return _amount(text)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; write one such as 10.1.0.0/16") from None
