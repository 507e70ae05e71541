"""A media socket without a token, for measuring: only with ``RYMI_BENCH=1``.

Everything else is the product: admission, wallet, recording, records, settlement. The
agent is the newest published one called "Bench" (``manage.py bench_seed`` makes it).
"""

from django.db import transaction

from agents import config as configs
from agents import stacks
from agents.models import Agent
from common import clock
from telephony import admission, calls
from telephony import media as live_media
from telephony.carrier import Started
from telephony.carriers.twilio.media import Media
from telephony.media_socket import Receive, Scope, Send, Socket
from telephony.models import Call, MediaToken, Participant
from telephony.threads import in_thread
from telephony.wires import CarrierWire

NAME = "Bench"


class BenchWire(CarrierWire):
    """A telephone call that admits itself."""

    async def claim(self, started: Started, socket: Socket) -> MediaToken:
        token: MediaToken = await in_thread(_admit)(started.call_id)
        return token


async def media(scope: Scope, receive: Receive, send: Send) -> None:
    """Carry a measured call."""
    await live_media.serve(BenchWire(Media()), Socket(scope, receive, send))


@transaction.atomic
def _admit(carrier_call_id: str) -> MediaToken:
    agent = (
        Agent.objects.select_related("workspace", "published")
        .filter(name=NAME, published__isnull=False)
        .latest("id")
    )
    snapshot = agent.published
    if snapshot is None:
        raise LookupError("no bench agent: run manage.py bench_seed")
    config = configs.parse(snapshot.config)
    call = admission.admit(
        admission.Request(
            workspace=agent.workspace,
            agent=agent,
            snapshot=snapshot,
            config=config,
            rate=stacks.resolve(config, agent.workspace).rate,
            channel=Call.Channel.PHONE,
            direction=Call.Direction.INBOUND,
            caller=carrier_call_id[:64],
        ),
        now=clock.now(),
    )
    customer = calls.join(call, Participant.Transport.PSTN, carrier_call_id)
    call = Call.objects.select_related("workspace", "agent").get(pk=call.pk)
    return MediaToken(call=call, participant=customer)  # never kept
