"""The port to a telephone company: its REST API, its HTTP callbacks, its media stream.

A carrier is one folder below ``carriers`` with one file for each of the three. Past this
port only our words are spoken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from providers.ports import AudioFormat

State = Literal[
    "dialed",
    "ringing",
    "answered",
    "completed",
    "busy",
    "no_answer",
    "failed",
    "canceled",
]
OVER: frozenset[State] = frozenset(
    {"completed", "busy", "no_answer", "failed", "canceled"}
)


class CarrierError(Exception):
    """A carrier did not do what was asked.

    ``permanent``: asking again is no use. ``may_have_happened``: it was asked, and
    nobody knows what it did; look before asking again.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        may_have_happened: bool = False,
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.may_have_happened = may_have_happened
        self.code = code  # ours: unauthorized, forbidden, not_found, too_many, refused


# ---------------------------------------------------------------- what we ask of it


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a carrier needs to know of a customer's account."""

    name: str
    label: str
    secret: bool = False
    required: bool = True
    help: str = ""
    long: bool = False  # many lines


@dataclass(frozen=True, slots=True)
class Account:
    """Whose credentials they are."""

    name: str
    ref: str = ""  # the carrier's own id
    country: str = ""


@dataclass(frozen=True, slots=True)
class OwnedNumber:
    """A number that the customer has at the carrier."""

    number: str  # E.164
    ref: str = ""
    label: str = ""
    capabilities: tuple[str, ...] = ("voice",)
    answer_url: str = ""  # where its calls go just now


@dataclass(frozen=True, slots=True)
class Bound:
    """What became of sending a number's calls to us."""

    status: Literal["configured", "manual_required", "failed"]
    ref: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Dial:
    """A call to place."""

    to: str
    from_number: str
    answer_url: str  # fetched when the callee answers
    status_url: str
    ring_s: int = 45
    longest_s: int = 7_200
    # For carriers whose lines end in rooms: which one, and what the line is called there.
    room: str = ""
    line: str = ""


class Control(Protocol):
    """A carrier's REST API with one customer's credentials.

    Synchronous, bounded in time; raises ``CarrierError`` and nothing else. Call it in
    a worker or a thread.
    """

    def check(self) -> Account:
        """Say whose credentials these are."""

    def numbers(self) -> Sequence[OwnedNumber]:
        """List the numbers of the account."""

    def bind(self, number: str, answer_url: str, status_url: str) -> Bound:
        """Send a number's calls to us, and look whether it took."""

    def release(self, number: str, answer_url: str) -> None:
        """Send a number's calls to us no more, if they still come here."""

    def dial(self, wanted: Dial) -> str:
        """Place a call; return the carrier's id of it. Never tries twice by itself."""

    def hang_up(self, call_id: str) -> None:
        """End a call; one that is over already is no error."""

    def transfer(
        self, call_id: str, to: str, from_number: str, document_url: str = ""
    ) -> None:
        """Let a live call go on with somebody else, without us. A carrier that has to be
        told by a document asks ``document_url`` for it."""

    def send_digits(self, call_id: str, digits: str, resume_url: str) -> None:
        """Press keys on a live call; w waits for half a second. A carrier that can only do so by ending the stream
        asks ``resume_url`` afterwards."""

    def look_up(self, call_id: str) -> "CallEvent":
        """Tell how a call stands."""

    def find(self, wanted: Dial, since: float) -> "CallEvent | None":
        """Find a call that was asked for since a Unix time, and may have happened."""


class Commander(Control, Protocol):
    """A carrier that is told what to do by commands, and reads no documents."""

    def open_stream(
        self, call_id: str, target: "StreamTarget", *, ringing: bool
    ) -> None:
        """Open the audio of a call; answer it first if it rings."""

    def turn_away(self, call_id: str, words: str, language: str) -> None:
        """Say a sentence to one who cannot be answered, or reject the call."""


# ---------------------------------------------------------------- what it tells us


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """An HTTP request of a carrier, as it was meant: with our public address."""

    method: str
    url: str  # whole, with its query, as the carrier called it
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    query: Mapping[str, str]
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Return a form's field, else the query's, else nothing."""
        values = self.form.get(name)
        return values[-1] if values else self.query.get(name, "")


@dataclass(frozen=True, slots=True)
class Caller:
    """A call that comes in."""

    call_id: str
    from_number: str  # E.164, or what the carrier shows for a hidden one
    to_number: str  # E.164
    account_ref: str = ""
    also: str = ""  # another id that the call was known by before
    # Carriers that know one address for all calls ask there for those that we placed.
    is_ours: bool = False
    leg_id: str = ""  # of a call that we placed, where the carrier hands it on


@dataclass(frozen=True, slots=True)
class CallEvent:
    """What became of a call."""

    call_id: str
    state: State | None  # None: nothing we know of
    duration_s: int | None = None
    cause: str = ""
    answered_by: str = ""  # human, machine, fax, unknown
    stream_gone: bool = False  # the audio has ended, and nothing is said of the call
    also: str = ""  # another id that the call was known by before


@dataclass(frozen=True, slots=True)
class Document:
    """What a carrier is told to do next."""

    body: str
    content_type: str = "text/xml"
    status: int = 200


@dataclass(frozen=True, slots=True)
class StreamTarget:
    """Where and how a carrier opens the audio of a call."""

    url: str  # wss://…
    token: str
    resume_url: str  # asked when the socket is gone and the caller is not
    call_id: str = ""  # the carrier's own
    status_url: str = ""


class Callbacks(Protocol):
    """A carrier's HTTP requests and our answers. Pure: no I/O, no database."""

    def caller(self, request: CallbackRequest) -> Caller | None:
        """Read a call that comes in. Nothing is believed yet; None: not one."""

    def event(self, request: CallbackRequest) -> CallEvent | None:
        """Read what became of a call. Nothing is believed yet; None: not told."""

    def verify(
        self, request: CallbackRequest, credentials: Mapping[str, str], key: str
    ) -> bool:
        """Tell whether the carrier sent this for that customer.

        ``key`` is the secret in our address for carriers that sign nothing. Constant
        time; without a secret to check with nothing is true.
        """

    def connect(self, target: StreamTarget) -> Document:
        """Open a stream."""

    def say(self, words: str, language: str) -> Document:
        """Say a sentence and hang up."""

    def busy(self) -> Document:
        """Turn a call away with a busy tone, before it is answered."""

    def hang_up(self) -> Document:
        """End the call."""

    def bridge(self, to: str, from_number: str) -> Document:
        """Go on with somebody else."""

    def taken(self) -> Document:
        """Say that a callback was taken."""


class NoDocuments:
    """The answers of a carrier that reads none: what it is to do comes by command."""

    nothing = Document("", "text/plain")

    def connect(self, target: StreamTarget) -> Document:
        """Nothing: the stream is opened by a command."""
        return self.nothing

    def say(self, words: str, language: str) -> Document:
        """Nothing: who is turned away hears it by a command."""
        return self.nothing

    def busy(self) -> Document:
        """Nothing: calls are turned away by a command."""
        return self.nothing

    def hang_up(self) -> Document:
        """Nothing: calls are ended by a command."""
        return self.nothing

    def bridge(self, to: str, from_number: str) -> Document:
        """Nothing: calls are handed on by a command."""
        return self.nothing

    def taken(self) -> Document:
        """Say that a callback was taken."""
        return self.nothing


# ---------------------------------------------------------------- its media stream


@dataclass(frozen=True, slots=True)
class Started:
    """The stream began."""

    stream_id: str
    call_id: str  # the carrier's own
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AudioIn:
    """Audio of the caller."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Marked:
    """Everything before the mark has been played."""

    name: str


@dataclass(frozen=True, slots=True)
class Digit:
    """A key was pressed."""

    digit: str


@dataclass(frozen=True, slots=True)
class Typed:
    """Words were typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Muted:
    """The microphone was switched."""

    on: bool


@dataclass(frozen=True, slots=True)
class Whispered:
    """A supervisor tells the agent something that nobody else hears."""

    text: str


@dataclass(frozen=True, slots=True)
class TookOver:
    """A supervisor wants to talk to the caller instead of the agent, or no more."""

    on: bool


@dataclass(frozen=True, slots=True)
class Stopped:
    """The caller is gone, or wants to be."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A frame that cannot be taken; the stream goes on."""

    why: str


LineEvent = (
    Started
    | AudioIn
    | Marked
    | Digit
    | Typed
    | Muted
    | Whispered
    | TookOver
    | Stopped
    | Malformed
)


class MediaStream(Protocol):
    """A wire's codec, without I/O: messages in, events out, and the reverse."""

    heard: AudioFormat  # of the caller's audio
    spoken: AudioFormat  # of the agent's

    def receive(self, message: str | bytes) -> LineEvent | None:
        """Read one message. Never raises: what cannot be read is ``Malformed``."""

    def audio(self, data: bytes) -> "Messages":
        """Write audio."""

    def mark(self, name: str) -> "Messages":
        """Write a mark."""

    def clear(self) -> "Messages":
        """Write that queued audio must be dropped."""


Messages = str | bytes | list[str | bytes]  # of one writing
