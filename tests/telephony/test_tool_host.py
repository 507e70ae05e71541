"""What tools do with a call: promises that are kept once, and a memory that forgets."""

import asyncio
from datetime import timedelta

import pytest

from agents.models import CallBack
from agents.tools.host import HandOver
from common import clock
from telephony import call_backs, connections, numbers
from telephony.models import Call
from telephony.tool_host import CallHost
from tests import factories
from tests.doubles.carriers import CALLER, NUMBER
from tests.doubles.server import in_a_thread
from tests.doubles.twilio import Twilio

pytestmark = pytest.mark.django_db(transaction=True)
PLAN = HandOver("+441174960100")


@pytest.fixture
def number(settings, workspace, owner, published):
    settings.PUBLIC_BASE_URL = settings.MEDIA_BASE_URL = "https://voice.example"
    settings.CELERY_TASK_ALWAYS_EAGER = True
    with in_a_thread(Twilio()) as double:
        settings.PROVIDER_BASE_URLS = {"twilio": double.url}
        connections.connect(
            workspace=workspace,
            provider="twilio",
            credentials=double.credentials,
            by=owner,
        )
        yield numbers.register(workspace=workspace, number=NUMBER, agent=published)[0]


@pytest.fixture
def call(agent):
    return factories.CallFactory(agent=agent, caller=CALLER, channel="phone")


def ask(work):
    return asyncio.run(work)


def promise(call, **delay):
    at = (clock.now() + timedelta(**delay)).isoformat()
    return ask(CallHost(call).call_back(at, "", "The crown"))


def test_a_promise_is_kept_once_and_not_before_its_time(call, number, purse):
    told = promise(call, hours=2)
    promise(call, hours=2)  # the model asks twice
    at = CallBack.objects.earliest("at").at

    assert "planned" in told.text
    assert call_backs.keep(now=at - timedelta(minutes=1)) == 0
    assert call_backs.keep(now=at + timedelta(minutes=1)) >= 1
    call_backs.keep(now=at + timedelta(minutes=2))

    placed = Call.objects.filter(direction="outbound")
    assert placed.count() == CallBack.objects.count()
    assert placed.first().caller == CALLER
    assert set(CallBack.objects.values_list("state", flat=True)) == {"placed"}


def test_a_promise_that_cannot_be_kept_is_tried_again_and_then_given_up(call, purse):
    """There is no carrier."""
    promise(call, hours=1)
    now, states = CallBack.objects.get().at, []

    for _ in range(5):
        now += timedelta(hours=2)
        call_backs.keep(now=now)
        kept = CallBack.objects.get()
        states.append(kept.state)
        if kept.next_at:
            CallBack.objects.update(next_at=now)

    assert states == ["due", "due", "due", "failed", "failed"]
    assert kept.last_error
    assert not Call.objects.filter(direction="outbound").exists()


IN_AN_HOUR = "in an hour"  # a time of the clock would name the test anew each run


@pytest.mark.parametrize(
    ("at", "phone"),
    [
        ("tomorrow", ""),
        ("2020-01-01T10:00:00+00:00", ""),
        ("2099-01-01T10:00:00+00:00", ""),
        (IN_AN_HOUR, "12"),
    ],
)
def test_a_promise_that_makes_no_sense_is_refused_in_words(call, at, phone):
    if at == IN_AN_HOUR:
        at = (clock.now() + timedelta(hours=1)).isoformat()

    assert ask(CallHost(call).call_back(at, phone, "")).failed
    assert not CallBack.objects.exists()


def test_earlier_calls_are_told_until_the_caller_wants_to_be_forgotten(call, agent):
    factories.CallFactory(
        agent=agent, caller=CALLER, summary="Asked for a crown.", ended_at=clock.now()
    )
    factories.CallFactory(  # somebody else's, and another workspace's
        agent=agent, caller="+14155550199", summary="Secret.", ended_at=clock.now()
    )
    factories.CallFactory(caller=CALLER, summary="Elsewhere.", ended_at=clock.now())
    host = CallHost(call)

    told = ask(host.caller_history()).text
    ask(host.forget_caller())

    assert "Asked for a crown." in told
    assert "Secret" not in told
    assert "Elsewhere" not in told
    assert "not called before" in ask(host.caller_history()).text


def test_only_phone_calls_are_handed_over(call):
    told = ask(CallHost(call).hand_over(PLAN, "wants a person"))

    assert told.failed
    assert not told.hands_over
