"""One conversation: wires listening, turns, thinking and speaking; owns start and end.

Synchronous on the hot path: a frame of audio passes through here without a task, a queue
or a thread. Tasks exist only for opening providers, for a reply, and for the
end-of-turn model; one timer ticks ten times a second for everything that is late.

Longer than other files, for it says what leads to what: each part that has a state of
its own is elsewhere, and what is left would only hand all of them on.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from providers.errors import ProviderError
from providers.ports import EndOfTurnModel, Transcript, VoiceActivityDetector
from voice import decisions, events
from voice.clock import MediaClock
from voice.config import SessionConfig, Tongue
from voice.due import Due
from voice.errands import Errands
from voice.floor import Floor, Standing
from voice.history import History
from voice.keypad import Asked, Keypad
from voice.latency import Latency
from voice.listening import Hearing, Listening
from voice.melodies import Melodies
from voice.metrics import Meter
from voice.parting import GOODBYE_MS, Parting
from voice.pieces import Piece
from voice.ports import Line, Notebook, Toolbox, ToolOutcome
from voice.replying import Replied, Replying
from voice.silence import Prompt, Silence
from voice.speaking import Speaking, Voicing
from voice.tape import Tape
from voice.thinking import Reply, Thinking
from voice.timeline import Source, Timeline
from voice.turns import Turns
from voice.utterance import Stopped, Utterance

TICK_S = 0.1
STANDBY_S = 7_200  # people may talk among themselves for longer than to an agent
WINDOW_MS = 32


class Session:
    """One conversation. Every method but ``start`` and ``finished`` is synchronous."""

    def __init__(
        self,
        config: SessionConfig,
        line: Line,
        toolbox: Toolbox,
        notebook: Notebook,
        detector: VoiceActivityDetector | None = None,
        endpointer: EndOfTurnModel | None = None,
        *,
        meters: bool = False,
    ) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._config = config
        self._line = line
        self._notebook = notebook
        self._clock = MediaClock(loop.time)
        self.now = self._clock.now
        self._timeline = Timeline(notebook, self.now)
        self._errands = Errands(self._on_failed_errand)
        self._parting = Parting(self.now)
        local = config.turns.endpointing == "local"
        judge = endpointer if config.turns.smart and local else None
        self._tape = Tape(
            line,
            notebook,
            may_echo=detector is not None and local and config.turns.barge_in,
            meters=meters,
        )
        self._turns = Turns(
            config.turns,
            detector.window_ms if detector else WINDOW_MS,
            self._tape.echo,
            config.language,
        )
        self._meter = Meter()
        self._listening = Listening(
            config.ears,
            line.format,
            detector if local and config.ears else None,
            self._hearing(),
            self.now,
            keep_tail=judge is not None,
        )
        self._history = History(config)
        self._thinking = Thinking(config, toolbox, self._history, self.now)
        self._speaking = Speaking(
            config.mouths,
            line,
            self._voicing(),
            self.now,
            is_silent=not (config.mouths or config.heads),
        )
        self._melodies = self._melodies_for(judge) if judge else None
        self._silence = Silence(config.silence)
        self._keypad = Keypad()
        self._due = Due()
        self._latency = Latency(self.now)
        self._floor = Floor(
            self._speaking,
            self._turns,
            self._due,
            self._tape,
            self._timeline,
            self.now,
            self._standing(),
            resumes=config.turns.resume_after_interruption,
        )
        self._replying = Replying(
            self._thinking,
            self._speaking,
            self._turns,
            self._due,
            self._timeline,
            self._latency,
            self._replied(),
            config.filler,
        )
        self._listen: Callable[[bytes], None] = self._listening.hear
        self._waits = config.waits
        self._turn = config.earlier_turns
        self._timer: asyncio.TimerHandle | None = None

    def _hearing(self) -> Hearing:
        return Hearing(
            window=self._on_window,
            words=self._on_words,
            finalized=self._on_finalized,
            started=self._on_provider_speech,
            fell_back=lambda *what: self._on_fall_back("stt", *what),
            retried=lambda *what: self._timeline.retried("stt", *what),
            used=self._meter.listened,
        )

    def _voicing(self) -> Voicing:
        return Voicing(
            began=self._on_audible,
            heard=self._on_heard_out,
            fell_back=lambda *what: self._on_fall_back("tts", *what),
            retried=lambda *what: self._timeline.retried("tts", *what),
            silenced=lambda: self._fail("no voice is left"),
            given=self._tape.given,
            played=self._notebook.agent_audio,
            used=self._meter.spoke,
        )

    def _melodies_for(self, judge: EndOfTurnModel) -> Melodies:
        return Melodies(
            judge,
            self._line.format,
            self._listening.recent_audio,
            lambda *what: self._follow(self._turns.judged(self.now(), *what)),
            lambda error: self._timeline.warned("endpointer_failed", str(error)),
        )

    def _standing(self) -> Standing:
        return Standing(
            is_preparing=lambda: self._is_preparing,
            give_up=self._cancel_reply,
            stopped=self._on_stopped,
            decided=self._follow,
        )

    def _replied(self) -> Replied:
        return Replied(
            done=self._on_reply_made,
            read=self._on_audible,
            switch=self._switch_language,
            fell_back=lambda *what: self._on_fall_back("llm", *what),
            used=self._meter.thought,
        )

    # ---- for the host

    async def start(self) -> None:
        """Answer the call: open the providers, and greet if the agent speaks first."""
        self._clock.start(self._config.begins_at_ms)
        self._timer = self._loop.call_later(TICK_S, self._tick)
        self._open()
        self._silence.broken(self.now())  # of a call that another process began, too
        if self._config.agent_greets and not self._waits:
            self._greet()

    def _open(self) -> None:
        if self._config.ears:
            self._errands.run(self._listening.open())
        if self._config.mouths:
            self._errands.run(self._speaking.open())
        self._errands.run(self._thinking.prewarm())

    def greet(self) -> None:
        """Begin to talk, where the session waited: with the opening line, or with an
        answer to what was said meanwhile."""
        if not self._waits or self._parting.has_begun:
            return
        self._waits = False
        self._silence.broken(self.now())
        if self._config.agent_greets:
            self._greet()
        else:
            self.answer()

    def answer(self) -> None:
        """Begin to talk without an opening line, if there is anything to answer."""
        self._waits = False
        self._silence.broken(self.now())
        self._due.is_owed = self._turn > self._config.earlier_turns
        self._answer_if_owed()

    def _greet(self) -> None:
        if self._config.opener:
            self._turns.opening(True)
            self._replying.play(
                self._turn, self._config.opener, self._config.opener_audio
            )
            self._floor.tell()
        else:
            self._reply()

    async def finished(self) -> None:
        """Wait until the conversation is over and everything was noted."""
        await self._parting.wait()

    def hear(self, frame: bytes) -> None:
        """Take audio from the caller, in the line's format."""
        if self._parting.is_over or self._listening.muted or self.keeps_quiet:
            return
        self._tape.heard(self.now(), frame)
        self._listen(frame)

    def marked(self, name: str) -> None:
        """The line has played everything before the mark."""
        self._speaking.marked(name)

    def speaks_aside(self, ms: int) -> None:
        """Take it that the agent is heard for so long by sound that was made elsewhere:
        nobody is asked whether they are there meanwhile."""
        self._silence.broken(self.now() + ms)

    def press(self, digit: str) -> None:
        """Take a key of the telephone."""
        if self._parting.has_begun:
            return
        asked = self._keypad.asked is not None
        shown = self._keypad.shown(digit)
        self._timeline.note(events.Pressed(self.now(), shown, asked))
        self._silence.broken(self.now())
        if asked:
            self._floor.give_way("keys")
        self._take_digits(self._keypad.press(self.now(), digit))

    def ask_keys(self, asked: Asked) -> None:
        """Wait for keys. While they are masked nothing is listened to or recorded."""
        self._keypad.ask(self.now(), asked)

    @property
    def keeps_quiet(self) -> bool:
        """Tell whether keys are asked for that nobody may learn: their tones are on the
        caller's line, and the agent's words stand beside them."""
        return self._keypad.is_secret(self.now())

    def type(self, text: str) -> None:
        """Take typed words: they are a whole turn, and stop the agent."""
        if self._parting.has_begun or not text.strip():
            return
        self._floor.give_way("typed words")
        self._take_turn(self._said_at_once(text.strip(), "typed"), "typed")

    def mute(self, on: bool) -> None:
        """Stop listening, and recording, for a while."""
        self._listening.muted = on

    def drop(self) -> None:
        """The caller is gone: keep what was said, and end."""
        if self._parting.is_over or self._parting.is_caller_gone:
            return
        self._floor.fall_silent()
        self._parting.caller_left()
        self._errands.run(self._hear_last_words())

    def end(
        self,
        reason: events.EndReason,
        *,
        say: str = "",
        detail: str = "",
        within_ms: int = GOODBYE_MS,
    ) -> None:
        """End from our side, after last words if there are any."""
        if self._parting.has_begun:
            return
        self._close_with(reason, detail, within_ms)
        self._cancel_reply()
        if say:
            self._floor.stop()
            self._say(say)
        elif self._speaking.current:
            self._speaking.finish(self._speaking.current)
        else:
            self._finish()

    # ---- for a host with more than one person on the line

    @property
    def speaks(self) -> bool:
        """Tell whether the agent says something, or is about to."""
        return self._speaking.current is not None or self._due.is_made

    @property
    def stands_by(self) -> bool:
        """Tell whether the agent leaves the talking to others."""
        return self._floor.is_others

    def reroute(self, change: Callable[[], None]) -> None:
        """Let the host change the line, in mid-word if need be: what was not heard over
        the one before goes over the new one."""
        mouth = self._speaking
        goes_on = mouth.is_audible and not mouth.is_held
        if goes_on:
            mouth.hold(cut=True)
        change()
        if goes_on:
            mouth.release()

    def stand_by(self) -> None:
        """Leave the talking to others: listen and keep the records, answer nobody. What
        is being said is said to its end."""
        self._floor.is_others = True
        self._cancel_reply()
        self._due.is_owed = False
        if self._speaking.current:
            self._speaking.finish(self._speaking.current)
        self._floor.tell()

    def say(self, text: str) -> None:
        """Speak words that no model makes; what was being said stops."""
        if not self._parting.has_begun:
            self.fall_silent()
            self._say(text)

    def fall_silent(self) -> None:
        """Stop in mid-word."""
        if not self._parting.has_begun:
            self._floor.fall_silent()

    def come_back(self, *, say: str = "", happened: str = "") -> None:
        """Take part again, with a sentence; the model is told what happened."""
        if self._parting.has_begun:
            return
        self._floor.is_others = False
        self._silence.broken(self.now())
        if happened:
            self._history.remark(happened)
        if say:
            self.say(say)

    def talker_changed(self, at_ms: int) -> None:
        """Somebody speaks, since then, who is not the one who spoke before: a recogniser
        that does not tell when each word was said takes what each said apart."""
        if self._turns.state == "speaking" and self._listening.split(at_ms):
            self._turns.split()

    def whisper(self, text: str) -> None:
        """Tell the agent something that the caller does not hear."""
        self._history.whisper(text)

    # ---- from the ear

    def _on_window(self, probability: float) -> None:
        if decided := self._turns.window(self.now(), probability):
            self._follow(decided)

    def _on_words(self, transcript: Transcript, piece: Piece | None) -> None:
        if self._parting.is_saying_goodbye and not self._parting.is_caller_gone:
            return
        before = self._turns.text
        decided = self._turns.words(
            self.now(),
            transcript.text,
            final=transcript.is_final,
            ending=transcript.ending,
            confidence=transcript.confidence,
            piece=piece,
        )
        text = self._turns.text
        if text and text != before:
            self._silence.broken(self.now())
            self._timeline.heard_so_far(
                text, self._turns.began_ms, self._turn + 1, transcript
            )
        self._follow(decided)
        if transcript.speech_final and self._config.turns.endpointing == "provider":
            self._follow(self._turns.provider_ended(self.now()))

    def _on_finalized(self) -> None:
        if self._parting.is_caller_gone:
            self._parting.last_words_came()
        else:
            self._follow(self._turns.finalized(self.now()))

    def _on_provider_speech(self) -> None:
        if self._config.turns.endpointing == "provider":
            self._follow(self._turns.provider_started(self.now()))

    # ---- decisions

    def _follow(self, decided: list[decisions.Decision]) -> None:
        for decision in decided:
            if self._parting.has_begun:
                return
            self._carry_out(decision)
        if self._turns.state == "quiet":
            self._listening.turn_over()

    def _carry_out(self, decision: decisions.Decision) -> None:
        match decision:
            case decisions.SpeechBegan():
                self._silence.broken(self.now())
                self._listening.speech_began()
            case decisions.PauseBegan():
                self._on_pause(decision.pause)
            case decisions.Hold():
                self._floor.hold(decision)
            case decisions.Release():
                self._floor.release()
            case decisions.KeepTalking():
                self._keep_talking(decision.cause)
            case decisions.Interrupt():
                self._floor.give_way(decision.cause)
            case decisions.EndTurn():
                self._take_turn(decision, "speech")

    def _on_pause(self, pause: int) -> None:
        self._silence.broken(self.now())
        self._listening.finalize()
        if self._melodies is not None and self._turns.agent == "free":
            self._errands.run(self._melodies.judge(pause))

    def _keep_talking(self, cause: str) -> None:
        self._floor.keep_talking(cause)
        self._answer_if_owed()

    # ---- a turn of the caller's

    def _take_turn(self, turn: decisions.EndTurn, source: Source) -> None:
        now = self.now()
        if self._speaking.is_audible:
            self._floor.give_way(turn.text)
        self._turn += 1
        self._silence.answered()
        self._silence.broken(now)
        self._timeline.heard(turn, self._turn, source)
        self._latency.decided(self._turn, turn.speech_end_ms, turn.ready_ms, now)
        self._history.heard(turn.text)
        if found := self._history.recognise(turn.text):
            self._timeline.routed(*found)
        if self._floor.is_others:
            self._latency.nobody_waits()
            return
        self._floor.fall_silent()
        if self._waits:
            return
        self._reply_soon()

    def _said_at_once(self, text: str, reason: str) -> decisions.EndTurn:
        now = self.now()
        return decisions.EndTurn(text, reason, now, now, now)

    def _take_digits(self, digits: str) -> None:
        if digits:
            self._floor.give_way("keys")
            self._take_turn(self._said_at_once(digits, "keypad"), "keypad")

    # ---- replying

    def _reply_soon(self) -> None:
        """Reply, when the caller has had the moment to go on that the agent leaves."""
        self._due.is_owed = True
        if delay := self._config.turns.reply_delay_ms:
            self._due.wait(delay, self._answer_if_owed)
            self._floor.tell()
        else:
            self._reply()

    def _answer_if_owed(self) -> None:
        is_free = not self._due.is_made and self._turns.state == "quiet"
        is_free = is_free and not self._floor.is_others
        if self._due.is_owed and is_free and not self._parting.has_begun:
            self._reply()

    def _reply(self) -> None:
        self._due.is_owed = False
        self._due.make(self._errands.run(self._replying.think(self._turn)))
        self._floor.tell()

    def _on_reply_made(self, utterance: Utterance, reply: Reply) -> None:
        if reply.failed:
            self._fail("no language model answered")
            return
        if reply.hands_over:
            self._close_with("handoff_to_human", "")
        elif reply.stands_by:
            self.stand_by()
        elif reply.ends_call:
            self._close_with("end_call_tool", "")
            last = self._config.end_message
            if last and last not in reply.text:
                self._replying.add(utterance, last)
        self._speaking.finish(utterance)
        self._floor.tell()

    def _switch_language(self, language: str) -> ToolOutcome:
        """Go on in another language: ear, voice, prompt and the engine's own words."""
        tongue = self._config.tongues.get(language)
        if tongue is None:
            known = ", ".join(self._config.tongues)
            return ToolOutcome(f"Only these are spoken: {known}.", failed=True)
        if language == self._config.language:
            return ToolOutcome(f"{tongue.name} is spoken already.")
        self._config = self._config.spoken_in(tongue)
        self._silence = Silence(tongue.silence)
        self._turns.speak(tongue.turns, language)
        self._history.speak(tongue.name)
        self._replying.filler = tongue.filler
        self._change_voices(tongue)
        return ToolOutcome(f"Go on in {tongue.name}.")

    def _change_voices(self, tongue: Tongue) -> None:
        self._listening.change(tongue.ears)
        self._speaking.change(tongue.mouths)
        self._timeline.switched(tongue)

    def _cancel_reply(self) -> None:
        self._replying.give_up()

    # ---- the mouth

    def _begin(self) -> Utterance:
        return self._replying.begin(self._turn)

    def _say(self, text: str) -> None:
        """Speak a text that no model makes."""
        self._replying.say(self._turn, text)
        self._floor.tell()

    def _on_audible(self, utterance: Utterance) -> None:
        self._floor.tell()
        self._silence.broken(self.now())
        self._timeline.replied(utterance)
        if waited := self._latency.audible(utterance.turn, self._speaking.lag_ms):
            self._timeline.note(waited)

    def _on_heard_out(self, utterance: Utterance) -> None:
        self._silence.broken(self.now())
        if utterance.sentences:
            self._note_spoken(Stopped(utterance, utterance.text, ""))
        self._tape.cut()
        if self._parting.is_saying_goodbye and self._speaking.current is None:
            self._finish()
            return
        self._turns.opening(False)
        self._floor.tell()

    def _on_stopped(self, stopped: Stopped) -> None:
        if stopped.heard or stopped.utterance.first_audio_ms is not None:
            self._note_spoken(stopped)

    def _note_spoken(self, stopped: Stopped) -> None:
        self._history.said(stopped.heard)
        self._timeline.spoke(stopped)

    @property
    def _is_preparing(self) -> bool:
        return self._due.is_near or self._speaking.current is not None

    # ---- things that go wrong

    def _on_fall_back(
        self, channel: events.Channel, failed: str, to: str, error: ProviderError
    ) -> None:
        self._timeline.fell_back(channel, failed, to, error)
        if channel == "stt" and not to:
            self._fail("no recogniser is left")

    def _fail(self, why: str) -> None:
        if self._parting.is_over:
            return
        if not self._speaking.is_silent and not self._speaking.can_speak:
            self._parting.blame("error", why)
            self._finish()
        else:
            self.end("error", say=self._config.apology, detail=why)

    # ---- time

    def _tick(self) -> None:
        if self._parting.is_over:
            return
        self._timer = self._loop.call_later(TICK_S, self._tick)
        now = self.now()
        self._watch()
        if levels := self._tape.levels(now):
            self._timeline.note(levels)
        if self._parting.is_saying_goodbye:
            if self._parting.is_overdue:
                self._finish()
            return
        if self._turns.state != "quiet":
            self._follow(self._turns.tick(now))
        if self._turns.agent != "free" or self._due.is_made:
            self._keypad.wait(now)
        self._take_digits(self._keypad.due(now))
        if now >= self._longest_s() * 1000:
            self.end("timeout", say=self._config.end_message, detail="max_duration")
        else:
            self._watch_silence(now)

    def _watch(self) -> None:
        self._speaking.watch()
        self._listening.watch(caller_speaks=self._turns.state == "speaking")

    @property
    def _caller_speaks(self) -> bool:
        return self._turns.state != "quiet"

    def _longest_s(self) -> int:
        longest_s = self._config.max_duration_s
        return max(longest_s, STANDBY_S) if self._floor.is_others else longest_s

    def _watch_silence(self, now: int) -> None:
        is_busy = self._turns.agent != "free" or self._caller_speaks
        is_busy = is_busy or self._due.is_owed or self._floor.is_others or self._waits
        is_busy = is_busy or self._keypad.asked is not None
        if is_busy or self._parting.has_begun:
            return
        due = self._silence.due(now)
        if isinstance(due, Prompt):
            self._timeline.note(events.SilencePrompted(now, due.text))
            self._say(due.text)
        elif due:
            self.end("timeout", say=self._config.end_message, detail="silence")

    # ---- the end

    def _close_with(
        self, reason: events.EndReason, detail: str, within_ms: int = GOODBYE_MS
    ) -> None:
        self._parting.begin(reason, detail, within_ms)
        self._speaking.release()

    async def _hear_last_words(self) -> None:
        """Give the recogniser a moment for what the caller said last."""
        # Even where no speech was noticed yet: a busy detector is behind the sound.
        if self._config.ears:
            self._listening.finalize()
            await self._parting.last_words()
        if text := self._turns.text:
            self._turn += 1
            said, gone = self._turns, self._parting.at_ms
            self._timeline.note(
                events.Heard(
                    said.began_ms, text, True, self._turn, gone, pieces=said.pieces
                )
            )
        self._parting.blame("user_disconnect", "")
        self._finish()

    def _finish(self) -> None:
        if self._parting.is_over:
            return
        reason, detail = self._parting.why()
        self._tape.close()
        self._floor.fall_silent()
        self._listening.close()
        self._speaking.close()
        if self._timer:
            self._timer.cancel()
        for used in self._meter.read(self.now()):
            self._timeline.note(used)
        self._line.hang_up()
        self._timeline.note(events.Ended(self._parting.at_ms, reason, detail))
        self._parting.done()
        self._errands.drop()

    def _on_failed_errand(self, task: Any, error: BaseException) -> None:
        self._due.made(task)
        self._fail(f"{type(error).__name__}: {error}")
