"""One live call: the carrier's stream, the voice session, our records.

The only place where a live call meets the database, and it does so through the scribe.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from agents import key_alerts
from agents.tools.kits import Kit
from agents.tools.toolbox import Toolbox
from common import clock
from providers import breaker
from telephony import calls, recordings, scribe
from telephony.carrier import Digit, LineEvent, Marked, Muted, Stopped, Typed
from telephony.company import Company, Who
from telephony.doctor import LINES, Doctor
from telephony.latecomers import Latecomers
from telephony.lines import CallLine, WireLine
from telephony.models import Call
from telephony.models.call import HANDED_OVER_HERE
from telephony.notes import Notes, browser_event
from telephony.opting_out import OptingOut
from telephony.picking_up import PickingUp
from telephony.preparing import ears, open_shelf
from telephony.recordings import RecordingWriter
from telephony.scribe import Desk
from telephony.stretches import Stretch
from telephony.taking_over import Past
from telephony.threads import in_thread
from telephony.tool_host import CallHost
from voice import events
from voice.config import SessionConfig
from voice.keypad import Asked
from voice.realtime import session
from voice.session import Session

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
Tell = Callable[..., None]  # kind and content, to a browser


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
        greeting: str = "",
    ) -> None:
        self.call = call
        self.language = config.language
        self.over = asyncio.Event()
        self._line = line
        agents_line = CallLine(line)
        late = Latecomers(config, greeting, line.voice_format, self.happened)
        self.company = Company(
            self, who, line, agents_line, late, is_greeted=past is not None
        )
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
        self._opting_out = OptingOut(call, config.language, self._opted_out)
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
        self._shelf = asyncio.ensure_future(open_shelf(call))
        self.session: Session = session(
            config,
            agents_line,
            Toolbox(
                kit or Kit(),
                time_zone=call.workspace.time_zone,
                host=CallHost(call, self.company.connect_warmly, self.passed_on, self),
                shelf=self._shelf,
            ),
            self,
            *ears(config),
        )
        # Where the caller's audio goes: straight to the session, until there is a room.
        self.hear: Callable[[bytes], None] = self.session.hear
        if config.waits:
            self._pickup = PickingUp(call, config, self.session, line.format, self.note)

    # ---- voice.ports.Notebook

    def note(self, event: events.Event) -> None:
        """Keep an event, and show it to whoever watches."""
        shared: Sequence[Stretch] = ()
        if isinstance(event, events.Ended) and self.has_gap:
            self._notes.ended = event  # of this socket, and not of the call
            if event.reason != "user_disconnect":
                self._notes.take(event)
        elif isinstance(event, events.Heard):
            shared = self._heard(event)
        elif isinstance(event, events.Spoke):
            self._notes.take(event, *self.company.agent_spoke())
        else:
            self._notes.take(event)
        if isinstance(event, events.FellBack):
            self._note_failure(event)
        if isinstance(event, events.Pressed):
            self._opting_out.note(event, self.company.presser)
        if self._doctor:
            self._doctor.note(event)
        if self._pickup:
            self._pickup.note(event)
        if not isinstance(event, self._unsaid):
            self._show(event, shared)

    def _heard(self, turn: events.Heard) -> Sequence[Stretch]:
        """Keep a turn that is over, a line for each who spoke in it."""
        if not turn.is_final:
            return ()
        shared = self.company.share(turn)
        for line in shared:
            self._notes.take(line.words, line.by)
            self._opting_out.note(line.words, self.company.guest_of(line.by))
        return shared

    def _note_failure(self, event: events.FellBack) -> None:
        workspace = self.call.workspace
        breaker.call_failed(workspace.pk, event.channel, event.failed)
        if event.refused_key:
            self._alerts[event.failed] = asyncio.ensure_future(
                in_thread(key_alerts.note_refused)(
                    workspace, event.failed, event.reason
                )
            )

    def _show(self, event: events.Event, shared: Sequence[Stretch]) -> None:
        """Show an event to whoever watches: what is said aside to nobody else."""
        gathering, is_aside = self.company.gathering, self.company.is_aside
        if self._tell is None and gathering is None:
            return
        is_said = isinstance(event, events.Replied | events.Spoke)
        told = browser_event(event)
        if len(shared) > 1:
            told["lines"] = [self._line_of(each) for each in shared]
        is_test = self.call.direction == Call.Direction.TEST
        if self._tell and (is_test or not (is_aside and is_said)):
            self._tell("event", event=told)
        if gathering:
            gathering.show(told, to_customers=not (is_aside and is_said))

    def _line_of(self, shared: Stretch) -> dict[str, Any]:
        words, name = shared.words, self.company.name_of(shared.by)
        return {"name": name, "text": words.text, "at_ms": words.at_ms}

    def _opted_out(self, reason: str) -> None:
        self._notes.take(events.Warned(self.session.now(), "opted_out", reason))

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

    def happened(self, kind: str, **detail: Any) -> None:
        """Put something on the timeline, and show it to who tests the agent."""
        at_ms = self.session.now()
        self._notes.happened(kind, at_ms, detail)
        if self._tell and self.call.direction == Call.Direction.TEST:
            self._tell("event", event={"kind": kind, "at_ms": at_ms, **detail})

    def passed_on(self, to: str, reason: str, state: str) -> None:
        """The carrier was asked to connect the caller with somebody. From any thread."""
        told = partial(self.happened, "transfer", state=state, to=to, reason=reason)
        self._loop.call_soon_threadsafe(told)

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
            self.company.close()
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
            self.company.pressed(event.digit)
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
        if self.company.has_taken_over and reason in ENDS_WELL:
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


async def fail(call_id: UUID, detail: str) -> None:
    """End a call that could not begin; nothing is billed."""
    log.error("call_could_not_begin", extra={"call": str(call_id), "why": detail})
    outcome = calls.Outcome(Call.EndReason.ERROR, detail)
    await in_thread(calls.end)(call_id, outcome, now=clock.now())
