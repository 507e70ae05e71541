"""When a failed try is repeated: pure."""

from dataclasses import dataclass

MINUTE, HOUR = 60.0, 3600.0


@dataclass(frozen=True)
class Schedule:
    """A number of tries with waits between them."""

    waits: tuple[float, ...]  # s
    cut_off_s: float  # of one try, look-up to last byte
    jitter: float  # share of a wait that luck adds or takes
    heeds_retry_after: bool

    @property
    def tries(self) -> int:
        """Return how many tries there are in all."""
        return len(self.waits) + 1


PROMPT = Schedule((1, 2, 4, 8), cut_off_s=3, jitter=0.0, heeds_retry_after=False)
PATIENT = Schedule(
    (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR),
    cut_off_s=15,
    jitter=0.2,
    heeds_retry_after=True,
)


def of(is_patient: bool) -> Schedule:
    """Return the schedule of an endpoint."""
    return PATIENT if is_patient else PROMPT


def wait(
    schedule: Schedule, tries: int, *, luck: float, retry_after: float | None = None
) -> float | None:
    """Return how long to wait after so many failed tries; None: that was the last.

    ``luck`` is between -1 and 1. A receiver may ask for more time, up to twice the
    step, where the schedule heeds it.
    """
    if tries >= schedule.tries:
        return None
    step = schedule.waits[tries - 1]
    planned = step * (1 + schedule.jitter * luck)
    if schedule.heeds_retry_after and retry_after is not None:
        return min(max(planned, retry_after), 2 * step)
    return planned
