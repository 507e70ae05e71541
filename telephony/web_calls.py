"""Calls from browsers of the customer's own: started by a key, talked over a socket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from agents import config as configs
from agents.config import AgentConfig
from agents.models import Agent
from common import clock
from common.errors import Refusal
from telephony import admission, calls, media_tokens, needs, participants, visits
from telephony.livekit import server as livekit
from telephony.livekit import tokens
from telephony.models import Call, Participant

SCHEMA = "json_schema"  # taken whole: its names are the customer's


class NotSupported(Refusal):
    """The call cannot be made up like this."""

    code = "not_supported"
    status = 409


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a program asks for."""

    agent: Agent
    identities: Sequence[str]  # of the people in browsers
    metadata: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    post_call: Mapping[str, Any] = field(default_factory=dict)
    by: User | None = None
    origin: str = ""  # the only page whose socket is let in; "": any
    longest_s: int | None = None  # shorter than what the agent's settings say
    by_room: bool = True  # in a LiveKit room, where there is a server
    draft: bool = False  # talk to the draft, though another was published


@dataclass(frozen=True, slots=True)
class Seat:
    """One person's place in a call, and what opens it."""

    participant: Participant
    token: str
    url: str = ""  # of a LiveKit server; "": our own socket


@transaction.atomic
def meet(
    wanted: Wanted, others: Sequence[participants.Wanted]
) -> tuple[Call, list[Seat], list[participants.Invited]]:
    """Start a call and let more people into it, all or none of them: who comes first
    talks to the agent, and the others find them there."""
    call, seats = start(wanted)
    invited = participants.invite_all(
        call,
        others,
        origin=wanted.origin,
        by=wanted.by,
        by_room=wanted.by_room,
        audited=False,
    )
    return call, seats, invited


def start(wanted: Wanted) -> tuple[Call, list[Seat]]:
    """Admit the call and hand out what lets its people in.

    The published agent talks, or the draft of one that never was published.
    """
    if len(wanted.identities) != 1:
        raise NotSupported("One person in a browser talks to an agent at a time.")
    now = clock.now()
    agent = wanted.agent
    config = _config(wanted)
    variables = {**wanted.metadata, **wanted.variables}
    needs.variables(agent, config, variables, needs.SEND)
    stack = needs.stack(config, agent.workspace)
    identity = wanted.identities[0]
    with transaction.atomic():
        call = admission.admit(
            admission.Request(
                workspace=agent.workspace,
                agent=agent,
                config=config,
                rate=stack.rate,
                channel=Call.Channel.BROWSER,
                direction=Call.Direction.INBOUND,
                caller=identity[:64],
                snapshot=None if wanted.draft else agent.published,
                by=wanted.by,
                variables=variables,
                metadata=dict(wanted.metadata),
            ),
            now=now,
        )
        customer = calls.join(call, Participant.Transport.WEBRTC, identity)
        if wanted.by_room and livekit.is_on():
            visits.want(call, customer, now=now)
            token = tokens.for_person(customer, call.room_name)
            return call, [Seat(customer, token, settings.LIVEKIT_URL)]
        token = media_tokens.issue(
            call, customer, now=now, origin=wanted.origin, joins=True
        )
    return call, [Seat(customer, token)]


def _config(wanted: Wanted) -> AgentConfig:
    return config_of(
        wanted.agent, wanted.post_call, wanted.longest_s, draft=wanted.draft
    )


def config_of(
    agent: Agent,
    post_call: Mapping[str, Any],
    longest_s: int | None = None,
    *,
    draft: bool = False,
) -> AgentConfig:
    """Return the agent as it is published, with what one call wants otherwise."""
    published = None if draft else agent.published
    config = configs.parse(published.config if published else agent.config)
    document = config.document()
    if post_call:
        document["post_call"] = _merged(document["post_call"], post_call)
    if longest_s is not None:
        longest = min(document["advanced"]["maxCallDuration"], longest_s)
        document["advanced"]["maxCallDuration"] = longest
    return configs.parse(document)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay ``over`` on ``base``, a part at a time; a schema is taken whole."""
    found = dict(base)
    for name, value in over.items():
        known = found.get(name)
        if isinstance(known, dict) and isinstance(value, dict) and name != SCHEMA:
            value = _merged(known, value)
        found[name] = value
    return found
