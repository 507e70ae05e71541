"""Starts the product's processes, watches them, and stops them together.

A child that dies is started again after 1, 2, 4 … 30 s, and the terminal says so. Each
child leads a process group of its own, so Ctrl-C reaches us alone and we end the
children in order; should we be killed ourselves, the kernel tells them (Linux).
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STEADY_AFTER = 30.0  # s of life after which a death is the first one again
MAX_BACK_OFF = 30.0  # s
LOOK_EVERY = 0.25  # s, whether a child still lives
PR_SET_PDEATHSIG = 1

Say = Callable[[str, str], None]  # name, line


def die_with_parent(by: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel, in a child, to end it when its parent is gone."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, by)


@dataclass
class Child:
    """One process that must run."""

    name: str
    argv: Sequence[str]
    grace: float = 20.0  # s between SIGTERM and SIGKILL
    drains: bool = False  # finishes its work first; the others serve it meanwhile
    serves: bool = False  # the others need it to their end: it goes last
    hush: tuple[str, ...] = ()  # lines with these words are not handed on
    process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def start(self, env: dict[str, str], cwd: Path) -> None:
        """Start the process with its output on a pipe."""
        self.process = await asyncio.create_subprocess_exec(
            *self.argv,
            env=env,
            cwd=cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent if sys.platform == "linux" else None,
            limit=2**20,
        )

    async def pump(self, say: Say) -> int:
        """Hand every line of output on until the process ends; return its code.

        Its own children may outlive it and hold its pipe open, so the end of the output
        is not waited for; they are ended, for they would work beside the next ones.
        """
        process = self.process
        if process is None or process.stdout is None:
            raise RuntimeError(f"{self.name} has not been started")
        reading = asyncio.create_task(self._read(process.stdout, say))
        while process.returncode is None:  # wait() would wait for the pipe, too
            await asyncio.wait({reading}, timeout=LOOK_EVERY)
            if reading.done():
                await process.wait()
        self._signal(signal.SIGKILL)
        await asyncio.wait({reading}, timeout=1.0)
        reading.cancel()
        return process.returncode

    async def _read(self, output: asyncio.StreamReader, say: Say) -> None:
        async for line in output:
            words = line.decode(errors="replace").rstrip()
            if words and not any(each in words for each in self.hush):
                say(self.name, words)

    async def stop(self) -> None:
        """End the process politely, then surely.

        It ends its own children itself: a worker's may be in the midst of a task.
        """
        if self.process is None or self.process.returncode is not None:
            return
        self._ask()
        deadline = time.monotonic() + self.grace
        while self.process.returncode is None and time.monotonic() < deadline:  # noqa: ASYNC110  # wait() waits for the pipe, too
            await asyncio.sleep(LOOK_EVERY / 5)
        self._signal(signal.SIGKILL)  # also whatever it has left behind

    def hurry(self) -> None:
        """Ask once more, for an end without delay."""
        if self.process is not None and self.process.returncode is None:
            self._ask()

    def _ask(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


class Supervisor:
    """Keeps a set of children alive until it is told to stop."""

    def __init__(self, *, env: dict[str, str], cwd: Path, say: Say) -> None:
        self.env, self.cwd, self.say = env, cwd, say
        self.stopping = asyncio.Event()
        self._watched: list[tuple[Child, asyncio.Task[None]]] = []

    async def add(self, child: Child) -> None:
        """Start a child and watch it from here on."""
        await child.start(self.env, self.cwd)
        self._watched.append((child, asyncio.create_task(self._watch(child))))

    async def _watch(self, child: Child) -> None:
        back_off = 1.0
        while True:
            born = time.monotonic()
            code = await child.pump(self.say)
            if self.stopping.is_set():
                return
            if time.monotonic() - born > STEADY_AFTER:
                back_off = 1.0
            self.say(
                "rymi",
                f"{child.name} ended with code {code}; starting it again"
                f" in {back_off:.0f} s",
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), back_off)
                return
            back_off = min(back_off * 2, MAX_BACK_OFF)
            await child.start(self.env, self.cwd)

    def stop(self) -> None:
        """Ask for the end; ``run`` returns when all children are gone.

        Asked twice, those that finish their work first do not.
        """
        if self.stopping.is_set():
            for child, _ in self._watched:
                if child.drains:
                    child.hurry()
        self.stopping.set()

    async def run(self) -> None:
        """Wait for ``stop``, then end the children: those that drain, then the others
        side by side, then those that serve them."""
        await self.stopping.wait()
        drains = [child for child, _ in self._watched if child.drains]
        for child in drains:
            self.say("rymi", f"{child.name} finishes its work; ask again to end it now")
        await asyncio.gather(*(child.stop() for child in drains))
        for serves in (False, True):
            ending = [each for each in self._watched if each[0].serves is serves]
            await asyncio.gather(*(child.stop() for child, _ in ending))
            await asyncio.gather(*(task for _, task in ending))
