"""One conversation: wires listening, turns, thinking and speaking; owns start and end.

Synchronous on the hot path: a frame of audio passes through here without a task, a queue
or a thread. Tasks exist only for opening providers, for a reply, and for the
end-of-turn model; one timer ticks ten times a second for everything that is late.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from providers import audio
from providers.errors import ProviderError
from providers.ports import (
    AudioFormat,
    EndOfTurnModel,
    ToolCall,
    Transcript,
    Usage,
    VoiceActivityDetector,
)
from voice import events, turns
from voice.clock import MediaClock
from voice.config import Mind, SessionConfig
from voice.listening import Hearing, Listening
from voice.metrics import TurnTimes
from voice.ports import Line, Notebook, Toolbox
from voice.speaking import Speaking, Utterance, Voicing
from voice.thinking import Reply, Speech, Thinking

TICK_S = 0.1
KEYPAD_PAUSE_MS = 1_500  # after the last key the digits are taken as said
GOODBYE_MS = 15_000  # for last words before the line is cut
LAST_WORDS_S = 2.0  # for the recogniser, when the caller is gone
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
    ) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._config = config
        self._line = line
        self._notebook = notebook
        self._clock = MediaClock(loop.time)
        self.now = self._clock.now
        local = config.turns.endpointing == "local"
        self._endpointer = endpointer if config.turns.smart and local else None
        self._turns = turns.Turns(
            config.turns, detector.window_ms if detector else WINDOW_MS
        )
        self._listening = Listening(
            config.ears,
            line.format,
            detector if local and config.ears else None,
            Hearing(
                self._on_window,
                self._on_words,
                self._on_finalized,
                self._on_provider_speech,
                lambda failed, to, why: self._on_fall_back("stt", failed, to, why),
            ),
            self.now,
            keep_tail=self._endpointer is not None,
        )
        self._thinking = Thinking(config, toolbox, self.now)
        self._speaking = Speaking(
            config.mouths,
            line,
            Voicing(
                self._on_audible,
                self._on_heard_out,
                lambda failed, to, why: self._on_fall_back("tts", failed, to, why),
                lambda: self._fail("no voice is left"),
                notebook.agent_audio,
            ),
            self.now,
        )
        self._tasks: set[asyncio.Task[Any]] = set()
        self._replying: asyncio.Task[None] | None = None
        self._reply_owed = False  # the caller's words have not been answered
        self._turn = 0
        self._utterances = 0
        self._times: TurnTimes | None = None
        self._cut = ""  # unheard words of an utterance that was interrupted
        self._digits = ""
        self._last_key_ms = 0
        self._last_sign_ms = 0  # of life from either side
        self._prompts = 0
        self._ending: tuple[events.EndReason, str] | None = None
        self._end_by_ms = 0
        self._last_words: asyncio.Event | None = None
        self._over = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._usage: dict[tuple[str, str], dict[str, float]] = {}

    # ---- for the host

    async def start(self) -> None:
        """Answer the call: open the providers, and greet if the agent speaks first."""
        self._clock.start()
        self._timer = self._loop.call_later(TICK_S, self._tick)
        if self._config.ears:
            self._spawn(self._listening.open())
        self._spawn(self._speaking.open())
        self._spawn(self._thinking.prewarm())
        if not self._config.agent_greets:
            return
        if self._config.opener:
            self._say(self._config.opener)
        else:
            self._reply()

    async def finished(self) -> None:
        """Wait until the conversation is over and everything was noted."""
        await self._over.wait()

    def hear(self, frame: bytes) -> None:
        """Take audio from the caller, in the line's format."""
        if self._over.is_set():
            return
        self._notebook.caller_audio(self.now(), frame)
        self._listening.hear(frame)

    def marked(self, name: str) -> None:
        """The line has played everything before the mark."""
        self._speaking.marked(name)

    def press(self, digit: str) -> None:
        """Take a key of the telephone."""
        if self._ending or self._over.is_set():
            return
        self._note(events.Pressed(self.now(), digit))
        self._sign_of_life()
        if digit == "#":
            self._take_digits()
        else:
            self._digits += digit
            self._last_key_ms = self.now()

    def type(self, text: str) -> None:
        """Take typed words: they are a whole turn, and stop the agent."""
        if self._ending or self._over.is_set() or not text.strip():
            return
        self._interrupt("typed words")
        self._take_turn(
            turns.EndTurn(text.strip(), "typed", self.now(), self.now()), "typed"
        )

    def mute(self, on: bool) -> None:
        """Stop listening for a while."""
        self._listening.muted = on

    def drop(self) -> None:
        """The caller is gone: keep what was said, and end."""
        if self._over.is_set() or self._last_words is not None:
            return
        self._cancel_reply()
        self._stop_speaking()
        self._last_words = asyncio.Event()
        self._spawn(self._hear_last_words())

    def end(self, reason: events.EndReason, *, say: str = "", detail: str = "") -> None:
        """End from our side, after last words if there are any."""
        if self._ending or self._over.is_set() or self._last_words is not None:
            return
        self._ending = (reason, detail)
        self._end_by_ms = self.now() + GOODBYE_MS
        self._cancel_reply()
        if say:
            self._stop_speaking()
            self._say(say)
        elif self._speaking.current is None:
            self._finish()

    # ---- from the ear

    def _on_window(self, probability: float) -> None:
        if decisions := self._turns.window(self.now(), probability):
            self._follow(decisions)

    def _on_words(self, transcript: Transcript) -> None:
        if self._last_words is None and self._ending:
            return
        self._sign_of_life()
        decisions = self._turns.words(
            self.now(), transcript.text, final=transcript.is_final
        )
        if text := self._turns.text:
            self._note(
                events.Heard(
                    self.now(),
                    text,
                    is_final=False,
                    turn=self._turn + 1,
                    confidence=transcript.confidence,
                )
            )
        self._follow(decisions)
        if transcript.speech_final and self._config.turns.endpointing == "provider":
            self._follow(self._turns.provider_ended(self.now()))

    def _on_finalized(self) -> None:
        if self._last_words is not None:
            self._last_words.set()
        else:
            self._follow(self._turns.finalized(self.now()))

    def _on_provider_speech(self) -> None:
        if self._config.turns.endpointing == "provider":
            self._follow(self._turns.provider_started(self.now()))

    # ---- decisions

    def _follow(self, decisions: list[turns.Decision]) -> None:
        if self._ending or self._over.is_set() or self._last_words is not None:
            return
        for decision in decisions:
            if isinstance(decision, turns.SpeechBegan):
                self._on_speech()
            elif isinstance(decision, turns.PauseBegan):
                self._on_pause()
            elif isinstance(decision, turns.Interrupt):
                self._interrupt(decision.cause)
            elif isinstance(decision, turns.EndTurn):
                self._take_turn(decision, "speech")
            elif isinstance(decision, turns.KeepTalking):
                self._note(events.KeptTalking(self.now(), decision.cause))
                self._answer_if_owed()
            else:
                self._resume(decision.cause)

    def _on_speech(self) -> None:
        self._sign_of_life()
        self._listening.speech_began()
        if self._replying and not self._speaking.is_audible():
            # The caller goes on before the answer began: wait for the rest.
            self._cancel_reply()
            self._stop_speaking()
            self._reply_owed = True

    def _on_pause(self) -> None:
        self._sign_of_life()
        self._listening.finalize()
        if self._endpointer is not None:
            self._spawn(self._ask_endpointer(self._endpointer))

    async def _ask_endpointer(self, model: EndOfTurnModel) -> None:
        heard = self._listening.recent_audio()
        converter = audio.Converter(self._line.format, MODEL_FORMAT)
        pcm = await asyncio.to_thread(converter.convert, heard, last=True)
        try:
            odds = await model.probability(pcm)
        except ProviderError as error:
            self._note(events.Warned(self.now(), "endpointer_failed", str(error)))
            return
        self._follow(self._turns.judged(self.now(), odds))

    def _interrupt(self, cause: str) -> None:
        self._cancel_reply()
        stopped = self._speaking.stop()
        self._turns.agent_speaking = False
        if stopped is None:
            return
        utterance, heard, unheard = stopped
        self._cut = unheard
        self._note(events.Interrupted(self.now(), utterance.name, cause))
        self._note_spoken(utterance, heard, unheard)

    def _resume(self, cause: str) -> None:
        self._note(events.KeptTalking(self.now(), cause))
        text, self._cut = self._cut, ""
        if text and self._config.turns.resume_after_interruption:
            utterance = self._say(text)
            self._note(events.Resumed(self.now(), utterance.name, text))
        else:
            self._answer_if_owed()

    def _answer_if_owed(self) -> None:
        if self._reply_owed and self._replying is None:
            self._reply()

    def _take_turn(self, turn: turns.EndTurn, source: Any) -> None:
        now = self.now()
        self._turn += 1
        self._prompts = 0
        self._cut = ""
        self._sign_of_life()
        self._note(
            events.Heard(
                turn.speech_end_ms if source == "speech" else now,
                turn.text,
                is_final=True,
                turn=self._turn,
                end_ms=turn.speech_end_ms,
                source=source,
            )
        )
        self._note(
            events.TurnEnded(now, self._turn, turn.reason, now - turn.speech_end_ms)
        )
        self._times = TurnTimes(self._turn, turn.speech_end_ms, turn.ready_ms, now)
        self._thinking.heard(turn.text)
        self._route(turn.text)
        self._cancel_reply()
        self._stop_speaking()
        if self._config.turns.reply_delay_ms:
            self._reply_owed = True
            self._loop.call_later(
                self._config.turns.reply_delay_ms / 1000, self._answer_if_owed
            )
        else:
            self._reply()

    def _route(self, text: str) -> None:
        found = self._thinking.recognise(text)
        if found and self._thinking.shift(found[0]):
            self._note(events.RoutingShifted(self.now(), found[0].name, found[1]))

    def _take_digits(self) -> None:
        digits, self._digits = self._digits, ""
        if digits:
            self._interrupt("keys")
            said = turns.EndTurn(" ".join(digits), "keypad", self.now(), self.now())
            self._take_turn(said, "keypad")

    # ---- replying

    def _reply(self) -> None:
        self._reply_owed = False
        self._replying = self._spawn(self._think())

    async def _think(self) -> None:
        utterance = self._begin()
        reply = await self._thinking.reply(
            Speech(
                sentence=lambda text: self._on_sentence(utterance, text),
                first_token=self._on_first_token,
                filler=lambda: self._on_filler(utterance),
                tool_ran=self._on_tool,
                fell_back=lambda failed, to, why: self._on_fall_back(
                    "llm", failed, to, why
                ),
                used=self._on_usage,
            )
        )
        self._replying = None
        self._reply_done(utterance, reply)

    def _reply_done(self, utterance: Utterance, reply: Reply) -> None:
        if reply.failed:
            self._speaking.finish(utterance)
            self._fail("no language model answered")
            return
        if reply.ends_call:
            self._ending = ("end_call_tool", "")
            self._end_by_ms = self.now() + GOODBYE_MS
            last = self._config.end_message
            if last and last not in reply.text:
                self._on_sentence(utterance, last)
        self._speaking.finish(utterance)

    def _on_first_token(self) -> None:
        if self._times and self._times.first_token is None:
            self._times.first_token = self.now()

    def _on_sentence(self, utterance: Utterance, text: str) -> None:
        if self._times and self._times.first_sentence is None:
            self._times.first_sentence = self.now()
        self._speaking.say(utterance, text)
        self._turns.agent_text = utterance.text

    def _on_filler(self, utterance: Utterance) -> None:
        if self._config.filler and not utterance.sentences:
            filler = self._config.filler[self._turn % len(self._config.filler)]
            self._on_sentence(utterance, filler)

    def _on_tool(self, call: ToolCall, result: str, began: int, failed: bool) -> None:
        self._note(
            events.ToolCalled(
                began, call.name, call.arguments, result, self.now(), failed
            )
        )

    def _on_usage(self, mind: Mind, usage: Usage) -> None:
        totals = self._usage.setdefault((mind.provider, mind.request.model), {})
        for name in ("input_tokens", "output_tokens", "cached_input_tokens"):
            totals[name] = totals.get(name, 0) + getattr(usage, name)

    def _cancel_reply(self) -> None:
        if self._replying:
            self._replying.cancel()
            self._replying = None

    # ---- the mouth

    def _begin(self) -> Utterance:
        self._utterances += 1
        return self._speaking.begin(f"u{self._utterances}", self._turn)

    def _say(self, text: str) -> Utterance:
        """Speak a text that no model makes."""
        utterance = self._begin()
        self._on_sentence(utterance, text)
        self._speaking.finish(utterance)
        return utterance

    def _on_audible(self, utterance: Utterance) -> None:
        self._turns.agent_speaking = True
        self._sign_of_life()
        self._note(
            events.Replied(self.now(), utterance.name, utterance.text, utterance.turn)
        )
        if self._times and self._times.turn == utterance.turn:
            self._times.first_audio = self.now()
            self._note(self._times.latency(self._speaking.lag_ms))
            self._times = None

    def _on_heard_out(self, utterance: Utterance) -> None:
        self._turns.agent_speaking = False
        self._sign_of_life()
        if utterance.sentences:
            self._note_spoken(utterance, utterance.text, "")
        if self._ending and self._speaking.current is None:
            self._finish()

    def _stop_speaking(self) -> None:
        stopped = self._speaking.stop()
        self._turns.agent_speaking = False
        if stopped:
            self._note_spoken(*stopped)

    def _note_spoken(self, utterance: Utterance, heard: str, unheard: str) -> None:
        self._thinking.said(heard)
        began = utterance.first_audio_ms
        self._note(
            events.Spoke(
                utterance.began_ms if began is None else began,
                utterance.name,
                heard,
                unheard,
                utterance.turn,
                self.now(),
            )
        )

    # ---- things that go wrong

    def _on_fall_back(
        self, channel: Any, failed: str, to: str, error: ProviderError
    ) -> None:
        self._note(events.FellBack(self.now(), channel, failed, to, str(error)))
        if channel == "stt" and not to:
            self._fail("no recogniser is left")

    def _fail(self, why: str) -> None:
        if self._ending or self._over.is_set():
            return
        if self._speaking.provider is None and not self._speaking.is_silent:
            self._ending = ("error", why)
            self._finish()
        else:
            self.end("error", say=self._config.apology, detail=why)

    # ---- time

    def _tick(self) -> None:
        if self._over.is_set():
            return
        self._timer = self._loop.call_later(TICK_S, self._tick)
        now = self.now()
        self._speaking.watch()
        self._listening.watch(caller_speaks=self._turns.state == "speaking")
        if self._ending:
            if now > self._end_by_ms:
                self._finish()
            return
        if self._turns.state == "pausing":
            self._follow(self._turns.due(now))
        if self._digits and now - self._last_key_ms > KEYPAD_PAUSE_MS:
            self._take_digits()
        if now >= self._config.max_duration_s * 1000:
            self.end("timeout", say=self._config.end_message, detail="max_duration")
        else:
            self._watch_silence(now)

    def _watch_silence(self, now: int) -> None:
        is_busy = self._replying or self._speaking.current or self._reply_owed
        if is_busy or self._turns.state != "quiet" or self._last_words is not None:
            return
        rules, quiet = self._config.silence, now - self._last_sign_ms
        if self._prompts < len(rules.prompts):
            if quiet >= rules.prompt_after_ms:
                text = rules.prompts[self._prompts]
                self._prompts += 1
                self._note(events.SilencePrompted(now, text))
                self._say(text)
        elif quiet >= rules.hang_up_after_ms:
            self.end("timeout", say=self._config.end_message, detail="silence")

    def _sign_of_life(self) -> None:
        self._last_sign_ms = self.now()

    # ---- the end

    async def _hear_last_words(self) -> None:
        """Give the recogniser a moment for what the caller said last (P23)."""
        waited_for = self._last_words
        if waited_for and self._turns.state != "quiet" and self._config.ears:
            self._listening.finalize()
            try:
                async with asyncio.timeout(LAST_WORDS_S):
                    await waited_for.wait()
            except TimeoutError:
                pass
        if text := self._turns.text:
            self._turn += 1
            now = self.now()
            self._note(events.Heard(now, text, True, self._turn, now))
        self._ending = ("user_disconnect", "")
        self._finish()

    def _finish(self) -> None:
        if self._over.is_set():
            return
        reason, detail = self._ending or ("closed", "")
        self._cancel_reply()
        self._stop_speaking()
        self._note_usage()
        self._listening.close()
        self._speaking.close()
        if self._timer:
            self._timer.cancel()
        self._line.hang_up()
        self._note(events.Ended(self.now(), reason, detail))
        self._over.set()
        current = asyncio.current_task()
        for task in self._tasks:
            if task is not current:
                task.cancel()

    def _note_usage(self) -> None:
        now = self.now()
        if ear := self._listening.provider:
            seconds = self._listening.heard_ms / 1000
            self._note(
                events.Used(
                    now, "stt", ear.provider, ear.request.model, {"seconds": seconds}
                )
            )
        for (provider, model), totals in self._usage.items():
            self._note(events.Used(now, "llm", provider, model, totals))
        if mouth := self._speaking.provider:
            characters = {"characters": float(self._speaking.characters)}
            self._note(
                events.Used(now, "tts", mouth.provider, mouth.request.model, characters)
            )

    # ---- plumbing

    def _note(self, event: events.Event) -> None:
        self._notebook.note(event)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        # A mistake of ours must not leave a caller in silence.
        self._loop.call_exception_handler(
            {"message": "a conversation failed", "exception": error, "task": task}
        )
        self._replying = None if self._replying is task else self._replying
        self._fail(f"{type(error).__name__}: {error}")
