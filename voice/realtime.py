"""A conversation with a head: one model that hears, thinks and speaks by itself.

The same session as the other, seen from the host: the same events, clock, recording,
tools, silence and ending. When no head is left, it goes on with ear, mind and mouth
apart, in the middle of the call: so nearly all that a session does is here once more,
as it is done while there is a head.
"""

from collections.abc import Sequence
from typing import Any

from providers.errors import ProviderError
from providers.ports import (
    CallerBegan,
    CallerEnded,
    CallerSaid,
    Message,
    RealtimeEvent,
    RealtimeRequest,
    RealtimeUsage,
    ReplyDone,
    ReplySound,
    ReplyWords,
    ToolCall,
    ToolsWanted,
    VoiceActivityDetector,
)
from voice import events
from voice.caller_turns import CallerTurn, CallerTurns
from voice.config import SessionConfig, Tongue
from voice.conversing import Brief, Conversing, Talk
from voice.decisions import EndTurn, Hold
from voice.head_tools import Asking, HeadTools
from voice.ports import Line, Notebook, Toolbox
from voice.replies import Replies
from voice.session import Session
from voice.thinking import CUT_OFF
from voice.timeline import Source
from voice.utterance import Stopped, Utterance
from voice.wording import plain_words

SAY = "Say exactly this, and nothing else: {}"
OPEN = "The call has just been answered. Greet the caller and begin."


class RealtimeSession(Session):
    """One conversation with a head, while there is one."""

    def __init__(
        self,
        config: SessionConfig,
        line: Line,
        toolbox: Toolbox,
        notebook: Notebook,
        detector: VoiceActivityDetector | None = None,
        *others: Any,
        meters: bool = False,
    ) -> None:
        super().__init__(
            config, line, toolbox, notebook, detector, *others, meters=meters
        )
        self._conversing: Conversing | None = Conversing(
            config.heads,
            self._base(config, line),
            detector,
            Talk(
                event=self._on_event,
                brief=self._brief,
                lost=self._on_lost,
                opened=self._on_opened,
                fell_back=self._on_head_left,
                retried=lambda *what: self._timeline.retried("realtime", *what),
                used=self._meter.conversed_for,
                given_up=self._go_apart,
            ),
            self.now,
            is_all=not self._has_parts,
        )
        self._listen = self._conversing.hear
        self._tools = HeadTools(
            self._thinking,
            self._timeline,
            Asking(
                answer=self._answer_tool,
                speaks_on=lambda: (
                    self._conversing is not None and not self._conversing.is_led
                ),
                filler=self._fill_tools,
                switch=self._switch_language,
            ),
        )
        self._tongue: Tongue | None = None  # the one that was switched to
        self._caller = CallerTurns(self.now)
        self._replies = Replies(self._speaking, self._begin, self._on_reply_words)
        self._cut_off = False  # a reply was lost in the middle
        self._dry_since: int | None = None
        self._typed = ""
        self._saying = ""  # a text of ours that is to be said, and not heard yet
        self._answered_turn = -1
        self._fillers = 0

    @property
    def _has_parts(self) -> bool:
        """Tell whether ear, mind and mouth could take over."""
        config = self._config
        return bool(config.ears and config.minds and config.mouths)

    def _base(self, config: SessionConfig, line: Line) -> RealtimeRequest:
        mind = config.minds[0].request if config.minds else None
        return RealtimeRequest(
            format=line.format,
            voice_format=line.voice_format,
            language=config.language,
            tools=self._thinking.tools,
            patience=config.turns.mode,
            barge_in=config.turns.barge_in,
            temperature=mind.temperature if mind else None,
        )

    def _brief(self) -> Brief:
        system, *earlier = self._history.messages()
        prompt = system.text
        if self._conversing and self._conversing.unanswered():
            # The next stream hears what they said last, so it must not read it, too.
            while earlier and earlier[-1].role == "user":
                earlier.pop()
        if self._cut_off and (current := self._speaking.current):
            earlier.append(Message("assistant", current.text))
        return Brief(prompt, earlier)

    # ---- start, and the way in

    def _open(self) -> None:
        if self._conversing:
            self._tape.may_echo = False  # the vendor sees to that
            self._errands.run(self._conversing.open())
        else:
            super()._open()

    def _greet(self) -> None:
        if self._conversing is None:
            super()._greet()
        elif self._config.opener:
            self._turns.opening(True)
            self._say(self._config.opener)
        else:
            self._ask(OPEN)

    # ---- the way out

    def _ask(self, instructions: str = "") -> None:
        if self._conversing:
            self._saying = ""
            self._conversing.reply(instructions)
            self._floor.tell()

    def _say(self, text: str) -> None:
        if self._conversing is None:
            super()._say(text)
        else:
            self._ask(SAY.format(text))
            self._saying = text

    def _reply(self) -> None:
        if self._conversing is None:
            super()._reply()
            return
        self._due.is_owed = False
        if self._typed:
            self._conversing.tell(self._typed)
            self._typed = ""
        self._ask()

    def _take_turn(self, turn: EndTurn, source: Source) -> None:
        self._typed = turn.text
        super()._take_turn(turn, source)

    # ---- for a host with more than one person on the line

    @property
    def speaks(self) -> bool:
        """Tell whether the agent says something, or is about to."""
        return super().speaks or self._is_asked

    def come_back(self, *, say: str = "", happened: str = "") -> None:
        """Take part again, with a sentence; the model is told what happened."""
        super().come_back(say=say, happened=happened)
        self._tell_prompt()

    def whisper(self, text: str) -> None:
        """Tell the agent something that the caller does not hear."""
        super().whisper(text)
        self._tell_prompt()

    # ---- the vendor's events

    def _on_event(self, event: RealtimeEvent) -> None:
        if self._parting.is_over:
            return
        match event:
            case ReplySound():
                self._on_sound(event.reply, event.data)
            case ReplyWords():
                if not self._is_unwanted(event.reply):
                    self._replies.words(event.reply, event.text)
            case ReplyDone():
                self._on_reply_done(event.reply, stopped=event.stopped)
            case CallerBegan():
                self._on_caller_began()
            case CallerEnded():
                self._on_caller_ended(event.turn)
            case CallerSaid():
                self._on_caller_said(event)
            case ToolsWanted():
                self._due.make(self._errands.run(self._use_tools(event.calls)))
            case RealtimeUsage():
                self._on_usage(event)

    # ---- the caller

    def _on_caller_began(self) -> None:
        now = self.now()
        self._silence.broken(now)
        self._caller.begin()
        if self._parting.has_begun or self._conversing is None:
            return
        if not self._conversing.is_led:
            self._floor.give_way("speech")  # it has stopped by itself
            self._due.is_owed = False
        elif self._speaking.is_audible:
            if self._config.turns.barge_in:
                self._caller.settle()
                self._floor.hold(Hold("speech", cut=True))
        elif not self._due.is_made:
            self._cancel_reply()  # they go on: it answers all of it
            self._floor.tell()

    def _on_caller_ended(self, turn: str) -> None:
        """The vendor found the turn's end: answer it, unless it may be "mm-hm"."""
        if self._parting.has_begun or self._conversing is None:
            return
        self._silence.broken(self.now())
        if self._speaking.is_held:
            self._caller.weigh(turn, self._decide)
        else:
            self._take_floor(turn)

    def _decide(self, turn: str, text: str | None) -> None:
        """Weigh what was said under the agent's words; None: that is not known."""
        if not self._caller.is_weighed(turn):
            return
        self._caller.settle()
        words = plain_words(text) if text is not None else None
        if words is None or (words and not (cause := self._turns.lightness(words))):
            self._take_floor(turn)
            return
        self._caller.pass_over(turn)
        self._silence.broken(self.now())
        if self._conversing:
            self._conversing.passed_over()
        self._keep_talking(cause if words else "noise")

    def _take_floor(self, turn: str) -> None:
        """Take a turn of the caller's, and have it answered."""
        conversing = self._conversing
        if conversing is None or self._parting.has_begun:
            return
        now = self.now()
        self._turn += 1
        taken, text = self._caller.take(
            turn, self._turn, now, conversing.speech_ended_ms
        )
        ended = taken.ended_ms
        self._silence.answered()
        self._timeline.note(events.TurnEnded(now, self._turn, "model", now - ended))
        self._latency.decided(self._turn, ended, now, now)
        if text:
            self._note_heard(taken, text, is_final=True)
        if self._floor.is_others or self._waits:
            self._latency.nobody_waits()
            conversing.passed_over()
            return
        if not conversing.is_led:
            conversing.expect()
            return
        if self._due.is_made:
            return  # what its tools give will answer this, too
        if self._speaking.is_audible and not self._config.turns.barge_in:
            self._due.is_owed = True
            return
        self._floor.fall_silent()
        self._reply_soon()

    def _on_caller_said(self, said: CallerSaid) -> None:
        taken = self._caller.find(said.turn)
        if not said.is_final:
            self._on_words_so_far(taken, said.text)
            return
        if self._caller.is_weighed(said.turn):
            self._caller.say(said.turn, said.text)
            self._decide(said.turn, said.text)
        elif taken is None:
            self._caller.say(said.turn, said.text)
        elif said.text:
            self._note_heard(taken, said.text, is_final=True)
        self._parting.last_words_came()

    def _on_words_so_far(self, taken: CallerTurn | None, text: str) -> None:
        coming = taken or CallerTurn(
            self._turn + 1, self._caller.since(), ended_ms=self.now()
        )
        if text and not self._parting.has_begun:
            self._silence.broken(self.now())
            self._note_heard(coming, text, is_final=False)
        if taken is None:
            self._weigh(text)

    def _weigh(self, text: str) -> None:
        """Stop for words over what is still playing here: to a vendor that takes turns
        by itself the reply may be over."""
        words = plain_words(text)
        may_stop = self._conversing is not None and not self._conversing.is_led
        if not (may_stop and words and self._speaking.is_audible):
            return
        if self._config.turns.barge_in and not self._turns.lightness(words):
            self._floor.give_way(text)
            self._due.is_owed = False

    def _note_heard(self, turn: CallerTurn, text: str, *, is_final: bool) -> None:
        self._timeline.head_heard(
            text, turn.began_ms, turn.ended_ms, turn.number, is_final=is_final
        )
        if not is_final:
            return
        if turn.number <= self._answered_turn:
            self._history.heard_late(text)
        else:
            self._history.heard(text)
            if self._conversing and self._caller.began_ms is None:
                self._conversing.words_known()
        if found := self._history.recognise(text):
            self._timeline.routed(*found)
            self._tell_prompt()

    def _tell_prompt(self) -> None:
        if self._conversing:
            self._conversing.instruct(self._history.messages()[0].text)

    # ---- the reply

    def _on_sound(self, reply: str, sound: bytes) -> None:
        if self._is_unwanted(reply):
            return
        self._saying = ""
        self._latency.sound()
        self._replies.sound(reply, sound)

    def _is_unwanted(self, reply: str) -> bool:
        is_silent = self._floor.is_others or self._waits
        if is_silent and not self._saying and reply != self._replies.heard:
            self._replies.bury(reply)  # one of its own to what is not said to it
        return self._replies.is_dead(reply)

    def _on_reply_words(self, utterance: Utterance) -> None:
        self._turns.agent_says(utterance.text)
        if utterance.first_audio_ms is not None:
            self._timeline.replied(utterance)

    def _on_reply_done(self, reply: str, *, stopped: bool) -> None:
        if self._replies.is_dead(reply):
            self._replies.forget(reply)
            return
        has_come = self._replies.done(reply)
        is_leaving = self._parting.is_saying_goodbye and not self._speaking.current
        if not has_come and is_leaving and not stopped:
            self._finish()  # the last words brought no sound
        self._floor.tell()

    def _on_heard_out(self, utterance: Utterance) -> None:
        super()._on_heard_out(utterance)
        if self._parting.is_over:
            return
        if self._replies.hear_next():
            self._floor.tell()
        else:
            self._answer_if_owed()

    def _note_spoken(self, stopped: Stopped) -> None:
        super()._note_spoken(stopped)
        self._answered_turn = stopped.utterance.turn

    def _on_stopped(self, stopped: Stopped) -> None:
        super()._on_stopped(stopped)
        # The model is to forget what the caller did not hear.
        if self._conversing:
            self._conversing.stop(self._replies.stop(), stopped.heard_ms)

    def _cancel_reply(self) -> None:
        super()._cancel_reply()
        if self._conversing:
            for name in self._replies.drop():
                self._conversing.stop(name, 0)
            self._conversing.stop("", 0)

    @property
    def _is_preparing(self) -> bool:
        is_due = super()._is_preparing or self._is_asked
        return is_due or self._replies.are_coming

    @property
    def _is_asked(self) -> bool:
        return self._conversing is not None and self._conversing.is_asked

    # ---- tools

    async def _use_tools(self, calls: Sequence[ToolCall]) -> None:
        self._history.asked_tools("", calls)
        self._floor.tell()
        reply = await self._tools.run(calls)
        self._due.made()
        if reply.ends_call:
            self._end_by_tool()
        elif reply.hands_over:
            self._close_with("handoff_to_human", "")
            self._finish_if_silent()
        elif reply.stands_by:
            self.stand_by()
        elif self._conversing and self._conversing.is_led:
            self._ask()
        elif self._conversing:
            self._conversing.expect()
        else:
            self._reply()

    def _answer_tool(self, call: ToolCall, result: str) -> None:
        if self._conversing:
            self._conversing.answer(call, result)

    def _fill_tools(self) -> None:
        if self._conversing is None or not self._conversing.speaks_in_tools:
            return
        if self._config.filler and not self._speaking.has_more_to_say:
            self._fillers += 1
            self._say(
                self._config.filler[(self._fillers - 1) % len(self._config.filler)]
            )

    def _end_by_tool(self) -> None:
        self._close_with("end_call_tool", "")
        if last := self._config.end_message:
            self._say(last)
        else:
            self._finish_if_silent()

    def _finish_if_silent(self) -> None:
        if self._speaking.current is None and not self._replies.are_coming:
            self._finish()

    def _change_voices(self, tongue: Tongue) -> None:
        if self._conversing is None:
            super()._change_voices(tongue)
            return
        self._tongue = tongue
        head = self._conversing.head
        self._timeline.switched(tongue, head.provider if head else "")
        self._tell_prompt()

    # ---- streams that come and go

    def _on_lost(self) -> None:
        """Let what came of a reply be heard; the rest is asked for again."""
        if (is_cut_off := self._replies.cut_off()) is not None:
            self._cut_off = is_cut_off
        self._dry_since = None
        if self._due.cancel():  # nobody waits for what these tools give
            self._due.is_owed = True

    def _on_opened(self) -> None:
        if self._cut_off:
            self._cut_off = False
            self._ask(CUT_OFF.strip())
        elif self._due.is_owed and not self._speaking.current:
            self._reply()

    def _on_head_left(self, failed: str, to: str, error: ProviderError) -> None:
        if not to and self._config.minds:
            to = self._config.minds[0].provider
        self._on_fall_back("realtime", failed, to, error)

    def _go_apart(self) -> None:
        """No head is left: go on with ear, mind and mouth apart."""
        conversing = self._conversing
        if conversing is None or self._parting.is_over:
            return
        unanswered = conversing.unanswered()
        owed = conversing.is_asked and not unanswered
        self._leave_head(conversing)
        if not self._has_parts:
            self._errands.run(self._speaking.open())
            self._fail("no model that hears and speaks is left")
            return
        if self._tongue:
            super()._change_voices(self._tongue)
        super()._open()
        if unanswered:
            self._listening.hear(unanswered)
        if self._cut_off:
            owed, self._cut_off = True, False
        if self._saying:
            super()._say(self._saying)
        elif self._turn == 0 and not self._history.messages()[1:]:
            if self._config.agent_greets and not unanswered:
                super()._greet()
        elif (owed or self._due.is_owed) and not self._speaking.current:
            super()._reply()
        else:
            self._due.is_owed = owed or self._due.is_owed

    def _leave_head(self, conversing: Conversing) -> None:
        self._caller.settle()
        self._caller.began_ms = None
        self._replies.drop()
        self._conversing = None
        self._listen = self._listening.hear
        conversing.close()
        self._speaking.release()

    # ---- time

    @property
    def _caller_speaks(self) -> bool:
        if self._conversing is None:
            return super()._caller_speaks
        return self._caller.began_ms is not None

    def _watch(self) -> None:
        super()._watch()
        if self._conversing is None:
            return
        now = self.now()
        if not self._speaking.has_run_dry:
            self._dry_since = None
        elif self._dry_since is None:
            self._dry_since = now
        is_free = self._turns.agent == "free"
        self._conversing.watch(
            dry_ms=0 if self._dry_since is None else now - self._dry_since,
            agent_speaks=self._turns.agent == "speaking",
            quiet=is_free and self._caller.began_ms is None,
        )

    # ---- the end

    async def _hear_last_words(self) -> None:
        if self._conversing is None:
            await super()._hear_last_words()
            return
        if self._caller.began_ms is not None:
            self._conversing.end_of_words()
            await self._parting.last_words()
        if text := self._caller.words():
            self._turn += 1
            gone = self._parting.at_ms
            began = min(self._caller.began_ms or gone, gone)
            self._timeline.head_heard(text, began, gone, self._turn, is_final=True)
        self._parting.blame("user_disconnect", "")
        self._finish()

    def _finish(self) -> None:
        if self._parting.is_over:
            return
        self._caller.settle()
        if conversing := self._conversing:
            self._conversing = None
            conversing.close()
        super()._finish()

    def _on_usage(self, usage: RealtimeUsage) -> None:
        if self._conversing and (head := self._conversing.head):
            self._meter.conversed(head, usage)


def session(config: SessionConfig, *around: Any, **options: Any) -> Session:
    """Return the session that a configuration calls for."""
    kind = RealtimeSession if config.heads else Session
    return kind(config, *around, **options)
