"""How the agent listens, waits and speaks (``advanced`` in the API)."""

from typing import Literal

from pydantic import Field

from agents.config.part import Line, Part, Text

_MODE_DECIDES = " Taken for the public API: the turn-taking mode decides here."


class TurnCompletion(Part):
    """Marks by which a model says that a turn is not over; off by default."""

    enabled: bool = Field(False, title="Use marks")
    markerSet: Literal["unicode", "ascii"] = Field("unicode", title="Marks")
    incompleteShortMs: int = Field(
        800, ge=0, le=10_000, title="Short wait", description="ms; 0 to 10,000."
    )
    incompleteLongMs: int = Field(
        2_000, ge=0, le=30_000, title="Long wait", description="ms; 0 to 30,000."
    )


class Toggle(Part):
    """A feature that is on or off."""

    enabled: bool = Field(False, title="On")


class Settings(Part):
    """Settings. Seconds unless a name says otherwise."""

    prompt_mode: Literal["builder", "raw"] = Field(
        "builder",
        title="How the agent is described",
        description="builder compiles persona and playbook into the prompt; raw uses the"
        " prompt as it stands.",
    )
    offLimitsTopics: Text = Field(
        "", title="Topics to stay away from", description="One a line."
    )
    prohibitedClaims: Text = Field(
        "", title="Never promise", description="Claims the agent must not make."
    )
    answerDetection: bool = Field(
        True,
        title="Tell people from machines",
        description="On calls that the agent places: it waits for who picks up, and"
        " greets people alone.",
    )
    voicemailBehavior: Literal["leave_message", "hangup"] = Field(
        "hangup",
        title="At a voicemail",
        description="Leave the message below after the beep, or hang up.",
    )
    voicemailScript: Text = Field(
        "",
        title="Message for voicemails",
        description="Spoken after the beep. Left empty, the agent says who called.",
    )
    disableCallerMemory: bool = Field(
        False,
        title="Remember nothing of earlier calls",
        description="Takes get_caller_history and forget_me away.",
    )
    turnMode: Literal["fast", "balanced", "patient"] = Field(
        "balanced",
        title="Turn-taking",
        description="How long a pause ends the caller's turn: fast answers at once,"
        " patient lets people think.",
    )
    maxTurnLength: int = Field(
        60,
        ge=5,
        le=300,
        title="Longest turn",
        description="Seconds; 5 to 300. Taken for the public API: the turn-taking mode"
        " decides here.",
    )
    silencePromptDelay: float = Field(
        8,
        ge=2,
        le=120,
        title="Ask after silence of",
        description="Seconds until the agent asks whether anybody is there; 2 to 120.",
    )
    postSilenceHangup: float = Field(
        15,
        ge=3,
        le=600,
        title="Hang up after a further",
        description="Seconds of silence after it asked; 3 to 600.",
    )
    maxCallDuration: int = Field(
        600,
        ge=30,
        le=7_200,
        title="Longest call",
        description="Seconds; 30 to 7,200. The call ends politely then.",
    )
    startSpeakingThreshold: float | None = Field(
        None,
        ge=0,
        le=10,
        title="Pause before speaking",
        description=f"Seconds; 0 to 10.{_MODE_DECIDES}",
    )
    stopSpeakingThreshold: float | None = Field(
        None,
        ge=0,
        le=10,
        title="Speech that interrupts",
        description=f"Seconds; 0 to 10.{_MODE_DECIDES}",
    )
    replyDelay: float = Field(
        0, ge=0, le=5, title="Wait before replying", description="Seconds; 0 to 5."
    )
    waitAfterSentence: float | None = Field(
        None,
        ge=0,
        le=10,
        title="Wait after a sentence",
        description=f"Seconds; 0 to 10.{_MODE_DECIDES}",
    )
    waitAfterNoPunctuation: float | None = Field(
        None,
        ge=0,
        le=10,
        title="Wait after an unfinished sentence",
        description=f"Seconds; 0 to 10.{_MODE_DECIDES}",
    )
    waitAfterNumbers: float | None = Field(
        None,
        ge=0,
        le=10,
        title="Wait after digits",
        description=f"Seconds; 0 to 10.{_MODE_DECIDES}",
    )
    startSpeakingPhrasing: Literal["agent_greets", "wait_for_user"] = Field(
        "agent_greets",
        title="Who speaks first",
        description="The agent with its opening line, or the caller.",
    )
    resumeAfterInterruption: bool = Field(
        True,
        title="Take the sentence up again",
        description="After a sound that was no real interruption.",
    )
    smartEndpointing: bool = Field(
        True,
        title="Listen to the melody",
        description="Judge from the sound of a pause whether the caller goes on.",
    )
    turnEndpointer: Literal["smart-turn-v3", "timer", "provider"] = Field(
        "smart-turn-v3",
        title="End of turn decided by",
        description="The local model, silence alone, or the recogniser's vendor.",
    )
    interruptionIgnore: Line = Field(
        "",
        title="Words that do not interrupt",
        description="Comma-separated; joined to the language's own list.",
    )
    temperature: float = Field(
        0.5, ge=0, le=2, title="Temperature", description="0 is steady, 2 is wild."
    )
    maxTokens: int = Field(
        250, ge=16, le=4_096, title="Longest reply", description="Tokens; 16 to 4,096."
    )
    stt_confidence_threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        title="Least confidence",
        description="0 to 1. Taken for the public API: words are not dropped here.",
    )
    stt_numeral_formatting: bool = Field(
        True,
        title="Write numbers as digits",
        description="Where the recogniser can.",
    )
    stt_profanity_filter: bool = Field(
        False, title="Mask swear words", description="Where the recogniser can."
    )
    stt_keywords: Line = Field(
        "",
        title="Words to expect",
        description="Names and products, comma-separated, for the recogniser.",
    )
    stt_background_denoising: bool = Field(
        False,
        title="Remove background noise",
        description="Taken for the public API: no recogniser here needs it.",
    )
    stt_eot_confidence: float | None = Field(
        None,
        ge=0.5,
        le=0.9,
        title="Sureness that a turn is over",
        description="Deepgram Flux; 0.5 to 0.9.",
    )
    stt_eot_timeout_ms: int | None = Field(
        None,
        ge=500,
        le=10_000,
        title="Longest wait for the end of a turn",
        description="Deepgram Flux; 500 to 10,000 ms.",
    )
    stt_min_turn_silence_ms: int | None = Field(
        None,
        ge=0,
        le=10_000,
        title="Shortest silence that ends a turn",
        description="AssemblyAI; 0 to 10,000 ms.",
    )
    stt_max_turn_silence_ms: int | None = Field(
        None,
        ge=0,
        le=30_000,
        title="Longest silence within a turn",
        description="AssemblyAI; 0 to 30,000 ms.",
    )
    stt_strict_language: bool = Field(
        False, title="Only the chosen languages", description="Soniox."
    )
    stt_endpoint_delay_ms: int | None = Field(
        None,
        ge=500,
        le=3_000,
        title="Delay of the end of a turn",
        description="Soniox; 500 to 3,000 ms.",
    )
    stt_custom_vocabulary: Text = Field(
        "",
        title="Vocabulary",
        description="Comma-separated; joined to the words to expect.",
    )
    stt_context: Text = Field(
        "", title="Context", description='Soniox; lines of the form "key: value".'
    )
    turnCompletion: TurnCompletion = Field(
        default_factory=TurnCompletion, title="Marks of unfinished turns"
    )
    affectSteering: Toggle = Field(
        default_factory=Toggle, title="Follow the caller's mood"
    )
    nonVerbalMarkers: Toggle = Field(
        default_factory=Toggle,
        title="Laughs and sighs",
        description="Spoken, not read.",
    )
