"""How the site is served: gunicorn -c config/gunicorn.py. GUNICORN_CMD_ARGS has the last word on all of it."""

import os
import resource
import shutil
import tempfile
from typing import Any

from config import draining, env
from web import logs

wsgi_app = "config.wsgi"
_address = env.text("BIND", "127.0.0.1")
bind = f"{_address}:{env.integer('PORT', 8000, minimum=1)}"
workers = env.integer("WEB_CONCURRENCY", os.cpu_count() or 1, minimum=1)

if env.text("DATABASE_URL"):
    worker_class = "config.worker.Worker"
elif _address in ("127.0.0.1", "localhost", "::1"):
    worker_class = "sync"  # who comes from this machine is not slow, and one request at a time is the quickest
else:
    worker_class = "config.worker.ThreadedWorker"

# PostgreSQL gives up what takes longer, for pages only: migrations and backups may take their time. One that says
# nothing more is given up by the worker. PgBouncer ignores it (deploy/pgbouncer.ini).
os.environ.setdefault("PGOPTIONS", "-c statement_timeout=10s")

# The workers' heartbeat must not wait for a disk.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # nosec B108 # noqa: S108 -- gunicorn makes its own files there
graceful_timeout = 30
_drain = env.integer("DRAIN_SECONDS", 0, minimum=0)
control_socket_disable = True
# Whom to believe about a client's address and scheme is Django's to say, by TRUSTED_PROXIES: here nobody is, also not a
# proxy on this machine, which may pass on what a client made up.
forwarded_allow_ips = ""

# What a request asks for beyond this is refused to it alone, and no other process of the machine is killed for it.
_memory = env.integer("WORKER_MEMORY_MB", 1024, minimum=256)

# Where the workers count together what /metrics tells; from nothing at every start.
if env.text("METRICS_TOKEN") and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="cairn-metrics-", dir=worker_tmp_dir)

logconfig_dict = logs.config(as_json=env.site("SITE_URL", "http://localhost:8000").startswith("https://"))


def post_fork(server: Any, worker: Any) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (_memory * 2**20,) * 2)


def when_ready(server: Any) -> None:
    if _drain:
        draining.delay_stopping(server, _drain)


def on_exit(server: Any) -> None:
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        shutil.rmtree(folder, ignore_errors=True)
