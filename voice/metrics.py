"""Where the wait of a turn went."""

from dataclasses import dataclass

from voice.events import TurnLatency


@dataclass
class TurnTimes:
    """Moments of one turn, in ms on the media clock; None: has not come yet."""

    turn: int
    speech_end: int
    ready: int  # the rules of turn-taking alone would have ended it here
    decided: int
    first_token: int | None = None
    first_sentence: int | None = None
    first_audio: int | None = None

    def latency(self, lag_ms: int) -> TurnLatency:
        """Split the wait. What is left over is the model's first sentence."""
        audio = self.first_audio if self.first_audio is not None else self.decided
        token = self.first_token if self.first_token is not None else self.decided
        sentence = self.first_sentence if self.first_sentence is not None else token
        ready = min(max(self.ready, self.speech_end), self.decided)
        return TurnLatency(
            at_ms=self.speech_end,
            turn=self.turn,
            endpointing_ms=ready - self.speech_end,
            stt_ms=self.decided - ready,
            llm_ms=max(0, sentence - self.decided),
            tts_ms=max(0, audio - sentence),
            transport_ms=lag_ms,
            total_ms=max(0, audio - self.speech_end) + lag_ms,
        )
