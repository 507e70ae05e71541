"""Carries what is due, in a thread of a worker.

One round: write down what came back, take lanes, claim, send; then wait for an outcome,
a nudge, or the moment the next try is due. The database is the memory: a courier that
dies is replaced by whoever looks next (a sweep every 5 s), when its leases are over.
"""

import heapq
import logging
import os
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from queue import Empty
from uuid import UUID

from django.db import close_old_connections, connection

from common import clock, ids
from webhooks import delivery
from webhooks.delivery import Job, Outcome
from webhooks.wires import Wires

LANES = 64  # endpoints served at once by one process
AT_HAND = 2  # deliveries claimed at once for one endpoint
AT_HAND_IF_QUICK = 32  # if it answers at once: claiming one by one would cost more
QUICK_MS = 250
MANY = 16  # under way at once: then outcomes are gathered and written together
GATHER_S = 0.02
SLICE = timedelta(seconds=10)  # of one endpoint while others wait for a lane
LOOK_AGAIN_S = 0.5  # for endpoints that are being served
AFTER_NUDGE_S = 0.3  # once more: another courier may just have left the lane
IDLE_S = 5.0
AHEAD = timedelta(seconds=30)  # tries due so soon are waited for here

log = logging.getLogger(__name__)


class Courier:
    """Serves endpoints until it is told to stop."""

    def __init__(self, *, lanes: int = LANES) -> None:
        self.id = ids.new()
        self._most_lanes = lanes
        self._wires = Wires()
        self._under_way: Counter[UUID] = Counter()
        self._lanes: dict[UUID, datetime] = {}  # since when we serve them
        self._quick: set[UUID] = set()
        self._kept_at: datetime | None = None
        self._unwritten: list[Outcome] = []
        self._due: list[datetime] = []  # a heap
        self._woken = True
        self.stopping = threading.Event()

    def wake(self) -> None:
        """Look for work at once; from any thread."""
        self._wires.outcomes.put(None)

    def stop(self) -> None:
        """Ask for the end: what is under way is still written down."""
        self.stopping.set()
        self.wake()

    def run(self) -> None:
        """Serve until stopped, whatever happens to the database."""
        try:
            while not self.stopping.is_set() or self._under_way.total():
                try:
                    self.round()
                    self._wait(self._patience())
                except Exception:  # the next round may do; a courier never ends of one
                    log.exception("webhooks: a round failed")
                    time.sleep(1)
                    close_old_connections()
            self.leave()
        finally:
            self._wires.close()
            connection.close()

    def drain(self) -> None:
        """Send all that is due and return; what failed waits for its moment."""
        try:
            self.round()
            while self._under_way.total():
                while self._under_way.total():
                    self._wait(LOOK_AGAIN_S)
                    self.round()
                self._woken = True  # there may have been more endpoints than lanes
                self.round()
            self.leave()
        finally:
            self._wires.close()

    def round(self) -> None:
        """Write down, take, claim, send."""
        now = clock.now()
        idle = self._write_down(now)
        if not self.stopping.is_set():
            if self._woken or (self._due and self._due[0] <= now):
                self._look(now)
                idle = set(self._lanes)
            elif self._is_time_to_keep(now):
                idle = set(self._lanes)  # new letters may have come for them
            self._send(idle, now)
        self._leave_the_idle(now)
        self._keep(now)

    def leave(self) -> None:
        """Give every lane back."""
        delivery.leave_lanes(self._lanes, holder=self.id, now=clock.now())
        self._lanes.clear()

    def _write_down(self, now: datetime) -> set[UUID]:
        """Record what came back; return the endpoints that have room again."""
        if not self._unwritten:
            return set()
        due = delivery.record(self._unwritten, now=now)
        served = {outcome.job.endpoint_id for outcome in self._unwritten}
        for outcome in self._unwritten:
            self._note(outcome)
        self._unwritten = []
        for moment in due:
            if moment - now <= AHEAD:
                heapq.heappush(self._due, moment)
        return served

    def _note(self, outcome: Outcome) -> None:
        lane = outcome.job.endpoint_id
        self._under_way[lane] -= 1
        if outcome.succeeded and outcome.elapsed_ms <= QUICK_MS:
            self._quick.add(lane)
        else:
            self._quick.discard(lane)

    def _look(self, now: datetime) -> None:
        self._woken = False
        while self._due and self._due[0] <= now:
            heapq.heappop(self._due)
        room = self._most_lanes - len(self._lanes)
        for lane in delivery.take_lanes(holder=self.id, now=now, room=room):
            self._lanes[lane] = now

    def _send(self, lanes: set[UUID], now: datetime) -> None:
        room = {
            lane: room
            for lane in lanes & self._lanes.keys()
            if (room := self._room(lane)) > 0 and not self._has_had_its_turn(lane, now)
        }
        if room:
            self._begin(delivery.claim(room, holder=self.id, now=now))

    def _room(self, lane: UUID) -> int:
        """Return how many more to claim; not before half of them are done."""
        most = AT_HAND_IF_QUICK if lane in self._quick else AT_HAND
        under_way = self._under_way[lane]
        return most - under_way if under_way <= most // 2 else 0

    def _begin(self, jobs: list[Job]) -> None:
        self._under_way.update(job.endpoint_id for job in jobs)
        self._wires.send(jobs)

    def _has_had_its_turn(self, lane: UUID, now: datetime) -> bool:
        others_wait = len(self._lanes) >= self._most_lanes
        return others_wait and now - self._lanes[lane] > SLICE

    def _leave_the_idle(self, now: datetime) -> None:
        idle = [lane for lane in self._lanes if not self._under_way[lane]]
        if not idle:
            return
        full = len(self._lanes) >= self._most_lanes
        delivery.leave_lanes(idle, holder=self.id, now=now)
        for lane in idle:
            del self._lanes[lane]
            del self._under_way[lane]
            self._quick.discard(lane)
        self._woken = self._woken or full  # others may have waited for one

    def _is_time_to_keep(self, now: datetime) -> bool:
        kept = self._kept_at
        return kept is None or now - kept >= timedelta(seconds=LOOK_AGAIN_S)

    def _keep(self, now: datetime) -> None:
        if self._lanes and self._is_time_to_keep(now):
            delivery.keep_lanes(self._lanes, holder=self.id, now=now)
            self._kept_at = now

    def _patience(self) -> float:
        """Return how long there is nothing to do unless something comes (s)."""
        if self._woken:
            return 0.0
        longest = LOOK_AGAIN_S if self._lanes else IDLE_S
        if not self._due:
            return longest
        until_due = (self._due[0] - clock.now()).total_seconds()
        return min(longest, max(0.0, until_due))

    def _wait(self, seconds: float) -> None:
        """Wait for something to come, then take all that has come."""
        try:
            self._take(self._wires.outcomes.get(timeout=seconds or 0.001))
            if self._under_way.total() > MANY:
                time.sleep(GATHER_S)
            while True:
                self._take(self._wires.outcomes.get_nowait())
        except Empty:
            return

    def _take(self, outcome: Outcome | None) -> None:
        if outcome is None:
            self._woken = True
            again = clock.now() + timedelta(seconds=AFTER_NUDGE_S)
            heapq.heappush(self._due, again)
        else:
            self._unwritten.append(outcome)


_lock = threading.Lock()
_here: tuple[int, Courier, threading.Thread] | None = None  # the process it lives in


def wake() -> None:
    """Nudge this process's courier; the first nudge hires it."""
    global _here
    with _lock:
        if _here is None or _here[0] != os.getpid() or not _here[2].is_alive():
            courier = Courier()
            thread = threading.Thread(
                target=courier.run, name="webhook-courier", daemon=True
            )
            _here = (os.getpid(), courier, thread)
            thread.start()
        _here[1].wake()


def stop(within: float = 5.0) -> None:
    """Let this process's courier finish what is under way."""
    with _lock:
        if _here is not None and _here[0] == os.getpid():
            _here[1].stop()
            _here[2].join(within)
