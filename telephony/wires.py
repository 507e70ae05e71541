"""What a socket speaks: a browser's words or a carrier's, and what lets it in."""

from dataclasses import dataclass
from typing import Any, Protocol

from common import clock
from providers.ports import AudioFormat
from telephony import legs, media_tokens
from telephony.browser_media import LOUDSPEAKER, MICROPHONE, BrowserMedia
from telephony.carrier import MediaStream, Started
from telephony.media_socket import FORMAT, TOKEN, Refused, Socket
from telephony.media_tokens import Elsewhere
from telephony.models import MediaToken
from telephony.threads import in_thread


class Wire(Protocol):
    """What differs between a browser and a carrier."""

    codec: Any
    heard: AudioFormat
    spoken: AudioFormat

    async def claim(self, started: Started, socket: Socket) -> MediaToken | Elsewhere:
        """Return what this stream may take part in, or raise ``Refused``."""


@dataclass
class BrowserWire:
    """A person in a browser."""

    codec: BrowserMedia
    heard: AudioFormat = MICROPHONE
    spoken: AudioFormat = LOUDSPEAKER

    async def claim(self, started: Started, socket: Socket) -> MediaToken | Elsewhere:
        rate = self.heard.sample_rate
        if started.parameters["rate"] != rate:
            raise Refused(FORMAT, "rate", f"Send the microphone at {rate} Hz.")
        return await _claim(started.parameters["token"], socket, socket.origin)


class CarrierWire:
    """A telephone call through a carrier."""

    def __init__(self, codec: MediaStream) -> None:
        self.codec = codec
        self.heard, self.spoken = codec.heard, codec.spoken

    async def claim(self, started: Started, socket: Socket) -> MediaToken | Elsewhere:
        token = str(started.parameters.get("token", ""))[:128]
        claimed = await _claim(token, socket, "", started.call_id)
        if isinstance(claimed, MediaToken):
            streaming = in_thread(legs.streaming)
            await streaming(claimed.call_id, started, now=clock.now())
        return claimed


async def _claim(
    token: str, socket: Socket, origin: str, carrier_call_id: str = ""
) -> MediaToken | Elsewhere:
    claimed: MediaToken | Elsewhere | None = await in_thread(media_tokens.claim)(
        token,
        now=clock.now(),
        origin=origin,
        carrier_call_id=carrier_call_id,
        here=socket.here,
    )
    if claimed is None:
        raise Refused(
            TOKEN,
            "token",
            "This call's token is used up, too old or not for this page."
            " Start the call again.",
        )
    return claimed
