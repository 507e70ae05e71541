"""From a configuration to a conversation: the single bridge to the engine."""

import logging
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from accounts.models import Workspace
from agents import catalogue, phrases, prompting, stacks
from agents.config import AgentConfig, CallerPersona, Settings, Slot
from agents.phrases import Phrases
from agents.provider_keys import Keyring
from agents.stack import Choice, Stack
from agents.tools import kits
from agents.tools.kits import Circumstances, Kit
from providers import breaker, registry
from providers.errors import Refused
from providers.ports import (
    TELEPHONE,
    AudioFormat,
    LlmRequest,
    RealtimeRequest,
    SttRequest,
    TtsRequest,
)
from voice import lexicons, wording
from voice.config import (
    CallerType,
    Ear,
    Head,
    Mind,
    Mouth,
    SessionConfig,
    SilenceRules,
    Tongue,
    TurnRules,
)

PROVIDER_ENDPOINTING_MS = 300
_QUOTED = re.compile(r"[\"“]([^\"”]{3,80})[\"”]")
HISTORY, SCRIPTED_HISTORY = 40, 1000  # messages

Made = TypeVar("Made")

log = logging.getLogger(__name__)


def session_config(
    config: AgentConfig,
    *,
    name: str,
    workspace: Workspace,
    variables: Mapping[str, Any],
    format: AudioFormat = TELEPHONE,
    typed: bool = False,
    has_knowledge: bool = False,
    kit: Kit | None = None,
) -> SessionConfig:
    """Build what the engine needs for one call; ``typed``: neither ear nor mouth.

    Reads the database for keys: call it in a thread, before the call.
    """
    keyring = stacks.keyring_of(config, workspace)
    stack = stacks.resolve(config, workspace, keyring=keyring)
    values, _ = prompting.resolve_variables(config, variables, name)
    settings, own_words = config.advanced, phrases.of(config.language)
    ear = partial(_ear, config=config, keyring=keyring, format=format)
    mind = partial(_mind, config=config, keyring=keyring, name=name, values=values)
    mouth = partial(_mouth, config=config, keyring=keyring, format=format)
    return SessionConfig(
        prompt=prompting.compile(config, values, name),
        ears=[] if typed else _built(_of("stt", stack, workspace), ear),
        minds=_built(_of("llm", stack, workspace), mind),
        mouths=[] if typed else _built(_of("tts", stack, workspace), mouth),
        heads=[
            _head(choice, config, keyring, format)
            for choice in ([] if typed else _heads(stack, workspace))
        ],
        language=config.language,
        opener=prompting.opener(config, values, name),
        agent_greets=settings.startSpeakingPhrasing == "agent_greets",
        voicemail=_filled(
            settings.voicemailScript or own_words.voicemail, config, name, values
        ),
        end_message=_filled(config.playbook.endCallMessage, config, name, values),
        apology=own_words.apology,
        closing_when_broke=own_words.broke,
        filler=own_words.filler,
        tools=(kit or kits.assemble(config, workspace, Circumstances())).specs,
        tongues=_tongues(config, workspace, keyring, format, typed=typed),
        recalls=has_knowledge and config.knowledge.retrieval == "auto",
        caller_types=caller_types(config),
        turns=_turns(config),
        silence=_silence(settings, own_words),
        max_duration_s=settings.maxCallDuration,
        # The offline brain reads from the history what it has asked already.
        history_limit=SCRIPTED_HISTORY if stack.is_scripted else HISTORY,
        recording=config.features.recording_enabled,
        transcription=config.features.transcription_enabled,
        variables=values,
    )


def _tongues(
    config: AgentConfig,
    workspace: Workspace,
    keyring: Keyring,
    format: AudioFormat,
    *,
    typed: bool,
) -> dict[str, Tongue]:
    """Return the languages a call may go on in, each with its own stack; those whose
    stack would not run are left out. Nothing is connected yet."""
    book = catalogue.load().languages
    found: dict[str, Tongue] = {}
    if len(config.supported_languages) < 2:
        return found
    for tag in config.supported_languages:
        spoken = config.model_copy(update={"language": tag})
        stack = stacks.resolve(spoken, workspace, language=tag, keyring=keyring)
        runs = not stack.blockers and all(each.covers for each in stack.choices)
        if not runs and tag != config.language:
            continue
        ear = partial(_ear, config=spoken, keyring=keyring, format=format)
        mouth = partial(_mouth, config=spoken, keyring=keyring, format=format)
        own_words = phrases.of(tag)
        found[tag] = Tongue(
            tag,
            book[tag].name if tag in book else tag,
            [] if typed else _built(_of("stt", stack, workspace), ear),
            [] if typed else _built(_of("tts", stack, workspace), mouth),
            _turns(spoken),
            _silence(spoken.advanced, own_words),
            own_words.filler,
            own_words.apology,
            own_words.broke,
        )
    return found if len(found) > 1 else {}


def caller_types(config: AgentConfig) -> tuple[CallerType, ...]:
    """Return the caller types with the phrases that give them away."""
    return tuple(
        CallerType(persona.type, persona.approach, _triggers(persona))
        for persona in config.persona.callerPersonas
    )


def _triggers(persona: CallerPersona) -> tuple[str, ...]:
    """Return the trigger phrases, and what "detected when" quotes word for word."""
    quoted = (phrase.strip(" .,!?") for phrase in _QUOTED.findall(persona.detectedWhen))
    return tuple(dict.fromkeys([*persona.triggerPhrases, *filter(None, quoted)]))


def playbook(
    config: AgentConfig, name: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the offline brain follows."""
    persona, book = config.persona, config.playbook
    company = [persona.companyDescription]
    if persona.companyWebsite:
        company.append(f"Our website is {persona.companyWebsite}.")
    filled = partial(_filled, config=config, name=name, values=values)
    return {
        "agent_name": persona.name or name,
        "company_name": persona.companyName,
        "company_facts": [filled(fact) for fact in company if fact],
        "knowledge": [filled(fact) for fact in persona.knowledgeBase],
        "opener": prompting.opener(config, values, name),
        "qualification": [
            {
                "question": filled(step.question),
                "slot_name": step.slotName or "",
                "listens_for": step.listensFor,
            }
            for step in book.qualificationFlow
        ],
        "slots": [*map(Slot.model_dump, book.requiredSlots), *_asked(config, values)],
        "objections": [
            {"trigger": item.trigger, "response": filled(item.response)}
            for item in book.objectionHandlers
        ],
        "scripts": [
            {
                "title": item.title,
                "when": item.when or item.title,
                "content": filled(item.content),
            }
            for item in book.scripts
        ],
        "closing_cta": filled(book.closingCTA),
        "fallback_cta": filled(book.fallbackCTA),
        "escalation_rule": filled(book.escalationRule),
        "end_message": filled(book.endCallMessage),
        "caller_types": [
            {
                "name": persona.type,
                "approach": filled(persona.approach),
                "triggers": _triggers(persona),
            }
            for persona in persona.callerPersonas
        ],
        "language": config.language,
    }


def _asked(config: AgentConfig, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the variables that a call must ask for, as slots."""
    slots = {slot.name for slot in config.playbook.requiredSlots}
    return [
        {
            "name": variable.key,
            "description": variable.description,
            "required": variable.required,
        }
        for variable in config.variables
        if variable.acquisition == "ask"
        and variable.key not in values
        and variable.key not in slots
    ]


def _filled(
    text: str, config: AgentConfig, name: str, values: Mapping[str, Any]
) -> str:
    return wording.fill(text, {**prompting.system_values(config, name), **values})


def _built(choices: list[Choice], build: Callable[[Choice], Made]) -> list[Made]:
    """Build what can be built; a fallback with half a key must not stop a call."""
    made: list[Made] = []
    refused: Refused | None = None
    for choice in choices:
        try:
            made.append(build(choice))
        except Refused as error:
            refused = error
            log.warning("provider_refused", extra={"provider": choice.provider})
    if refused and not made:
        raise refused
    return made


def _of(channel: str, stack: Stack, workspace: Workspace) -> list[Choice]:
    """Return a channel's choices; who failed too often of late comes after the rest."""
    found = [
        choice
        for choice in (*stack.choices, *stack.fallbacks)
        if choice.channel == channel
    ]
    names = [choice.provider for choice in found]
    order = breaker.in_order(workspace.pk, channel, names)
    return [found[place] for place in order]


def _heads(stack: Stack, workspace: Workspace) -> list[Choice]:
    """Return the head, unless it failed too often of late and its parts can do without:
    a call that begins with it would only wait to lose it."""
    head = stack.head
    if head is None:
        return []
    can_do_without = all(choice.covers for choice in stack.choices)
    if can_do_without and breaker.rests(workspace.pk, head.channel, head.provider):
        return []
    return [head]


def _ear(
    choice: Choice, config: AgentConfig, keyring: Keyring, format: AudioFormat
) -> Ear:
    settings = config.advanced
    by_provider = settings.turnEndpointer == "provider"
    return Ear(
        choice.provider,
        registry.build("stt", choice.provider, **stacks.options(choice, keyring)),
        SttRequest(
            format=format,
            language=config.language,
            model=choice.model,
            keywords=_words(settings.stt_keywords, settings.stt_custom_vocabulary),
            endpointing_ms=PROVIDER_ENDPOINTING_MS if by_provider else None,
            options=_listening_options(settings),
        ),
    )


def _listening_options(settings: Settings) -> dict[str, Any]:
    """Say how to listen in the vendors' own words; each takes what it knows."""
    wanted = {
        "numerals": settings.stt_numeral_formatting,
        "profanity_filter": settings.stt_profanity_filter,
        "eot_threshold": settings.stt_eot_confidence,
        "eot_timeout_ms": settings.stt_eot_timeout_ms,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _mind(
    choice: Choice,
    config: AgentConfig,
    keyring: Keyring,
    name: str,
    values: Mapping[str, Any],
) -> Mind:
    options = {"playbook": playbook(config, name, values)} if choice.is_offline else {}
    return Mind(
        choice.provider,
        registry.build("llm", choice.provider, **stacks.options(choice, keyring)),
        LlmRequest(
            messages=(),
            model=choice.model,
            temperature=config.advanced.temperature,
            max_tokens=config.advanced.maxTokens,
            options=options,
        ),
    )


def _mouth(
    choice: Choice, config: AgentConfig, keyring: Keyring, format: AudioFormat
) -> Mouth:
    return Mouth(
        choice.provider,
        registry.build("tts", choice.provider, **stacks.options(choice, keyring)),
        TtsRequest(
            format=format,
            voice=choice.voice,
            language=config.language,
            model=choice.model,
        ),
    )


def _head(
    choice: Choice, config: AgentConfig, keyring: Keyring, format: AudioFormat
) -> Head:
    settings = config.advanced
    return Head(
        choice.provider,
        registry.build("realtime", choice.provider, **stacks.options(choice, keyring)),
        RealtimeRequest(
            format=format,
            voice_format=format,
            language=config.language,
            voice=choice.voice,
            model=choice.model,
            keywords=_words(settings.stt_keywords, settings.stt_custom_vocabulary),
        ),
    )


def _turns(config: AgentConfig) -> TurnRules:
    settings = config.advanced
    ignored = frozenset(word.lower() for word in _words(settings.interruptionIgnore))
    return TurnRules(
        mode=settings.turnMode,
        endpointing="provider" if settings.turnEndpointer == "provider" else "local",
        smart=settings.smartEndpointing and settings.turnEndpointer == "smart-turn-v3",
        barge_in=config.persona.voiceConfig.bargeInEnabled,
        resume_after_interruption=settings.resumeAfterInterruption,
        backchannels=lexicons.backchannels(config.language) | ignored,
        stop_words=lexicons.stop_words(config.language) - ignored,
        greetings=lexicons.greetings(config.language),
        reply_delay_ms=round(settings.replyDelay * 1000),
    )


def _silence(settings: Settings, own_words: Phrases) -> SilenceRules:
    return SilenceRules(
        prompt_after_ms=round(settings.silencePromptDelay * 1000),
        hang_up_after_ms=round(settings.postSilenceHangup * 1000),
        prompts=own_words.still_there,
    )


def _words(*texts: str) -> tuple[str, ...]:
    return tuple(
        word.strip() for text in texts for word in text.split(",") if word.strip()
    )
