"""The media process is killed, and the next one serves at once."""

import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests import processes

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


class Media:
    def __init__(self):
        self.port = processes.free_port()
        self.parent = processes.start("rymi_site.media", "--port", self.port)
        processes.wait_until_up(self.port, self.parent, 120)

    @property
    def child(self):
        return processes.child_of(self.parent)

    def answers(self):
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/healthz"
            ) as told:
                return told.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None


@pytest.fixture
def media():
    running = Media()
    yield running
    processes.stop(running.parent)


def gone(pid, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_whoever_asks_while_it_is_dead_waits_for_the_next_one(media):
    time.sleep(5)  # it has shown that it can live
    first, loaded = media.child, processes.cpu_s(media.parent)

    os.kill(first, signal.SIGKILL)

    assert media.answers() == 200  # nobody was refused
    assert media.child not in (None, first)
    assert media.parent.poll() is None
    assert processes.cpu_s(media.parent) - loaded < 0.5  # nothing was loaded again


def test_it_is_told_once_to_stop_however_many_are_asked(media):
    """The group is signalled, as by whoever supervises it; calls may end."""
    child = media.child

    os.killpg(media.parent.pid, signal.SIGTERM)

    assert media.parent.wait(30) == 0
    assert gone(child)


def test_a_parent_that_is_killed_takes_it_along(media):
    child = media.child

    os.kill(media.parent.pid, signal.SIGKILL)

    assert gone(child)


def test_one_that_dies_at_once_is_left_to_whoever_watches(media):
    for _ in range(20):
        if media.parent.poll() is not None:
            break
        if child := media.child:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.3)

    assert media.parent.poll() not in (None, 0)
