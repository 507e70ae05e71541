"""Which providers failed a customer so often that calls had better begin with another.

    closed ──5 failures within 30 s──▶ open ──15 s──▶ on trial ──15 s without one──▶ closed
                                        ▲                │
                                        └── a failure ───┘

On trial, one call begins with the provider again; the others go on without it.
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

from providers import limits

MOST = 10_000  # circuits that one process remembers


@dataclass(slots=True)
class _Circuit:
    failures: list[float] = field(default_factory=list)
    opened: float | None = None
    trial: float | None = None  # since when


class Breaker:
    """A circuit for each thing that may fail. Any thread may ask."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._circuits: dict[Hashable, _Circuit] = {}
        self._lock = threading.Lock()

    def failed(self, *whose: Hashable) -> bool:
        """Take a failure; tell whether it opened the circuit."""
        now = self._now()
        with self._lock:
            if len(self._circuits) >= MOST:
                self._circuits.clear()
            circuit = self._circuits.setdefault(whose, _Circuit())
            if circuit.opened is not None:
                circuit.opened, circuit.trial = now, None
                return False
            since = now - limits.BREAKER_WINDOW
            circuit.failures = [at for at in circuit.failures if at > since] + [now]
            if len(circuit.failures) < limits.BREAKER_FAILURES:
                return False
            circuit.opened = now
            return True

    def is_open(self, *whose: Hashable) -> bool:
        """Tell whether to begin with another; whoever hears no after a rest tries it."""
        now = self._now()
        with self._lock:
            circuit = self._circuits.get(whose)
            if circuit is None or circuit.opened is None:
                return False
            if circuit.trial is not None:
                if passed := now - circuit.trial >= limits.BREAKER_REST:
                    del self._circuits[whose]
                return not passed
            if now - circuit.opened < limits.BREAKER_REST:
                return True
            circuit.trial = now
            return False


_calls = Breaker()  # of this process's calls


def call_failed(workspace: Hashable, channel: str, provider: str) -> bool:
    """Take a provider's failure in a call; tell whether calls begin without it now."""
    return _calls.failed(workspace, channel, provider)


def rests(workspace: Hashable, channel: str, provider: str) -> bool:
    """Tell whether a call that can do without the provider had better; the first that
    hears no after a rest is the one that tries it."""
    return _calls.is_open(workspace, channel, provider)


def in_order(workspace: Hashable, channel: str, providers: Iterable[str]) -> list[int]:
    """Return the places of the providers in the order in which a call tries them.

    None is left out: one that fails often is better than none.
    """
    names = list(providers)
    if len(names) < 2:
        return list(range(len(names)))
    late = [_calls.is_open(workspace, channel, name) for name in names]
    return sorted(range(len(names)), key=lambda place: late[place])
