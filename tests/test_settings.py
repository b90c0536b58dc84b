"""A wrong value in the environment stops the start with a sentence that names the variable."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

ROOT = Path(__file__).parent.parent


def database(name: str) -> dict[str, Any]:
    return env.database(name, Path())


def key(name: str) -> str:
    return env.secret_key(name, Path())


def port(name: str) -> int:
    return env.integer(name, 8000, minimum=1)


def proxies(name: str) -> int:
    return env.integer(name, 0, minimum=0)


def site(name: str) -> str:
    return env.site(name, "http://localhost:8000")


def mail(name: str) -> dict[str, Any] | None:
    return env.email(name, needed=False)


@pytest.mark.parametrize(
    ("name", "read", "value"),
    [
        ("DEBUG", env.boolean, "maybe"),
        ("PORT", port, "http"),
        ("PORT", port, "0"),
        ("PORT", port, "-1"),
        ("PORT", port, "٣"),
        ("TRUSTED_PROXIES", proxies, "1.5"),
        ("SITE_URL", site, "cairn.example"),
        ("SITE_URL", site, "ftp://cairn.example"),
        ("SITE_URL", site, "https://"),
        ("SITE_URL", site, "https://cairn.example/learn"),
        ("SITE_URL", site, "https://cairn.example?x=1"),
        ("SITE_URL", site, "https://cairn.example:port"),
        ("SITE_URL", site, "https://[cairn"),
        ("SECRET_KEY", key, "short"),
        ("DATABASE_URL", database, "cairn"),
        ("DATABASE_URL", database, "mysql://root@localhost/cairn"),
        ("DATABASE_URL", database, "postgres://cairn@localhost:port/cairn"),
        ("DATABASE_URL", database, "postgres://cairn@localhost"),
        ("CACHE_URL", env.caches, "cache"),
        ("CACHE_URL", env.caches, "memcached://localhost"),
        ("CACHE_URL", env.caches, "locmem://"),
        ("SENTRY_DSN", env.sentry, "sentry.example"),
        ("SENTRY_DSN", env.sentry, "https://sentry.example/1"),
        ("SENTRY_DSN", env.sentry, "https://key@sentry.example"),
        ("SENTRY_DSN", env.sentry, "https://key@[sentry/1"),
        ("EMAIL_URL", mail, "localhost"),
        ("EMAIL_URL", mail, "http://localhost"),
        ("EMAIL_URL", mail, "smtp://localhost:port"),
    ],
)
def test_a_malformed_value_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, read: Callable[[str], Any], value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=f"^The environment variable {name} (is|must) "):
        read(name)


def test_nothing_set_is_sqlite_and_its_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "CACHE_URL", "EMAIL_URL"):
        monkeypatch.setenv(name, " ")
    config = env.database("DATABASE_URL", tmp_path)
    assert (config["ENGINE"], config["NAME"]) == ("django.db.backends.sqlite3", tmp_path / "cairn.sqlite3")
    database_cache = {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
    assert env.caches("CACHE_URL") == {"default": database_cache}
    assert env.email("EMAIL_URL", needed=False) is None


def test_addresses_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://cairn:p%40ss@db:5433/trail")
    config = env.database("DATABASE_URL", Path())
    assert [config[key] for key in ("ENGINE", "USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        *("django.db.backends.postgresql", "cairn", "p@ss", "db", 5433, "trail")
    ]
    given_up = {name: config["OPTIONS"][name] for name in ("connect_timeout", "tcp_user_timeout", "keepalives_idle")}
    assert given_up == {"connect_timeout": 3, "tcp_user_timeout": 5000, "keepalives_idle": 10}
    assert config["OPTIONS"]["pool"]["timeout"] == 5
    monkeypatch.setenv("DATABASE_URL", "postgres://cairn@db/trail?connect_timeout=9&sslmode=require")
    options = env.database("DATABASE_URL", Path())["OPTIONS"]
    assert (options["connect_timeout"], options["sslmode"], options["pool"]["max_size"]) == (9, "require", 8)
    monkeypatch.setenv("CACHE_URL", "redis://cache:6379/1")
    assert env.caches("CACHE_URL") == {
        "default": {"BACKEND": "web.cache.RedisOrDatabase", "LOCATION": "redis://cache:6379/1"},
        "database": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"},
    }
    monkeypatch.setenv("EMAIL_URL", "smtp+tls://noor:secret@mail.example:587")
    mail = env.email("EMAIL_URL", needed=True)
    assert mail is not None
    assert [mail[f"EMAIL_{key}"] for key in ("BACKEND", "HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS")] == [
        *("django.core.mail.backends.smtp.EmailBackend", "mail.example", 587, "noor", "secret", True)
    ]


def test_postgresql_is_used_so_that_pgbouncer_may_stand_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://cairn@bouncer:6432/cairn")
    config = env.database("DATABASE_URL", Path())
    assert config["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert config["OPTIONS"]["prepare_threshold"] is None
    assert config["CONN_MAX_AGE"] == 0


def test_a_replica_follows_a_database_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> dict[str, Any]:
        return env.replica("DATABASE_REPLICA_URL", of="DATABASE_URL")

    monkeypatch.delenv("DATABASE_REPLICA_URL", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert read() == {}
    monkeypatch.setenv("DATABASE_REPLICA_URL", "postgres://cairn@replica/cairn")
    with pytest.raises(ImproperlyConfigured, match=r"^The environment variable DATABASE_REPLICA_URL is set, and DATAB"):
        read()
    monkeypatch.setenv("DATABASE_URL", "postgres://cairn@replica/cairn")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_REPLICA_URL is the same as DATABASE_URL"):
        read()
    monkeypatch.setenv("DATABASE_URL", "postgres://cairn@primary/cairn")
    assert [read()["replica"][key] for key in ("HOST", "NAME")] == ["replica", "cairn"]
    monkeypatch.setenv("DATABASE_REPLICA_URL", "mysql://cairn@replica/cairn")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_REPLICA_URL must name a PostgreSQL database"):
        read()


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "database_url"
    file.write_text("postgres://cairn:stones@db/trail\n")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL_FILE", str(file))
    assert env.database("DATABASE_URL", Path())["PASSWORD"] == "stones"
    monkeypatch.setenv("DATABASE_URL", "postgres://cairn:other@db/trail")
    with pytest.raises(
        ImproperlyConfigured, match=r"DATABASE_URL is set, and DATABASE_URL_FILE is; set one of them\.$"
    ):
        env.text("DATABASE_URL")
    monkeypatch.delenv("DATABASE_URL")
    file.unlink()
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL_FILE names a file that cannot be read"):
        env.text("DATABASE_URL")


def test_a_key_is_made_once_and_for_us_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    made = env.secret_key("SECRET_KEY", tmp_path)
    assert len(made) >= 50
    assert env.secret_key("SECRET_KEY", tmp_path) == made
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("SECRET_KEY", "x" * 50)
    assert env.secret_key("SECRET_KEY", tmp_path) == "x" * 50


def test_half_a_pair_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_SECRET", raising=False)
    monkeypatch.setenv("GITHUB_CLIENT_ID", "stones")
    with pytest.raises(ImproperlyConfigured) as refused:
        env.pair("GITHUB_CLIENT_ID", "GITHUB_SECRET")
    assert str(refused.value) == (
        "The environment variable GITHUB_SECRET is not set, and GITHUB_CLIENT_ID is; set both or neither."
    )
    monkeypatch.setenv("GITHUB_SECRET", "trail")
    assert env.pair("GITHUB_CLIENT_ID", "GITHUB_SECRET") == ("stones", "trail")
    monkeypatch.delenv("GITHUB_CLIENT_ID")
    with pytest.raises(ImproperlyConfigured, match="GITHUB_CLIENT_ID is not set, and GITHUB_SECRET is"):
        env.pair("GITHUB_CLIENT_ID", "GITHUB_SECRET")
    monkeypatch.delenv("GITHUB_SECRET")
    assert env.pair("GITHUB_CLIENT_ID", "GITHUB_SECRET") is None


def start(var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """manage.py in a process of its own, with this environment and nothing else of ours."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "CAIRN_VAR": str(var)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_public_site_says_where_its_mail_goes(tmp_path: Path) -> None:
    refused = start(tmp_path, SITE_URL="https://cairn.example")
    assert refused.returncode == 1
    assert refused.stderr.startswith("The environment variable EMAIL_URL is not set, and a public site sends mail.")
    assert len(refused.stderr.splitlines()) == 1
    started = start(tmp_path, SITE_URL="https://cairn.example", EMAIL_URL="none")
    assert (started.returncode, started.stderr) == (0, "")
