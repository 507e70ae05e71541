"""Calls that come in at one number together, answered together.

A call on its own is answered at once. What rings at the same number meanwhile is looked
up, let in or turned away in one go: a crowd costs little more than one caller, and each
of its calls is in the log before its carrier is answered.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db.models import QuerySet

from common import clock, database_busy
from telephony import connections, inbound, threads
from telephony.carrier import CallbackRequest, Caller
from telephony.carriers import Carrier
from telephony.inbound import Answer
from telephony.models import CarrierConnection, Number
from telephony.phone_numbers import of_carrier

TOGETHER = 200  # rings that are looked at in one go, at most
JOINED = 3  # times that others join those who wait for a first answer, at most

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ring:
    """A carrier tells of a call that comes in; nothing is believed yet."""

    carrier: Carrier
    asked: CallbackRequest
    caller: Caller


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a ring. Without an answer it was no carrier of ours that told."""

    answer: Answer | None = None
    connection: CarrierConnection | None = None


_Waiting = tuple[Ring, asyncio.Future[Taken]]


def take(ring: Ring) -> Taken:
    """Answer one."""
    (taken,) = _take([ring])
    assert taken is not None  # noqa: S101  # one is answered at least
    return taken


def take_together(
    rings: Sequence[Ring], *, is_again: bool = False
) -> list[Taken | Exception | None]:
    """Answer rings at one number of one carrier, at least one; None: not yet.

    What is wrong with one of them does not hold the others up.
    """
    try:
        return list(_take(rings))
    except database_busy.CAUSES as error:
        if database_busy.is_collision(error) and not is_again:
            log.info("rings_taken_again", exc_info=True)
            return take_together(rings, is_again=True)
        return [error] * len(rings)  # it would be so for each
    except Exception as error:  # of one of them: asked one by one it shows of which
        if len(rings) == 1:
            return [error]
        log.info("rings_taken_one_by_one", exc_info=True)
        return [take_together([ring])[0] for ring in rings]


def _take(rings: Sequence[Ring]) -> list[Taken | None]:
    carrier, to_number = rings[0].carrier, rings[0].caller.to_number
    number = (
        Number.objects.select_related("workspace", "agent__published")
        .filter(number=of_carrier(to_number))
        .first()
    )
    connected = CarrierConnection.objects.filter(provider=carrier.name, is_active=True)
    if number is None:
        return [_at_no_number(ring, connected) for ring in rings]
    connection = connected.filter(workspace_id=number.workspace_id).first()
    if connection is None:
        return [Taken()] * len(rings)
    genuine = [connections.is_genuine(connection, ring.asked) for ring in rings]
    callers = [
        ring.caller for ring, is_true in zip(rings, genuine, strict=True) if is_true
    ]
    answers: Iterator[Answer | None] = iter(())
    if callers:
        with threads.turn():
            now = clock.now()
            received = inbound.receive_together(connection, number, callers, now)
        answers = iter(received)
    taken: list[Taken | None] = []
    for is_true in genuine:
        answer = next(answers) if is_true else None
        is_not_yet = is_true and answer is None
        taken.append(None if is_not_yet else Taken(answer, connection))
    return taken


def _at_no_number(ring: Ring, connected: QuerySet[CarrierConnection]) -> Taken:
    """Whose it is, is known by the account alone."""
    account, now = ring.caller.account_ref, clock.now()
    connection = connected.filter(account_ref=account).first() if account else None
    if connection is None or not connections.is_genuine(connection, ring.asked):
        return Taken()
    return Taken(inbound.receive(connection, None, ring.caller, now), connection)


class Switchboard:
    """Brings together the rings at a number that come while others are answered.

    Of one event loop. A number has one thread at a time, which is also what keeps a
    crowd at one number from the threads of all others.
    """

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self._take = threads.in_thread(
            take_together, takes_turns=False, executor=executor
        )
        self._waiting: dict[tuple[str, str], list[_Waiting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()  # kept, or they are dropped

    async def take(self, ring: Ring) -> Taken:
        """Answer a ring, with whichever others wait by then. Raises what went wrong."""
        number = (ring.carrier.name, ring.caller.to_number)
        is_first = number not in self._waiting
        answer: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(number, []).append((ring, answer))
        if is_first:
            self._tasks.add(task := asyncio.create_task(self._work(number)))
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _work(self, number: tuple[str, str]) -> None:
        waiting = self._waiting[number]
        going: list[_Waiting] = []
        joined = 0
        while going or waiting:
            if not going:
                joined = 0
            # Whoever was there before others goes before them. But those for whom there
            # is no room should hear so before the first are let in, which takes longer.
            if joined < JOINED:
                free = TOGETHER - len(going)
                going += waiting[:free]
                waiting[:free] = []
                joined += 1
            try:
                taken = await self._take([ring for ring, _ in going])
            except Exception as error:  # of the threads themselves
                taken = [error] * len(going)
            going = [
                one
                for one, each in zip(going, taken, strict=True)
                if not _told(one[1], each)
            ]
        del self._waiting[number]


def _told(answer: asyncio.Future[Taken], taken: Taken | Exception | None) -> bool:
    """Tell whether whoever asked has been answered, or is gone."""
    if answer.done():
        return True
    if isinstance(taken, Exception):
        answer.set_exception(taken)
    elif taken:
        answer.set_result(taken)
    return taken is not None
