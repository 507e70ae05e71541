"""What can happen in a conversation. Times are ms on the media clock, from answer."""

from dataclasses import dataclass, field
from typing import Any, Literal

from voice.pieces import Piece

EndReason = Literal[
    "end_call_tool",
    "handoff_to_human",
    "handoff_to_agent",
    "user_disconnect",
    "provider_disconnect",
    "error",
    "timeout",
    "closed",
]
Channel = Literal["stt", "llm", "tts", "realtime"]


@dataclass(frozen=True, slots=True)
class Happened:
    """Something on the timeline."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Heard(Happened):
    """Words of the caller. A partial replaces the partial before it in the same turn."""

    text: str
    is_final: bool
    turn: int
    end_ms: int = 0
    source: Literal["speech", "typed", "keypad"] = "speech"
    confidence: float = 1.0
    # The text of a final, with times as fine as the recogniser tells; none of a head's.
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnEnded(Happened):
    """The engine decided that the caller's turn is over, and why."""

    turn: int
    reason: str  # "silence", "smart-turn", "text rule", "provider", "typed", …
    waited_ms: int


@dataclass(frozen=True, slots=True)
class Replied(Happened):
    """The agent speaks: text as far as it is known. Noted again when it grows."""

    utterance: str
    text: str
    turn: int


@dataclass(frozen=True, slots=True)
class Spoke(Happened):
    """An utterance ended. ``text`` is what the caller heard, ``unheard`` the rest."""

    utterance: str
    text: str
    unheard: str
    turn: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Interrupted(Happened):
    """The caller stopped the agent."""

    utterance: str
    cause: str  # the words or the sustained speech that did it


@dataclass(frozen=True, slots=True)
class KeptTalking(Happened):
    """The caller made a sound that did not stop the agent, and why."""

    cause: str  # "backchannel: mm-hm", "noise", "too short"


@dataclass(frozen=True, slots=True)
class Resumed(Happened):
    """A false interruption: the agent took its sentence up again."""

    utterance: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolCalled(Happened):
    """A tool was run."""

    name: str
    arguments: dict[str, Any]
    result: str
    end_ms: int
    failed: bool = False
    detail: dict[str, Any] = field(default_factory=dict)  # request and reply


@dataclass(frozen=True, slots=True)
class Recalled(Happened):
    """Knowledge was looked up for a reply: each passage's source, title, place, text
    and score."""

    question: str
    passages: list[dict[str, Any]]
    end_ms: int


@dataclass(frozen=True, slots=True)
class LanguageSwitched(Happened):
    """The conversation goes on in another language: ear, voice and prompt."""

    language: str
    name: str
    stt: str  # provider of the ear
    tts: str


@dataclass(frozen=True, slots=True)
class Pressed(Happened):
    """A key of the telephone; masked where the agent asked for it in secret."""

    digit: str
    asked: bool = False  # the agent waits for keys: this one means nothing else


@dataclass(frozen=True, slots=True)
class RoutingShifted(Happened):
    """The caller was recognised as a caller type."""

    caller_type: str
    phrase: str


@dataclass(frozen=True, slots=True)
class FellBack(Happened):
    """A provider failed and the next one took over."""

    channel: Channel
    failed: str
    to: str  # empty: there was none
    reason: str
    refused_key: bool = False  # its vendor does not take the credentials


@dataclass(frozen=True, slots=True)
class SilencePrompted(Happened):
    """Nobody spoke, so the agent asked."""

    text: str


@dataclass(frozen=True, slots=True)
class TurnLatency(Happened):
    """Where the wait of one turn went: end of the caller's speech to first audio."""

    turn: int
    endpointing_ms: int
    stt_ms: int
    llm_ms: int  # to the first token
    tts_ms: int  # to the first byte
    transport_ms: int
    total_ms: int


@dataclass(frozen=True, slots=True)
class Used(Happened):
    """What a vendor will charge for."""

    channel: Channel
    provider: str
    model: str
    quantities: dict[str, float] = field(default_factory=dict)
    # seconds, characters, input_tokens, output_tokens, cached_input_tokens, and of
    # speech to speech audio_input_tokens, audio_output_tokens, cached_audio_tokens


@dataclass(frozen=True, slots=True)
class Level(Happened):
    """How loud both sides are, 0 to 1, for meters; only if asked for, never stored."""

    caller: float
    agent: float


@dataclass(frozen=True, slots=True)
class Warned(Happened):
    """Something worth a line on the timeline that has no event of its own."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class PickedUp(Happened):
    """Who or what answered a call that was placed, what speaks for it, what was done."""

    by: str  # human, voicemail, screener, menu, unavailable, unknown
    signals: list[dict[str, Any]]  # kind, says, at_ms, why
    action: str  # greeted, left_message, hung_up, waited, …


@dataclass(frozen=True, slots=True)
class Ended(Happened):
    """The conversation is over; last event of every session."""

    reason: EndReason
    detail: str = ""


Event = (
    Heard
    | TurnEnded
    | Replied
    | Spoke
    | Interrupted
    | KeptTalking
    | Resumed
    | ToolCalled
    | Recalled
    | LanguageSwitched
    | Pressed
    | RoutingShifted
    | FellBack
    | SilencePrompted
    | TurnLatency
    | Used
    | Level
    | Warned
    | PickedUp
    | Ended
)
