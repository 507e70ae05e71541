"""Greets people who come into a call whose agent has greeted already.

They hear the greeting alone, while the others go on talking: one of a list of five hundred
who picks up late is not to interrupt the rest, and not to be met by silence either.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from providers.errors import ProviderError
from providers.ports import AudioFormat
from telephony import sentences
from telephony.gathering import Guest
from telephony.models import Participant
from telephony.rooms.local import LocalRoom
from voice.config import SessionConfig

AFTER_S = 0.8  # who picks up says hello first


class Latecomers:
    """Those of one call. The greeting is spoken once, and kept."""

    def __init__(
        self,
        config: SessionConfig,
        words: str,
        format: AudioFormat,
        happened: Callable[..., None],
    ) -> None:
        self._mouths, self._words, self._format = config.mouths, words, format
        self._happened = happened
        self._sound: asyncio.Task[bytes] | None = None

    async def greet(self, guest: Guest, room: LocalRoom) -> int:
        """Greet somebody who has just come for the first time to talk; return for how
        many ms they hear it."""
        person = guest.participant
        comes_to_talk = person.role == Participant.Role.CUSTOMER
        is_new = person.joined_at is None
        if not (self._words and comes_to_talk and is_new):
            return 0
        if person.place != Participant.Place.FLOOR:
            return 0
        if self._sound is None:
            self._sound = asyncio.create_task(self._spoken())
        sound, _ = await asyncio.gather(self._sound, asyncio.sleep(AFTER_S))
        if not sound or guest.gone.is_set():
            return 0
        room.tell(guest.id, sound)
        told: dict[str, Any] = {"participant": str(guest.id), "name": guest.name}
        self._happened("greeted", **told, text=self._words)
        return len(sound) // self._format.bytes_per_ms

    async def _spoken(self) -> bytes:
        for mouth in self._mouths:
            request = replace(mouth.request, format=self._format)
            try:
                return await sentences.spoken(mouth.port, request, self._words)
            except ProviderError:
                continue  # the next one; without any nobody could be greeted at all
        return b""
