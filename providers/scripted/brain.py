"""The offline brain: a conversation from the agent's own playbook, with no model.

It follows the flow, answers from the agent's knowledge word for word, uses a tool only
where the caller's own words ask for it, and says so when it does not understand. Each reply is a function of the messages alone.
"""

from collections.abc import AsyncIterator, Mapping, Sequence

from providers.errors import Refused
from providers.ports import (
    Embedder,
    LlmCapabilities,
    LlmEvent,
    LlmRequest,
    Message,
    TextDelta,
    ToolCall,
    ToolSpec,
    Usage,
)
from providers.scripted import conversation, errands, playbook, replies
from providers.scripted.conversation import Reading
from providers.scripted.matching import content, covered, plain
from providers.scripted.playbook import Cue, Playbook
from providers.scripted.replies import Reply, Scene
from providers.scripted.retrieval import Meaning

_COVERED = 0.6  # of a trigger's words, from which it was said
_SHORT = 3  # words


class OfflineBrain:
    """A ``LanguageModel`` that reads ``request.options["playbook"]``."""

    capabilities = LlmCapabilities(scripted=True)

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._meaning = Meaning(embedder)

    async def prewarm(self, request: LlmRequest | None = None) -> None:
        """Learn the playbook, while the greeting is spoken; without an embedder words
        alone are compared."""
        book = playbook.read(request.options.get("playbook") or {}) if request else None
        await self._meaning.learn(_phrases(book) if book else ["Ready."])

    async def reply(self, request: LlmRequest) -> AsyncIterator[LlmEvent]:
        """Stream one reply, a sentence an event."""
        if request.json_schema is not None:
            raise Refused(
                "The offline brain follows a script and cannot write structured "
                "answers. Connect a language model under Settings, BYO Providers.",
                provider="local",
            )
        book = playbook.read(request.options.get("playbook") or {})
        answer = await self._answer(book, request)
        for number, sentence in enumerate(answer.sentences):
            yield TextDelta(f" {sentence}" if number else sentence)
        if answer.tool:
            yield _tool_call(answer.tool, request, answer.arguments)
        yield Usage(0, 0)

    async def _answer(self, book: Playbook, request: LlmRequest) -> Reply:
        last = request.messages[-1]
        used = errands.used(request.messages) if last.role == "tool" else ""
        if used == replies.HAND_OFF:
            return replies.after_hand_off(book)
        if last.role == "tool" and used in ("", replies.END_CALL):
            return Reply(())
        said = conversation.texts(request.messages)
        if not said:
            return replies.opening(book)
        passages = [*(request.options.get("passages") or ())]
        if used == errands.SEARCH:
            passages += errands.facts_in(last.text)
        found = playbook.facts_of(passages, said[-1])
        readings = await self._read(book, said, found)
        tools = frozenset(tool.name for tool in request.tools)
        state = conversation.fold(book, request.messages, readings, tools)
        scene = Scene(state, book, tools)
        if used:
            return errands.answered(scene, used, last.text)
        return errands.begin(scene) or replies.reply(state, book, tools)

    async def _read(
        self, book: Playbook, said: Sequence[str], found: Sequence[str]
    ) -> dict[str, Reading]:
        """Read what was said; ``found`` are facts looked up for the last of it."""
        await self._meaning.learn([*_phrases(book), *said, *found])
        readings = {text: self._reading(book, text) for text in said}
        last = readings[said[-1]]
        facts = self._meaning.answers(last.text, [*book.facts, *found])
        readings[last.text] = Reading(
            last.text, last.objection, last.script, tuple(hit.text for hit in facts)
        )
        return readings

    def _reading(self, book: Playbook, text: str) -> Reading:
        return Reading(
            text, self._cue(book.objections, text), self._cue(book.scripts, text)
        )

    def _cue(self, cues: Sequence[Cue], said: str) -> Cue | None:
        """Return the cue whose trigger was said, in these words or in others."""
        triggers = {trigger: cue for cue in cues for trigger in cue.triggers}
        is_question = conversation.is_question(said)
        for trigger, cue in triggers.items():
            enough = len(content(trigger)) > 1 or (
                _is_short(trigger) and not is_question
            )
            if enough and covered(trigger, said) >= _COVERED:
                return cue
        hit = self._meaning.alike(said, list(triggers))
        return triggers[hit.text] if hit else None


def _is_short(trigger: str) -> bool:
    """Tell whether its one word that carries meaning is most of it: "too expensive" is
    heard in that word, "I have to think about it" not in every "think"."""
    return len(plain(trigger).split()) <= _SHORT


def _phrases(book: Playbook) -> list[str]:
    cues = (*book.objections, *book.scripts)
    return [*book.facts, *(trigger for cue in cues for trigger in cue.triggers)]


def _tool_call(
    name: str, request: LlmRequest, given: Mapping[str, str] | None
) -> ToolCall:
    """Call a tool; where nothing is given, what its schema requires is filled with the
    caller's own words."""
    tool = next((tool for tool in request.tools if tool.name == name), None)
    arguments = dict(given) if given else _arguments(tool, request.messages)
    return ToolCall(f"offline-{len(request.messages)}", name, arguments)


def _arguments(tool: ToolSpec | None, messages: Sequence[Message]) -> dict[str, str]:
    required = tool.parameters.get("required", []) if tool else []
    return dict.fromkeys(required, f"The caller said: {messages[-1].text}")
