"""From thinking to speaking: a reply's sentences as they come, and what the agent says
without thinking."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from providers.errors import ProviderError
from providers.ports import Usage
from voice.config import Mind
from voice.due import Due
from voice.filling import Filling
from voice.latency import Latency
from voice.ports import ToolOutcome
from voice.speaking import Speaking
from voice.thinking import Reply, Speech, Thinking
from voice.timeline import Timeline
from voice.turns import Turns
from voice.utterance import Utterance


@dataclass(frozen=True, slots=True)
class Replied:
    """What replies ask of the conversation, and where their news goes."""

    done: Callable[[Utterance, Reply], None]
    read: Callable[[Utterance], None]  # a typed conversation: text is seen at once
    switch: Callable[[str], ToolOutcome]  # go on in that language
    fell_back: Callable[[str, str, ProviderError], None]
    used: Callable[[Mind, Usage], None]


class Replying:
    """One conversation's replies."""

    def __init__(
        self,
        thinking: Thinking,
        speaking: Speaking,
        turns: Turns,
        due: Due,
        timeline: Timeline,
        latency: Latency,
        replied: Replied,
        filler: Sequence[str],
    ) -> None:
        self._thinking = thinking
        self._speaking = speaking
        self._turns = turns
        self._due = due
        self._timeline = timeline
        self._latency = latency
        self._replied = replied
        self._filling = Filling(speaking, self.add)
        self.filler = filler  # in the language that is spoken
        self._utterances = 0

    def begin(self, turn: int) -> Utterance:
        """Begin to speak, in answer to that turn; 0: the caller has had none."""
        self._utterances += 1
        return self._speaking.begin(f"u{self._utterances}", turn)

    def say(self, turn: int, text: str) -> None:
        """Speak a text that no model makes."""
        utterance = self.begin(turn)
        self.add(utterance, text)
        self._speaking.finish(utterance)

    def play(self, turn: int, text: str, sound: bytes) -> None:
        """Speak a text whose sound was made before the call."""
        if not sound or self._speaking.is_silent:
            self.say(turn, text)
            return
        utterance = self.begin(turn)
        self._turns.agent_says(text)
        self._speaking.play(utterance, text, sound)

    def add(self, utterance: Utterance, text: str) -> None:
        """Speak one more sentence."""
        self._latency.sentence()
        self._speaking.say(utterance, text)
        self._turns.agent_says(utterance.text)
        if utterance.is_over:
            return
        if self._speaking.is_silent:
            self._replied.read(utterance)
        elif utterance.first_audio_ms is not None:
            self._timeline.replied(utterance)

    async def think(self, turn: int) -> None:
        """Make a reply to that turn, and speak it."""
        utterance = self.begin(turn)
        reply = await self._thinking.reply(
            Speech(
                sentence=lambda text: self.add(utterance, text),
                first_token=self._latency.token,
                filler=lambda: self._filling.fill(utterance, self.filler),
                tool_ran=self._timeline.tool_ran,
                recalled=self._timeline.recalled,
                switch=self._replied.switch,
                fell_back=self._replied.fell_back,
                used=self._replied.used,
            )
        )
        self._due.made()
        self._filling.stop()
        self._replied.done(utterance, reply)

    def give_up(self) -> None:
        """Make no more of a reply that is being made, or is due in a moment."""
        self._filling.stop()
        self._due.cancel()
