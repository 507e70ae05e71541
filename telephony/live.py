"""One live call: the carrier's stream, the voice session, our records.

The only place where a live call meets the database, and it does so through the scribe.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from agents import config as configs
from agents import key_alerts, runtime, stacks
from agents.knowledge import search
from agents.tools import kits
from agents.tools.kits import Circumstances, Kit
from agents.tools.toolbox import Toolbox
from common import clock
from common.errors import Refusal
from providers import registry
from providers.errors import ProviderError
from providers.local import warming
from providers.ports import AudioFormat, EndOfTurnModel, VoiceActivityDetector
from telephony import (
    calls,
    do_not_call,
    opt_out,
    recordings,
    scribe,
    taking_over,
)
from telephony.carrier import (
    Digit,
    LineEvent,
    Marked,
    MediaStream,
    Messages,
    Muted,
    Stopped,
    Typed,
)
from telephony.doctor import LINES, Doctor
from telephony.models import Call
from telephony.notes import Notes, browser_event
from telephony.recordings import RecordingWriter
from telephony.scribe import Desk
from telephony.taking_over import Past
from telephony.tool_host import CallHost
from voice import events
from voice.config import SessionConfig
from voice.session import Session

LOCAL = "local"  # the provider of the offline models
WARM_WITHIN_S = 60.0
# What happens behind the talk: tools, routing, vendors, what it takes.
BEHIND = (
    events.ToolCalled,
    events.Recalled,
    events.RoutingShifted,
    events.FellBack,
    events.Used,
)
EXAMINE_EVERY_S = 1.0
SETTLED_WITHIN_S = 2.0  # else the caller is told of the end before that

log = logging.getLogger(__name__)
Send = Callable[[str | bytes], None]
Tell = Callable[..., None]  # kind and content, to a browser


class WireLine:
    """A ``voice.ports.Line`` over a carrier's or a browser's codec."""

    def __init__(
        self, codec: MediaStream, send: Send, heard: AudioFormat, spoken: AudioFormat
    ) -> None:
        self.format = heard
        self.voice_format = spoken
        self._codec = codec
        self._send = send
        self.has_spoken = False

    def play(self, audio: bytes) -> None:
        """Queue audio behind what is queued already."""
        self.has_spoken = True
        self._put(self._codec.audio(audio))

    def mark(self, name: str) -> None:
        """Ask to be told when all audio before it has played."""
        self._put(self._codec.mark(name))

    def clear(self) -> None:
        """Drop queued audio that has not been heard."""
        self._put(self._codec.clear())

    def _put(self, messages: Messages) -> None:
        if isinstance(messages, list):
            for message in messages:
                self._send(message)
        else:
            self._send(messages)

    def hang_up(self) -> None:
        """Nothing to do: the socket is closed when the session is over."""


class LiveCall:
    """One call from answer to settlement."""

    def __init__(
        self,
        call: Call,
        config: SessionConfig,
        line: WireLine,
        tell: Tell | None,
        past: Past | None = None,
        kit: Kit | None = None,
    ) -> None:
        self.call = call
        self._line = line
        self._tell = tell
        self._config = config
        # What tools are asked and answer is the customer's, not their visitors'.
        is_test = call.direction == Call.Direction.TEST
        self._unsaid: tuple[type, ...] = (events.Ended, *(() if is_test else BEHIND))
        self._notes = Notes(transcription=config.transcription)
        self._past = past or Past()
        self._notes.go_on(self._past)
        self._heard_audio = False
        self._recording = bool(config.recording and config.ears)
        # A carrier's caller cannot read what the doctor writes.
        self._doctor = (
            Doctor(agent_greets=config.agent_greets) if tell and config.ears else None
        )
        self._round: asyncio.TimerHandle | None = None
        self._broke_at_ms: int | None = None
        self._opting_out: asyncio.Task[None] | None = None
        self._ended_at_ms = 0
        self._desk = Desk(
            call_id=call.id,
            notes=self._notes,
            now_ms=lambda: self.session.now(),
            exchanged_ms=self.exchanged_ms,
            epoch=call.epoch,
            on_no_credit=self._on_no_credit,
            on_stop=lambda: self.session.end("closed", detail="ended_from_outside"),
        )
        if self._recording:
            path = recordings.path_of(call)
            self._desk.recording_path = str(path)
            self._desk.writer = RecordingWriter(
                recordings.full_path(path),
                line.format,
                line.voice_format,
                config.begins_at_ms,
            )
        self._alerts: dict[str, asyncio.Future[bool]] = {}  # kept, or they are dropped
        self._shelf = asyncio.ensure_future(_open_shelf(call))
        self.session = Session(
            config,
            line,
            Toolbox(
                kit or Kit(),
                time_zone=call.workspace.time_zone,
                host=CallHost(call),
                shelf=self._shelf,
            ),
            self,
            *_ears(config),
        )

    # ---- voice.ports.Notebook

    def note(self, event: events.Event) -> None:
        """Keep an event, and show it to whoever watches."""
        self._notes.take(event)
        if isinstance(event, events.FellBack) and event.refused_key:
            self._alerts[event.failed] = asyncio.ensure_future(
                in_thread(key_alerts.note_refused)(
                    self.call.workspace, event.failed, event.reason
                )
            )
        if self._doctor:
            self._doctor.note(event)
        if self._tell and not isinstance(event, self._unsaid):
            self._tell("event", event=browser_event(event))

    def _wants_no_calls(self, event: events.Event) -> str:
        """Return how the caller asked never to be called again, if they did."""
        if self.call.channel != Call.Channel.PHONE or self._opting_out:
            return ""
        is_placed = self.call.direction == Call.Direction.OUTBOUND
        if isinstance(event, events.Pressed):
            pressed = is_placed and event.digit == opt_out.KEY
            return do_not_call.ASKED_BY_KEY if pressed else ""
        if not (isinstance(event, events.Heard) and event.is_final):
            return ""
        asked = opt_out.wants_no_calls(event.text, self._config.language)
        return do_not_call.ASKED_BY_VOICE if asked else ""

    def _opt_out(self, reason: str) -> None:
        self._notes.take(events.Warned(self.session.now(), "opted_out", reason))
        work = in_thread(_put_on_the_list)(self.call, reason)
        self._opting_out = asyncio.get_running_loop().create_task(work)

    def caller_audio(self, at_ms: int, pcm: bytes) -> None:
        """Keep the caller's audio."""
        self._heard_audio = True
        if self._doctor:
            self._doctor.heard(at_ms, pcm)
        if self._recording:
            self._desk.caller_audio.append((at_ms, pcm))

    def agent_audio(self, at_ms: int, pcm: bytes) -> None:
        """Keep the agent's audio."""
        if self._recording:
            self._desk.agent_audio.append((at_ms, pcm))

    # ---- the call

    async def run(self) -> events.Ended:
        """Talk until one side ends it, then write and settle everything."""
        scribe.shared().open(self._desk)
        self._examine()
        try:
            await self.session.start()
            await self.session.finished()
        finally:
            if self._round:
                self._round.cancel()
            if self._notes.ended is None:
                self.session.drop()
                await self.session.finished()
            closing = scribe.shared().close(self._desk, self._outcome())
        await asyncio.wait({closing}, timeout=SETTLED_WITHIN_S)
        return self._notes.ended or events.Ended(0, "closed")

    def take(self, event: LineEvent) -> None:
        """Hand an event of the line to the session; audio goes there directly."""
        if isinstance(event, Marked):
            self.session.marked(event.name)
        elif isinstance(event, Digit):
            self.session.press(event.digit)
        elif isinstance(event, Typed):
            self.session.type(event.text)
        elif isinstance(event, Muted):
            self.session.mute(event.on)
            if self._doctor:
                self._doctor.muted(self.session.now(), event.on)
        elif isinstance(event, Stopped):
            self.session.drop()

    def exchanged_ms(self) -> int:
        """Return how long audio went both ways; 0 until it has. The silence between two
        processes was ours, and is not counted."""
        if not (self._heard_audio and self._line.has_spoken):
            return self._past.exchanged_ms
        now = self._ended_at_ms or self.session.now()
        now += self._past.exchanged_ms - self._config.begins_at_ms
        # The goodbye of a call whose credit ran out is on the house.
        return now if self._broke_at_ms is None else min(now, self._broke_at_ms)

    def _outcome(self) -> calls.Outcome:
        ended = self._notes.ended or events.Ended(self.session.now(), "closed")
        self._ended_at_ms = ended.at_ms
        return calls.Outcome(
            reason=Call.EndReason(ended.reason),
            detail=ended.detail,
            duration_ms=ended.at_ms,
            exchanged_ms=self.exchanged_ms(),
            latencies_ms=tuple(self._notes.latencies),
            turns=self._notes.turn_count,
            used=self._notes.used,
        )

    def _on_no_credit(self) -> None:
        if self._broke_at_ms is None:
            self._broke_at_ms = self.exchanged_ms()
        self.session.end(
            "closed", say=self._config.closing_when_broke, detail="insufficient_credit"
        )

    def _examine(self) -> None:
        """Tell a caller who hears nothing, or is not heard, what is wrong."""
        if not (self._doctor and self._tell):
            return
        loop = asyncio.get_running_loop()
        self._round = loop.call_later(EXAMINE_EVERY_S, self._examine)
        for trouble in self._doctor.examine(self.session.now()):
            self._tell("warning", code=trouble, message=LINES[trouble])


async def _open_shelf(call: Call) -> search.Shelf | None:
    """Open what the agent can look up, while the greeting is spoken."""
    shelf: search.Shelf | None = await in_thread(search.open_shelf)(call.agent)
    if shelf is not None:
        await shelf.warm()
    return shelf


def _put_on_the_list(call: Call, reason: str) -> None:
    try:
        do_not_call.add(call.workspace, call.caller, reason=reason)
    except Refusal:
        log.warning("hidden_number_opted_out", extra={"call": str(call.id)})
    except Exception:
        log.exception("opt_out_failed", extra={"call": str(call.id)})


async def prepare(
    call: Call, *, heard: AudioFormat, past: Past | None = None
) -> tuple[SessionConfig, dict[str, Any], Kit]:
    """Build the engine's configuration and the tools, and tell the stack, off the
    loop."""
    config, stack, kit = await in_thread(_prepare)(call, heard)
    if past:
        config = taking_over.continued(config, past)
    if any(part.provider == LOCAL for part in (*config.ears, *config.mouths)):
        await _warm()
    return config, stack, kit


async def _warm() -> None:
    """Let the offline models load before the call is answered, not while it waits."""
    try:
        await asyncio.wait_for(warming.warm(), WARM_WITHIN_S)
    except (ProviderError, TimeoutError):
        log.warning("offline_models_not_warm", exc_info=True)  # the call tries them


def _prepare(
    call: Call, heard: AudioFormat
) -> tuple[SessionConfig, dict[str, Any], Kit]:
    config = configs.parse(call.config)
    has_knowledge = search.has_any(call.agent)
    is_phone = call.channel == Call.Channel.PHONE
    stack = stacks.resolve(config, call.workspace)
    about = Circumstances(
        call.caller if is_phone else "", is_phone, has_knowledge, stack.is_scripted
    )
    kit = kits.assemble(config, call.workspace, about)
    session = runtime.session_config(
        config,
        name=call.agent.name,
        workspace=call.workspace,
        variables=call.variables,
        format=heard,
        typed=call.channel == Call.Channel.TEXT,
        kit=kit,
        has_knowledge=has_knowledge,
    )
    told: dict[str, Any] = {
        choice.channel: {
            "provider": choice.provider_name,
            "model": choice.model,
            "voice": choice.voice_name,
            "whose": choice.whose,
        }
        for choice in stack.choices
    }
    return session, told, kit


def in_thread(function: Callable[..., Any]) -> Any:
    """Run something that reads the database off the loop."""

    def run(*args: Any, **kwargs: Any) -> Any:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return sync_to_async(run, thread_sensitive=False)


async def fail(call_id: UUID, detail: str) -> None:
    """End a call that could not begin; nothing is billed."""
    log.error("call_could_not_begin", extra={"call": str(call_id), "why": detail})
    outcome = calls.Outcome(Call.EndReason.ERROR, detail)
    await in_thread(calls.end)(call_id, outcome, now=clock.now())


def _ears(
    config: SessionConfig,
) -> tuple[VoiceActivityDetector | None, EndOfTurnModel | None]:
    """Return the process's detector and end-of-turn model, where the call needs them."""
    if not config.ears or config.turns.endpointing == "provider":
        return None, None
    return (
        registry.activity(),
        registry.endpointer() if config.turns.smart else None,
    )
