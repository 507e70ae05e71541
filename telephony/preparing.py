"""What a live call needs before it is answered: the engine's configuration, the tools,
what the agent can look up."""

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from agents import config as configs
from agents import runtime, stacks
from agents.knowledge import search
from agents.tools import kits
from agents.tools.kits import Circumstances, Kit
from providers import registry
from providers.errors import ProviderError
from providers.local import warming
from providers.ports import AudioFormat, EndOfTurnModel, VoiceActivityDetector
from telephony import picking_up, taking_over
from telephony.models import Call, Participant
from telephony.taking_over import Past
from telephony.threads import in_thread
from voice.config import SessionConfig

LOCAL = "local"  # the provider of the offline models
WARM_WITHIN_S = 60.0

log = logging.getLogger(__name__)
_warming: set[asyncio.Future[None]] = set()  # kept, or they are dropped


async def prepare(
    call: Call, *, heard: AudioFormat, past: Past | None = None
) -> "Prepared":
    """Build the engine's configuration and the tools, and tell the stack, off the
    loop."""
    prepared: Prepared = await in_thread(_prepare, takes_turns=False)(call, heard)
    if past:
        goes_on = taking_over.continued(prepared.config, past)
        prepared = replace(prepared, config=goes_on)
    config = prepared.config
    used = {ear.provider for ear in config.ears}
    if LOCAL in used | {mouth.provider for mouth in config.mouths}:
        if config.heads:  # these only take over when a head fails
            _warming.add(task := asyncio.ensure_future(_warm()))
            task.add_done_callback(_warming.discard)
        else:
            await _warm()
    return prepared


async def _warm() -> None:
    """Let the offline models load before the call is answered, not while it waits."""
    try:
        await asyncio.wait_for(warming.warm(), WARM_WITHIN_S)
    except (ProviderError, TimeoutError):
        log.warning("offline_models_not_warm", exc_info=True)  # the call tries them


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a conversation needs before it can begin."""

    config: SessionConfig
    stack: dict[str, Any]  # for whoever is shown it
    kit: Kit
    agent: UUID | None  # the agent's own participant
    greeting: str  # "": the model finds one, or nobody is greeted


def _prepare(call: Call, heard: AudioFormat) -> Prepared:
    config = configs.parse(call.config)
    has_knowledge = search.has_any(call.agent)
    is_phone = call.channel == Call.Channel.PHONE
    stack = stacks.resolve(config, call.workspace)
    about = Circumstances(
        call.caller if is_phone else "", is_phone, has_knowledge, stack.is_scripted
    )
    kit = kits.assemble(config, call.workspace, about)
    conversation = runtime.session_config(
        config,
        name=call.agent.name,
        workspace=call.workspace,
        variables=call.variables,
        format=heard,
        typed=call.channel == Call.Channel.TEXT,
        kit=kit,
        has_knowledge=has_knowledge,
    )
    conversation = replace(conversation, waits=picking_up.is_wanted(call, config))
    told: dict[str, Any] = {
        choice.channel: {
            "provider": choice.provider_name,
            "model": choice.model,
            "voice": choice.voice_name,
            "whose": choice.whose,
        }
        for choice in stack.talking
    }
    agent = call.participants.filter(transport=Participant.Transport.INTERNAL)
    return Prepared(
        conversation,
        told,
        kit,
        agent.values_list("pk", flat=True).first(),
        conversation.opener if conversation.agent_greets else "",
    )


async def open_shelf(call: Call) -> search.Shelf | None:
    """Open what the agent can look up, while the greeting is spoken."""
    shelf: search.Shelf | None = await in_thread(search.open_shelf, takes_turns=False)(
        call.agent
    )
    if shelf is not None:
        await shelf.warm()
    return shelf


def ears(
    config: SessionConfig,
) -> tuple[VoiceActivityDetector | None, EndOfTurnModel | None]:
    """Return the process's detector and end-of-turn model, where the call needs them."""
    if not config.has_sound or config.turns.endpointing == "provider":
        return None, None
    return (
        registry.activity(),
        registry.endpointer() if config.turns.smart else None,
    )
