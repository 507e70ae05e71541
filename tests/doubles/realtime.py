"""What doubles of models that hear and speak have in common.

Loud audio is speech: each stretch of it is heard as the next of ``phrases``. A word of a
reply is 200 ms of a tone.
"""

import asyncio
import audioop
from dataclasses import dataclass, field

from tests.doubles.server import Double

LOUD = 300  # of 32767
END_S = 0.3  # of quiet that ends a turn
WORD_MS = 200
EVERY_S = 0.005  # between words: much faster than they are heard


@dataclass
class SpeechToSpeech(Double):
    phrases: list = field(default_factory=lambda: ["Hello there.", "My name is Ann."])
    words: str = "Good day to you."
    tool: tuple | None = None  # (name, arguments), wanted by the next reply
    instructions: list = field(default_factory=list)  # prompts, and of single replies
    history: list = field(default_factory=list)  # (role, text) read before and told
    tool_results: list = field(default_factory=list)
    truncated: list = field(default_factory=list)  # ms kept
    word_every: float = EVERY_S
    end_s: float = END_S
    sessions: list = field(default_factory=list)


class Session:
    """What both vendors' sessions do: hear turns in sound, and say words."""

    def __init__(self, double, socket):
        self.double, self.socket = double, socket
        double.sessions.append(self)
        self.loop = asyncio.get_running_loop()
        self.rate, self.decode, self.width = 24_000, None, 2
        self.buffer = b""
        self.quiet = 0.0
        self.loud = False
        self.speaking: asyncio.Task | None = None

    def bye(self):
        if self.speaking:
            self.speaking.cancel()

    async def hear(self, sound):
        self.buffer += sound
        size = self.rate // 50 * self.width
        while len(self.buffer) >= size:
            piece, self.buffer = self.buffer[:size], self.buffer[size:]
            linear = self.decode(piece, 2) if self.decode else piece
            if audioop.rms(linear, 2) > LOUD:
                self.quiet = 0.0
                if not self.loud:
                    self.loud = True
                    await self.began()
            elif self.loud:
                self.quiet += 0.02
                if self.quiet >= self.double.end_s:
                    self.loud = False
                    phrases = self.double.phrases
                    await self.ended(phrases.pop(0) if phrases else "More.")

    def wanted(self, instructions):
        """Return the words of a reply: what it was told to say, or its own."""
        told = "Say exactly this, and nothing else: "
        if instructions.startswith(told):
            return instructions.removeprefix(told)
        return self.double.words

    def drop(self):
        """Tear the connection in two; from any thread."""
        self.loop.call_soon_threadsafe(self.double.cut, self.socket.request)

    def start(self, work):
        self.speaking = asyncio.get_running_loop().create_task(work)

    async def stop(self):
        if self.speaking:
            self.speaking.cancel()
            await asyncio.gather(self.speaking, return_exceptions=True)
            self.speaking = None


class Wrong(Exception):
    """The client broke the protocol."""


def known(found, allowed, where):
    if extra := set(found) - allowed:
        raise Wrong(f"Unknown parameter: '{where}.{sorted(extra)[0]}'.")
