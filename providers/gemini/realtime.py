"""Google's models that hear and speak (Gemini Live API) over a socket.

https://ai.google.dev/api/live and https://ai.google.dev/gemini-api/docs/live-session
(2026-11). The vendor takes turns by itself and stops when the caller speaks; what it has
not sent by then it forgets, but not what was sent and never played. A connection lasts
about ten minutes: ``goAway`` says when it ends, and a handle goes on with the session.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from providers import faults, wire
from providers.account import Account
from providers.errors import ProviderError
from providers.ports import (
    AudioFormat,
    CallerBegan,
    CallerEnded,
    CallerSaid,
    Expiring,
    Message,
    RealtimeCapabilities,
    RealtimeEvent,
    RealtimeRequest,
    RealtimeStream,
    RealtimeUsage,
    ReplyDone,
    ReplyWords,
    ToolCall,
    ToolsWanted,
)
from providers.realtime import RealtimeSocket

DEFAULT_MODEL = "gemini-3.8-live"
DEFAULT_VOICE = "Puck"
_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
_SPOKEN = AudioFormat("pcm_s16le", 24_000)
_SILENCE_MS = {"fast": 300, "balanced": 500, "patient": 900}
_SENSITIVITY = {"fast": "HIGH", "balanced": "HIGH", "patient": "LOW"}
_GO_ON = "(Go on.)"


def build(account: Account) -> "GeminiLive":
    """Return the mind; no connection is made yet."""
    return GeminiLive(account)


class GeminiLive:
    """A ``RealtimeMind``."""

    capabilities = RealtimeCapabilities()

    def __init__(self, account: Account) -> None:
        self._account = account
        # In a header and not in the address, which ends up in logs.
        self._headers = {"x-goog-api-key": account.secret()}

    async def open(
        self, request: RealtimeRequest, on_event: Callable[[RealtimeEvent], None]
    ) -> RealtimeStream:
        """Open a stream that is ready to listen."""
        account = self._account
        model = request.model or account.model or DEFAULT_MODEL
        stream = GeminiStream(account.provider, request, on_event, model)
        until = stream.deadline()
        parts = urlsplit(account.socket_url)
        socket = await wire.connect(
            account,
            f"{parts.scheme}://{parts.netloc}{_PATH}",
            self._headers,
            within=until - stream.loop.time(),
            on_message=stream.on_message,
            on_lost=stream.on_lost,
        )
        await stream.opened(socket, until)
        return stream


def setup(request: RealtimeRequest, model: str) -> dict[str, Any]:
    """Return the first message of a session."""
    generation: dict[str, Any] = {
        "responseModalities": ["AUDIO"],
        "speechConfig": {
            "voiceConfig": {
                "prebuiltVoiceConfig": {"voiceName": request.voice or DEFAULT_VOICE}
            },
        },
    }
    if request.temperature is not None:
        generation["temperature"] = request.temperature
    if request.max_tokens:
        generation["maxOutputTokens"] = request.max_tokens
    interrupts = "START_OF_ACTIVITY_INTERRUPTS" if request.barge_in else "NO_INTERRUPTION"  # fmt: skip
    told: dict[str, Any] = {
        "model": f"models/{model.removeprefix('models/')}",
        "generationConfig": generation,
        "systemInstruction": {"parts": [{"text": request.prompt}]},
        "realtimeInputConfig": {
            "automaticActivityDetection": {
                "silenceDurationMs": _SILENCE_MS[request.patience],
                "endOfSpeechSensitivity": f"END_SENSITIVITY_{_SENSITIVITY[request.patience]}",
            },
            "activityHandling": interrupts,
        },
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
        # Without it a session ends after 15 minutes of sound.
        "contextWindowCompression": {"slidingWindow": {}},
        "sessionResumption": {"handle": request.resume} if request.resume else {},
    }
    if request.tools:
        told["tools"] = [
            {
                "functionDeclarations": [
                    {
                        "name": tool.name,
                        "description": tool.description,
                        "parametersJsonSchema": tool.parameters,
                    }
                    for tool in request.tools
                ]
            }
        ]
    if request.earlier and not request.resume:
        told["historyConfig"] = {"initialHistoryInClientContent": True}
    return {"setup": told}


def contents(messages: list[Message]) -> Iterator[dict[str, Any]]:
    """Return what was said before as the vendor's turns."""
    names = {call.id: call.name for each in messages for call in each.tool_calls}
    for message in messages:
        if message.role == "tool":
            answer = {
                "name": names.get(message.tool_call_id, "tool"),
                "response": {"result": message.text},
            }
            yield {"role": "user", "parts": [{"functionResponse": answer}]}
            continue
        parts: list[dict[str, Any]] = [{"text": message.text}] if message.text else []
        parts += [
            {"functionCall": {"name": call.name, "args": call.arguments}}
            for call in message.tool_calls
        ]
        if parts:
            role = "model" if message.role == "assistant" else "user"
            yield {"role": role, "parts": parts}


class GeminiStream(RealtimeSocket):
    """One call's head."""

    def __init__(
        self,
        provider: str,
        request: RealtimeRequest,
        on_event: Callable[[RealtimeEvent], None],
        model: str,
    ) -> None:
        # Any rate is taken, so a telephone's sound is decoded and nothing more.
        rate = min(request.format.sample_rate, 16_000)
        super().__init__(
            provider,
            request,
            on_event,
            understood=AudioFormat("pcm_s16le", rate),
            spoken=_SPOKEN,
        )
        self._model = model
        self._kind = f"audio/pcm;rate={rate}"
        self._typed = ""  # told, and not asked to reply to yet
        self._replies = 0
        self._reply = ""  # the one under way
        self._stopped = ""  # the one that is not wanted any more
        self._turns = 0
        self._words = ""  # of the caller's turn
        self._turn_open = False  # its words are not final
        self._turn_told = False  # that it ended
        self._cancelled: set[str] = set()  # calls the vendor took back

    def begin(self) -> None:
        """Open the session."""
        self.put(setup(self.request, self._model))

    # ---- ours

    def send(self, audio: bytes) -> None:
        """Send the caller's sound."""
        if self.closed:
            return
        sound = {"data": self.packed(audio), "mimeType": self._kind}
        self.put({"realtimeInput": {"audio": sound}})

    def reply(self, instructions: str = "") -> None:
        """Make it speak: it does whenever it is sent words."""
        text, self._typed = "\n".join(filter(None, (self._typed, instructions))), ""
        self.put({"realtimeInput": {"text": text or _GO_ON}})

    def tell(self, text: str) -> None:
        """Keep typed words for the reply that is asked for next."""
        self._typed = "\n".join(filter(None, (self._typed, text)))

    def answer(self, call: ToolCall, result: str) -> None:
        """Give back what a tool gave; the model goes on by itself."""
        if call.id in self._cancelled:
            return
        answer = {"id": call.id, "name": call.name, "response": {"result": result}}
        self.put({"toolResponse": {"functionResponses": [answer]}})

    def stop(self, reply: str, heard_ms: int) -> None:
        """Drop the rest of a reply: the vendor offers no way to end it from here."""
        if reply and reply == self._reply:
            self._stopped = reply
            self.drop_sound()

    def instruct(self, prompt: str) -> None:
        """Ask for another stream: a session's prompt is fixed, but the session may be
        resumed with another one."""
        if prompt != self.request.prompt:
            self.emit(Expiring(60.0))

    # ---- the vendor's

    def on_lost(self, error: ProviderError) -> None:
        """Tell that the stream is dead; a wrong key is told in a closing's words."""
        if "api key" in str(error).lower():
            error = faults.of_status(self.provider, 401)
        super().on_lost(error)

    def on_message(self, message: dict[str, Any]) -> None:
        """Take one message of the vendor's, which may hold several things."""
        if "setupComplete" in message:
            self._ready_to_listen()
        if usage := message.get("usageMetadata"):
            self.emit(_usage(usage))
        update = message.get("sessionResumptionUpdate") or {}
        if update.get("resumable") and update.get("newHandle"):
            self.resume = update["newHandle"]
        if content := message.get("serverContent"):
            self._content(content)
        if wanted := message.get("toolCall"):
            self._tools(wanted)
        if taken_back := message.get("toolCallCancellation"):
            self._cancelled.update(taken_back["ids"])
        if going := message.get("goAway"):
            self.emit(Expiring(float(str(going.get("timeLeft", "0s")).rstrip("s"))))

    def _ready_to_listen(self) -> None:
        earlier = list(contents(list(self.request.earlier)))
        if earlier and not self.request.resume:
            self.put({"clientContent": {"turns": earlier, "turnComplete": True}})
        self.is_ready()

    def _content(self, content: dict[str, Any]) -> None:
        if said := content.get("inputTranscription"):
            self._heard(said.get("text") or "")
        if content.get("interrupted"):
            self._interrupted()
        for part in (content.get("modelTurn") or {}).get("parts") or ():
            if sound := part.get("inlineData"):
                reply = self._replying()
                if reply != self._stopped:
                    self.take_sound(reply, sound["data"])
        if text := (content.get("outputTranscription") or {}).get("text"):
            reply = self._replying()
            if reply != self._stopped:
                self.emit(ReplyWords(reply, text))
        if content.get("generationComplete") or content.get("turnComplete"):
            self._done(stopped=False)

    def _heard(self, text: str) -> None:
        if not self._turn_open:
            self._turns += 1
            self._turn_open, self._turn_told, self._words = True, False, ""
        self._words += text
        self.emit(CallerSaid(f"turn{self._turns}", self._words.strip(), False))

    def _replying(self) -> str:
        """Return the reply under way; the first sign of one ends the caller's turn."""
        if not self._reply:
            if self._turn_open and not self._turn_told:
                self._turn_told = True
                self.emit(CallerEnded(f"turn{self._turns}"))
            self._replies += 1
            self._reply = f"reply{self._replies}"
        return self._reply

    def _interrupted(self) -> None:
        """The caller speaks, and the model has stopped."""
        if self._turn_told:
            self._close_turn()
        self.drop_sound()
        self.emit(CallerBegan())
        self._done(stopped=True)

    def _done(self, *, stopped: bool) -> None:
        """Words of the caller may come until the reply to them is complete."""
        if self._turn_told:
            self._close_turn()
        if self._reply:
            self.end_sound()
            reply, self._reply = self._reply, ""
            self.emit(ReplyDone(reply, stopped=stopped or reply == self._stopped))

    def _close_turn(self) -> None:
        self._turn_open = self._turn_told = False
        self.emit(CallerSaid(f"turn{self._turns}", self._words.strip(), True))

    def _tools(self, wanted: dict[str, Any]) -> None:
        self._replying()
        self.end_sound()
        self.emit(
            ToolsWanted(
                tuple(
                    ToolCall(call["id"], call["name"], call.get("args") or {})
                    for call in wanted["functionCalls"]
                )
            )
        )


def _usage(usage: dict[str, Any]) -> RealtimeUsage:
    inward = _by_kind(usage.get("promptTokensDetails"))
    outward = _by_kind(usage.get("responseTokensDetails"))
    cached = _by_kind(usage.get("cacheTokensDetails"))
    return RealtimeUsage(
        input_tokens=inward["text"],
        cached_input_tokens=cached["text"],
        output_tokens=outward["text"] + (usage.get("thoughtsTokenCount") or 0),
        audio_input_tokens=inward["audio"],
        cached_audio_tokens=cached["audio"],
        audio_output_tokens=outward["audio"],
    )


def _by_kind(details: Any) -> dict[str, int]:
    """Add up tokens by what they are of."""
    found = {"text": 0, "audio": 0}
    for each in details or ():
        kind = "audio" if each.get("modality") == "AUDIO" else "text"
        found[kind] += each.get("tokenCount") or 0
    return found
