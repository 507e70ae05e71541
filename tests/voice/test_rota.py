import pytest

from providers import limits
from providers.errors import Refused, TimedOut, Unavailable
from voice.rota import Rota


def busy(seconds):
    error = Unavailable("busy")
    error.retry_after = seconds
    return error


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (busy(None), True),
        (busy(0.0), True),
        (busy(limits.CALL_RETRY_AFTER), True),
        (busy(limits.CALL_RETRY_AFTER + 0.1), False),
        (TimedOut("late"), True),
        (Refused("no"), False),
    ],
)
def test_a_call_waits_for_nobody_while_another_is_there(error, again):
    rota = Rota(["first", "second"])

    assert rota.failed(error) is again
    assert rota.current == ("first" if again else "second")


def test_the_last_one_is_tried_once_more_whatever_it_asks():
    rota = Rota(["only"])

    assert rota.failed(busy(60.0))
    assert rota.current == "only"
