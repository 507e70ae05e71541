"""A sentence as sound, outside of any conversation."""

import asyncio

from providers.errors import ProviderError
from providers.ports import (
    Audio,
    Failed,
    TextToSpeech,
    TtsEvent,
    TtsRequest,
    UtteranceDone,
    UtteranceFailed,
)

WITHIN_S = 20.0  # an offline voice may have to be loaded first
NAME = "sentence"


async def spoken(voice: TextToSpeech, request: TtsRequest, words: str) -> bytes:
    """Return the sound of ``words`` in the request's format; raise ``ProviderError``."""
    try:
        return await asyncio.wait_for(_spoken(voice, request, words), WITHIN_S)
    except TimeoutError:
        raise ProviderError("The sentence was not spoken in time.") from None


async def _spoken(voice: TextToSpeech, request: TtsRequest, words: str) -> bytes:
    sound, done = bytearray(), asyncio.get_running_loop().create_future()

    def take(event: TtsEvent) -> None:
        if isinstance(event, Audio):
            sound.extend(event.data)
        elif done.done():
            return
        elif isinstance(event, UtteranceDone):
            done.set_result(None)
        elif isinstance(event, UtteranceFailed | Failed):
            done.set_exception(event.error)

    stream = await voice.open(request, take)
    try:
        stream.say(NAME, words, more=False)
        await done
    finally:
        stream.close()
    return bytes(sound)
