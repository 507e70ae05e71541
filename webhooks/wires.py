"""The tries that are under way: an event loop on a thread of its own.

It knows no database. Jobs go in, outcomes come out of a queue, and however a receiver
behaves it holds up nobody but its own tries, of which two are under way at once.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from queue import SimpleQueue
from uuid import UUID
from weakref import WeakValueDictionary

from common import clock, http
from webhooks import signing
from webhooks.delivery import REPLY_KEPT, Job, Outcome

PER_ENDPOINT = 2  # tries under way at once
TOOK_TOO_LONG = "timeout"
BROKEN = "It could not be sent. We have been told."

log = logging.getLogger(__name__)


class Wires:
    """Sends jobs at once, side by side."""

    def __init__(self) -> None:
        self.outcomes: SimpleQueue[Outcome | None] = SimpleQueue()  # None: wake up
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns: WeakValueDictionary[UUID, asyncio.Semaphore] = (
            WeakValueDictionary()
        )
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="webhook-wires", daemon=True
        )
        self._thread.start()

    def send(self, jobs: Iterable[Job]) -> None:
        """Start tries; each ends up among the outcomes."""
        self._loop.call_soon_threadsafe(self._start, list(jobs))

    def close(self) -> None:
        """Drop what is under way and end the thread."""
        asyncio.run_coroutine_threadsafe(http.close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        if not self._thread.is_alive():
            self._loop.close()

    def _start(self, jobs: list[Job]) -> None:
        for job in jobs:
            task = self._loop.create_task(self._try(job))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _try(self, job: Job) -> None:
        turns = self._turns.get(job.endpoint_id)
        if turns is None:
            turns = self._turns[job.endpoint_id] = asyncio.Semaphore(PER_ENDPOINT)
        async with turns:
            self.outcomes.put(await attempt(job))


async def attempt(job: Job) -> Outcome:
    """Make one try; nothing is raised."""
    now, began = clock.now(), time.monotonic()
    if now + timedelta(seconds=job.schedule.cut_off_s) > job.lease_until:
        return Outcome(job, now, {}, 0, was_made=False)  # others may have it by then
    headers = signing.headers(
        secrets=job.secrets,
        body=job.body,
        event=job.event,
        delivery_id=str(job.delivery_id),
        now=now,
        tries=job.tries,
    )
    try:
        reply = await http.asend(
            "POST",
            job.url,
            headers=headers,
            content=job.body,
            timeout_s=job.schedule.cut_off_s,
            max_bytes=REPLY_KEPT,
            https_only=True,
        )
    except http.OutboundError as failure:
        return _failed(job, now, headers, began, _words(failure))
    except Exception:
        log.exception("a webhook could not be sent")
        return _failed(job, now, headers, began, BROKEN)
    return Outcome(
        job=job,
        started_at=now,
        request_headers=headers,
        elapsed_ms=reply.elapsed_ms,
        status=reply.status,
        reply_headers=reply.headers,
        reply_body=reply.body,
        truncated=reply.truncated,
    )


def _words(failure: http.OutboundError) -> str:
    late = isinstance(failure, http.Unreachable) and failure.timed_out
    return TOOK_TOO_LONG if late else str(failure)


def _failed(
    job: Job, now: datetime, headers: dict[str, str], began: float, error: str
) -> Outcome:
    elapsed_ms = round((time.monotonic() - began) * 1000)
    return Outcome(job, now, headers, elapsed_ms, error=error)
