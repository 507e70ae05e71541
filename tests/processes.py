"""Real server processes for tests, on free loopback ports, ended by id."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).parent.parent

# Points a process at the database of the running test.
ENTRY = """
import os, runpy, sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["RYMI_TEST_DB"]
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(*argv, **env):
    """Start ``python -m argv`` on the test's database."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", ENTRY, *map(str, argv)],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "RYMI_TEST_DB": str(connection.settings_dict["NAME"]),
            **env,
        },
        start_new_session=True,
    )


def stop(process):
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_up(port, process, seconds=60):
    deadline = time.monotonic() + seconds
    url = f"http://127.0.0.1:{port}/healthz"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the server ended with {process.returncode}")
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(url, timeout=2) as reply,
        ):
            if reply.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"no answer from port {port}")


@contextlib.contextmanager
def media_server(*, yields_process=False, **env):
    """Run the media process; yield its port, and the process if wanted."""
    port = free_port()
    process = start(
        "uvicorn", "rymi_site.asgi:media", "--host", "127.0.0.1", "--port", port,
        "--loop", "uvloop", "--http", "httptools", "--ws", "rymi_site.sockets:Protocol",
        "--ws-max-size", 131072, "--ws-per-message-deflate", "false",
        "--log-level", "warning", "--timeout-graceful-shutdown", 15, **env,
    )  # fmt: skip
    try:
        wait_until_up(port, process)
        yield (port, process) if yields_process else port
    finally:
        stop(process)


@contextlib.contextmanager
def product(**env):
    """Run web and media processes, one port to the outside; yield its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with media_server(PUBLIC_BASE_URL=address, **env) as media_port:
        process = start(
            "rymi_site.web", "-b", "127.0.0.1", "-p", port, "rymi_site.asgi:application",
            PUBLIC_BASE_URL=address,
            RYMI_MEDIA_INTERNAL_URL=f"http://127.0.0.1:{media_port}",
            **env,
        )  # fmt: skip
        try:
            wait_until_up(port, process)
            yield address
        finally:
            stop(process)
