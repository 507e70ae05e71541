"""A number of the agent, and calls with it."""

import time

import pytest

from common import clock
from telephony import calls, connections, fanouts, numbers
from telephony.models import Call, CarrierConnection, Number
from tests import processes
from tests.doubles.carriers import NUMBER
from tests.doubles.twilio import ACCOUNT
from tests.telephony.phone_server import Server


@pytest.fixture(scope="module")
def port(django_db_setup):
    """One media process for all tests of a module."""
    with processes.media_server() as port:
        yield port


def ended(call_id=None, seconds=45):
    """Wait until a call is settled, the only one where none is named; return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        call = Call.objects.get(**({"pk": call_id} if call_id else {}))
        if not call.is_live():
            return call
        time.sleep(0.1)
    raise AssertionError("the call is still live")


def spoken(call):
    """Return who said what, in order."""
    return list(call.transcript_segments.values_list("speaker", "text"))


@pytest.fixture
def server():
    """A media process that carriers ask, too."""
    running = Server()
    yield running
    processes.stop(running.process)


@pytest.fixture
def start(agent, owner):
    """Start test calls of one agent."""

    def start(**how):
        return calls.start_test(agent=agent, by=owner, **how)

    return start


@pytest.fixture
def number(twilio, workspace, owner, published):
    """A number that was connected as in Studio."""
    connections.connect(
        workspace=workspace,
        provider="twilio",
        credentials=twilio.credentials,
        by=owner,
    )
    return numbers.register(workspace=workspace, number=NUMBER, agent=published)[0]


@pytest.fixture
def start_list(number, published, purse):
    """Start lists of people to call."""

    def start(count=3, **how):
        listed = how.pop("people", people(count))
        return fanouts.start(fanouts.Wanted(published, listed, **how), now=clock.now())

    return start


def people(count):
    return [fanouts.Person(f"+4477009{n:05}") for n in range(count)]


@pytest.fixture
def configured_number(workspace, published, twilio):
    return configured(workspace, published, twilio)


def configured(workspace, published, twilio):
    """Make a number as it stands once its carrier was told of us."""
    connection = CarrierConnection.objects.create(
        workspace=workspace,
        provider="twilio",
        account_ref=ACCOUNT,
        credentials=twilio.credentials,
        masked="AC···",
    )
    return Number.objects.create(
        workspace=workspace,
        number=NUMBER,
        agent=published,
        provider=connection.provider,
        binding="configured",
    )
