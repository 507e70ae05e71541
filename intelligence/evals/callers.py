"""Who calls in a scenario: by a script that listens, by an old call, or by a model."""

import re
from dataclasses import dataclass, field
from typing import Any, Protocol

from intelligence.minds import Mind
from intelligence.talk import Line
from providers.ports import Message
from providers.scripted.kinds import Kind
from providers.scripted.matching import content, covered, says
from providers.scripted.playbook import Playbook, Step

GOODBYE = "No, that is all. Thank you, goodbye."
_CONFIRMS = re.compile(r"\bis (?:that|this) (?:right|correct)\b|\bcorrect\?", re.I)
_MORE = ("anything else", "what else", "is there more")
_HELP = (
    "how can i help",
    "how may i help",
    "what can i do for you",
    "what do you need",
)
LIVE = (
    "You play a caller who telephones a business. Speak as people do on the phone: one"
    " or two short sentences, no lists, no stage directions. Stay in your role; you are"
    " not an assistant. When you have what you called for, or it cannot be had, say"
    " goodbye. Your role:\n"
)


class Caller(Protocol):
    """Answers what the agent says; "" hangs up."""

    def answer(self, lines: list[Line]) -> str:
        """Return the caller's next words."""


@dataclass
class Scripted:
    """Listens for the playbook's questions and answers each; then asks, then leaves."""

    playbook: Playbook
    opening: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    asks: list[str] = field(default_factory=list)
    _given: set[str] = field(default_factory=set)
    _opened: bool = False
    _asked: int = 0
    _left: bool = False

    def answer(self, lines: list[Line]) -> str:
        """Return the next words."""
        heard = lines[-1].text if lines else ""
        if self._left:
            return ""
        if _CONFIRMS.search(heard):
            return "Yes, that is right."
        if not self._opened:
            self._opened = True
            if self.opening:
                return self.opening
        step = self._matter() if says(heard, _HELP) else self._wanted(heard)
        if step and not says(heard, _MORE):
            self._given.add(step.slot)
            return self.answers[step.slot]
        if self._asked < len(self.asks):
            self._asked += 1
            return self.asks[self._asked - 1]
        if "?" in heard and not says(heard, _MORE) and not self._is_done():
            return "Yes, please."
        self._left = True
        return GOODBYE

    def _wanted(self, heard: str) -> Step | None:
        """Return the step that the agent asks for, if it was not answered twice."""
        left = [
            step
            for step in self.playbook.steps
            if step.slot in self.answers and step.slot not in self._given
        ]
        for step in left:
            if covered(step.question, heard) >= 0.6:
                return step
        if "?" not in heard:
            return None
        named = (s for s in left if content(s.label) & content(heard))
        return next(named, None)

    def _matter(self) -> Step | None:
        """Return the step that "how can I help you?" asks for as well."""
        free = (Kind.TEXT, Kind.CHOICE)
        left = (s for s in self.playbook.steps if s.slot in self.answers)
        step = next(left, None)
        is_open = step and step.kind in free and step.slot not in self._given
        return step if is_open else None

    def _is_done(self) -> bool:
        return len(self._given) >= len(self.answers)


@dataclass
class Replayed:
    """Says what was said in a real call, in its order."""

    turns: list[str]
    _at: int = 0

    def answer(self, lines: list[Line]) -> str:
        """Return the next of the old words."""
        self._at += 1
        return self.turns[self._at - 1] if self._at <= len(self.turns) else ""


@dataclass
class Modelled:
    """A language model that plays the caller."""

    mind: Mind
    role: str
    _left: bool = False

    def answer(self, lines: list[Line]) -> str:
        """Ask the model for the caller's next words."""
        if self._left:
            return ""
        talk = [
            Message("assistant" if line.is_caller else "user", line.text)
            for line in lines
        ] or [Message("user", "(The agent picks up and waits.)")]
        asked = [Message("system", LIVE + self.role), *talk]
        words = self.mind.ask(asked, max_tokens=120).text.strip().strip('"')
        self._left = says(words, ("goodbye", "bye", "bye bye"))
        return words


def of(caller: dict[str, Any], playbook: Playbook, mind: Mind | None) -> Caller:
    """Return the caller of a scenario: a model where there is one, unless the words
    themselves are the point."""
    if turns := caller.get("turns"):
        return Replayed([str(turn) for turn in turns])
    if mind:
        return Modelled(mind, role(caller))
    return Scripted(
        playbook,
        str(caller.get("opening", "")),
        {str(k): str(v) for k, v in (caller.get("answers") or {}).items()},
        [str(each) for each in caller.get("asks") or []],
    )


def role(caller: dict[str, Any]) -> str:
    """Describe a caller to a model."""
    parts = [str(caller.get("persona") or "You are an ordinary caller.")]
    if opening := caller.get("opening"):
        parts.append(f"You begin with something like: {opening}")
    if answers := caller.get("answers"):
        known = "; ".join(f"{name}: {words}" for name, words in answers.items())
        parts.append(f"What you say when asked, in your own words: {known}.")
    if asks := caller.get("asks"):
        parts.append(f"You also want to know: {' '.join(map(str, asks))}")
    return "\n".join(parts)
