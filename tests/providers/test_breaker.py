import pytest

from providers import limits
from providers.breaker import Breaker

WHOSE = ("workspace", "tts", "elevenlabs")


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker(clock)


def fail(breaker, times=limits.BREAKER_FAILURES, whose=WHOSE):
    return [breaker.failed(*whose) for _ in range(times)]


def test_five_failures_open_it(breaker):
    assert fail(breaker) == [False] * 4 + [True]
    assert breaker.is_open(*WHOSE)


def test_fewer_do_not(breaker):
    fail(breaker, 4)
    assert not breaker.is_open(*WHOSE)


def test_five_over_a_longer_time_do_not(breaker, clock):
    for _ in range(10):
        breaker.failed(*WHOSE)
        clock.now += limits.BREAKER_WINDOW / 4
    assert not breaker.is_open(*WHOSE)


def test_it_is_each_customers_own(breaker):
    fail(breaker)
    assert not breaker.is_open("another", *WHOSE[1:])
    assert not breaker.is_open(WHOSE[0], "stt", "elevenlabs")


def test_one_tries_it_after_a_rest(breaker, clock):
    fail(breaker)
    clock.now += limits.BREAKER_REST
    assert [breaker.is_open(*WHOSE) for _ in range(3)] == [False, True, True]


def test_a_trial_that_fails_opens_it_again(breaker, clock):
    fail(breaker)
    clock.now += limits.BREAKER_REST
    assert not breaker.is_open(*WHOSE)
    clock.now += 1
    fail(breaker, 1)
    clock.now += limits.BREAKER_REST - 1
    assert breaker.is_open(*WHOSE)


def test_a_trial_without_a_failure_closes_it(breaker, clock):
    fail(breaker)
    clock.now += limits.BREAKER_REST
    assert not breaker.is_open(*WHOSE)
    clock.now += limits.BREAKER_REST
    assert [breaker.is_open(*WHOSE) for _ in range(3)] == [False] * 3
    fail(breaker, 4)  # and what was before does not count
    assert not breaker.is_open(*WHOSE)
