"""How the agent listens, waits and speaks (``advanced`` in the API)."""

from typing import Literal

from pydantic import Field

from agents.config.part import Line, Part, Text


class TurnCompletion(Part):
    """Marks by which a model says that a turn is not over; off by default."""

    enabled: bool = False
    markerSet: Literal["unicode", "ascii"] = "unicode"
    incompleteShortMs: int = Field(800, ge=0, le=10_000)
    incompleteLongMs: int = Field(2_000, ge=0, le=30_000)


class Toggle(Part):
    """A feature that is on or off."""

    enabled: bool = False


class Settings(Part):
    """Settings. Seconds unless a name says otherwise."""

    prompt_mode: Literal["builder", "raw"] = "builder"
    offLimitsTopics: Text = Field(
        "", title="Topics to stay away from", description="One a line."
    )
    prohibitedClaims: Text = Field(
        "", title="Never promise", description="Claims the agent must not make."
    )
    turnMode: Literal["fast", "balanced", "patient"] = Field(
        "balanced",
        title="Turn-taking",
        description="How long a pause ends the caller's turn: fast answers at once,"
        " patient lets people think.",
    )
    maxTurnLength: int = Field(
        60, ge=5, le=300, title="Longest turn", description="Seconds; 5 to 300."
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
    startSpeakingThreshold: float | None = Field(None, ge=0, le=10)
    stopSpeakingThreshold: float | None = Field(None, ge=0, le=10)
    replyDelay: float = Field(
        0, ge=0, le=5, title="Wait before replying", description="Seconds; 0 to 5."
    )
    waitAfterSentence: float | None = Field(None, ge=0, le=10)
    waitAfterNoPunctuation: float | None = Field(None, ge=0, le=10)
    waitAfterNumbers: float | None = Field(None, ge=0, le=10)
    startSpeakingPhrasing: Literal["agent_greets", "wait_for_user"] = Field(
        "agent_greets", title="Who speaks first"
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
    stt_confidence_threshold: float | None = Field(None, ge=0, le=1)
    stt_numeral_formatting: bool = True
    stt_profanity_filter: bool = False
    stt_keywords: Line = Field(
        "",
        title="Words to expect",
        description="Names and products, comma-separated, for the recogniser.",
    )
    stt_background_denoising: bool = False
    stt_eot_confidence: float | None = Field(None, ge=0.5, le=0.9)
    stt_eot_timeout_ms: int | None = Field(None, ge=500, le=10_000)
    stt_min_turn_silence_ms: int | None = Field(None, ge=0, le=10_000)
    stt_max_turn_silence_ms: int | None = Field(None, ge=0, le=30_000)
    stt_strict_language: bool = False
    stt_endpoint_delay_ms: int | None = Field(None, ge=500, le=3_000)
    stt_custom_vocabulary: Text = ""
    stt_context: Text = ""
    turnCompletion: TurnCompletion = Field(default_factory=TurnCompletion)
    affectSteering: Toggle = Field(default_factory=Toggle)
    nonVerbalMarkers: Toggle = Field(default_factory=Toggle)
