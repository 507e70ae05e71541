"""One conversation: wires listening, turns, thinking and speaking; owns start and end.

Synchronous on the hot path: a frame of audio passes through here without a task, a queue
or a thread. Tasks exist only for opening providers, for a reply, and for the
end-of-turn model; one timer ticks ten times a second for everything that is late.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from providers import audio
from providers.errors import ProviderError
from providers.ports import (
    AudioFormat,
    EndOfTurnModel,
    Transcript,
    VoiceActivityDetector,
)
from voice import decisions, events
from voice.audio.echo import Echo
from voice.clock import MediaClock, Track
from voice.config import SessionConfig, Tongue
from voice.errands import Errands
from voice.filling import Filling
from voice.history import History
from voice.keypad import Asked, Keypad
from voice.listening import Hearing, Listening
from voice.meters import Meters
from voice.metrics import Meter, TurnTimes
from voice.parting import GOODBYE_MS, Parting
from voice.ports import Line, Notebook, Toolbox, ToolOutcome
from voice.silence import Prompt, Silence
from voice.speaking import Speaking, Stopped, Utterance, Voicing
from voice.thinking import Reply, Speech, Thinking
from voice.timeline import Channel, Source, Timeline
from voice.turns import Turns
from voice.yielding import Floor

TICK_S = 0.1
STANDBY_S = 7_200  # people may talk among themselves for longer than to an agent
WINDOW_MS = 32
MODEL_FORMAT = AudioFormat("pcm_s16le", 16_000)


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
        self._track = Track(line.format.bytes_per_ms)
        local = config.turns.endpointing == "local"
        self._endpointer = endpointer if config.turns.smart and local else None
        self._echo = Echo(line.format, line.voice_format)
        self._may_echo = detector is not None and local and config.turns.barge_in
        self._turns = Turns(
            config.turns,
            detector.window_ms if detector else WINDOW_MS,
            self._echo,
            config.language,
        )
        self._meter = Meter()
        self._listening = Listening(
            config.ears,
            line.format,
            detector if local and config.ears else None,
            self._hearing(),
            self.now,
            keep_tail=self._endpointer is not None,
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
        self._filling = Filling(self._speaking, self._on_sentence)
        self._meters = Meters(line.format, line.voice_format) if meters else None
        self._silence = Silence(config.silence)
        self._keypad = Keypad()
        self._replying: asyncio.Task[None] | None = None
        self._delayed: asyncio.TimerHandle | None = None  # a reply that waits
        self._reply_owed = False  # the caller's words have not been answered
        self._stands_by = False  # others talk: we listen, and say only what we are told
        self._waits = config.waits
        self._turn = config.earlier_turns
        self._utterances = 0
        self._times: TurnTimes | None = None
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
            given=self._on_given,
            played=self._notebook.agent_audio,
            used=self._meter.spoke,
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
        self._reply_owed = self._turn > self._config.earlier_turns
        self._answer_if_owed()

    def _greet(self) -> None:
        if self._config.opener:
            self._turns.opening(True)
            self._open_with(self._config.opener, self._config.opener_audio)
        else:
            self._reply()

    async def finished(self) -> None:
        """Wait until the conversation is over and everything was noted."""
        await self._parting.wait()

    def hear(self, frame: bytes) -> None:
        """Take audio from the caller, in the line's format."""
        if self._parting.is_over or self._listening.muted or self.keeps_quiet:
            return
        for at, sound in self._track.place(self.now(), frame):
            self._notebook.caller_audio(at, sound)
            if self._may_echo and self._turns.agent == "speaking":
                self._echo.caller(at, sound)
        if self._meters:
            self._meters.heard(frame)
        self._listen(frame)

    def _listen(self, frame: bytes) -> None:
        self._listening.hear(frame)

    def marked(self, name: str) -> None:
        """The line has played everything before the mark."""
        self._speaking.marked(name)

    def press(self, digit: str) -> None:
        """Take a key of the telephone."""
        if self._parting.has_begun:
            return
        asked = self._keypad.asked is not None
        shown = self._keypad.shown(digit)
        self._timeline.note(events.Pressed(self.now(), shown, asked))
        self._silence.broken(self.now())
        if asked:
            self._interrupt("keys")
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
        self._interrupt("typed words")
        self._take_turn(self._said_at_once(text.strip(), "typed"), "typed")

    def mute(self, on: bool) -> None:
        """Stop listening, and recording, for a while."""
        self._listening.muted = on

    def drop(self) -> None:
        """The caller is gone: keep what was said, and end."""
        if self._parting.is_over or self._parting.is_caller_gone:
            return
        self._cancel_reply()
        self._stop_speaking()
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
            self._stop_speaking()
            self._say(say)
        elif self._speaking.current:
            self._speaking.finish(self._speaking.current)
        else:
            self._finish()

    # ---- for a host with more than one person on the line

    @property
    def speaks(self) -> bool:
        """Tell whether the agent says something, or is about to."""
        return self._speaking.current is not None or self._replying is not None

    @property
    def stands_by(self) -> bool:
        """Tell whether the agent leaves the talking to others."""
        return self._stands_by

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
        self._stands_by = True
        self._cancel_reply()
        self._reply_owed = False
        if self._speaking.current:
            self._speaking.finish(self._speaking.current)
        self._tell_floor()

    def say(self, text: str) -> None:
        """Speak words that no model makes; what was being said stops."""
        if not self._parting.has_begun:
            self.fall_silent()
            self._say(text)

    def fall_silent(self) -> None:
        """Stop in mid-word."""
        if not self._parting.has_begun:
            self._cancel_reply()
            self._stop_speaking()

    def come_back(self, *, say: str = "", happened: str = "") -> None:
        """Take part again, with a sentence; the model is told what happened."""
        if self._parting.has_begun:
            return
        self._stands_by = False
        self._silence.broken(self.now())
        if happened:
            self._history.remark(happened)
        if say:
            self.say(say)

    def whisper(self, text: str) -> None:
        """Tell the agent something that the caller does not hear."""
        self._history.whisper(text)

    # ---- from the ear

    def _on_window(self, probability: float) -> None:
        if decided := self._turns.window(self.now(), probability):
            self._follow(decided)

    def _on_words(self, transcript: Transcript) -> None:
        if self._parting.is_saying_goodbye and not self._parting.is_caller_gone:
            return
        before = self._turns.text
        decided = self._turns.words(
            self.now(),
            transcript.text,
            final=transcript.is_final,
            ending=transcript.ending,
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
                self._hold(decision)
            case decisions.Release():
                self._release()
            case decisions.KeepTalking():
                self._keep_talking(decision.cause)
            case decisions.Interrupt():
                self._interrupt(decision.cause)
            case decisions.EndTurn():
                self._take_turn(decision, "speech")

    def _on_pause(self, pause: int) -> None:
        self._silence.broken(self.now())
        self._listening.finalize()
        if self._endpointer is not None and self._turns.agent == "free":
            self._errands.run(self._ask_endpointer(self._endpointer, pause))

    async def _ask_endpointer(self, model: EndOfTurnModel, pause: int) -> None:
        heard = self._listening.recent_audio()
        converter = audio.Converter(self._line.format, MODEL_FORMAT)
        try:
            pcm = await self._loop.run_in_executor(
                None, lambda: converter.convert(heard, last=True)
            )
            odds = await model.probability(pcm)
        except ProviderError as error:
            self._timeline.warned("endpointer_failed", str(error))
            return
        self._follow(self._turns.judged(self.now(), odds, pause))

    # ---- the caller speaks while the agent does

    def _hold(self, hold: decisions.Hold) -> None:
        if self._stands_by:
            return  # what it says then is not for those who talk
        utterance = self._speaking.current
        was_audible = self._speaking.is_audible and not self._speaking.is_cut
        self._speaking.hold(cut=hold.cut)
        if hold.cut and utterance and was_audible:
            self._timeline.interrupted(utterance, hold.cause)
            self._quiet_meters()

    def _release(self) -> None:
        utterance, was_cut = self._speaking.current, self._speaking.is_cut
        if was_cut and not self._config.turns.resume_after_interruption:
            self._cancel_reply()
            self._stop_speaking()
            return
        if was_cut and utterance:
            self._timeline.resumed(utterance, self._speaking.unheard())
        self._speaking.release()

    def _keep_talking(self, cause: str) -> None:
        if self._speaking.current:
            self._timeline.kept_talking(cause)
        self._release()
        self._answer_if_owed()

    def _interrupt(self, cause: str) -> None:
        if self._stands_by:
            return
        self._reply_owed = self._reply_owed or self._turns.agent == "preparing"
        utterance, was_cut = self._speaking.current, self._speaking.is_cut
        if utterance and self._speaking.is_audible and not was_cut:
            self._timeline.interrupted(utterance, cause)
        self._cancel_reply()
        self._stop_speaking()

    # ---- a turn of the caller's

    def _take_turn(self, turn: decisions.EndTurn, source: Source) -> None:
        now = self.now()
        if self._speaking.is_audible:
            self._interrupt(turn.text)
        self._turn += 1
        self._silence.answered()
        self._silence.broken(now)
        self._timeline.heard(turn, self._turn, source)
        self._times = TurnTimes(self._turn, turn.speech_end_ms, turn.ready_ms, now)
        self._history.heard(turn.text)
        if found := self._history.recognise(turn.text):
            self._timeline.note(events.RoutingShifted(now, found[0].name, found[1]))
        if self._stands_by:
            self._times = None  # nobody waits for an answer
            return
        self._cancel_reply()
        self._stop_speaking()
        if self._waits:
            return
        self._reply_owed = True
        if delay := self._config.turns.reply_delay_ms:
            self._delayed = self._loop.call_later(delay / 1000, self._answer_if_owed)
            self._tell_floor()
        else:
            self._reply()

    def _said_at_once(self, text: str, reason: str) -> decisions.EndTurn:
        now = self.now()
        return decisions.EndTurn(text, reason, now, now, now)

    def _take_digits(self, digits: str) -> None:
        if digits:
            self._interrupt("keys")
            self._take_turn(self._said_at_once(digits, "keypad"), "keypad")

    # ---- replying

    def _answer_if_owed(self) -> None:
        is_free = self._replying is None and self._turns.state == "quiet"
        is_free = is_free and not self._stands_by
        if self._reply_owed and is_free and not self._parting.has_begun:
            self._reply()

    def _reply(self) -> None:
        self._reply_owed = False
        self._replying = self._errands.run(self._think())
        self._tell_floor()

    async def _think(self) -> None:
        utterance = self._begin()
        reply = await self._thinking.reply(
            Speech(
                sentence=lambda text: self._on_sentence(utterance, text),
                first_token=self._on_first_token,
                filler=lambda: self._filling.fill(utterance, self._config.filler),
                tool_ran=self._timeline.tool_ran,
                recalled=self._timeline.recalled,
                switch=self._switch_language,
                fell_back=lambda *what: self._on_fall_back("llm", *what),
                used=self._meter.thought,
            )
        )
        self._replying = None
        self._filling.stop()
        self._reply_done(utterance, reply)

    def _reply_done(self, utterance: Utterance, reply: Reply) -> None:
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
                self._on_sentence(utterance, last)
        self._speaking.finish(utterance)
        self._tell_floor()

    def _on_first_token(self) -> None:
        if self._times and self._times.first_token is None:
            self._times.first_token = self.now()

    def _on_sentence(self, utterance: Utterance, text: str) -> None:
        if self._times and self._times.first_sentence is None:
            self._times.first_sentence = self.now()
        self._speaking.say(utterance, text)
        self._turns.agent_says(utterance.text)
        if utterance.is_over:
            return
        if self._speaking.is_silent:
            self._on_audible(utterance)  # text is seen at once
        elif utterance.first_audio_ms is not None:
            self._timeline.replied(utterance)

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
        self._change_voices(tongue)
        return ToolOutcome(f"Go on in {tongue.name}.")

    def _change_voices(self, tongue: Tongue) -> None:
        self._listening.change(tongue.ears)
        self._speaking.change(tongue.mouths)
        self._timeline.switched(tongue)

    def _cancel_reply(self) -> None:
        if self._delayed:
            self._delayed.cancel()
            self._delayed = None
        self._filling.stop()
        if self._replying:
            self._replying.cancel()
            self._replying = None

    # ---- the mouth

    def _begin(self) -> Utterance:
        self._utterances += 1
        return self._speaking.begin(f"u{self._utterances}", self._turn)

    def _say(self, text: str) -> None:
        """Speak a text that no model makes."""
        utterance = self._begin()
        self._on_sentence(utterance, text)
        self._speaking.finish(utterance)
        self._tell_floor()

    def _open_with(self, text: str, sound: bytes) -> None:
        if not sound or self._speaking.is_silent:
            self._say(text)
            return
        utterance = self._begin()
        self._turns.agent_says(text)
        self._speaking.play(utterance, text, sound)
        self._tell_floor()

    def _on_given(self, at_ms: int, sound: bytes) -> None:
        if self._may_echo:
            self._echo.agent(at_ms, sound)
        if self._meters:
            self._meters.said(at_ms, sound)

    def _on_audible(self, utterance: Utterance) -> None:
        self._tell_floor()
        self._silence.broken(self.now())
        self._timeline.replied(utterance)
        if self._times and self._times.turn == utterance.turn:
            self._times.first_audio = self.now()
            self._timeline.note(self._times.latency(self._speaking.lag_ms))
            self._times = None

    def _on_heard_out(self, utterance: Utterance) -> None:
        self._silence.broken(self.now())
        if utterance.sentences:
            self._note_spoken(Stopped(utterance, utterance.text, ""))
        self._quiet_meters()
        if self._parting.is_saying_goodbye and self._speaking.current is None:
            self._finish()
            return
        self._turns.opening(False)
        self._tell_floor()

    def _stop_speaking(self) -> None:
        stopped = self._speaking.stop()
        if stopped and (stopped.heard or stopped.utterance.first_audio_ms is not None):
            self._note_spoken(stopped)
        if stopped:
            self._on_stopped(stopped)
        self._turns.opening(False)
        self._quiet_meters()
        self._tell_floor()

    def _on_stopped(self, stopped: Stopped) -> None:
        """What stopped was ours to make: nobody else needs to know."""

    def _note_spoken(self, stopped: Stopped) -> None:
        self._history.said(stopped.heard)
        self._timeline.spoke(stopped)

    def _tell_floor(self) -> None:
        """Let turn-taking know what the agent does."""
        floor: Floor = "free"
        if self._speaking.is_audible:
            floor = "speaking"
        elif self._is_preparing:
            floor = "preparing"
        if floor != self._turns.agent:
            if floor != "speaking":
                self._echo.forget()
            self._follow(self._turns.agent_is(floor, self.now()))

    @property
    def _is_preparing(self) -> bool:
        return bool(self._replying or self._delayed or self._speaking.current)

    def _quiet_meters(self) -> None:
        if self._meters:
            self._meters.cut()

    # ---- things that go wrong

    def _on_fall_back(
        self, channel: Channel, failed: str, to: str, error: ProviderError
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
        if self._meters:
            self._timeline.note(self._meters.read(now))
        if self._parting.is_saying_goodbye:
            if self._parting.is_overdue:
                self._finish()
            return
        if self._turns.state != "quiet":
            self._follow(self._turns.tick(now))
        if self._turns.agent != "free" or self._replying:
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
        return max(longest_s, STANDBY_S) if self._stands_by else longest_s

    def _watch_silence(self, now: int) -> None:
        is_busy = self._turns.agent != "free" or self._caller_speaks
        is_busy = is_busy or self._reply_owed or self._stands_by or self._waits
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
        """Give the recogniser a moment for what the caller said last (P23)."""
        # Even where no speech was noticed yet: a busy detector is behind the sound.
        if self._config.ears:
            self._listening.finalize()
            await self._parting.last_words()
        if text := self._turns.text:
            self._turn += 1
            began, gone = self._turns.began_ms, self._parting.at_ms
            self._timeline.note(events.Heard(began, text, True, self._turn, gone))
        self._parting.blame("user_disconnect", "")
        self._finish()

    def _finish(self) -> None:
        if self._parting.is_over:
            return
        reason, detail = self._parting.why()
        for at, sound in self._track.rest():
            self._notebook.caller_audio(at, sound)
        self._cancel_reply()
        self._stop_speaking()
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
        self._replying = None if self._replying is task else self._replying
        self._fail(f"{type(error).__name__}: {error}")
