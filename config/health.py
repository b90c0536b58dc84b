"""Whether this process can serve: what a load balancer asks before it sends anybody here.

The answers are the few words below, as everybody may ask; the kind of error is in the log.
"""

import logging
import time
from functools import cache as once

from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config import draining
from web import replica
from web.cache import RedisOrDatabase

OK, DOWN = "ok", "does not answer"
PENDING = "some are not applied"
STANDS_IN = "does not answer, the database stands in"
PRIMARY_STANDS_IN = "does not answer, the primary stands in"
SERVING = {OK, STANDS_IN, PRIMARY_STANDS_IN}
"""With these the site works: taking it away because Redis is gone would turn a slow site into none."""

log = logging.getLogger(__name__)


def checks() -> dict[str, str]:
    found = {"database": _database(), "cache": DOWN, "migrations": "unknown"}
    if found["database"] == OK:
        found |= {"cache": _cache(), "migrations": _migrations()}
        found |= {"replica": _replica()} if replica.REPLICA in connections else {}
    if draining.is_on():
        found["server"] = "is stopping"
    return found


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        log.error("Not ready: the database does not answer (%s).", type(error).__name__)
        return DOWN
    return OK


def _cache() -> str:
    try:
        cache.get("ready")
    except Error as error:  # of the database, where it is the cache
        log.error("Not ready: the cache does not answer (%s).", type(error).__name__)
        return DOWN
    redis = settings.CACHES["default"]["BACKEND"] == "web.cache.RedisOrDatabase"
    return STANDS_IN if redis and time.monotonic() < RedisOrDatabase.resting_until else OK


def _replica() -> str:
    try:
        with connections[replica.REPLICA].cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        log.error("The replica does not answer (%s): the primary stands in.", type(error).__name__)
        return PRIMARY_STANDS_IN
    return PRIMARY_STANDS_IN if replica.is_resting() else OK


def _migrations() -> str:
    """What the database has beyond this code is a newer version's, beside which this one goes on serving."""
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except Error as error:
        log.error("Not ready: migrations cannot be read (%s).", type(error).__name__)
        return DOWN
    return OK if wanted() <= applied.keys() else PENDING


@once
def wanted() -> frozenset[tuple[str, str]]:
    """The migrations of this code; it reads all of their files, so once a process."""
    return frozenset(MigrationLoader(None).graph.nodes)
