"""A head's replies on their way to the mouth. One is heard at a time: those that come
meanwhile wait, and of those that were stopped nothing more is wanted."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from voice.speaking import Speaking
from voice.utterance import Utterance


@dataclass
class ComingReply:
    """What has come of one whose turn to be heard has not."""

    name: str
    words: list[str] = field(default_factory=list)
    sound: list[bytes] = field(default_factory=list)
    is_done: bool = False


class Replies:
    """One conversation's, by the vendor's names."""

    def __init__(
        self,
        speaking: Speaking,
        begin: Callable[[], Utterance],
        worded: Callable[[Utterance], None],  # more of its words are known
    ) -> None:
        self._speaking = speaking
        self._begin = begin
        self._worded = worded
        self.heard = ""  # the one that is heard now
        self._coming: deque[ComingReply] = deque()  # in the order in which they will be
        self._dead: set[str] = set()

    @property
    def are_coming(self) -> bool:
        """Tell whether one waits to be heard."""
        return bool(self._coming)

    # ---- what comes

    def sound(self, reply: str, sound: bytes) -> None:
        """Take more of a reply's sound."""
        if utterance := self._utterance_of(reply):
            self._speaking.take_sound(utterance, sound)
        else:
            self._wait(reply).sound.append(sound)

    def words(self, reply: str, text: str) -> None:
        """Take more of its words."""
        if utterance := self._utterance_of(reply):
            self._speaking.take_words(utterance, text)
            self._worded(utterance)
        else:
            self._wait(reply).words.append(text)

    def done(self, reply: str) -> bool:
        """Take that all of it has come; False: nothing has."""
        if reply == self.heard and self._speaking.current:
            self._speaking.complete(self._speaking.current)
        elif coming := self._find(reply):
            coming.is_done = True
        else:
            return False
        return True

    def _utterance_of(self, reply: str) -> Utterance | None:
        """Return the utterance that a reply is heard as; None: another is heard now."""
        if current := self._speaking.current:
            return current if reply == self.heard else None
        if self._find(reply):
            return None
        self.heard = reply
        return self._begin()

    def _find(self, reply: str) -> ComingReply | None:
        return next((each for each in self._coming if each.name == reply), None)

    def _wait(self, reply: str) -> ComingReply:
        found = self._find(reply)
        if found is None:
            found = ComingReply(reply)
            self._coming.append(found)
        return found

    # ---- one after the other

    def hear_next(self) -> bool:
        """Begin with the next one; False: no other waits."""
        if not self._coming:
            return False
        coming = self._coming.popleft()
        self.heard = coming.name
        utterance = self._begin()
        for text in coming.words:
            self._speaking.take_words(utterance, text)
        for sound in coming.sound:
            self._speaking.take_sound(utterance, sound)
        if coming.is_done:
            self._speaking.complete(utterance)
        return True

    def cut_off(self) -> bool | None:
        """End the last one where it stands: its stream is lost. Tell whether the caller
        has heard of it, or will; None: no reply was under way."""
        utterance = self._speaking.current
        if utterance and not utterance.is_made:
            has_begun = bool(utterance.made_ms)
            self._speaking.complete(utterance)
            return has_begun
        if not self._coming or self._coming[-1].is_done:
            return None
        self._coming[-1].is_done = True
        return True

    # ---- not wanted

    def is_dead(self, reply: str) -> bool:
        """Tell whether nothing more is wanted of a reply."""
        return reply in self._dead

    def bury(self, reply: str) -> None:
        """Want nothing more of a reply."""
        self._dead.add(reply)

    def forget(self, reply: str) -> None:
        """Nothing more will come of one that is not wanted."""
        self._dead.discard(reply)

    def stop(self) -> str:
        """Want no more of the one that was heard; return its name."""
        name, self.heard = self.heard, ""
        self._dead.add(name)
        return name

    def drop(self) -> list[str]:
        """Want none of those that wait; return their names."""
        names = [each.name for each in self._coming]
        self._coming.clear()
        self._dead.update(names)
        return names
