"""How loud both sides are right now, for whoever draws it."""

from collections import deque

from providers import audio
from providers.ports import AudioFormat
from voice.events import Level


class Meters:
    """Two meters; read them a few times a second."""

    def __init__(self, caller: AudioFormat, agent: AudioFormat) -> None:
        self._caller_format = caller
        self._agent_format = agent
        self._caller = 0.0
        self._agent: deque[tuple[int, bytes]] = deque()

    def heard(self, sound: bytes) -> None:
        """Take the caller's sound."""
        loudness = audio.loudness(sound, self._caller_format.encoding)
        self._caller = max(self._caller, loudness)

    def said(self, at_ms: int, sound: bytes) -> None:
        """Take the agent's sound that plays from ``at_ms``."""
        self._agent.append((at_ms, sound))

    def cut(self) -> None:
        """The agent fell silent."""
        self._agent.clear()

    def read(self, now: int) -> Level:
        """Return the levels since the last reading."""
        agent = 0.0
        while self._agent and self._agent[0][0] <= now:
            sound = self._agent.popleft()[1]
            agent = max(agent, audio.loudness(sound, self._agent_format.encoding))
        caller, self._caller = self._caller, 0.0
        return Level(now, caller, agent)
