"""Tells a caller over an open stream why the call cannot be taken.

For carriers that read no sentence out: the line is answered, hears it, and is let go.
The voice is the offline one. It costs nobody anything, and needs no vendor that the call
may just have been refused for.
"""

import asyncio
from typing import Any

from providers import registry
from providers.errors import ProviderError
from providers.ports import AudioFormat, TtsRequest
from telephony import sentences, turned_away
from telephony.carrier import Marked, MediaStream, Stopped
from telephony.media_socket import Socket
from telephony.models import Call

LANGUAGE = "en-US"  # of what is said; see turned_away.WORDS
HEARD_WITHIN_S = 5.0  # after it should have been
PIECE_MS = 100
END = "turned-away"  # the mark behind the last word

_kept: dict[tuple[str, AudioFormat], bytes] = {}  # a few sentences, in a few formats


async def turn_away(
    codec: MediaStream, spoken: AudioFormat, socket: Socket, call: Call
) -> None:
    """Say it, and return when it was heard or the caller is gone."""
    try:
        sound = await _sound(turned_away.words(call.error_code), spoken)
    except ProviderError:
        return  # silence is no worse than it was; the log has the reason
    size = PIECE_MS * spoken.bytes_per_ms
    for at in range(0, len(sound), size):
        _put(socket, codec.audio(sound[at : at + size]))
    _put(socket, codec.mark(END))

    def is_over(message: str | bytes) -> bool:
        event = codec.receive(message)
        return isinstance(event, Stopped) or event == Marked(END)

    length_s = len(sound) / spoken.bytes_per_ms / 1000
    try:
        await asyncio.wait_for(socket.each(is_over), length_s + HEARD_WITHIN_S)
    except TimeoutError:
        return  # a line without marks


def _put(socket: Socket, messages: Any) -> None:
    for message in messages if isinstance(messages, list) else [messages]:
        socket.put(message)


async def _sound(words: str, format: AudioFormat) -> bytes:
    if (words, format) not in _kept:
        voice, request = (
            registry.build("tts", "local"),
            TtsRequest(format, "", LANGUAGE),
        )
        _kept[words, format] = await sentences.spoken(voice, request, words)
    return _kept[words, format]
