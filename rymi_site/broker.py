"""The way to Redis that Celery's messages go, which outlives a Redis that goes away."""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as NotConnected


class Channel(redis.Channel):
    """Kombu's own, but for one fault.

    A channel whose connection is gone is asked once more: to close, or to acknowledge a
    task that ended later. That of kombu 5.7 then asks a client that is None, and the
    worker ends: ``'NoneType' object has no attribute 'hostname'``. A connection's error
    is what both callers expect.
    """

    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection.client is None:
            raise NotConnected("This channel's connection has been closed.")
        return super()._connparams(asynchronous)  # type: ignore[no-untyped-call]  # kombu


class Transport(redis.Transport):
    """Kombu's own, with that channel."""

    Channel = Channel


def install() -> None:
    """Have ``redis://`` and ``rediss://`` mean this transport in this process."""
    name = f"{__name__}:{Transport.__name__}"
    TRANSPORT_ALIASES.update(redis=name, rediss=name)
