"""What this machine has and lacks, each finding with its mend: ``manage.py doctor``.

Nothing is changed: no migration runs, no port is taken, no letter is sent.
"""

import ctypes
import os
import shutil
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from agents import key_rotation, local_model
from providers.local import models
from rymi_site import checks, database, processes
from rymi_site.processes import Ports
from telephony.carrier import CarrierError
from telephony.livekit import server as livekit

ENOUGH_BYTES = 2 * 2**30  # an hour of calls is 230 MB of recordings
TOO_FAR_S = 2.0  # between this clock and the database's
PATIENCE_S = 5.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
TIME_ERROR = 5  # of ntp_adjtime(3)

Tone = Literal["ok", "note", "bad"]  # note: works, and could surprise


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    tone: Tone
    told: str
    mend: str = ""


Found = Iterator[Finding]


def examine(ports: Ports) -> Found:
    """Look at everything, the most fundamental first."""
    looks: tuple[tuple[str, Callable[[], Found]], ...] = (
        ("Settings", _settings),
        ("Folder", _folder),
        ("Database", _database),
        ("Keys", _keys),
        ("Broker", _broker),
        ("Models", _models),
        ("Language model", _language_model),
        ("LiveKit", _livekit),
        ("Ports", lambda: _ports(ports)),
        ("Public address", lambda: _public_address(ports)),
        ("Clock", _clock),
    )
    for subject, look in looks:
        try:
            yield from look()
        except Exception as error:  # a look that fails is a finding, too
            told = f"could not be looked at: {type(error).__name__}: {error}"
            yield Finding(
                subject, "bad", told, "See the message; tell us if it is ours."
            )


def _settings() -> Found:
    wrong = checks.errors()
    for each in wrong:
        yield Finding("Settings", "bad", f"{each.msg} ({each.id})", str(each.hint))
    if not wrong:
        kind = "production" if settings.PRODUCTION else "one's own machine"
        yield Finding("Settings", "ok", f"those of {kind}")


def _folder() -> Found:
    for folder in dict.fromkeys((settings.VAR_DIR, settings.RECORDINGS_DIR)):
        place = next(each for each in (folder, *folder.parents) if each.exists())
        if not os.access(place, os.W_OK):
            mend = f"chown it to the user who runs this, or set RYMI_VAR_DIR: {place}"
            yield Finding("Folder", "bad", f"{folder} cannot be written to", mend)
            continue
        free = shutil.disk_usage(place).free
        told = f"{folder}, {free / 2**30:.1f} GB free"
        if free < ENOUGH_BYTES:
            mend = "Make room, or set RYMI_RECORDINGS_DIR to a larger disk."
            yield Finding("Folder", "note", told, mend)
        else:
            yield Finding("Folder", "ok", told)


def _database() -> Found:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        told = f"cannot be reached: {str(error).strip().splitlines()[0]}"
        mend = "Start the server, or mend DATABASE_URL (without it, SQLite is used)."
        yield Finding("Database", "bad", told, mend)
        return
    name = connection.settings_dict["NAME"]
    executor = MigrationExecutor(connection)
    missing = database.missing(executor)
    told = f"{connection.display_name}, {name}"
    if missing:
        told += f": {missing} migrations have not been applied"
        mend = 'Run "manage.py migrate"; "make run" does it by itself.'
        yield Finding("Database", "note", told, mend)
    else:
        yield Finding("Database", "ok", told)


def _keys() -> Found:
    try:
        lost = list(key_rotation.unreadable())
    except DatabaseError:
        return  # no tables yet, or no database: said already
    if lost:
        told = f"FERNET_KEYS opens none of: {', '.join(lost[:5])}"
        mend = "Add the key that encrypted them to FERNET_KEYS, behind the newest."
        yield Finding("Keys", "bad", told, mend)
    else:
        count = len(settings.FERNET_KEYS)
        yield Finding("Keys", "ok", f"{count} in FERNET_KEYS; what is stored opens")


def _broker() -> Found:
    if settings.REDIS_URL:
        try:
            client = redis.Redis.from_url(
                settings.REDIS_URL, socket_timeout=PATIENCE_S, retry=None
            )
            version = client.info("server").get("redis_version", "?")
        except (redis.RedisError, ValueError) as error:
            mend = 'Start it, or mend REDIS_URL (without it, "make run" brings one).'
            yield Finding("Broker", "bad", f"cannot be reached: {error}", mend)
        else:
            yield Finding("Broker", "ok", f"{settings.REDIS_URL}, version {version}")
        return
    binary = processes.valkey_binary()
    if binary is None:
        told = "no Valkey for this platform, no redis-server, and no REDIS_URL"
        mend = "Install redis-server, or set REDIS_URL."
        yield Finding("Broker", "bad", told, mend)
    else:
        yield Finding("Broker", "ok", f'"make run" starts its own: {binary}')


def _models() -> Found:
    for status in models.status():
        told, _, mend = status.detail.partition(" Run: ")
        if status.ok:
            yield Finding("Models", "ok", f"{status.name} can {status.purpose}")
        else:
            yield Finding("Models", "bad", told, f"Run: {mend}" if mend else told)


def _language_model() -> Found:
    own = sorted(name for name, key in settings.PROVIDER_API_KEYS.items() if key)
    if own:
        yield Finding("Language model", "ok", f"the operator's keys: {', '.join(own)}")
    if settings.LOCAL_LLM_URL:
        if model := local_model.found():
            yield Finding(
                "Language model", "ok", f"{model} at {settings.LOCAL_LLM_URL}"
            )
        else:
            told = f"nothing answers at {settings.LOCAL_LLM_URL}"
            mend = "Start the server there, or take LOCAL_LLM_URL away."
            yield Finding("Language model", "bad", told, mend)
    elif not own:
        told = "none: agents without a customer's key follow their playbook by the word"
        mend = "Set LOCAL_LLM_URL, or a vendor's key such as OPENAI_API_KEY."
        yield Finding("Language model", "note", told, mend)


def _livekit() -> Found:
    given = {
        name: getattr(settings, name)
        for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")
    }
    if not any(given.values()):
        told = (
            "no server: calls go over our own sockets, and SIP trunks are not to be had"
        )
        yield Finding("LiveKit", "ok", told)
        return
    if missing := [name for name, value in given.items() if not value]:
        mend = "Set all three, or none."
        yield Finding("LiveKit", "bad", f"{', '.join(missing)} is missing", mend)
        return
    try:
        livekit.try_out()
    except CarrierError as error:
        mend = "Start it, or mend LIVEKIT_URL; key and secret are those of its config."
        yield Finding("LiveKit", "bad", f"{settings.LIVEKIT_URL}: {error}", mend)
        return
    yield Finding("LiveKit", "ok", f"{settings.LIVEKIT_URL} answers and takes the key")
    if not livekit.can_take_part():
        told = "the agent cannot take part in rooms: its library is not installed"
        mend = "pip install --no-deps -r requirements-livekit.txt"
        yield Finding("LiveKit", "bad", told, mend)
    if not settings.LIVEKIT_SIP_ADDRESS:
        told = "LIVEKIT_SIP_ADDRESS is not set: nobody is told where SIP calls go"
        mend = "Set it to host[:port] of LiveKit's SIP service, if there is one."
        yield Finding("LiveKit", "note", told, mend)


def _ports(ports: Ports) -> Found:
    for what, port in (("web", ports.web), ("media", ports.media)):
        if processes.is_free(ports.host, port):
            yield Finding("Ports", "ok", f"{port} is free for {what}")
        elif _is_ours(f"http://{_authority(ports.host, port)}"):
            yield Finding("Ports", "ok", f"{port}: {what} is running")
        else:
            mend = (
                f"Stop what listens there (see it with: ss -ltnp 'sport = :{port}'),"
                f" or choose another: make run PORT={ports.web + 100}"
            )
            told = f"{port} is taken by something else; {what} needs it"
            yield Finding("Ports", "bad", told, mend)


def _authority(host: str, port: int) -> str:
    host = "127.0.0.1" if host in ("", "0.0.0.0") else host  # noqa: S104  # compared only
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _public_address(ports: Ports) -> Found:
    public = urlsplit(settings.PUBLIC_BASE_URL)
    address, host = settings.PUBLIC_BASE_URL, public.hostname or ""
    if host in LOOPBACK:
        told = f"{address}: this machine alone; no telephone call can come in"
        yield Finding("Public address", "ok", told)
        return
    if public.scheme != "https":
        mend = "Put a proxy with a certificate in front and set the https address."
        told = f"{address}: browsers give the microphone to https pages only"
        yield Finding("Public address", "bad", told, mend)
    try:
        socket.getaddrinfo(host, public.port or public.scheme)
    except OSError as error:
        mend = f"Make a DNS record for {host} that leads here, or mend PUBLIC_BASE_URL."
        yield Finding("Public address", "bad", f"{host}: {error}", mend)
        return
    if _is_ours(address):
        yield Finding("Public address", "ok", f"{address} leads here and answers")
    elif processes.is_free(ports.host, ports.web):
        told = f"{address} does not answer, and nothing is running here"
        yield Finding("Public address", "note", told, "Start it and look again.")
    else:
        mend = f"Let the proxy hand everything to port {ports.web}, sockets, too."
        yield Finding("Public address", "bad", f"{address} does not lead here", mend)


def _is_ours(address: str) -> bool:
    try:
        with urllib.request.urlopen(  # noqa: S310  # our own address
            f"{address}/healthz", timeout=PATIENCE_S
        ) as reply:
            return b'"status"' in reply.read(1000)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _clock() -> Found:
    newest = Path(settings.BASE_DIR, "manage.py").stat().st_mtime
    if time.time() < newest - 86_400:
        told = "is behind the day this software was installed"
        yield Finding("Clock", "bad", told, "Set it: timedatectl set-ntp true")
        return
    if (apart := _apart()) > TOO_FAR_S:
        told = f"{apart:.1f} s away from the database's"
        mend = "Let both keep time: timedatectl set-ntp true"
        yield Finding("Clock", "bad", told, mend)
    elif _is_unsynchronised():
        told = "nothing keeps it right, as far as the kernel knows"
        mend = "timedatectl set-ntp true; signatures and codes need a right clock."
        yield Finding("Clock", "note", told, mend)
    else:
        yield Finding(
            "Clock", "ok", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        )


def _apart() -> float:
    """Return the seconds between our clock and that of a database elsewhere."""
    if connection.vendor != "postgresql":
        return 0.0
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            return abs(float(cursor.fetchone()[0]) - time.time())
    except DatabaseError:  # said already
        return 0.0


def _is_unsynchronised() -> bool:
    try:
        libc = ctypes.CDLL(None)
        return bool(libc.ntp_adjtime(ctypes.create_string_buffer(512)) == TIME_ERROR)
    except (OSError, AttributeError):  # another system: not known
        return False
