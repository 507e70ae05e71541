"""One live call: the carrier's stream, the voice session, our records.

The only place where a live call meets the database, and it does so through the scribe.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
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
    participants,
    picking_up,
    recordings,
    scribe,
    supervising,
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
from telephony.gathering import Gathering, Guest
from telephony.models import Call, Participant
from telephony.models.call import HANDED_OVER_HERE
from telephony.notes import Notes, browser_event
from telephony.picking_up import PickingUp
from telephony.recordings import RecordingWriter
from telephony.rooms.local import LocalRoom
from telephony.rooms.port import Seat
from telephony.scribe import Desk
from telephony.taking_over import Past
from telephony.tool_host import CallHost, Connect
from telephony.warm_transfers import WarmTransfer
from voice import events
from voice.config import SessionConfig
from voice.keypad import Asked
from voice.ports import Line
from voice.realtime import session

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
# How a call ends that its agent has left to a person.
ENDS_WELL = (Call.EndReason.USER_DISCONNECT, Call.EndReason.HANDOFF_TO_HUMAN)
SETTLED_WITHIN_S = 2.0  # else the caller is told of the end before that

log = logging.getLogger(__name__)
_warming: set[asyncio.Future[None]] = set()  # kept, or they are dropped
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


class CallLine:
    """The agent's line: the caller's wire, until a room takes its place."""

    format: AudioFormat
    voice_format: AudioFormat

    def __init__(self, wire: Line) -> None:
        self.format, self.voice_format = wire.format, wire.voice_format
        self.turn_to(wire)

    def turn_to(self, line: Line) -> None:
        """Let what is said go there from now on."""
        # Attributes instead of methods: what is said passes through no further hands.
        self.play, self.mark, self.clear = line.play, line.mark, line.clear

    def hang_up(self) -> None:
        """Nothing to do: the sockets are closed when the session is over."""


@dataclass(frozen=True, slots=True)
class Who:
    """Whose words the transcript's lines are."""

    caller: Participant
    agent: UUID | None = None  # of the agent's own participant


class LiveCall:
    """One call from answer to settlement."""

    def __init__(
        self,
        call: Call,
        config: SessionConfig,
        line: WireLine,
        tell: Tell | None,
        who: Who,
        past: Past | None = None,
        kit: Kit | None = None,
    ) -> None:
        self.call = call
        self.language = config.language
        self.over = asyncio.Event()
        self._who = who
        self._line = line
        self._call_line = CallLine(line)
        self._room: LocalRoom | None = None
        self._is_caller_gone = False
        self.gathering: Gathering | None = None
        self._transfer: WarmTransfer | None = None
        self._transferring: asyncio.Task[None] | None = None
        self._deeds: set[asyncio.Future[None]] = set()  # kept, or they are dropped
        self._tell = tell
        self._config = config
        # What tools are asked and answer is the customer's, not their visitors'.
        is_test = call.direction == Call.Direction.TEST
        self._unsaid: tuple[type, ...] = (events.Ended, *(() if is_test else BEHIND))
        self._notes = Notes(transcription=config.transcription)
        self._loop = asyncio.get_running_loop()
        self._past = past or Past()
        self._notes.go_on(self._past)
        self._heard_audio = False
        self._recording = bool(config.recording and config.has_sound)
        # A carrier's caller cannot read what the doctor writes.
        self._doctor = (
            Doctor(agent_greets=config.agent_greets)
            if tell and config.has_sound
            else None
        )
        self._round: asyncio.TimerHandle | None = None
        self._broke_at_ms: int | None = None
        self._opting_out: dict[str, asyncio.Task[None]] = {}  # by number
        self._presses: Guest | None = None  # whose key it is, if not the caller's
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
        self._pickup: PickingUp | None = None
        self.has_gap = False  # the line's audio ends, and is opened again
        self._alerts: dict[str, asyncio.Future[bool]] = {}  # kept, or they are dropped
        self._shelf = asyncio.ensure_future(_open_shelf(call))
        self.session = session(
            config,
            self._call_line,
            Toolbox(
                kit or Kit(),
                time_zone=call.workspace.time_zone,
                host=CallHost(call, self.connect_warmly, self.passed_on, self),
                shelf=self._shelf,
            ),
            self,
            *_ears(config),
        )
        # Where the caller's audio goes: straight to the session, until there is a room.
        self.hear: Callable[[bytes], None] = self.session.hear
        if config.waits:
            self._pickup = PickingUp(call, config, self.session, line.format, self.note)

    # ---- voice.ports.Notebook

    def note(self, event: events.Event) -> None:
        """Keep an event, and show it to whoever watches."""
        if isinstance(event, events.Ended) and self.has_gap:
            self._notes.ended = event  # of this socket, and not of the call
            if event.reason != "user_disconnect":
                self._notes.take(event)
        elif isinstance(event, events.Heard | events.Spoke):
            self._notes.take(event, *self._whose(event))
        else:
            self._notes.take(event)
        if isinstance(event, events.FellBack) and event.refused_key:
            self._alerts[event.failed] = asyncio.ensure_future(
                in_thread(key_alerts.note_refused)(
                    self.call.workspace, event.failed, event.reason
                )
            )
        if reason := self._wants_no_calls(event):
            self._opt_out(self._number_of(event), reason)
        if self._doctor:
            self._doctor.note(event)
        if self._pickup:
            self._pickup.note(event)
        if not isinstance(event, self._unsaid):
            self._show(event)

    def _show(self, event: events.Event) -> None:
        """Show an event to whoever watches: what is said aside to nobody else."""
        if self._tell is None and self.gathering is None:
            return
        is_aside = self._transfer is not None and self._transfer.is_aside
        is_said = isinstance(event, events.Replied | events.Spoke)
        told = browser_event(event)
        is_test = self.call.direction == Call.Direction.TEST
        if self._tell and (is_test or not (is_aside and is_said)):
            self._tell("event", event=told)
        if self.gathering:
            self.gathering.show(told, to_customers=not (is_aside and is_said))

    def _wants_no_calls(self, event: events.Event) -> str:
        """Return how somebody asked never to be called again, if they did."""
        if isinstance(event, events.Pressed):
            pressed = self._was_called() and event.digit == opt_out.KEY
            pressed = pressed and not event.asked
            return do_not_call.ASKED_BY_KEY if pressed else ""
        if not (isinstance(event, events.Heard) and event.is_final):
            return ""
        asked = opt_out.wants_no_calls(event.text, self._config.language)
        return do_not_call.ASKED_BY_VOICE if asked else ""

    def _was_called(self) -> bool:
        if self._presses is not None:
            return self._presses.participant.transport == Participant.Transport.PSTN
        return self.call.direction == Call.Direction.OUTBOUND

    def _number_of(self, event: events.Event) -> str:
        """Return the number of the one who said or pressed it; "": they have none, or
        are with us."""
        guest = self._presses
        if isinstance(event, events.Heard) and self.gathering is not None:
            by = self._whose(event)[0]
            guest = self.gathering.guests.get(by) if by else None
        if guest is None:
            is_phone = self.call.channel == Call.Channel.PHONE
            return self.call.caller if is_phone else ""
        is_phone = guest.participant.transport == Participant.Transport.PSTN
        is_ours = guest.participant.role != Participant.Role.CUSTOMER
        return guest.name if is_phone and not is_ours else ""

    def _opt_out(self, phone: str, reason: str) -> None:
        if not phone or phone in self._opting_out:
            return
        self._notes.take(events.Warned(self.session.now(), "opted_out", reason))
        work = in_thread(_put_on_the_list)(self.call, phone, reason)
        self._opting_out[phone] = self._loop.create_task(work)

    def caller_audio(self, at_ms: int, pcm: bytes) -> None:
        """Keep the caller's audio."""
        self._heard_audio = True
        if self._doctor:
            self._doctor.heard(at_ms, pcm)
        if self._pickup:
            self._pickup.hear(at_ms, pcm)
        if self._recording:
            self._desk.caller_audio.append((at_ms, pcm))

    def agent_audio(self, at_ms: int, pcm: bytes) -> None:
        """Keep the agent's audio."""
        if self._recording and not self.session.keeps_quiet:
            self._desk.agent_audio.append((at_ms, pcm))

    # ---- more people (telephony.gathering.Talk, telephony.rooms.port.Host)

    def people(self) -> Gathering:
        """Return who else is in the call, and lets others in."""
        if self.gathering is None:
            self.gathering = Gathering(self)
        return self.gathering

    def room(self) -> LocalRoom:
        """Return the call's room; the first time caller and agent move into it."""
        if self._room is None:
            wire = self._line
            room = LocalRoom(self, wire.format, wire.voice_format, self.session.now)
            caller = self._who.caller
            seat = Seat(caller.pk, caller.identity)
            chair = room.sit(seat, wire.format, wire.voice_format, wire.play)
            self._room, self.hear = room, chair.hear
            self.session.reroute(lambda: self._call_line.turn_to(room.line))
        return self._room

    def heard(self, audio: bytes) -> None:
        """Let the agent hear the room."""
        self.session.hear(audio)

    def marked(self, name: str) -> None:
        """The room has played what the agent said before a mark."""
        self.session.marked(name)

    def happened(self, kind: str, **detail: Any) -> None:
        """Put something on the timeline, and show it to who tests the agent."""
        at_ms = self.session.now()
        self._notes.happened(kind, at_ms, detail)
        if self._tell and self.call.direction == Call.Direction.TEST:
            self._tell("event", event={"kind": kind, "at_ms": at_ms, **detail})

    def guest_pressed(self, guest: Guest, digit: str) -> None:
        """Take a key of somebody else's than the caller's."""
        self._presses = guest
        try:
            self.session.press(digit)
        finally:
            self._presses = None

    def expects(self, participant: Participant) -> bool:
        """Tell whether somebody may come in now: who is to be asked aside needs an agent
        that asks."""
        if participant.place != Participant.Place.ASIDE:
            return True
        transfer = self._transfer
        return transfer is not None and transfer.waits_for(participant)

    def audit(self, participant: Participant, verb: str) -> None:
        """Write down what a supervisor did."""
        self._keep(in_thread(supervising.record)(self.call, participant, verb))

    def _keep(self, work: Any) -> None:
        """Let work for the database go on beside the call."""
        task = asyncio.ensure_future(work)
        self._deeds.add(task)
        task.add_done_callback(self._deeds.discard)

    def connect_warmly(self, wanted: Connect) -> None:
        """Let a person be asked to take the call. From any thread."""
        self._loop.call_soon_threadsafe(self._begin_transfer, wanted)

    def passed_on(self, to: str, reason: str, state: str) -> None:
        """The carrier was asked to connect the caller with somebody. From any thread."""
        told = partial(self.happened, "transfer", state=state, to=to, reason=reason)
        self._loop.call_soon_threadsafe(told)

    def _begin_transfer(self, wanted: Connect) -> None:
        if self.over.is_set() or (self._transfer and not self._transfer.is_over):
            return
        self._transfer = WarmTransfer(self, self.people(), wanted)
        self._transferring = self._loop.create_task(self._transfer.run())

    def somebody_left(self) -> None:
        """End the call with the last one who was there to talk to the agent."""
        heir = self.gathering.heir() if self.gathering else None
        if self._is_caller_gone and heir is None:
            self.session.drop()

    def caller_left(self) -> bool:
        """The caller is gone; tell whether the call goes on with somebody else."""
        heir = self.gathering.heir() if self.gathering else None
        if heir is None or self._room is None or self.over.is_set():
            return False
        caller = self._who.caller
        self._is_caller_gone = True
        self._room.leave(caller.pk)
        self.happened(
            "participant_left", participant=str(caller.pk), name=caller.identity
        )
        work = in_thread(participants.succeed)
        self._keep(work(self.call.pk, caller.pk, heir.id, now=clock.now()))
        return True

    def _whose(self, event: events.Heard | events.Spoke) -> tuple[UUID | None, str]:
        """Return whose words they are, and whom they were for if not for all."""
        transfer = self._transfer
        if isinstance(event, events.Spoke):
            is_aside = transfer is not None and transfer.is_aside
            return self._who.agent, transfer.name if transfer and is_aside else ""
        if self._room is None:
            return self._who.caller.pk, ""
        end = event.end_ms or event.at_ms
        return self._room.talker(event.at_ms, end) or self._who.caller.pk, ""

    # ---- keys

    def ask_keys(self, asked: Asked) -> None:
        """Wait for keys of the caller's."""
        self.session.ask_keys(asked)

    def expect_gap(self, on: bool) -> None:
        """The line's audio ends now and is opened again, maybe in another process: that
        is no hanging up."""
        self.has_gap = on

    def _steps_aside(self) -> bool:
        ended = self._notes.ended
        return self.has_gap and ended is not None and ended.reason == "user_disconnect"

    # ---- the call

    async def run(self) -> events.Ended:
        """Talk until one side ends it, then write and settle everything."""
        scribe.shared().open(self._desk)
        self._examine()
        try:
            await self.session.start()
            if self._pickup:
                self._pickup.start()
            await self.session.finished()
        finally:
            self.over.set()
            if self._transferring:
                self._transferring.cancel()
            if self._room:
                self._room.close()
            if self.gathering:
                self.gathering.close()
            if self._round:
                self._round.cancel()
            if self._pickup:
                self._pickup.stop()
            if self._notes.ended is None:
                self.session.drop()
                await self.session.finished()
            closing = scribe.shared().close(
                self._desk, self._outcome(), ends=not self._steps_aside()
            )
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
        reason, detail = Call.EndReason(ended.reason), ended.detail
        if self._transfer and self._transfer.is_accepted and reason in ENDS_WELL:
            reason, detail = Call.EndReason.HANDOFF_TO_HUMAN, HANDED_OVER_HERE
        return calls.Outcome(
            reason=reason,
            detail=detail,
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


def _put_on_the_list(call: Call, phone: str, reason: str) -> None:
    try:
        do_not_call.add(call.workspace, phone, reason=reason)
    except Refusal:
        log.warning("hidden_number_opted_out", extra={"call": str(call.id)})
    except Exception:
        log.exception("opt_out_failed", extra={"call": str(call.id)})


async def prepare(
    call: Call, *, heard: AudioFormat, past: Past | None = None
) -> "Prepared":
    """Build the engine's configuration and the tools, and tell the stack, off the
    loop."""
    prepared: Prepared = await in_thread(_prepare)(call, heard)
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
    return Prepared(conversation, told, kit, agent.values_list("pk", flat=True).first())


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
    if not config.has_sound or config.turns.endpointing == "provider":
        return None, None
    return (
        registry.activity(),
        registry.endpointer() if config.turns.smart else None,
    )
