"""What was said, as the model is told it: of the agent's words only those that were
heard."""

from collections.abc import Sequence

from providers.ports import Message, ToolCall
from voice.config import CallerType, SessionConfig
from voice.wording import holds_phrase

REMEMBERED = 5  # asides

HAPPENED = "\n\nWhat happened in this call besides what was said:\n{}"
WHISPERED = (
    "\n\nA colleague listens in and tells you this. The caller does not hear it: follow"
    " it, and never mention it.\n{}"
)


class History:
    """One conversation's memory."""

    def __init__(self, config: SessionConfig) -> None:
        self._prompt = config.prompt
        self._limit = config.history_limit
        self._caller_types = config.caller_types
        self._language = ""  # the one that was switched to
        self._caller_type: CallerType | None = None
        self._messages: list[Message] = list(config.earlier)
        self._before_tools: list[int] = []  # messages of the reply under way
        self._happened: list[str] = []
        self._whispered: list[str] = []

    def messages(self) -> list[Message]:
        """Return what the model is sent: the prompt, and the latest messages."""
        prompt = self._prompt
        if self._caller_type:
            prompt += (
                f"\n\nThe caller is of this type: {self._caller_type.name}. "
                f"From now on: {self._caller_type.approach}"
            )
        if self._language:
            prompt += (
                f"\n\nThe caller speaks {self._language}. From now on say everything"
                f" in {self._language}, whatever language your instructions are in."
            )
        for frame, told in ((HAPPENED, self._happened), (WHISPERED, self._whispered)):
            if told:
                prompt += frame.format("\n".join(f"- {each}" for each in told))
        recent = self._messages[-self._limit :]
        while recent and recent[0].role == "tool":  # its call was cut off
            recent = recent[1:]
        return [Message("system", prompt), *recent]

    def remark(self, text: str) -> None:
        """Remember something that happened and that nobody said."""
        self._happened = [*self._happened, text][-REMEMBERED:]

    def whisper(self, text: str) -> None:
        """Remember what a colleague told the agent alone."""
        self._whispered = [*self._whispered, text][-REMEMBERED:]

    def speak(self, language: str) -> None:
        """Go on in another language."""
        self._language = language

    @property
    def last_heard(self) -> str:
        """Return the caller's last words."""
        theirs = (m.text for m in reversed(self._messages) if m.role == "user")
        return next(theirs, "")

    def heard(self, text: str) -> None:
        """Remember the caller's words; join them to words not answered yet."""
        last = self._messages[-1] if self._messages else None
        if last and last.role == "user":
            self._messages[-1] = Message("user", f"{last.text} {text}")
        else:
            self._messages.append(Message("user", text))

    def heard_late(self, text: str) -> None:
        """Remember the caller's words, which became known only after the reply."""
        last = self._messages[-1] if self._messages else None
        if last and last.role == "assistant" and not last.tool_calls:
            self._messages.insert(-1, Message("user", text))
        else:
            self.heard(text)

    def said(self, text: str) -> None:
        """Remember what the caller heard of a whole utterance."""
        for at in self._before_tools:
            text = self._said_before_tools(at, text)
        self._before_tools.clear()
        if not text:
            return
        last = self._messages[-1] if self._messages else None
        if last and last.role == "assistant" and not last.tool_calls:
            self._messages[-1] = Message("assistant", f"{last.text} {text}")
        else:
            self._messages.append(Message("assistant", text))

    def _said_before_tools(self, at: int, heard: str) -> str:
        """Correct words said before a tool was called; return what was heard after."""
        message = self._messages[at]
        at_word = heard.find(message.text) if message.text else -1
        if at_word >= 0:
            return heard[at_word + len(message.text) :].strip()
        if message.text and not message.text.startswith(heard):
            return heard
        self._messages[at] = Message("assistant", heard, message.tool_calls)
        return ""

    # ---- tools

    def asked_tools(self, text: str, calls: Sequence[ToolCall]) -> None:
        """Remember that the model wants tools, and what it said before."""
        if text:
            self._before_tools.append(len(self._messages))
        self._messages.append(Message("assistant", text, tuple(calls)))

    def tool_answered(self, call: ToolCall, result: str) -> None:
        """Remember what a tool gave back."""
        self._messages.append(Message("tool", result, tool_call_id=call.id))

    # ---- caller routing

    def recognise(self, text: str) -> tuple[CallerType, str] | None:
        """Follow the caller type whose trigger phrase is heard; return it if it is new."""
        for caller_type in self._caller_types:
            for phrase in caller_type.trigger_phrases:
                if holds_phrase(text, phrase):
                    if self._caller_type == caller_type:
                        return None
                    self._caller_type = caller_type
                    return caller_type, phrase
        return None
