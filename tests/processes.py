"""Real server processes for tests, on free loopback ports, ended by id."""

import contextlib
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).parent.parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A process that the forge made: as much of ``subprocess.Popen`` as tests use."""

    def __init__(self, forge, pid):
        self._forge, self.pid = forge, pid
        self.returncode = None
        self._lock = threading.Lock()
        self._handle = os.pidfd_open(pid)
        self._end = select.poll()
        self._end.register(self._handle, select.POLLIN)

    def poll(self):
        with self._lock:
            if self.returncode is None and self._end.poll(0):
                self.returncode = self._forge.ask(pid=self.pid)
                self._end.unregister(self._handle)
                os.close(self._handle)
            return self.returncode

    def wait(self, timeout=None):
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.02)
        return self.returncode


class Forge:
    """What ``tests.forge`` runs in; it ends when this process does."""

    def __init__(self):
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        fd = theirs.fileno()
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "tests/forge.py", str(fd)],
            cwd=ROOT,
            pass_fds=[fd],
            start_new_session=True,  # a key that interrupts the tests leaves it alone
        )
        theirs.close()

    def start(self, argv, env):
        return Process(self, self.ask([1, 2], argv=argv, env=env))

    def ask(self, fds=(), **order):
        with self._lock:
            socket.send_fds(self._channel, [json.dumps(order).encode()], fds)
            answer = self._channel.recv(100)
        assert answer, "the forge has ended"
        return json.loads(answer)


forge = functools.cache(Forge)


def start(*argv, **env):
    """Start ``python -m argv`` on the test's database."""
    return forge().start(
        [str(each) for each in argv],
        {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "RYMI_TEST_DB": str(connection.settings_dict["NAME"]),
            **env,
        },
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


def child_of(process):
    """Return the id of a process's child; None: it has none just now."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return next(map(int, listed.split()), None)


def cpu_s(process):
    """Return the seconds of a core that a process has used, with all its threads."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until_idle(process, seconds=60):
    """Wait until a server has loaded what it loads after it has come up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        before = cpu_s(process)
        time.sleep(0.5)
        if cpu_s(process) - before < 0.05:
            return
    raise AssertionError("the server is still busy")
