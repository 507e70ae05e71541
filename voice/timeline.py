"""A conversation's events, as they go to the notebook."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Literal

from providers.errors import ProviderError
from providers.ports import ToolCall, Transcript
from voice import events
from voice.config import CallerType, Tongue
from voice.decisions import EndTurn
from voice.events import Channel
from voice.ports import Notebook, Passage, ToolOutcome
from voice.utterance import Stopped, Utterance

Source = Literal["speech", "typed", "keypad"]


class Timeline:
    """Writes down what happens to one conversation, and when."""

    def __init__(self, notebook: Notebook, now: Callable[[], int]) -> None:
        self.note = notebook.note
        self._now = now

    # ---- the caller

    def head_heard(
        self, text: str, began_ms: int, end_ms: int, turn: int, *, is_final: bool
    ) -> None:
        """Note a turn's words, which may be known long after it was answered."""
        self.note(events.Heard(began_ms, text, is_final, turn, end_ms))

    def heard_so_far(self, text: str, began_ms: int, turn: int, by: Transcript) -> None:
        """Note the words of a turn that goes on."""
        self.note(
            events.Heard(
                began_ms,
                text,
                is_final=False,
                turn=turn,
                end_ms=self._now(),
                confidence=by.confidence,
            )
        )

    def heard(self, turn: EndTurn, number: int, source: Source) -> None:
        """Note a turn, and why it is over."""
        now = self._now()
        self.note(
            events.Heard(
                turn.began_ms,
                turn.text,
                is_final=True,
                turn=number,
                end_ms=turn.speech_end_ms,
                source=source,
                pieces=turn.pieces,
            )
        )
        waited = now - turn.speech_end_ms
        self.note(events.TurnEnded(now, number, turn.reason, waited))

    def interrupted(self, utterance: Utterance, cause: str) -> None:
        """Note that the caller stopped the agent."""
        self.note(events.Interrupted(self._now(), utterance.name, cause))

    def kept_talking(self, cause: str) -> None:
        """Note a sound that did not stop it."""
        self.note(events.KeptTalking(self._now(), cause))

    def resumed(self, utterance: Utterance, text: str) -> None:
        """Note that the agent takes its sentence up again."""
        self.note(events.Resumed(self._now(), utterance.name, text))

    # ---- the agent

    def replied(self, utterance: Utterance) -> None:
        """Note the agent's words as far as they are known."""
        self.note(
            events.Replied(self._now(), utterance.name, utterance.text, utterance.turn)
        )

    def spoke(self, stopped: Stopped) -> None:
        """Note what the caller heard of an utterance that is over."""
        utterance = stopped.utterance
        began = utterance.first_audio_ms
        self.note(
            events.Spoke(
                utterance.began_ms if began is None else began,
                utterance.name,
                stopped.heard,
                stopped.unheard,
                utterance.turn,
                self._now(),
            )
        )

    def tool_ran(self, call: ToolCall, outcome: ToolOutcome, began: int) -> None:
        """Note what a tool was asked, and what came of it."""
        self.note(
            events.ToolCalled(
                began,
                call.name,
                call.arguments,
                outcome.text,
                self._now(),
                outcome.failed,
                outcome.detail,
            )
        )

    def recalled(self, question: str, passages: Sequence[Passage], began: int) -> None:
        """Note what was looked up."""
        found = [asdict(passage) for passage in passages]
        self.note(events.Recalled(began, question, found, self._now()))

    def routed(self, caller_type: CallerType, phrase: str) -> None:
        """Note whom the caller was recognised as, by which words."""
        self.note(events.RoutingShifted(self._now(), caller_type.name, phrase))

    def switched(self, tongue: Tongue, head: str = "") -> None:
        """Note the language that is spoken from now on; ``head`` does both."""
        ear, mouth = (
            head or (chosen[0].provider if chosen else "")
            for chosen in (tongue.ears, tongue.mouths)
        )
        self.note(
            events.LanguageSwitched(
                self._now(), tongue.language, tongue.name, ear, mouth
            )
        )

    # ---- vendors

    def fell_back(
        self, channel: Channel, failed: str, to: str, error: ProviderError
    ) -> None:
        """Note that the next provider took over."""
        refused = error.permanent and error.status in (401, 402, 403)
        self.note(
            events.FellBack(self._now(), channel, failed, to, str(error), refused)
        )

    def retried(self, channel: Channel, failed: str, error: ProviderError) -> None:
        """Note that a provider is tried again."""
        self.warned(f"{channel}_retried", f"{failed}: {error}")

    def warned(self, kind: str, detail: str) -> None:
        """Note something that has no event of its own."""
        self.note(events.Warned(self._now(), kind, detail))
