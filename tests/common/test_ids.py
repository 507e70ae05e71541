"""Ids that are sorted by their birth."""

import time
from datetime import UTC, datetime, timedelta

from common import ids


def test_ids_are_sorted_in_the_order_of_their_birth():
    born = []
    for _ in range(2_000):
        born.append(ids.new())
        since = time.time_ns()
        while time.time_ns() < since + 500:  # a 4096th of a millisecond has 244 ns
            pass

    assert born == sorted(born)
    assert len({each.int >> 80 for each in born}) < len(born)  # many in one millisecond
    assert {(each.version, each.variant) for each in born} == {
        (7, "specified in RFC 4122")
    }


def test_a_moment_is_below_whatever_is_born_from_then_on_and_above_all_before():
    before = ids.new()
    moment = datetime.now(UTC) + timedelta(milliseconds=1)
    while datetime.now(UTC) < moment:
        pass

    assert before < ids.floor(moment) < ids.new()
