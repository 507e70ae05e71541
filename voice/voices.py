"""The voices of one call, one after the other, and what is to be said with the next.

A voice that fails gives way to the next one; text that no voice could take meanwhile
waits here until a stream is open.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from providers import limits
from providers.errors import ProviderError
from providers.ports import AudioFormat, TtsEvent, TtsStream
from voice import opening
from voice.config import Mouth
from voice.rota import Rota, Told
from voice.utterance import Utterance

Unsaid = tuple[Utterance, str, bool]  # its next words, and whether there are more


class Voices:
    """One call's."""

    def __init__(
        self,
        mouths: Sequence[Mouth],
        format: AudioFormat,
        told: Told,
        on_event: Callable[[TtsEvent], None],
        used: Callable[[Mouth, int], None],  # characters
        silenced: Callable[[], None],  # no voice is left
        now: Callable[[], int],
    ) -> None:
        self._rota = Rota(mouths)
        self._format = format
        self._told = told
        self._tell = on_event
        self._used = used
        self._silenced = silenced
        self._now = now
        self._stream: TtsStream | None = None
        self._opening: asyncio.Task[None] | None = None
        self._openings = 0  # so that late events of a stream that was left are known
        self._unsaid: deque[Unsaid] = deque()
        self._closed = False

    @property
    def is_open(self) -> bool:
        """Tell whether a voice can be asked now."""
        return self._stream is not None

    @property
    def are_left(self) -> bool:
        """Tell whether there is one, open or not."""
        return self._rota.current is not None

    @property
    def is_last_chance(self) -> bool:
        """Tell whether one more failure leaves none."""
        return self._rota.is_last_chance

    def worked(self) -> None:
        """Forgive an earlier failure."""
        self._rota.worked()

    # ---- opening and leaving

    async def open(self) -> None:
        """Open the first one that will open."""
        while not self._closed and (mouth := self._rota.current):
            self._openings += 1
            request = replace(mouth.request, format=self._format)
            try:
                stream = await opening.in_time(
                    mouth.port.open(request, partial(self._on_event, self._openings)),
                    limits.TTS_CONNECT,
                    mouth.provider,
                )
            except ProviderError as error:
                self._rota.leave(error, self._told)
            else:
                self._opened(stream)
                return
        if not self._closed:
            self._silenced()

    def _opened(self, stream: TtsStream) -> None:
        if self._closed:
            stream.close()
            return
        self._stream = stream
        unsaid, self._unsaid = self._unsaid, deque()
        for utterance, text, more in unsaid:
            if not utterance.is_over:
                self.ask(utterance, text, more=more)

    def _on_event(self, number: int, event: TtsEvent) -> None:
        if not self._closed and number == self._openings:
            self._tell(event)

    def leave(self, error: ProviderError, rest: Iterable[Unsaid]) -> None:
        """Leave one that does not do its work; say the rest with the next one."""
        self._drop_stream()
        self._rota.leave(error, self._told)
        self._go_on(rest)

    def change(self, mouths: Sequence[Mouth], rest: Iterable[Unsaid]) -> None:
        """Speak with others from now on."""
        self._drop_stream()
        self._rota = Rota(mouths)
        if self._opening:
            self._opening.cancel()
        self._go_on(rest)

    def _drop_stream(self) -> None:
        self._openings += 1  # what the old one still gives is nobody's
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _go_on(self, rest: Iterable[Unsaid]) -> None:
        self._unsaid = deque(rest)
        self._opening = asyncio.get_running_loop().create_task(self.open())

    def close(self) -> None:
        """Stop speaking for good."""
        self._closed = True
        if self._opening:
            self._opening.cancel()
        if self._stream:
            self._stream.close()
            self._stream = None

    # ---- what is to be said

    def ask(self, utterance: Utterance, text: str, *, more: bool) -> None:
        """Have an utterance's next words spoken, as soon as a voice can."""
        utterance.asked_ms = self._now()
        mouth = self._rota.current
        if self._stream is None or mouth is None:
            self._unsaid.append((utterance, text, more))
            return
        if text:
            self._used(mouth, len(text))
        self._stream.say(utterance.part, text, more=more)

    def forget(self) -> None:
        """Have nothing said that waits for a voice."""
        self._unsaid.clear()

    def cancel(self, utterance: Utterance) -> None:
        """Have no more of an utterance made."""
        self.forget()
        if self._stream and not utterance.is_made:
            self._stream.cancel(utterance.part)
