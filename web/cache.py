"""Redis, with the database standing in while it does not answer: limits go on being counted, and no page breaks."""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

STAND_IN = "database"
ANSWERS_WITHIN = 0.5
REST = 10
"""Seconds until it is asked again, so that one that hangs does not hold up each page."""

log = logging.getLogger(__name__)


class RedisOrDatabase(RedisCache):
    resting_until = 0.0  # of the process; each thread has a cache of its own

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._options = {
            "socket_timeout": ANSWERS_WITHIN,
            "socket_connect_timeout": ANSWERS_WITHIN,
            "retry": Retry(NoBackoff(), 1),  # a connection that has been idle may be gone
            **params.get("OPTIONS", {}),
        }


def _or_database(name: str) -> Callable[..., Any]:
    ask_redis = getattr(RedisCache, name)

    @wraps(ask_redis)
    def ask(self: RedisOrDatabase, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= RedisOrDatabase.resting_until:
            try:
                return ask_redis(self, *args, **kwargs)
            except RedisError as error:
                RedisOrDatabase.resting_until = time.monotonic() + REST
                log.error("Redis does not answer (%s): the database stands in.", type(error).__name__)
        return getattr(caches[STAND_IN], name)(*args, **kwargs)

    return ask


for _name in (
    *("add", "get", "set", "touch", "delete", "incr", "has_key", "clear"),
    *("get_many", "set_many", "delete_many"),
):
    setattr(RedisOrDatabase, _name, _or_database(_name))
