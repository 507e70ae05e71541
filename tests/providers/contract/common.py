"""What all contracts share: hurry, faults at the door, and the events of a stream."""

import asyncio
import contextlib
import gc
from unittest import mock

import pytest

from providers import limits
from providers.errors import Refused, TimedOut, Unavailable
from providers.ports import (
    AudioFormat,
)

WIDE = AudioFormat("pcm_s16le", 16000)
DOOR_FAULTS = [
    ("401", Refused),
    ("404", Refused),
    ("429", Unavailable),
    ("500", Unavailable),
    ("503", Unavailable),
    ("refuse", Unavailable),
    ("slow", TimedOut),
]
HURRY = {
    name: 0.3 for name in dir(limits) if name[:4] in ("STT_", "LLM_", "TTS_", "REAL")
}


@contextlib.contextmanager
def in_a_hurry():
    """Shorten all limits, so that a test need not wait for real ones."""
    with mock.patch.multiple(limits, **HURRY):
        yield


class DoorFaults:
    """What a vendor on a network does at its door; ``door_error(port)`` goes there."""

    @pytest.mark.parametrize(("fault", "kind"), DOOR_FAULTS)
    async def test_reports_a_fault_at_the_door(self, faulty, fault, kind):
        async with faulty(fault) as port:
            with in_a_hurry():
                error = await self.door_error(port)

        assert type(error) is kind
        assert "good-key" not in str(error)

    async def test_refuses_a_wrong_key(self, vendor, port_with_key):
        error = await self.door_error(port_with_key("wrong-key"))

        assert error.permanent
        assert error.status == 401
        assert "wrong-key" not in str(error)


def streams_alive():
    """Return the adapters' streams that something still holds on to, a timer say."""
    gc.collect()
    return {
        id(each)
        for each in gc.get_objects()
        if type(each).__name__.endswith("Stream")
        and str(type(each).__module__).startswith("providers.")
    }


class Events(list):
    """Collects events; ``until`` waits for one that fits."""

    def __init__(self):
        super().__init__()
        self.came = asyncio.Event()

    def __call__(self, event):
        assert asyncio.get_running_loop()  # on the loop's thread, nowhere else
        self.append(event)
        self.came.set()

    async def until(self, *kinds, within=10.0):
        """Return the first event of these kinds."""
        async with asyncio.timeout(within):
            while True:
                for event in self:
                    if isinstance(event, kinds):
                        return event
                self.came.clear()
                await self.came.wait()

    async def until_equal(self, event, within=10.0):
        """Wait until this very event has come."""
        async with asyncio.timeout(within):
            while event not in self:
                self.came.clear()
                await self.came.wait()

    def of(self, kind):
        return [event for event in self if isinstance(event, kind)]
