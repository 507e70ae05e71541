"""What the mock vendors share: what is said and when, and a WebSocket of one of them."""

import collections
import json

import orjson
from picows import WSCloseCode, WSListener, WSMsgType


HEARD = "Hello, I would like to book a table."
HEARD_SO_FAR = "hello I would like"
SENTENCES = (
    "Sure, I can help you with that today.",
    "We are open from nine until six every working day.",
)
TOKENS = [word + " " for word in " ".join(SENTENCES).split()]
FIRST_SENTENCE_TOKENS = len(SENTENCES[0].split())
INTERIM_EVERY = 0.4  # s, between interim transcripts
SILENCE_EVERY = 1.0  # s, between interim transcripts of silence, which are empty
LOUD_PEAK = 300  # of 32767: speech, for the mock recogniser
CHUNK_SECONDS = 0.1  # audio in one text-to-speech message
CHUNK_EVERY = 0.02  # s between those messages: five times faster than real time

counters = collections.Counter()  # requests and connections seen, by kind


class VendorSocket(WSListener):
    """A WebSocket connection of one vendor: JSON text in, JSON text out."""

    def __init__(self, vendors):
        self.vendors = vendors
        self.delays = vendors.delays
        self.loop = vendors.loop
        self.transport = None

    def on_ws_connected(self, transport):
        self.transport = transport
        counters[type(self).__name__] += 1

    def on_ws_frame(self, transport, frame):
        if frame.msg_type == WSMsgType.TEXT:
            self.on_json(json.loads(frame.get_payload_as_bytes()))
        elif frame.msg_type == WSMsgType.BINARY:
            self.on_audio(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            self.close()

    def on_json(self, message):
        """Take a message; each vendor has its own. picows' class can have no abstract ones."""
        raise NotImplementedError

    def on_audio(self, audio):
        pass

    def send(self, message):
        self.transport.send(
            WSMsgType.TEXT,
            message if isinstance(message, bytes) else orjson.dumps(message),
        )

    def close(self):
        self.transport.send_close(WSCloseCode.OK)
        self.transport.disconnect()
