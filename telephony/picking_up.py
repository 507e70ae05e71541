"""The first seconds of a call that we placed: who picks up, and what the agent does.

The session waits, and hears. A thread looks at the sound a few times a second; the loop
only puts audio aside. A person is greeted. A voicemail, an announcement or a busy tone is
hung up on only when two kinds of signals agree.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from agents.config import AgentConfig
from providers.ports import AudioFormat
from telephony import pickups
from telephony.answering.judge import Judge, Verdict
from telephony.answering.sounds import Ear, Frame
from telephony.models import Call
from voice import events
from voice.config import SessionConfig

LOOK_EVERY_S = 0.2
STILL_MS = 20_000  # after the greeting: a voicemail whose greeting was a short word
BEEP_WITHIN_MS = 40_000  # of the verdict; else the message is left as it is
HOLD_MS = 120_000  # in a queue
MESSAGE_MS = 90_000
DIGITS_TOOL = "send_digits"

log = logging.getLogger(__name__)


class Talk(Protocol):
    """What is asked of the session."""

    now: Callable[[], int]

    def greet(self) -> None: ...
    def answer(self) -> None: ...
    def end(
        self,
        reason: events.EndReason,
        *,
        say: str = "",
        detail: str = "",
        within_ms: int = 0,
    ) -> None: ...


def is_wanted(call: Call, config: AgentConfig) -> bool:
    """Tell whether the agent listens who picks up before it speaks."""
    return (
        call.channel == Call.Channel.PHONE
        and call.direction == Call.Direction.OUTBOUND
        and config.advanced.answerDetection
    )


class PickingUp:
    """One call's first seconds."""

    def __init__(
        self,
        call: Call,
        config: SessionConfig,
        talk: Talk,
        format: AudioFormat,
        note: Callable[[events.Event], None],
    ) -> None:
        self._call, self._talk, self._note = call, talk, note
        settings: dict[str, Any] = call.config.get("advanced", {})
        self._leaves_message = settings.get("voicemailBehavior") == "leave_message"
        self._message = config.voicemail
        self._may_press = any(tool.name == DIGITS_TOOL for tool in config.tools)
        self._ear, self._judge = Ear(format), Judge()
        self._unheard: list[tuple[int, bytes]] = []
        self._said: list[str] = []
        self._verdict: Verdict | None = None
        self._verdict_ms = 0
        self._waits_for = ""  # a beep, or a person
        self._task: asyncio.Task[None] | None = None
        self._keeping: set[asyncio.Future[Any]] = set()
        self._in_order = asyncio.Lock()
        self.is_over = False

    def start(self) -> None:
        """Begin to listen, on the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._listen())

    def stop(self) -> None:
        """Listen no more."""
        self.is_over = True
        self._unheard.clear()
        if self._task:
            self._task.cancel()

    def hear(self, at_ms: int, sound: bytes) -> None:
        """Put audio aside."""
        if not self.is_over:
            self._unheard.append((at_ms, sound))

    def note(self, event: events.Event) -> None:
        """Take the words of whoever picked up."""
        if self.is_over or not isinstance(event, events.Heard):
            return
        self._judge.words(event.end_ms, " ".join([*self._said, event.text]))
        if event.is_final:
            self._said.append(event.text)

    # ---- listening

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        while not self.is_over:
            await asyncio.sleep(LOOK_EVERY_S)
            pieces, self._unheard = self._unheard, []
            self._judge.sound(await loop.run_in_executor(None, self._look, pieces))
            self._decide()

    def _look(self, pieces: list[tuple[int, bytes]]) -> list[Frame]:
        frames: list[Frame] = []
        for at_ms, sound in pieces:
            frames += self._ear.hear(at_ms, sound)
        return frames

    # ---- deciding

    def _decide(self) -> None:
        if self._waits_for == "beep":
            self._leave_after_beep()
        elif self._waits_for == "person":
            self._wait_for_person()
        elif self._verdict is None:
            if verdict := self._judge.verdict():
                self._act(verdict)
        elif self._has_turned_out_a_voicemail():
            self._at_voicemail(Verdict("voicemail", *self._now_and_signals()))
        elif self._talk.now() - self._verdict_ms > STILL_MS:
            self.is_over = True

    def _act(self, verdict: Verdict) -> None:
        self._verdict, self._verdict_ms = verdict, self._talk.now()
        if verdict.who == "voicemail":
            self._at_voicemail(verdict)
        elif verdict.who == "unavailable":
            self._hang_up(verdict, "unavailable")
        elif verdict.who == "menu":
            self._at_menu(verdict)
        else:
            is_screener = verdict.who == "screener"
            self._keep(verdict, "introduced" if is_screener else "greeted")
            self._talk.greet()

    def _at_voicemail(self, verdict: Verdict) -> None:
        self._verdict, self._verdict_ms = verdict, self._talk.now()
        if not (self._leaves_message and self._message):
            self._hang_up(verdict, "voicemail")
            return
        self._keep(verdict, "waiting_for_beep")
        self._waits_for = "beep"
        self._leave_after_beep()

    def _leave_after_beep(self) -> None:
        waited = self._talk.now() - self._verdict_ms
        if self._verdict and (self._judge.may_speak() or waited > BEEP_WITHIN_MS):
            self._keep(self._verdict, "left_message")
            self.is_over = True
            self._talk.end(
                "closed",
                say=self._message,
                detail="voicemail_left",
                within_ms=MESSAGE_MS,
            )

    def _at_menu(self, verdict: Verdict) -> None:
        if self._may_press:
            self._keep(verdict, "talked_to_menu")
            self.is_over = True
            self._talk.answer()
            return
        self._keep(verdict, "waited")
        self._waits_for = "person"
        self._judge.forget()

    def _wait_for_person(self) -> None:
        """Greet whoever comes to the line; a queue is not waited in for ever."""
        if self._talk.now() - self._verdict_ms > HOLD_MS:
            self._hang_up(self._verdict or self._judge.unclear(), "menu")
            return
        verdict = self._judge.verdict()
        if verdict is None:
            return
        if verdict.who == "human":
            self.is_over = True
            self._keep(verdict, "greeted")
            self._talk.greet()
        else:
            self._said.clear()
            self._judge.forget()

    def _has_turned_out_a_voicemail(self) -> bool:
        """Tell whether a beep and words came behind a greeting that seemed a person's."""
        tone, said = (self._judge.signals.get(kind) for kind in ("tone", "words"))
        return bool(
            tone and said and tone.says == "recorder" and said.says == "voicemail"
        )

    def _now_and_signals(self) -> tuple[int, tuple[Any, ...]]:
        return self._talk.now(), tuple(self._judge.signals.values())

    def _hang_up(self, verdict: Verdict, detail: str) -> None:
        self._keep(verdict, "hung_up")
        self.is_over = True
        self._talk.end("closed", detail=detail)

    # ---- keeping

    def _keep(self, verdict: Verdict, action: str) -> None:
        signals = [asdict(signal) for signal in verdict.signals]
        now = self._talk.now()
        self._note(events.PickedUp(now, verdict.who, signals, action))
        kept = asyncio.ensure_future(self._write(verdict.who, signals, action, now))
        self._keeping.add(kept)  # or it is dropped
        kept.add_done_callback(self._keeping.discard)

    async def _write(self, who: str, signals: list[Any], action: str, at: int) -> None:
        async with self._in_order:
            work = sync_to_async(_write, thread_sensitive=False)
            await work(self._call, who, signals, action, at)


def _write(call: Call, who: str, signals: list[Any], action: str, at_ms: int) -> None:
    close_old_connections()
    try:
        pickups.keep(
            workspace_id=call.workspace_id,
            call_id=call.pk,
            judged=who,
            signals=signals,
            action=action,
            at_ms=at_ms,
        )
    except Exception:  # the timeline has it, too
        log.exception("pickup_not_kept", extra={"call": str(call.pk)})
    finally:
        close_old_connections()
