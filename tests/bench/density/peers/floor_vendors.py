"""What the floor and its vendors say to each other: Deepgram, OpenAI, Cartesia."""

import os

import orjson
from picows import WSCloseCode, WSListener, WSMsgType, ws_connect

from floor_activity import VAD

WS_VENDORS = os.environ.get("BENCH_WS_VENDORS", "ws://127.0.0.1:9001")
HTTP_VENDORS = os.environ.get("BENCH_HTTP_VENDORS", "http://127.0.0.1:9002")
STT_URL = (
    f"{WS_VENDORS}/v1/listen?model=nova-3&encoding=mulaw&sample_rate=8000&channels=1&interim_results=true"
    + (
        "&endpointing=200&vad_events=true"
        if VAD == "provider"
        else "&endpointing=10&vad_events=false"
    )
)
TTS_URL = f"{WS_VENDORS}/tts/websocket?cartesia_version=2025-04-16"
LLM_URL = f"{HTTP_VENDORS}/v1/chat/completions"
LLM_HEADERS = {"content-type": "application/json", "authorization": "Bearer bench"}


class VendorSocket(WSListener):
    """A vendor's WebSocket; ``on_message`` gets each text message's bytes."""

    def __init__(self, on_message):
        self.on_message = on_message

    @classmethod
    async def open(cls, url, on_message):
        headers = {"Authorization": "Token bench", "X-API-Key": "bench"}
        _, socket = await ws_connect(
            lambda: cls(on_message), url, extra_headers=headers
        )
        return socket

    def on_ws_connected(self, transport):
        self.transport = transport

    def on_ws_frame(self, transport, frame):
        if frame.msg_type == WSMsgType.TEXT:
            self.on_message(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def text(self, message):
        self.transport.send(WSMsgType.TEXT, orjson.dumps(message))

    def binary(self, data):
        self.transport.send(WSMsgType.BINARY, data)

    def close(self):
        self.transport.send_close(WSCloseCode.OK)
        self.transport.disconnect()


def completion(messages):
    """The body of a request for a reply to ``messages``."""
    return orjson.dumps({"model": "gpt-4o-mini", "stream": True, "messages": messages})


def token(line):
    """The text in one line of a streamed completion, or ""."""
    if not line.startswith(b"data: {"):
        return ""
    choices = orjson.loads(line[6:])["choices"]
    return (choices[0]["delta"].get("content") or "") if choices else ""


def speech(context, text, more):
    """A message that has ``text`` spoken; ``more`` of the same context may follow."""
    return {
        "model_id": "sonic-2",
        "voice": {"mode": "id", "id": "v"},
        "transcript": text,
        "context_id": context,
        "continue": more,
        "language": "en",
        "max_buffer_delay_ms": 0,
        "output_format": {
            "container": "raw",
            "encoding": "pcm_mulaw",
            "sample_rate": 8000,
        },
    }
