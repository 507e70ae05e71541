"""Threads that write to SQLite take turns."""

import threading

import pytest
from django.db import connection

from telephony.threads import turn

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="servers let many write at once"
    ),
]


def test_one_at_a_time_and_the_same_one_again():
    inside, most = 0, 0

    def write():
        nonlocal inside, most
        with turn(), turn():  # an operation within another one
            inside += 1
            most = max(most, inside)
            threading.Event().wait(0.01)
            inside -= 1

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1


def test_a_turn_that_fails_is_given_up():
    with pytest.raises(ValueError, match="no"), turn():
        raise ValueError("no")

    taken = []

    def take():
        with turn():
            taken.append("next")

    thread = threading.Thread(target=take)
    thread.start()
    thread.join(5)
    assert taken == ["next"]
