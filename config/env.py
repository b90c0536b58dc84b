"""The environment, read once at the start; a wrong value stops the start with a sentence that names it."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

_environ = environ.Env()


def _fail(name: str, sentence: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"The environment variable {name} {sentence}")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool = False) -> bool:
    value = text(name).lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value:
        raise _fail(name, f"is {value!r}; write 1 or 0.")
    return default


def integer(name: str, default: int, *, minimum: int) -> int:
    value = text(name) or str(default)
    if not value.isascii() or not value.isdigit() or int(value) < minimum:
        raise _fail(name, f"is {value!r}; write a whole number of at least {minimum}.")
    return int(value)


def words(name: str) -> list[str]:
    return text(name).replace(",", " ").split()


def people(name: str, *, has_email: bool) -> list[str]:
    """E-mail addresses of those who are told when something breaks."""
    found = words(name)
    for each in found:
        if "@" not in each.strip("@"):
            raise _fail(name, f"has {each!r} in it; write e-mail addresses.")
    if found and not has_email:
        raise _fail(name, "names somebody, and there is no mail server: set EMAIL_URL to one.")
    return found


def pair(first: str, second: str) -> tuple[str, str] | None:
    """Two values that are of no use without each other."""
    values = text(first), text(second)
    if all(values):
        return values
    if any(values):
        missing, there = (first, second) if values[1] else (second, first)
        raise _fail(missing, f"is not set, and {there} is; set both or neither.")
    return None


def _parsed(name: str, parse: Callable[..., dict[str, Any]], schemes: str) -> dict[str, Any]:
    try:
        return dict(parse(name))
    except Exception as error:  # django-environ lets several kinds through; none of them names the variable
        raise _fail(name, f"is no address that Cairn understands ({schemes}): {error}") from error


def site(name: str, default: str) -> str:
    """The public address without a final slash, such as https://cairn.example."""
    value = text(name, default).rstrip("/")
    if not _is_site(value):
        raise _fail(name, f"is {value!r}; write an address such as https://cairn.example.")
    return value


def _is_site(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0 and not (parts.path or parts.query)


def sentry(name: str) -> str:
    """Nothing, or a DSN: https://KEY@HOST/PROJECT."""
    value = text(name)
    try:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and parts.username and parts.hostname and parts.path.strip("/")
    except ValueError:
        whole = False
    if value and not whole:
        raise _fail(
            name, "is no address that Cairn understands; write https://key@sentry.example/1, as Sentry shows it."
        )
    return value


def secret(name: str) -> str:
    """Nothing, or what nobody guesses."""
    value = text(name)
    if value and (len(value) < 20 or not value.isascii()):
        raise _fail(name, "is too short or has odd letters; use at least 20 random characters.")
    return value


def secret_key(name: str, var: Path) -> str:
    """The variable or, without one, a key made once in the folder of the database."""
    value = text(name)
    if value:
        if len(value) < 50:
            raise _fail(name, "is too short; use at least 50 random characters.")
        return value
    path = var / "secret_key"
    if not path.exists():
        # Two processes may start at once: the first to link its file wins, both read the winner's.
        draft = var / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text()


def database(name: str, var: Path) -> dict[str, Any]:
    if not text(name):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": var / "cairn.sqlite3",
            "CONN_MAX_AGE": 600,
            "OPTIONS": {
                # Each write transaction takes its turn at the start, and an acknowledged one survives a power cut.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
            "TEST": {"NAME": var / "test.sqlite3"},
        }
    config = _parsed(name, _environ.db_url, "postgres://user:password@host:5432/name")
    if config["ENGINE"] != "django.db.backends.postgresql" or not config["NAME"]:
        raise _fail(name, "must name a PostgreSQL database, such as postgres://user:password@host:5432/name.")
    config["CONN_MAX_AGE"] = 0  # the pool keeps the connections
    # Whoever does not answer is given up in seconds: on connecting, and when what was sent is not even received.
    patience = {"connect_timeout": 3, "tcp_user_timeout": 5000, "keepalives_idle": 10, "keepalives_interval": 5}
    pool = {"min_size": 1, "max_size": 8, "timeout": 5}
    config["OPTIONS"] = patience | config.get("OPTIONS", {}) | {"pool": pool}
    return config


def caches(name: str) -> dict[str, Any]:
    """A table in the database, or Redis, for which that table stands in."""
    database_cache = {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
    if not text(name):
        return {"default": database_cache}
    config = _parsed(name, _environ.cache_url, "redis://host:6379/0")
    if "redis" not in config["BACKEND"].lower():
        raise _fail(name, "must name a Redis server, such as redis://host:6379/0.")
    redis = {"BACKEND": "web.cache.RedisOrDatabase", "LOCATION": text(name)}
    return {"default": redis, "database": database_cache}


def email(name: str, *, needed: bool) -> dict[str, Any] | None:
    """Django's EMAIL_* settings, or None when there is no server to send with."""
    value = text(name)
    if value == "none":
        return None
    if value:
        return _parsed(name, _environ.email_url, "smtp+tls://user:password@host:587")
    if needed:
        raise _fail(
            name,
            "is not set, and a public site sends mail. Name the server (smtp+tls://user:password@host:587), or set it"
            " to none: then addresses are not verified, and signing up tells when an address is taken.",
        )
    return None
