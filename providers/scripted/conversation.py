"""Where a conversation stands, read from its messages alone.

The messages are folded from the first to the last: an assistant message tells what was
asked (as far as the caller heard it), the user message behind it what was answered.
Nothing is remembered between turns, so a call can change process, or model, in between.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from providers.ports import Message
from providers.scripted import answers, phrases, times, words
from providers.scripted.kinds import Kind
from providers.scripted.matching import content, covered, is_only, plain, says, starts
from providers.scripted.playbook import CallerType, Cue, Playbook, Step

_TRIES = 2  # questions asked in vain before a slot is left alone
CLOCK, CALL_BACK = "datetime_now", "schedule_callback"  # tools
_DENIES = re.compile(r"\b(?:not|no|never|cannot|\w+n['’]?t)\b", re.I)
_READ_BACK = (Kind.EMAIL, Kind.PHONE)  # what a recogniser gets wrong


class Move(Enum):
    """What the caller's last words did."""

    NOTHING = "nothing"  # no words yet
    GREETED = "greeted"
    GOODBYE = "goodbye"
    HUMAN = "human"
    ROBOT = "robot"
    WHO = "who"
    REPEAT = "repeat"
    WAIT = "wait"
    WHY = "why"  # do you ask
    ANSWERED = "answered"  # ``filled`` says what
    TO_CONFIRM = "to confirm"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    DECLINED = "declined"
    REFUSED = "refused"  # "no" to "may I talk to you?"
    MISSED = "missed"  # an answer was due and none found
    DONE = "done"  # "no" to "anything else?"
    MORE = "more"  # "yes" to it
    OBJECTED = "objected"
    SCRIPT = "script"
    ASKED = "asked"  # a question of their own
    CLOCK = "clock"  # asked what time or day it is, and there is a tool for that
    CALL_BACK = "call back"  # asked to be called back, and there is a tool for that
    THANKED = "thanked"
    AGREED = "agreed"
    STATED = "stated"  # anything else


@dataclass(frozen=True, slots=True)
class Reading:
    """What one thing the caller said may be, before it is known what was asked."""

    text: str
    objection: Cue | None = None
    script: Cue | None = None
    facts: tuple[str, ...] = ()  # that answer it


@dataclass(slots=True)
class State:
    """Where the conversation stands."""

    values: dict[str, str] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)  # slots given up
    tries: dict[str, int] = field(default_factory=dict)
    due: Step | None = None  # the question that waits for an answer
    confirming: Step | None = None  # the value that waits for a yes
    else_asked: bool = False  # "anything else?" waits for an answer
    offered: bool = False  # "how can I help?" was just asked, at the beginning
    asked_when: bool = False  # "when shall we call you?" waits for an answer
    cta_said: bool = False
    refused: bool = False  # nothing more may be asked
    caller_type: CallerType | None = None
    just_routed: bool = False
    filled: tuple[Step, ...] = ()  # by the last words
    move: Move = Move.NOTHING
    reading: Reading = Reading("")
    turns: int = 0
    last_reply: str = ""
    tools: frozenset[str] = frozenset()

    def open_steps(self, playbook: Playbook) -> list[Step]:
        """Return what is still to be found out."""
        if self.refused:
            return []
        return [
            step
            for step in playbook.steps
            if step.slot not in self.values and step.slot not in self.left
        ]

    def to_confirm(self, playbook: Playbook) -> Step | None:
        """Return the value that must be read back."""
        return next(
            (
                step
                for step in playbook.steps
                if step.kind in _READ_BACK
                and step.slot in self.values
                and step.slot not in self.confirmed
            ),
            None,
        )


def fold(
    playbook: Playbook,
    messages: Iterable[Message],
    readings: dict[str, Reading],
    tools: frozenset[str] = frozenset(),
) -> State:
    """Read the whole conversation."""
    state = State(tools=tools)
    for message in messages:
        if message.role == "assistant" and message.text:
            _hear_ourselves(state, playbook, message.text)
        elif message.role == "user" and message.text.strip():
            reading = readings.get(message.text, Reading(message.text))
            _hear_caller(state, playbook, reading)
    return state


# ---------------------------------------------------------------- what we said


def _hear_ourselves(state: State, playbook: Playbook, text: str) -> None:
    state.last_reply = text
    state.cta_said = state.cta_said or _heard(playbook.closing_cta, text)
    state.else_asked = says(text, ("anything else",))
    state.asked_when = _heard(phrases.CALL_BACK_WHEN, text) or _heard(
        phrases.CALL_BACK_OTHER_TIME, text
    )
    state.offered = state.turns == 0 and says(text, words.OFFERS)
    if _heard(phrases.CONFIRM_SIGN, text):
        state.confirming = state.to_confirm(playbook)
        state.due = None
    elif asked := _asked(state, playbook, text):
        state.due = asked
        state.confirming = None


def _asked(state: State, playbook: Playbook, text: str) -> Step | None:
    for step in playbook.steps:
        if step.slot not in state.values and _heard(step.question, text):
            return step
    for step in state.open_steps(playbook):
        if _heard(phrases.AGAIN.get(step.kind, ""), text):
            return step
    return None


def _heard(sentence: str, text: str) -> bool:
    """Tell whether most of a sentence was heard: an interrupted one may lack its end."""
    said, heard = plain(sentence).split(), f" {plain(text)} "
    if not said:
        return False
    enough = max(1, -(-len(said) * 6 // 10))
    return f" {' '.join(said[:enough])} " in heard


# ---------------------------------------------------------------- what they said


def _hear_caller(state: State, playbook: Playbook, reading: Reading) -> None:
    state.turns += 1
    state.reading, state.filled, state.just_routed = reading, (), False
    _route(state, playbook, reading.text)
    state.move = _move(state, playbook, reading)
    if _is_refused(state):
        state.refused, state.due = True, None
        state.move = Move.OBJECTED if reading.objection else Move.REFUSED
    state.else_asked = state.asked_when = False


def _is_refused(state: State) -> bool:
    return any(s.asks_leave and state.values[s.slot] == "no" for s in state.filled)


def _route(state: State, playbook: Playbook, said: str) -> None:
    for kind in playbook.caller_types:
        if any(_triggered(trigger, said) for trigger in kind.triggers):
            state.just_routed = state.caller_type != kind
            state.caller_type = kind


def _triggered(trigger: str, said: str) -> bool:
    if says(said, [plain(trigger)]):
        return True
    if len(content(trigger)) == 1 and _DENIES.search(trigger):
        return False  # "can't pay" is not in every "pay"
    return len(trigger.split()) > 1 and covered(trigger, said) == 1.0


def _move(state: State, playbook: Playbook, reading: Reading) -> Move:
    said = reading.text
    for move, listed in (
        (Move.ROBOT, words.ROBOT),
        (Move.REPEAT, words.REPEAT),
        (Move.WHO, words.WHO),
        (Move.WAIT, words.WAIT),
        (Move.WHY, words.WHY),
    ):
        if says(said, listed):
            return move
    if is_only(said, words.PARDON):
        return Move.REPEAT
    if says(said, words.HUMAN) and not _answers_choice(state, said):
        return Move.HUMAN
    if says(said, words.GOODBYE) and not _names_something(state, said):
        return Move.GOODBYE
    if errand := _errand(state, said):
        return errand
    if state.confirming:
        return _confirmation(state, state.confirming, said)
    if state.else_asked and (about_more := _about_more(said)):
        return about_more
    return _content(state, playbook, reading)


def _errand(state: State, said: str) -> Move | None:
    """Tell whether these words ask for a tool that this call has."""
    if CLOCK not in state.tools:
        return None
    if says(said, words.CLOCK):
        return Move.CLOCK
    if CALL_BACK not in state.tools or _holds_answer(state, said):
        return None
    goes_on = state.asked_when and times.names_one(said)
    if goes_on or (says(said, words.CALL_BACK) and not says(said, words.NOT_DOING)):
        return Move.CALL_BACK
    return None


def _answers_choice(state: State, said: str) -> bool:
    """Tell whether words such as "manager" answer the question that is due."""
    due = state.due
    return due is not None and bool(answers.choice(due.choices, said))


def _holds_answer(state: State, said: str) -> bool:
    step = state.confirming or state.due
    if step is None or step.kind in (Kind.TEXT, Kind.CHOICE):
        return False
    return bool(answers.find(step, said, asked=True))


def _names_something(state: State, said: str) -> bool:
    """Tell whether a goodbye comes with an answer that should not be lost first."""
    step = state.confirming or state.due
    vague = step is None or step.kind is Kind.YES_NO
    return not vague and _holds_answer(state, said)


def _about_more(said: str) -> Move | None:
    ends = (*words.THANKS, *words.NOTHING_MORE)
    if says(said, ends) and is_only(said, (*ends, *words.BESIDE_IT)):
        return Move.DONE
    return Move.MORE if is_only(said, words.SOMETHING_MORE) else None


def _confirmation(state: State, step: Step, said: str) -> Move:
    state.confirming = None
    new = answers.find(step, said, asked=True) or answers.corrected(
        step, state.values[step.slot], said
    )
    if new and new != state.values[step.slot]:
        state.values[step.slot] = new
        state.filled = (step,)
        return _again(state, step, Move.TO_CONFIRM)
    if new or answers.yes_no(said) == "yes":
        state.confirmed.add(step.slot)
        return Move.CONFIRMED
    if answers.yes_no(said) == "no":
        del state.values[step.slot]
        state.due = step
        return _again(state, step, Move.DENIED)
    state.confirming = step
    return Move.ASKED if is_question(said) else _again(state, step, Move.TO_CONFIRM)


def _again(state: State, step: Step, move: Move) -> Move:
    """Count a try that failed; after the last one the value stays as it was heard."""
    state.tries[step.slot] = state.tries.get(step.slot, 0) + 1
    if state.tries[step.slot] >= _TRIES + 1:
        if step.slot in state.values:
            state.confirmed.add(step.slot)
        else:
            state.left.add(step.slot)
        return Move.DECLINED
    return move


def _content(state: State, playbook: Playbook, reading: Reading) -> Move:
    said, due = reading.text, state.due
    if _holds_answer(state, said) and _fill(state, playbook, said):
        return _after_filling(state, playbook)
    if reading.objection:
        return Move.OBJECTED
    if due and says(said, words.DECLINE):
        return _decline(state, due)
    if reading.script:
        return Move.SCRIPT
    if is_only(said, (*words.GREETING, "there", "how are you")):
        return Move.GREETED
    if is_question(said):
        return Move.ASKED
    if due and says(said, words.UNSURE):
        return _decline(state, replace(due, required=False))
    if _fill(state, playbook, said):
        return _after_filling(state, playbook)
    if due:
        return _missed(state, due)
    return _small_talk(said)


def _small_talk(said: str) -> Move:
    if says(said, words.THANKS) and is_only(said, (*words.THANKS, *words.AGREE)):
        return Move.THANKED
    return Move.AGREED if is_only(said, words.AGREE) else Move.STATED


def _fill(state: State, playbook: Playbook, said: str) -> bool:
    """Take the answer that is due, and whatever else was said with it."""
    filled: list[Step] = []
    for step in playbook.steps:
        if step.slot in state.values and not _renames(step, said):
            continue
        asked = _is_asked(state, playbook, step)
        if not asked and step.kind in {other.kind for other in filled}:
            continue
        if value := answers.find(step, said, asked=asked):
            if (
                asked
                and step.kind in (Kind.TEXT, Kind.CHOICE)
                and not _is_answer(step, said)
            ):
                continue
            state.values[step.slot] = value
            state.left.discard(step.slot)
            filled.append(step)
    state.filled = tuple(filled)
    if any(state.due and step.slot == state.due.slot for step in filled):
        state.due = None
    return bool(filled)


def _renames(step: Step, said: str) -> bool:
    """Tell whether a name that was misheard is said again, asked for or not."""
    return step.kind is Kind.NAME and answers.introduces(said)


def _is_asked(state: State, playbook: Playbook, step: Step) -> bool:
    """Tell whether a step's question is due; "how can I help you?" asks for the matter
    as well as its own question does."""
    if state.due is not None:
        return state.due.slot == step.slot
    first = state.open_steps(playbook)[:1] == [step]
    about = f"{step.label} {step.question}"
    return state.offered and first and bool(re.search(words.MATTER, about, re.I))


def _is_answer(step: Step, said: str) -> bool:
    if re.search(r"\bname\b", step.label) and starts(said, words.REQUEST_STARTS):
        return False  # a request may be the matter, and is no dog's name
    return not is_only(said, (*words.GREETING, *words.THANKS, *words.AGREE, "um", "uh"))


def _after_filling(state: State, playbook: Playbook) -> Move:
    return Move.TO_CONFIRM if state.to_confirm(playbook) else Move.ANSWERED


def _decline(state: State, step: Step) -> Move:
    """Insist once on what is required, then leave it."""
    state.tries[step.slot] = state.tries.get(step.slot, 0) + 1
    if not step.required or state.tries[step.slot] >= _TRIES:
        state.left.add(step.slot)
        state.due = None
    return Move.DECLINED


def _missed(state: State, step: Step) -> Move:
    state.tries[step.slot] = state.tries.get(step.slot, 0) + 1
    if state.tries[step.slot] > _TRIES:
        state.left.add(step.slot)
        state.due = None
    return Move.MISSED


def is_question(said: str) -> bool:
    """Tell whether the caller wants to know something."""
    if starts(said, words.REQUEST_STARTS):
        return False
    return said.rstrip().endswith("?") or starts(said, words.QUESTION_STARTS)


def texts(messages: Sequence[Message]) -> list[str]:
    """Return all that the caller said."""
    return [m.text for m in messages if m.role == "user" and m.text.strip()]
