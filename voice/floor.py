"""The floor: whether the agent speaks, waits, or has given way to the caller.

``voice.turns`` decides; here the agent does it. What it says is held in mid-word, goes
on, or stays unsaid, and the judge is told what the agent does now.
"""

from collections.abc import Callable
from dataclasses import dataclass

from voice.decisions import Decision, Hold
from voice.due import Due
from voice.speaking import Speaking
from voice.tape import Tape
from voice.timeline import Timeline
from voice.turns import Turns
from voice.utterance import Stopped
from voice.yielding import AgentDoes


@dataclass(frozen=True, slots=True)
class Standing:
    """What the floor asks of the conversation, and where its news goes."""

    is_preparing: Callable[[], bool]  # something is about to be said
    give_up: Callable[[], None]  # a reply that is being made
    stopped: Callable[[Stopped], None]
    decided: Callable[[list[Decision]], None]


class Floor:
    """One agent's."""

    def __init__(
        self,
        speaking: Speaking,
        turns: Turns,
        due: Due,
        tape: Tape,
        timeline: Timeline,
        now: Callable[[], int],
        standing: Standing,
        *,
        resumes: bool,
    ) -> None:
        """``resumes``: a sentence is taken up again after a false interruption."""
        self._speaking = speaking
        self._turns = turns
        self._due = due
        self._tape = tape
        self._timeline = timeline
        self._now = now
        self._standing = standing
        self._resumes = resumes
        self.is_others = False  # we listen, and say only what we are told

    def hold(self, hold: Hold) -> None:
        """Wait, or fall silent, until it is known what the caller means."""
        if self.is_others:
            return  # what it says then is not for those who talk
        utterance = self._speaking.current
        was_audible = self._speaking.is_audible and not self._speaking.is_cut
        self._speaking.hold(cut=hold.cut)
        if hold.cut and utterance and was_audible:
            self._timeline.interrupted(utterance, hold.cause)
            self._tape.cut()

    def release(self) -> None:
        """Go on where the agent was held."""
        utterance, was_cut = self._speaking.current, self._speaking.is_cut
        if was_cut and not self._resumes:
            self.fall_silent()
            return
        if was_cut and utterance:
            self._timeline.resumed(utterance, self._speaking.unheard())
        self._speaking.release()

    def keep_talking(self, cause: str) -> None:
        """Go on: what the caller made heard was no interruption."""
        if self._speaking.current:
            self._timeline.kept_talking(cause)
        self.release()

    def give_way(self, cause: str) -> None:
        """Fall silent for the caller, who has interrupted."""
        if self.is_others:
            return
        self._due.is_owed = self._due.is_owed or self._turns.agent == "preparing"
        utterance, was_cut = self._speaking.current, self._speaking.is_cut
        if utterance and self._speaking.is_audible and not was_cut:
            self._timeline.interrupted(utterance, cause)
        self.fall_silent()

    def fall_silent(self) -> None:
        """Stop in mid-word, and say nothing of what was about to be said."""
        self._standing.give_up()
        self.stop()

    def stop(self) -> None:
        """Stop in mid-word."""
        if stopped := self._speaking.stop():
            self._standing.stopped(stopped)
        self._turns.opening(False)
        self._tape.cut()
        self.tell()

    def tell(self) -> None:
        """Let turn-taking know what the agent does."""
        does: AgentDoes = "free"
        if self._speaking.is_audible:
            does = "speaking"
        elif self._standing.is_preparing():
            does = "preparing"
        if does != self._turns.agent:
            self._tape.agent_speaks(does == "speaking")
            self._standing.decided(self._turns.agent_is(does, self._now()))
