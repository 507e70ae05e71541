"""From a configuration to a conversation: the single bridge to the engine."""

from collections.abc import Mapping
from typing import Any

from accounts.models import Workspace
from agents import prompting, provider_keys, stacks, tools
from agents.config import AgentConfig, Settings
from agents.provider_keys import Keyring
from agents.stacks import Choice, Stack
from providers import registry
from providers.ports import (
    TELEPHONE,
    AudioFormat,
    LlmRequest,
    SttRequest,
    TtsRequest,
)
from voice import lexicons, wording
from voice.config import (
    CallerType,
    Ear,
    Mind,
    Mouth,
    SessionConfig,
    SilenceRules,
    TurnRules,
)

PROVIDER_ENDPOINTING_MS = 300
HISTORY, SCRIPTED_HISTORY = 40, 1000  # messages
SILENCE_PROMPTS = {
    "en": ("Are you still there?", "I am still here if you need me."),
    "es": ("¿Sigue ahí?",),
    "fr": ("Vous êtes toujours là ?",),
    "de": ("Sind Sie noch da?",),
    "pt": ("Ainda está aí?",),
    "it": ("È ancora in linea?",),
    "hi": ("क्या आप अभी भी लाइन पर हैं?",),
    "ar": ("هل ما زلت معي؟",),
    "zh": ("您还在吗？",),
    "ja": ("もしもし、お聞きになれますか？",),
}


def session_config(
    config: AgentConfig,
    *,
    name: str,
    workspace: Workspace,
    variables: Mapping[str, Any],
    format: AudioFormat = TELEPHONE,
    typed: bool = False,
) -> SessionConfig:
    """Build what the engine needs for one call; ``typed``: neither ear nor mouth.

    Reads the database for keys: call it in a thread, before the call.
    """
    keyring = Keyring(workspace)
    stack = stacks.resolve(config, workspace, keyring=keyring)
    values, _ = prompting.resolve_variables(config, variables, name)
    settings = config.advanced
    return SessionConfig(
        prompt=prompting.compile(config, values, name),
        ears=[]
        if typed
        else [_ear(c, config, keyring, format) for c in _of("stt", stack)],
        minds=[_mind(c, config, keyring, name, values) for c in _of("llm", stack)],
        mouths=[]
        if typed
        else [_mouth(c, config, keyring, format) for c in _of("tts", stack)],
        language=config.language,
        opener=prompting.opener(config, values, name),
        agent_greets=settings.startSpeakingPhrasing == "agent_greets",
        end_message=wording.fill(config.playbook.endCallMessage, values),
        tools=tools.specs(config),
        caller_types=caller_types(config),
        turns=_turns(config),
        silence=_silence(settings, config.language),
        max_duration_s=settings.maxCallDuration,
        # The offline brain reads from the history what it has asked already.
        history_limit=SCRIPTED_HISTORY if stack.is_scripted else HISTORY,
        recording=config.features.recording_enabled,
        transcription=config.features.transcription_enabled,
        variables=values,
    )


def caller_types(config: AgentConfig) -> tuple[CallerType, ...]:
    """Return the caller types with the phrases that give them away."""
    return tuple(
        CallerType(persona.type, persona.approach, tuple(persona.triggerPhrases))
        for persona in config.persona.callerPersonas
    )


def playbook(
    config: AgentConfig, name: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the offline brain follows."""
    persona, book = config.persona, config.playbook
    company = [persona.companyDescription]
    if persona.companyWebsite:
        company.append(f"Our website is {persona.companyWebsite}.")
    fill = wording.fill
    known = {**prompting.system_values(config, name), **values}
    return {
        "agent_name": persona.name or name,
        "company_name": persona.companyName,
        "company_facts": [fact for fact in company if fact],
        "knowledge": list(persona.knowledgeBase),
        "opener": prompting.opener(config, values, name),
        "qualification": [
            {
                "question": fill(step.question, known),
                "slot_name": step.slotName or "",
                "listens_for": step.listensFor,
            }
            for step in book.qualificationFlow
        ],
        "slots": [slot.model_dump() for slot in book.requiredSlots],
        "objections": [item.model_dump() for item in book.objectionHandlers],
        "scripts": [item.model_dump() for item in book.scripts],
        "closing_cta": fill(book.closingCTA, known),
        "fallback_cta": fill(book.fallbackCTA, known),
        "escalation_rule": book.escalationRule,
        "end_message": fill(book.endCallMessage, known),
        "caller_types": [
            {
                "name": persona.type,
                "approach": persona.approach,
                "triggers": persona.triggerPhrases,
            }
            for persona in persona.callerPersonas
        ],
        "language": config.language,
    }


def _of(channel: str, stack: Stack) -> list[Choice]:
    return [
        choice
        for choice in (*stack.choices, *stack.fallbacks)
        if choice.channel == channel
    ]


def _options(choice: Choice, keyring: Keyring) -> dict[str, Any]:
    return {
        "credentials": keyring.key_for(choice.provider).credentials,
        "base_url": provider_keys.base_url(choice.provider),
        "model": choice.model,
    }


def _ear(
    choice: Choice, config: AgentConfig, keyring: Keyring, format: AudioFormat
) -> Ear:
    settings = config.advanced
    by_provider = settings.turnEndpointer == "provider"
    return Ear(
        choice.provider,
        registry.build("stt", choice.provider, **_options(choice, keyring)),
        SttRequest(
            format=format,
            language=config.language,
            model=choice.model,
            keywords=_words(settings.stt_keywords, settings.stt_custom_vocabulary),
            endpointing_ms=PROVIDER_ENDPOINTING_MS if by_provider else None,
            options={
                "numerals": settings.stt_numeral_formatting,
                "profanity_filter": settings.stt_profanity_filter,
            },
        ),
    )


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
        registry.build("llm", choice.provider, **_options(choice, keyring)),
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
        registry.build("tts", choice.provider, **_options(choice, keyring)),
        TtsRequest(
            format=format,
            voice=choice.voice,
            language=config.language,
            model=choice.model,
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


def _silence(settings: Settings, language: str) -> SilenceRules:
    primary = language.split("-")[0].lower()
    return SilenceRules(
        prompt_after_ms=round(settings.silencePromptDelay * 1000),
        hang_up_after_ms=round(settings.postSilenceHangup * 1000),
        prompts=SILENCE_PROMPTS.get(primary, SILENCE_PROMPTS["en"]),
    )


def _words(*texts: str) -> tuple[str, ...]:
    return tuple(
        word.strip() for text in texts for word in text.split(",") if word.strip()
    )
