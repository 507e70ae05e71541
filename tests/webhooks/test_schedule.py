import pytest

from webhooks.schedule import PATIENT, PROMPT, wait


def test_the_prompt_schedule_is_the_promised_one():
    waits = [wait(PROMPT, tries, luck=1) for tries in range(1, 6)]

    assert waits == [1, 2, 4, 8, None]
    assert PROMPT.cut_off_s == 3


def test_the_patient_schedule_has_eight_tries_over_27_hours():
    waits = [wait(PATIENT, tries, luck=0) for tries in range(1, 9)]

    assert waits[-1] is None
    assert sum(waits[:-1]) == 27 * 3600 + 35 * 60 + 5


@pytest.mark.parametrize("luck", [-1, -0.3, 0.7, 1])
def test_luck_moves_a_patient_wait_by_a_fifth_at_most(luck):
    assert 240 <= wait(PATIENT, 2, luck=luck) <= 360


@pytest.mark.parametrize(
    ("asked", "waited"), [(0, 300), (400, 400), (10**6, 600)], ids=str
)
def test_retry_after_is_heeded_between_once_and_twice_the_step(asked, waited):
    assert wait(PATIENT, 2, luck=0, retry_after=asked) == waited


def test_the_prompt_schedule_heeds_nobody():
    assert wait(PROMPT, 1, luck=0, retry_after=100) == 1
