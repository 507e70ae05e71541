"""Writes for all live calls of the process: one pass a second, in one thread.

The event loop only puts things aside; a database that is away for a while costs no call
and no line, because what could not be written is put back and tried again.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db import DatabaseError, close_old_connections, transaction

from common import clock
from telephony import calls, recordings
from telephony.models import (
    Recording,
    TimelineEvent,
    TranscriptSegment,
    Turn,
)
from telephony.notes import Batch, Notes
from telephony.recordings import Frame, RecordingWriter

PASS_S = 1.0
BEAT_EVERY = 10  # passes
PATIENCE_S = 90.0  # for the last words of a call, with the database away

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
    writer: RecordingWriter | None = None
    recording_path: str = ""
    frames: list[Frame] = field(default_factory=list)
    passes: int = 0
    is_recorded: bool = False  # the recording has its row


@dataclass
class _Work:
    """One call's share of one pass."""

    desk: Desk
    batch: Batch
    frames: list[Frame]
    now_ms: int
    exchanged_ms: int
    beat: bool


class Scribe:
    """Serves the live calls of one process."""

    def __init__(self) -> None:
        self._desks: dict[UUID, Desk] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="scribe")
        self._task: asyncio.Task[None] | None = None

    def open(self, desk: Desk) -> None:
        """Take a live call in."""
        self._desks[desk.call_id] = desk
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self, desk: Desk, outcome: calls.Outcome) -> None:
        """Write a call's last rows, its recording and its end; settle it."""
        self._desks.pop(desk.call_id, None)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_S
        while True:
            work = _collect(desk, beat=False)
            try:
                await loop.run_in_executor(self._thread, _finish, work, outcome)
            except DatabaseError:
                desk.notes.put_back(work.batch)
                desk.frames[:0] = work.frames
                if loop.time() > deadline:
                    log.exception("call_not_ended", extra={"call": str(desk.call_id)})
                    return  # the reaper will end it
                await asyncio.sleep(PASS_S)
            else:
                return

    @property
    def count(self) -> int:
        """How many calls are live in this process."""
        return len(self._desks)

    async def _run(self) -> None:
        while self._desks:
            await asyncio.sleep(PASS_S)
            works = [self._next(desk) for desk in list(self._desks.values())]
            loop = asyncio.get_running_loop()
            verdicts = await loop.run_in_executor(self._thread, _pass, works)
            for work, verdict in zip(works, verdicts, strict=True):
                _tell(work.desk, verdict)

    def _next(self, desk: Desk) -> _Work:
        desk.passes += 1
        return _collect(desk, beat=desk.passes % BEAT_EVERY == 0)


def _collect(desk: Desk, *, beat: bool) -> _Work:
    frames, desk.frames = desk.frames, []
    return _Work(
        desk, desk.notes.drain(), frames, desk.now_ms(), desk.exchanged_ms(), beat
    )


# ---- in the thread


@dataclass(frozen=True, slots=True)
class _Verdict:
    put_back: Batch | None = None
    pulse: calls.Pulse = "on"


def _pass(works: list[_Work]) -> list[_Verdict]:
    close_old_connections()
    try:
        return [_write_guarded(work) for work in works]
    finally:
        close_old_connections()


def _write_guarded(work: _Work) -> _Verdict:
    """Write one call's share; a mistake or a lost database must not touch others."""
    try:
        _write_audio(work)
        _write_rows(work)
    except DatabaseError:
        log.warning("records_wait_for_the_database")
        return _Verdict(put_back=work.batch)
    except Exception:
        log.exception("scribe_failed", extra={"call": str(work.desk.call_id)})
        return _Verdict()
    return _beat(work) if work.beat else _Verdict()


def _beat(work: _Work) -> _Verdict:
    try:
        pulse = calls.beat(
            work.desk.call_id,
            duration_ms=work.now_ms,
            exchanged_ms=work.exchanged_ms,
            now=clock.now(),
        )
    except DatabaseError:
        return _Verdict()
    return _Verdict(pulse=pulse)


def _write_audio(work: _Work) -> None:
    if work.desk.writer is not None:
        frames, work.frames = work.frames, []  # never written twice
        work.desk.writer.write(frames, work.now_ms)


def _write_rows(work: _Work) -> None:
    desk, batch = work.desk, work.batch
    if desk.writer is not None and not desk.is_recorded:
        Recording.objects.get_or_create(
            call_id=desk.call_id,
            defaults={"path": desk.recording_path, "sample_rate": desk.writer.rate},
        )
        desk.is_recorded = True
    if not batch:
        return
    # A pass that was cut off after its commit is repeated: the same rows are skipped.
    with transaction.atomic():
        _insert(TranscriptSegment, desk.call_id, batch.segments)
        _insert(TimelineEvent, desk.call_id, batch.timeline)
        _insert(Turn, desk.call_id, batch.turns)


def _insert(model: type[Row], call_id: UUID, rows: list[dict[str, Any]]) -> None:
    model._default_manager.bulk_create(
        [model(call_id=call_id, **row) for row in rows], ignore_conflicts=True
    )


def _finish(work: _Work, outcome: calls.Outcome) -> None:
    close_old_connections()
    try:
        _write_audio(work)
        _write_rows(work)
        if work.desk.writer is not None:
            work.desk.writer.close(outcome.duration_ms)
            recordings.complete(work.desk.call_id)
        calls.end(work.desk.call_id, outcome, now=clock.now())
    finally:
        close_old_connections()


def _tell(desk: Desk, verdict: _Verdict) -> None:
    if verdict.put_back:
        desk.notes.put_back(verdict.put_back)
    if verdict.pulse == "broke":
        desk.on_no_credit()
    elif verdict.pulse == "stop":
        desk.on_stop()


_scribes: dict[asyncio.AbstractEventLoop, Scribe] = {}


def shared() -> Scribe:
    """Return the scribe of the running loop."""
    loop = asyncio.get_running_loop()
    for gone in [other for other in _scribes if other.is_closed()]:
        del _scribes[gone]
    return _scribes.setdefault(loop, Scribe())
