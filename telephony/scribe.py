"""Writes for all live calls of the process: one pass a second, in one thread.

The event loop only puts things aside. A database that is away for a while costs no call
and no line: what could not be written stays on the call's desk and is tried again.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    connection,
    transaction,
)

from common import clock
from telephony import calls, recordings, threads
from telephony.models import TimelineEvent, TranscriptSegment, Turn
from telephony.notes import Batch, Notes
from telephony.recordings import Piece, RecordingWriter

PASS_S = 1.0
BEAT_EVERY = 10  # passes
PATIENCE_S = 90.0  # for the last words of a call, with the database away
# What a row itself is to blame for: it would fail for ever.
BAD_ROW = (DataError, IntegrityError, ValueError)
AWAY = (DatabaseError, InterfaceError)  # or what speaks to it is cut

log = logging.getLogger(__name__)
Row = TypeVar("Row", TranscriptSegment, TimelineEvent, Turn)


@dataclass
class Desk:
    """What the scribe keeps of one live call. Filled on the loop, emptied by passes."""

    call_id: UUID
    notes: Notes
    now_ms: Callable[[], int]
    exchanged_ms: Callable[[], int]
    on_no_credit: Callable[[], None]  # called on the loop
    on_stop: Callable[[], None]
    epoch: int | None = None  # of the socket that carries the call
    writer: RecordingWriter | None = None
    recording_path: str = ""
    caller_audio: list[Piece] = field(default_factory=list)
    agent_audio: list[Piece] = field(default_factory=list)
    passes: int = 0
    # Only the thread knows these:
    unwritten: Batch = field(default_factory=Batch)
    is_recorded: bool = False  # the recording has its row


@dataclass
class _Work:
    """One call's share of one pass."""

    desk: Desk
    batch: Batch
    caller_audio: list[Piece]
    agent_audio: list[Piece]
    now_ms: int
    exchanged_ms: int
    beat: bool
    pulse: calls.Pulse = "on"


class Scribe:
    """Serves the live calls of one process."""

    def __init__(self) -> None:
        self._desks: dict[UUID, Desk] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="scribe")
        self._task: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._load = 0.0

    def open(self, desk: Desk) -> None:
        """Take a live call in."""
        self._desks[desk.call_id] = desk
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def close(
        self, desk: Desk, outcome: calls.Outcome, *, ends: bool = True
    ) -> asyncio.Task[None]:
        """Write a call's last rows, its recording and its end; settle it. Without
        ``ends`` another socket goes on with the call.

        It goes on whether somebody waits for it or not.
        """
        if self._desks.get(desk.call_id) is desk:
            del self._desks[desk.call_id]
        closing = asyncio.get_running_loop().create_task(
            self._close(desk, outcome, ends=ends)
        )
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        return closing

    async def drain(self) -> None:
        """Wait until every call that ended is settled."""
        if self._closing:
            await asyncio.wait(self._closing)

    @property
    def is_full(self) -> bool:
        """Tell whether the loop's core is too busy for one more call."""
        return bool(self._desks) and self._load > settings.MEDIA_FULL_AT

    async def _run(self) -> None:
        busy, wall = time.thread_time(), time.monotonic()
        while self._desks:
            await asyncio.sleep(PASS_S)
            works = [self._next(desk) for desk in list(self._desks.values())]
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, _pass, works)
            for work in works:
                _tell(work)
            was_busy, was_wall = busy, wall
            busy, wall = time.thread_time(), time.monotonic()
            load = (busy - was_busy) / (wall - was_wall)
            self._load = 0.7 * self._load + 0.3 * load

    def _next(self, desk: Desk) -> _Work:
        desk.passes += 1
        return _collect(desk, beat=desk.passes % BEAT_EVERY == 0)

    async def _close(self, desk: Desk, outcome: calls.Outcome, *, ends: bool) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_S
        work = _collect(desk, beat=False)
        while True:
            try:
                await loop.run_in_executor(self._thread, _finish, work, outcome, ends)
            except AWAY:
                if loop.time() < deadline:
                    await asyncio.sleep(PASS_S)
                    continue
                log.exception("call_not_ended", extra={"call": str(desk.call_id)})
            except Exception:  # trying again would not help, and others wait
                log.exception("call_not_ended", extra={"call": str(desk.call_id)})
            return  # the reaper ends what we could not


def _collect(desk: Desk, *, beat: bool) -> _Work:
    caller, desk.caller_audio = desk.caller_audio, []
    agent, desk.agent_audio = desk.agent_audio, []
    now_ms, exchanged_ms = desk.now_ms(), desk.exchanged_ms()
    batch = desk.notes.drain()
    return _Work(desk, batch, caller, agent, now_ms, exchanged_ms, beat)


def _tell(work: _Work) -> None:
    if work.pulse == "broke":
        work.desk.on_no_credit()
    elif work.pulse == "stop":
        work.desk.on_stop()


# ---- in the thread


def _pass(works: list[_Work]) -> None:
    for work in works:
        _write_audio(work)
        work.desk.unwritten += work.batch
    try:
        with threads.turn():
            _write_rows([work.desk for work in works])
        for work in works:
            if work.beat:
                with threads.turn():
                    _beat(work)
    except AWAY:
        log.warning("records_wait_for_the_database", exc_info=True)
        connection.close()  # the next pass knocks anew
    except Exception:  # the next pass must come, whatever befell this one
        log.exception("scribe_failed")


def _beat(work: _Work) -> None:
    work.pulse = calls.beat(
        work.desk.call_id,
        duration_ms=work.now_ms,
        exchanged_ms=work.exchanged_ms,
        now=clock.now(),
        epoch=work.desk.epoch,
    )


def _write_audio(work: _Work) -> None:
    desk = work.desk
    if desk.writer is None:
        return
    try:
        desk.writer.write(work.caller_audio, work.agent_audio, work.now_ms)
    except OSError:  # a full disk costs the recording, not the call
        log.exception("recording_failed", extra={"call": str(desk.call_id)})
        desk.writer = None


def _write_rows(desks: list[Desk]) -> None:
    """Write what lies on all desks in one transaction; if a row is bad, one by one."""
    for desk in desks:
        if desk.writer is not None and not desk.is_recorded:
            recordings.begin(desk.call_id, desk.recording_path, desk.writer.rate)
            desk.is_recorded = True
    full = [desk for desk in desks if desk.unwritten]
    if not full:
        return
    try:
        # A pass that was cut off after its commit is repeated: rows are skipped then.
        with transaction.atomic():
            for model, rows in _rows(full):
                model._default_manager.bulk_create(rows, ignore_conflicts=True)
    except BAD_ROW:
        _write_one_by_one(full)
    for desk in full:
        desk.unwritten = Batch()


def _rows(desks: list[Desk]) -> list[tuple[Any, list[Any]]]:
    return [
        (TranscriptSegment, _made(TranscriptSegment, desks, "segments")),
        (TimelineEvent, _made(TimelineEvent, desks, "timeline")),
        (Turn, _made(Turn, desks, "turns")),
    ]


def _made(model: type[Row], desks: list[Desk], kind: str) -> list[Row]:
    return [
        model(call_id=desk.call_id, **row)
        for desk in desks
        for row in getattr(desk.unwritten, kind)
    ]


def _write_one_by_one(desks: list[Desk]) -> None:
    for model, rows in _rows(desks):
        for row in rows:
            try:
                with transaction.atomic():
                    model._default_manager.bulk_create([row], ignore_conflicts=True)
            except BAD_ROW:
                log.exception("row_dropped", extra={"model": model.__name__})


def _finish(work: _Work, outcome: calls.Outcome, ends: bool) -> None:
    desk = work.desk
    if work.batch:
        desk.unwritten += work.batch
        work.batch = Batch()
    try:
        with threads.turn():
            _write_rows([desk])
        _finish_recording(work, outcome.duration_ms, ends)
        if not ends:
            return
        with threads.turn():
            calls.end(desk.call_id, outcome, now=clock.now(), epoch=desk.epoch)
    except AWAY:
        connection.close()
        raise


def _finish_recording(work: _Work, duration_ms: int, ends: bool) -> None:
    writer = work.desk.writer
    if writer is None:
        return
    try:
        writer.close(work.caller_audio, work.agent_audio, duration_ms)
    except OSError:
        log.exception("recording_failed", extra={"call": str(work.desk.call_id)})
    work.caller_audio, work.agent_audio = [], []  # never written twice
    if ends:
        recordings.complete(work.desk.call_id, writer.peaks())


_scribes: dict[asyncio.AbstractEventLoop, Scribe] = {}


def shared() -> Scribe:
    """Return the scribe of the running loop."""
    loop = asyncio.get_running_loop()
    for gone in [other for other in _scribes if other.is_closed()]:
        del _scribes[gone]
    return _scribes.setdefault(loop, Scribe())
