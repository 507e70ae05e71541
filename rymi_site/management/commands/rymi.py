"""``manage.py rymi up``: the whole product in one terminal; ``web``, ``media``,
``worker``: one process of it, for machines that watch processes themselves.
"""

import asyncio
import os
import signal
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from zlib import crc32

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from common import collector
from rymi_site import database, processes
from rymi_site.processes import Ports
from rymi_site.supervisor import Child, Supervisor

READY_WITHIN_S = 90.0
ALONE: dict[str, Callable[[Ports], Child]] = {
    "web": processes.web,
    "media": lambda ports: processes.media(ports, ports.host),
    "worker": lambda ports: processes.worker(),
}
COLOURS = {"rymi": 36, "web": 32, "media": 35, "worker": 33, "valkey": 34}


class Command(BaseCommand):
    """Start everything, watch it, stop it with Ctrl-C."""

    help = "Run web, media, worker and, without REDIS_URL, an embedded Valkey."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["up", "prepare", *ALONE])
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=port_of_public_url())

    def handle(
        self, *args: Any, verb: str, host: str, port: int, **options: Any
    ) -> None:
        ports = Ports(host, port)
        if verb == "up":
            self._up(ports)
        elif verb == "prepare":
            database.prepare()
            call_command("collectstatic", verbosity=0, interactive=False)
        else:
            argv = list(ALONE[verb](ports).argv)
            os.execv(argv[0], argv)  # noqa: S606  # our own command line

    def _up(self, ports: Ports) -> None:
        self.began = time.monotonic()
        self._check_ports(ports)
        self._check_models()
        self._step("Database", database.prepare)
        user = self._step("Demo workspace", _demo_user)
        asyncio.run(self._run(ports, user))

    # ---- before anything starts

    def _check_ports(self, ports: Ports) -> None:
        for port in (ports.web, ports.media):
            if not processes.is_free(ports.host, port):
                raise CommandError(
                    f"Port {port} is taken on {ports.host}. Stop what listens there"
                    f" (see it with: ss -ltnp 'sport = :{port}'), or choose another:"
                    f" make run PORT={ports.web + 100}"
                )

    def _check_models(self) -> None:
        for told in _missing_models():
            self._say("rymi", told)

    def _step(self, name: str, work: Any) -> Any:
        began = time.monotonic()
        self.stdout.write(f"  {name} … ", ending="")
        self.stdout.flush()
        result = work()
        self.stdout.write(f"ready ({time.monotonic() - began:.1f} s)")
        return result

    # ---- while it runs

    async def _run(self, ports: Ports, user: Any) -> None:
        env = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "RYMI_ALONE": "1",
            "PUBLIC_BASE_URL": _public_url(ports),
            "RYMI_MEDIA_INTERNAL_URL": f"http://127.0.0.1:{ports.media}",
        }
        supervisor = Supervisor(env=env, cwd=settings.BASE_DIR, say=self._say)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, supervisor.stop)
        running = asyncio.create_task(supervisor.run())
        await self._start_all(supervisor, ports)
        if await self._wait_until_ready(ports, supervisor):
            await asyncio.to_thread(self._greet, ports, user)
        collector.settle()  # or the end would take seconds
        await running
        self._say("rymi", "everything has stopped")

    async def _start_all(self, supervisor: Supervisor, ports: Ports) -> None:
        env = supervisor.env
        queue = None if env.get("REDIS_URL") else self._valkey(env)
        if queue:
            await supervisor.add(queue)
            await _until(_socket_path().exists, 10)
        for child in (
            processes.media(ports),
            processes.web(ports),
            processes.worker(),
        ):
            await supervisor.add(child)

    def _valkey(self, env: dict[str, str]) -> Child | None:
        binary = processes.valkey_binary()
        if binary is None:
            self._say(
                "rymi",
                "no Valkey or Redis for this platform: live pages and background work"
                " stay in each process. Install redis-server, or set REDIS_URL.",
            )
            return None
        socket = _socket_path()
        socket.unlink(missing_ok=True)
        env["REDIS_URL"] = f"unix://{socket}"
        return processes.valkey(binary, socket, settings.VAR_DIR / "valkey")

    async def _wait_until_ready(self, ports: Ports, supervisor: Supervisor) -> bool:
        for name, port in (("media", ports.media), ("web", ports.web)):
            url = f"http://127.0.0.1:{port}/healthz"
            ready = _until(
                lambda url=url: _answers(url) or supervisor.stopping.is_set(),
                READY_WITHIN_S,
            )
            if not await ready:
                self._say("rymi", f"{name} did not get ready; see its lines above")
                return False
        return not supervisor.stopping.is_set()

    def _greet(self, ports: Ports, user: Any) -> None:
        from accounts import sign_in_links

        address = _public_url(ports)
        seconds = time.monotonic() - self.began
        self.stdout.write(
            f"\n  Rymi is up after {seconds:.1f} s.\n\n"
            f"  Open     {address}/\n"
            f"  Sign in  {address}{sign_in_links.make(user)}\n"
            "           (works once, for 15 minutes)\n\n"
            "  Ctrl-C stops everything.\n"
        )
        # Once more, below what scrolled by: without them nobody hears a word.
        for told in _missing_models():
            self.stdout.write(f"  {told}\n")
        self.stdout.flush()

    def _say(self, name: str, line: str) -> None:
        label = f"{name:>7} │ "
        if self.stdout.isatty():
            label = f"\x1b[{COLOURS.get(name, 37)}m{label}\x1b[0m"
        self.stdout.write(label + line)
        self.stdout.flush()


def _missing_models() -> list[str]:
    """Say of each offline model that is not here what it is for, and the mend."""
    from providers.local import models

    return [status.detail for status in models.status() if not status.ok]


def _demo_user() -> Any:
    from rymi_site import demo

    return demo.ensure()


def port_of_public_url() -> int:
    """Return the port to listen on where none is given."""
    return int(os.environ.get("PORT") or 8000)


def _public_url(ports: Ports) -> str:
    return os.environ.get("PUBLIC_BASE_URL") or f"http://127.0.0.1:{ports.web}"


def _socket_path() -> Path:
    """Return a short path: a Unix socket's may be 107 bytes at most."""
    path = settings.VAR_DIR / "valkey.sock"
    if len(str(path)) > 100:
        path = Path(gettempdir(), f"rymi-{crc32(str(path).encode()):08x}.sock")
    return path


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310  # loopback
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


async def _until(condition: Any, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if await asyncio.to_thread(condition):
            return True
        await asyncio.sleep(0.1)
    return False
