"""A workspace with an endpoint, and a receiver on this machine that it leads to."""

import pytest

from common import clock, http
from tests import factories
from tests.doubles.receiver import WebhookReceiver
from tests.doubles.server import in_a_thread
from webhooks import courier, outbox
from webhooks.models import Delivery


@pytest.fixture
def endpoint(workspace):
    return factories.EndpointFactory(workspace=workspace)


@pytest.fixture
def loopback():
    """Let this machine be called, as an operator may."""
    http.configure(allow=["127.0.0.0/8"])
    yield
    http.configure()


@pytest.fixture
def receiver(loopback):
    with in_a_thread(WebhookReceiver()) as double:
        yield double


@pytest.fixture
def wired(endpoint, receiver):
    """An endpoint that leads to the receiver."""
    endpoint.url = f"{receiver.url}/rymi"
    endpoint.save()
    return endpoint


@pytest.fixture
def tell():
    """Post an event about a call."""

    def post(workspace, number=1, **data):
        return outbox.post(
            workspace=workspace,
            event="call.completed",
            data={"call_id": str(number), **data},
            key=f"call.completed:{number}",
            subject=f"call:{number}",
        )

    return post


@pytest.fixture
def deliver():
    """Send what is due, once."""
    return lambda: courier.Courier().drain()


def only():
    return Delivery.objects.get()


def try_all(deliver, times=5):
    for _ in range(times):
        Delivery.objects.update(next_at=clock.now())
        deliver()
