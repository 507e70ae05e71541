"""The product's Deepgram adapter over a real socket to a double that knows what the
caller says. It hears words as their sound arrives, and answers at once."""

import asyncio

from providers import registry
from tests.doubles import deepgram


class RoomDouble(deepgram.Deepgram):
    """Deepgram's server in one room."""

    room = None

    async def listen(self, request):
        return await self._open(request, deepgram.V1, RoomNova)


class RoomNova(deepgram.Nova):
    """A stream whose words are the caller's, as far as their sound has come."""

    def __init__(self, double, socket, query):
        super().__init__(double, socket, query)
        self.began = None  # when its first audio began, on the room's clock
        self.told = 0  # words told as final

    async def binary(self, data):
        if self.began is None:
            seconds = len(data) / self.width / self.rate
            self.began = asyncio.get_running_loop().time() - seconds
        await super().binary(data)

    def begin(self):
        self.phrase, self.loud_from = "…", self.now - 0.02

    def so_far(self):
        if self.began is None:
            return []
        return self.double.room.caller.words_by(self.began + self.now)[self.told :]

    async def text(self, message):
        if message.get("type") == "Finalize" and self.so_far():
            self.phrase = self.phrase or "…"
        await super().text(message)

    async def final(self, speech_final=False, from_finalize=False):
        words, self.phrase = self.so_far(), ""
        self.told += len(words)
        await self.results(words, True, speech_final, from_finalize)


class Ear:
    """The adapter, overheard."""

    def __init__(self, room, url):
        self.room = room
        self.port = registry.build(
            "stt", "deepgram", credentials={"api_key": "good-key"}, base_url=url
        )
        self.capabilities = self.port.capabilities

    async def open(self, request, on_event):
        return await self.port.open(request, self.room.overheard(on_event))
