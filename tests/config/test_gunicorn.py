"""The site as `make up` serves it: a real gunicorn with our configuration."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("tls", [False, True])
def test_serves_logs_and_stops(tmp_path: Path, tls: bool) -> None:
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "CAIRN_VAR": str(tmp_path),
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        **({"SITE_URL": "https://localhost", "EMAIL_URL": "none"} if tls else {}),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as server:
        for _ in range(50):
            try:
                with urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=2) as response:
                    answer = response.read()
                break
            except OSError:
                assert server.poll() is None, server.stderr.read() if server.stderr else ""
                time.sleep(0.2)
        server.send_signal(signal.SIGTERM)
        _, logged = server.communicate(timeout=30)
    assert answer == b"ok"
    assert "127.0.0.1 - -" not in logged
    first = logged.splitlines()[0]
    assert "Starting gunicorn" in (json.loads(first)["message"] if tls else first)
