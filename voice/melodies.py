"""How the caller sounds before a pause, as the end-of-turn model hears it."""

import asyncio
from collections.abc import Callable

from providers import audio
from providers.errors import ProviderError
from providers.ports import AudioFormat, EndOfTurnModel, Melody

FORMAT = AudioFormat("pcm_s16le", 16_000)


class Melodies:
    """One caller's."""

    def __init__(
        self,
        model: EndOfTurnModel,
        format: AudioFormat,
        recent_audio: Callable[[], bytes],
        judged: Callable[[Melody, int], None],  # and the number of the pause
        failed: Callable[[ProviderError], None],
    ) -> None:
        self._model = model
        self._format = format
        self._recent_audio = recent_audio
        self._tell = judged
        self._failed = failed

    async def judge(self, pause: int) -> None:
        """Judge what stands before the pause that has just begun."""
        heard = self._recent_audio()
        converter = audio.Converter(self._format, FORMAT)
        try:
            pcm = await asyncio.get_running_loop().run_in_executor(
                None, lambda: converter.convert(heard, last=True)
            )
            melody = await self._model.melody(pcm)
        except ProviderError as error:
            self._failed(error)
            return
        self._tell(melody, pause)
