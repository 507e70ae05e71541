"""Messages in hand while the broker goes away, with a real one that is stopped."""

import subprocess
from tempfile import TemporaryDirectory

import pytest
from kombu import Connection
from kombu.common import ignore_errors
from kombu.simple import SimpleQueue

from rymi_site import processes
from rymi_site.celery import app  # noqa: F401  # whoever loads it has our transport

UP_WITHIN_S = 10


@pytest.fixture
def socket():
    with TemporaryDirectory() as folder:  # short: a socket's path may have 107 bytes
        yield f"{folder}/s"


@pytest.fixture
def broker(socket):
    binary = processes.valkey_binary()
    if binary is None:
        pytest.skip("no Valkey for this platform")
    server = subprocess.Popen(
        [binary, "--port", "0", "--unixsocket", socket, "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    yield server
    server.kill()
    server.wait()


@pytest.fixture
def connection(broker, socket):
    """One that has a task in hand and waits for the next, as a worker's."""
    made = Connection(f"redis+socket://{socket}")
    made.ensure_connection(timeout=UP_WITHIN_S, interval_start=0.05, interval_step=0)
    return made


@pytest.fixture
def message(connection):
    queue = SimpleQueue(connection.default_channel, "work")
    queue.put("do this")
    message = queue.get(timeout=UP_WITHIN_S)
    SimpleQueue(connection.channel(), "control").consumer.consume()
    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=0.1)
    return message


def test_a_lost_connection_is_let_go_with_a_task_in_hand(broker, connection, message):
    broker.kill()
    broker.wait()

    connection.collect()  # as Celery does, one after the other
    ignore_errors(connection, connection.close)

    with pytest.raises(connection.connection_errors):  # the task ends later
        message.ack()
