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


def _fail(name: str, sentence: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"The environment variable {name} {sentence}")


def text(name: str, default: str = "") -> str:
    """The variable, or what is in the file that NAME_FILE names: so secrets come from a store of them."""
    value, file = (os.environ.get(each, "").strip() for each in (name, f"{name}_FILE"))
    if value and file:
        raise _fail(name, f"is set, and {name}_FILE is; set one of them.")
    if file:
        try:
            value = Path(file).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise _fail(f"{name}_FILE", f"names a file that cannot be read: {error}.") from error
    return value or default


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
        return dict(parse(text(name)))
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
    return _postgresql(name, patience=5)


def replica(name: str, of: str) -> dict[str, Any]:
    """Nothing, or a database to read from that follows the one which the variable `of` names."""
    if not text(name):
        return {}
    if not text(of):
        raise _fail(name, f"is set, and {of} is not: a replica follows a PostgreSQL database that is named, too.")
    if text(name) == text(of):
        raise _fail(name, f"is the same as {of}; name a replica of it, or leave it out.")
    # Not long: the primary stands in.
    return {"replica": _postgresql(name, patience=1) | {"TEST": {"MIRROR": "default"}}}


def _postgresql(name: str, *, patience: int) -> dict[str, Any]:
    """patience: seconds to wait for a connection. Nothing in it outlives a transaction, so that PgBouncer may stand
    before the database in its transaction mode."""
    config = _parsed(name, environ.Env.db_url_config, "postgres://user:password@host:5432/name")
    if config["ENGINE"] != "django.db.backends.postgresql" or not config["NAME"]:
        raise _fail(name, "must name a PostgreSQL database, such as postgres://user:password@host:5432/name.")
    config["CONN_MAX_AGE"] = 0  # the pool keeps the connections
    config["DISABLE_SERVER_SIDE_CURSORS"] = True
    # Who does not answer is given up in seconds: on connecting, and when what was sent is not even received.
    given_up = {"connect_timeout": 3, "tcp_user_timeout": 5000, "keepalives_idle": 10, "keepalives_interval": 5}
    options = config["OPTIONS"] = given_up | config.get("OPTIONS", {})
    # After five seconds in vain whoever comes next tries at once; else the pool waits twice as long each time.
    options["pool"] = {"min_size": 1, "max_size": 8, "timeout": patience, "reconnect_timeout": 5}
    options["prepare_threshold"] = None  # no prepared statements
    return config


def caches(name: str) -> dict[str, Any]:
    """A table in the database, or Redis, for which that table stands in."""
    database_cache = {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
    if not text(name):
        return {"default": database_cache}
    config = _parsed(name, environ.Env.cache_url_config, "redis://host:6379/0")
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
        return _parsed(name, environ.Env.email_url_config, "smtp+tls://user:password@host:587")
    if needed:
        raise _fail(
            name,
            "is not set, and a public site sends mail. Name the server (smtp+tls://user:password@host:587), or set it"
            " to none: then addresses are not verified, and signing up tells when an address is taken.",
        )
    return None
