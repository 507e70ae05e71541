"""What to say next, given where the conversation stands. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from providers.scripted import phrases
from providers.scripted.conversation import Move, State
from providers.scripted.kinds import Kind
from providers.scripted.playbook import Playbook, Step, quoted, sentence
from providers.scripted.reading_back import read_back

END_CALL = "end_call"
HAND_OFF = "handoff_to_human"


@dataclass(frozen=True, slots=True)
class Reply:
    """Sentences to speak, and a tool to call behind them."""

    sentences: tuple[str, ...]
    tool: str = ""
    arguments: Mapping[str, str] | None = None  # None: what its schema requires


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a reply is made from."""

    state: State
    playbook: Playbook
    tools: frozenset[str]

    def pick(self, options: Sequence[str]) -> str:
        """Vary what is said from turn to turn, the same way each time it is asked."""
        return options[self.state.turns % len(options)]

    def next_step(self) -> Step | None:
        """Return what is to be asked next; a hurried caller type is asked only for what
        its approach names ("skip everything but the name")."""
        steps = self.state.open_steps(self.playbook)
        kind = self.state.caller_type
        if kind is not None and self.meets("close"):
            steps = [
                step
                for step in steps
                if step.kind in _KEPT
                and re.search(_KEPT[step.kind], kind.approach, re.I)
            ]
        return steps[0] if steps else None

    def closes(self, due: Step) -> bool:
        """Tell whether the caller's type is not to be asked this again."""
        return self.meets("close") and self.next_step() != due

    def meets(self, manner: str) -> bool:
        """Tell whether the caller's type is to be met in a manner."""
        kind = self.state.caller_type
        return kind is not None and any(
            meant == manner and re.search(signs, kind.approach, re.I)
            for signs, meant in phrases.APPROACHES
        )


_KEPT = {
    Kind.NAME: r"\bname\b",
    Kind.PHONE: r"\bnumber\b|\bphone\b",
    Kind.EMAIL: r"\be-?mail\b",
}


def reply(state: State, playbook: Playbook, tools: frozenset[str]) -> Reply:
    """Answer the caller's last words."""
    scene = Scene(state, playbook, tools)
    if state.just_routed and scene.meets("human"):
        return _hand_off(scene)
    if special := _ENDINGS.get(state.move):
        return special(scene)
    said = [*_on_routing(scene), *_BY_MOVE[state.move](scene)]
    return Reply(tuple(sentence(part) for part in said if part))


def opening(playbook: Playbook) -> Reply:
    """Open the conversation."""
    if playbook.opener:
        return Reply((playbook.opener,))
    names = {"company": playbook.company_name, "agent": playbook.agent_name}
    greeting = (
        phrases.GREETING.format(**names)
        if all(names.values())
        else phrases.GREETING_WITHOUT_NAMES
    )
    return Reply((greeting, phrases.HOW_CAN_I_HELP))


def after_hand_off(playbook: Playbook) -> Reply:
    """Go on when a transfer came back: nobody is asked for words after one that works."""
    return Reply(
        (phrases.CANNOT_CONNECT, playbook.fallback_cta or phrases.TELL_COLLEAGUE)
    )


# ---------------------------------------------------------------- going on


def _on(scene: Scene) -> list[str]:
    """Say what brings the conversation forward."""
    state, playbook = scene.state, scene.playbook
    if step := state.to_confirm(playbook):
        value = read_back(step, state.values[step.slot])
        return [phrases.CONFIRM.format(value=value)]
    if step := scene.next_step():
        return [step.question]
    if playbook.closing_cta and not state.cta_said:
        return [playbook.closing_cta]
    return [phrases.ANYTHING_ELSE]


def back(scene: Scene) -> list[str]:
    """Return to the question that was due before the caller asked something."""
    due = scene.state.due
    settled = due is None or scene.state.to_confirm(scene.playbook) or scene.closes(due)
    if due is None or settled:
        return _on(scene)
    return [f"{scene.pick(phrases.BACK_TO)} {_lower_first(due.question)}"]


def _on_routing(scene: Scene) -> list[str]:
    """Shift to the caller type just recognised: say what its approach quotes."""
    kind = scene.state.caller_type
    if kind is None or not scene.state.just_routed:
        return []
    said = [sentence(q) for q in re.findall(r"[\"“]([^\"”]{3,})[\"”]", kind.approach)]
    if not said and scene.meets("sympathy"):
        said = [phrases.SYMPATHY]
    return said


# ---------------------------------------------------------------- by move


def _greeted(scene: Scene) -> list[str]:
    if scene.playbook.steps:
        return ["Hello!", *back(scene)]
    return ["Hello!", phrases.HOW_CAN_I_HELP]


def _answered(scene: Scene) -> list[str]:
    return [*_thanks(scene), *_on(scene)]


def _thanks(scene: Scene) -> list[str]:
    if scene.meets("brief") or scene.state.just_routed:
        return []
    for step in scene.state.filled:
        value = scene.state.values[step.slot]
        if step.kind is Kind.NAME:
            return [phrases.THANKS_NAME.format(value=value.split()[0])]
        if step.kind is Kind.WHEN:
            return [phrases.NOTED_WHEN.format(value=value[:1].upper() + value[1:])]
    return [scene.pick(phrases.THANKS_FOR)]


def _to_confirm(scene: Scene) -> list[str]:
    names = [step for step in scene.state.filled if step.kind is Kind.NAME]
    return [*(_thanks(scene) if names else []), *_on(scene)]


def _confirmed(scene: Scene) -> list[str]:
    return [scene.pick(phrases.CONFIRMED), *_on(scene)]


def _denied(scene: Scene) -> list[str]:
    return [phrases.DENIED, *_once_more(scene)]


def _declined(scene: Scene) -> list[str]:
    if scene.state.due:
        return [phrases.REQUIRED, scene.state.due.question]
    last = scene.state.values and not scene.state.filled
    unsure = last and scene.state.to_confirm(scene.playbook) is None and _gave_up(scene)
    return [phrases.UNCONFIRMED if unsure else phrases.SKIPPED, *_on(scene)]


def _gave_up(scene: Scene) -> bool:
    """Tell whether a value was kept although it was never confirmed by a yes."""
    return any(
        scene.state.tries.get(slot, 0) > 2 and slot in scene.state.values
        for slot in scene.state.confirmed
    )


def _missed(scene: Scene) -> list[str]:
    if scene.state.due is None:
        return [phrases.SKIPPED, *_on(scene)]
    if scene.state.just_routed and scene.closes(scene.state.due):
        return _on(scene)
    if scene.state.reading.facts:  # no answer, but something we know about
        return [*_quotes(scene), *back(scene)]
    return [scene.pick(phrases.NOT_CAUGHT), *_once_more(scene)]


def _once_more(scene: Scene) -> list[str]:
    step = scene.state.due or scene.next_step()
    if step is None:
        return _on(scene)
    return [phrases.AGAIN.get(step.kind, step.question)]


def _objected(scene: Scene) -> list[str]:
    objection = scene.state.reading.objection
    return [objection.response if objection else "", *back(scene)]


def _scripted(scene: Scene) -> list[str]:
    script = scene.state.reading.script
    return [script.response if script else "", *back(scene)]


def _asked(scene: Scene) -> list[str]:
    if scene.state.reading.facts:
        return [*_quotes(scene), *back(scene)]
    return [*_unknown(scene, phrases.NOT_KNOWN), *back(scene)]


def _quotes(scene: Scene) -> list[str]:
    return [quoted(fact) for fact in scene.state.reading.facts]


def _unknown(scene: Scene, admission: str) -> list[str]:
    """Admit it and offer the way out, once; never guess."""
    offer = scene.playbook.fallback_cta
    return [admission, "" if offer and offer in scene.state.last_reply else offer]


def _stated(scene: Scene) -> list[str]:
    if scene.state.reading.facts:
        return [*_quotes(scene), *back(scene)]
    if scene.next_step():
        return [phrases.THANKS_FOR[0], *back(scene)]
    return [*_unknown(scene, phrases.NOT_UNDERSTOOD), _can_do(scene)]


def _can_do(scene: Scene) -> str:
    company = scene.playbook.company_name or "us"
    steps = phrases.CAN_DO_STEPS if scene.playbook.steps else ""
    return phrases.CAN_DO.format(company=company, steps=steps)


def _agreed(scene: Scene) -> list[str]:
    return _on(scene)


def _thanked(scene: Scene) -> list[str]:
    return [phrases.WELCOME, *back(scene)]


def _robot(scene: Scene) -> list[str]:
    agent = scene.playbook.agent_name or "the assistant"
    return [phrases.ROBOT.format(agent=agent), *back(scene)]


def _who(scene: Scene) -> list[str]:
    company = scene.playbook.company_name
    return [
        phrases.WHO.format(
            agent=scene.playbook.agent_name or "the assistant",
            of_company=f" of {company}" if company else "",
        ),
        *back(scene),
    ]


def _repeat(scene: Scene) -> list[str]:
    return [scene.state.last_reply or phrases.NOTHING_SAID_YET]


def _wait(scene: Scene) -> list[str]:
    return [phrases.TAKE_YOUR_TIME]


def _why(scene: Scene) -> list[str]:
    return [phrases.BECAUSE, *back(scene)]


def _more(scene: Scene) -> list[str]:
    return [phrases.WHAT_ELSE]


_BY_MOVE: dict[Move, Callable[[Scene], list[str]]] = {
    Move.GREETED: _greeted,
    Move.ROBOT: _robot,
    Move.WHO: _who,
    Move.REPEAT: _repeat,
    Move.WAIT: _wait,
    Move.ANSWERED: _answered,
    Move.TO_CONFIRM: _to_confirm,
    Move.CONFIRMED: _confirmed,
    Move.DENIED: _denied,
    Move.DECLINED: _declined,
    Move.MISSED: _missed,
    Move.WHY: _why,
    Move.MORE: _more,
    Move.OBJECTED: _objected,
    Move.SCRIPT: _scripted,
    Move.ASKED: _asked,
    Move.CLOCK: _asked,  # only where the tool itself could not be used
    Move.CALL_BACK: _asked,
    Move.THANKED: _thanked,
    Move.AGREED: _agreed,
    Move.STATED: _stated,
}


# ---------------------------------------------------------------- endings


def _goodbye(scene: Scene) -> Reply:
    """Part; the engine itself says an agent's own last words when ``end_call`` runs."""
    if END_CALL not in scene.tools:
        return Reply((scene.playbook.end_message or phrases.GOODBYE,))
    last = () if scene.playbook.end_message else (phrases.GOODBYE,)
    return Reply(last, END_CALL)


def _hand_off(scene: Scene) -> Reply:
    if HAND_OFF in scene.tools:
        return Reply((phrases.CONNECTING,), HAND_OFF)
    offer = scene.playbook.fallback_cta or phrases.TELL_COLLEAGUE
    return Reply(
        tuple(sentence(s) for s in (phrases.CANNOT_CONNECT, offer, *back(scene)))
    )


def _refused(scene: Scene) -> Reply:
    said = [*(_on_routing(scene) or [phrases.REFUSED]), *_goodbye(scene).sentences]
    return Reply(tuple(said), END_CALL if END_CALL in scene.tools else "")


_ENDINGS: dict[Move, Callable[[Scene], Reply]] = {
    Move.REFUSED: _refused,
    Move.GOODBYE: _goodbye,
    Move.DONE: _goodbye,
    Move.HUMAN: _hand_off,
}


_LOWERED = frozenset(
    ("what", "when", "where", "who", "which", "how", "may", "could", "can", "do", "are", "is", "would", "and", "have")
)  # fmt: skip


def _lower_first(question: str) -> str:
    """Begin a question in mid-sentence; a name or an "I" in front stays as it is."""
    if question.split(" ", 1)[0].lower() in _LOWERED:
        return question[:1].lower() + question[1:]
    return question
