"""Tools that a caller's own words ask for, told by rules. Pure.

The offline brain plans nothing. It knows a few requests by their words, uses a tool for
those alone, and reads out what the tool answered: the time, a sentence that was looked
up, the moment a call back is planned for.
"""

import re
from collections.abc import Sequence

from providers.ports import Message
from providers.scripted import phrases, times, words
from providers.scripted.conversation import CALL_BACK, CLOCK, Move
from providers.scripted.matching import says
from providers.scripted.playbook import quoted, sentence
from providers.scripted.replies import Reply, Scene, back

SEARCH = "knowledge_search"


def begin(scene: Scene) -> Reply | None:
    """Return the tool to use for the caller's last words; None: none is asked for."""
    state, said = scene.state, scene.state.reading.text
    if state.move is Move.CLOCK:
        return Reply((), CLOCK)
    if state.move is Move.CALL_BACK:
        # Which moment "tomorrow at three" is depends on what the time is.
        return Reply((), CLOCK) if times.names_one(said) else _when()
    is_unknown = state.move is Move.ASKED and not state.reading.facts
    if is_unknown and SEARCH in scene.tools:
        return Reply((), SEARCH, {"query": said})
    return None


def answered(scene: Scene, tool: str, result: str) -> Reply:
    """Go on with what a tool answered."""
    if tool == CLOCK and scene.state.move is Move.CALL_BACK:
        return _plan(scene, result)
    if tool == CLOCK:
        spoken = result.partition(" (")[0]
        return Reply((sentence(f"It is {spoken}"), *back(scene)))
    if tool == CALL_BACK:
        return _planned(scene, result)
    return _found(scene)


def facts_in(result: str) -> list[dict[str, str]]:
    """Return what a search found, as passages."""
    lines = (line for line in result.splitlines() if line.startswith("- "))
    return [{"text": line.partition(": ")[2]} for line in lines]


def used(messages: Sequence[Message]) -> str:
    """Return the tool that the last message answers for."""
    wanted = messages[-1].tool_call_id
    calls = (call for message in reversed(messages) for call in message.tool_calls)
    return next((call.name for call in calls if call.id == wanted), "")


def _when() -> Reply:
    return Reply((phrases.CALL_BACK_WHEN,))


def _plan(scene: Scene, result: str) -> Reply:
    now = times.told(result)
    at = times.moment(scene.state.reading.text, now) if now else None
    if at is None:
        return _when()
    reason = f"The caller said: {scene.state.reading.text}"
    return Reply((), CALL_BACK, {"at": at.isoformat(), "reason": reason})


def _planned(scene: Scene, result: str) -> Reply:
    if found := re.search(r"planned for (.+?)\.?$", result.strip()):
        told = phrases.CALL_BACK_PLANNED.format(when=found.group(1))
        return Reply((told, *back(scene)))
    if says(result, words.OTHER_TIME):
        return Reply((phrases.CALL_BACK_OTHER_TIME,))
    return Reply(
        (phrases.CALL_BACK_NOT_PLANNED, scene.playbook.fallback_cta, *back(scene))
    )


def _found(scene: Scene) -> Reply:
    facts = scene.state.reading.facts
    if facts:
        return Reply((*(quoted(fact) for fact in facts), *back(scene)))
    offer = scene.playbook.fallback_cta
    told = "" if offer and offer in scene.state.last_reply else offer
    return Reply((phrases.NOT_KNOWN, told, *back(scene)))
