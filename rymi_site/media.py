"""The media process, with another one ready behind it.

What takes a media process seconds is loading the code. So it is loaded once, by a parent
that does nothing else and keeps the port; whatever carries calls is a fork of it. Should
that one be killed, the next listens within a moment, and who calls meanwhile waits in the
port's queue: a caller whose stream was cut is back with the agent before they ask whether
anybody is there.
"""

import argparse
import gc
import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn

from rymi_site.supervisor import die_with_parent

STEADY_AFTER_S = 5.0  # who dies sooner would die again: whoever watches us waits longer
STOPS = (signal.SIGTERM, signal.SIGINT)
# Bytes of one WebSocket message: more than the 64 KiB that the application allows, so
# that it can say so.
MAX_MESSAGE = 131_072
DRAIN_S = 15  # for calls that are cut off to be settled


class Parent:
    """Forks what serves, and hands signals on to it."""

    def __init__(self, config: uvicorn.Config) -> None:
        self._config = config
        self._child = 0
        self._is_stopping = False

    def run(self) -> int:
        """Serve until told to stop; return the exit code."""
        sockets = [self._config.bind_socket()]  # whoever asks from now on waits
        self._config.load()
        _load()
        _settle()
        for number in STOPS:
            signal.signal(number, self._hand_on)
        while True:
            born = time.monotonic()
            code = self._serve(sockets)
            if self._is_stopping and -code in (0, *STOPS):  # uvicorn ends by it, too
                return 0
            if self._is_stopping or time.monotonic() - born < STEADY_AFTER_S:
                return code if code >= 0 else 128 - code  # as a shell has it
            print(f"media ended with code {code}; the next one serves", flush=True)  # noqa: T201  # whoever watches reads our output

    def _serve(self, sockets: list[Any]) -> int:
        parent = os.getpid()
        # A signal between the fork and our knowing whose it is would be lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        self._child = os.fork()
        if self._child == 0:
            for number in STOPS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            _belong_to(parent)
            uvicorn.Server(self._config).run(sockets=sockets)
            sys.stdout.flush()
            os._exit(0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        _, status = os.waitpid(self._child, 0)
        return os.waitstatus_to_exitcode(status)

    def _hand_on(self, number: int, _: FrameType | None) -> None:
        self._is_stopping = True
        with suppress(ProcessLookupError):
            os.kill(self._child, number)


def _belong_to(parent: int) -> None:
    """Die with the parent. Signals to its group are for it alone: it hands them on, and
    one that is told twice to stop would not wait for its calls."""
    os.setpgid(0, 0)
    die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _load() -> None:
    """Load the offline models, whose weights the forks share; calls that do without
    them need none."""
    from providers.local import warming

    try:
        warming.warm_here()
    except Exception as error:  # of whichever library; calls that do without go on
        print(f"offline models not loaded: {error}", flush=True)  # noqa: T201  # as above


def _settle() -> None:
    """Leave nothing open that two processes must not share."""
    from django.db import connections  # needs the settings that the application has set

    connections.close_all()
    gc.collect()
    gc.freeze()  # what is loaded is never looked at again, so its pages stay shared


def main() -> int:
    """Serve where the command line says."""
    options = argparse.ArgumentParser(prog="media", description=__doc__)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--log-level", default="warning")
    told = options.parse_args()
    return Parent(
        uvicorn.Config(
            "rymi_site.asgi:media",
            host=told.host,
            port=told.port,
            loop="uvloop",
            http="httptools",
            ws="rymi_site.sockets:Protocol",
            ws_max_size=MAX_MESSAGE,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=DRAIN_S,
            log_level=told.log_level,
            access_log=False,
            lifespan="on",
        )
    ).run()


if __name__ == "__main__":
    sys.exit(main())
