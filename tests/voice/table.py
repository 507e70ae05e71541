"""A table at which turn-taking is judged: sound and words in, decisions out."""

from providers.ports import Melody
from voice import decisions, lexicons, turns
from voice.config import TurnRules
from voice.pieces import Piece

WINDOW = 32
ENGLISH = {
    "backchannels": lexicons.backchannels("en"),
    "stop_words": lexicons.stop_words("en"),
    "greetings": lexicons.greetings("en"),
}


class EchoDouble:
    """Hears the agent's own sound, or not; ``"beside"``: and somebody else."""

    def __init__(self, heard):
        self.heard = heard

    def is_heard(self, *, alone=False):
        return self.heard and not (alone and self.heard == "beside")


class Table:
    """Feeds one judge; ``decided`` holds (ms, decision)."""

    def __init__(self, mode="balanced", agent="free", echoes=False, **rules):
        rules = TurnRules(mode=mode, **(ENGLISH | rules))
        self.turns = turns.Turns(rules, WINDOW, EchoDouble(echoes))
        self.turns.agent_is(agent, 0)
        self.now = 0
        self.decided = []

    def take(self, decided):
        self.decided += [(self.now, decision) for decision in decided]
        for decision in decided:
            if isinstance(decision, decisions.Interrupt):
                self.turns.agent_is("free", self.now)

    def sound(self, ms, probability=0.95):
        for _ in range(ms // WINDOW):
            self.now += WINDOW
            self.take(self.turns.window(self.now, probability))
        return self

    def quiet(self, ms, probability=0.02):
        return self.sound(ms, probability)

    def partial(self, text, confidence=1.0):
        self.take(self.turns.words(self.now, text, final=False, confidence=confidence))
        return self

    def final(self, text, ending=None, until=None):
        """Give all words so far; ``until``: when the last was said, by the recogniser."""
        if text:
            piece = Piece(text, 0, until) if until else None
            words = self.turns.words(
                self.now, text, final=True, ending=ending, piece=piece
            )
            self.take(words)
        self.take(self.turns.finalized(self.now))
        return self

    def odds(self, odds, height=None):
        melody = Melody(odds, height)
        self.take(self.turns.judged(self.now, melody, self.turns._pauses))
        return self

    def of(self, kind):
        return [decision for _, decision in self.decided if isinstance(decision, kind)]

    def when(self, kind):
        return [at for at, decision in self.decided if isinstance(decision, kind)]
