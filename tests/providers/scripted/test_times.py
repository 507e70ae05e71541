from datetime import datetime

import pytest

from providers.scripted import times

NOW = datetime(2026, 11, 26, 13, 33)  # noqa: DTZ001  # a Thursday, as a clock tool tells it


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("call me back tomorrow at three", "2026-11-27 15:00"),
        ("tomorrow at 10 a.m. please", "2026-11-27 10:00"),
        ("today at half past five", "2026-11-26 17:30"),
        ("on Friday at quarter to nine", "2026-11-27 08:45"),
        ("Thursday at noon", "2026-12-03 12:00"),
        ("Monday morning", "2026-11-30 09:00"),
        ("Monday morning at eight", "2026-11-30 08:00"),
        ("tonight at seven", "2026-11-26 19:00"),
        ("the day after tomorrow at 2 pm", "2026-11-28 14:00"),
        ("December 3rd at 14:15", "2026-12-03 14:15"),
        ("January 4 at nine o'clock", "2027-01-04 09:00"),
        ("in two hours", "2026-11-26 15:33"),
        ("in half an hour", "2026-11-26 14:03"),
        ("in a week", "2026-12-03 13:33"),
        ("at four thirty", "2026-11-26 16:30"),
        ("at noon", "2026-11-27 12:00"),  # today's is over
        ("tomorrow at 12 pm", "2026-11-27 12:00"),
        ("tomorrow at 12 am", "2026-11-27 00:00"),
    ],
)
def test_a_moment_is_worked_out(said, moment):
    assert times.moment(said, NOW) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "said",
    [
        "call me back",
        "tomorrow",
        "on Friday",
        "some time",
        "I have two children",
        "my number is 555 0122",
        "at 25 o'clock",
        "February 30",
        "",
    ],
)
def test_what_is_not_said_is_not_guessed(said):
    assert times.moment(said, NOW) is None
    assert not times.names_one(said)


def test_the_clock_tool_is_understood():
    told = "Thursday, November 26, 2026, 1:33 PM (Europe/Berlin)"

    assert times.told(told) == NOW
    assert times.told("The tool did not answer in time.") is None
