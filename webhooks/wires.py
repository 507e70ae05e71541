"""The tries that are under way: an event loop on a thread of its own.

It knows no database. Jobs go in, outcomes come out of a queue, and however a receiver
behaves it holds up nobody but its own tries, of which two are under way at once.
"""

import asyncio
import logging
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from queue import SimpleQueue
from uuid import UUID

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
        self._waiting: defaultdict[UUID, deque[Job]] = defaultdict(deque)
        self._lines: Counter[UUID] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
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
            self._waiting[job.endpoint_id].append(job)
            if self._lines[job.endpoint_id] < PER_ENDPOINT:
                self._lines[job.endpoint_id] += 1
                task = self._loop.create_task(self._serve(job.endpoint_id))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _serve(self, lane: UUID) -> None:
        """Make an endpoint's tries one after the other, as long as there are any."""
        jobs = self._waiting[lane]
        while jobs:
            self.outcomes.put(await attempt(jobs.popleft()))
        self._lines[lane] -= 1
        if not self._lines[lane]:
            del self._lines[lane], self._waiting[lane]


async def attempt(job: Job) -> Outcome:
    """Make one try; nothing is raised."""
    now, began = clock.now(), time.monotonic()
    if now + timedelta(seconds=job.schedule.cut_off_s) > job.lease_until:
        return Outcome(job, now, {}, 0, was_made=False)  # others may have it by then
    headers: dict[str, str] = {}
    try:
        headers = signing.headers(
            secrets=job.secrets,
            body=job.body,
            event=job.event,
            delivery_id=str(job.delivery_id),
            now=now,
            tries=job.tries,
        )
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
    except Exception:  # ours to mend; the others must still go out
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
