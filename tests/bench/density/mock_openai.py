"""OpenAI over HTTP."""

import asyncio
import collections
import re
from urllib.parse import urlsplit

import orjson

from mock_vendor import HEARD, SENTENCES, TOKENS, CHUNK_EVERY, counters


def _chunk(data):
    """One chunk of a chunked HTTP body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def _event(choices, **more):
    """One server-sent event of a streamed chat completion, as an HTTP chunk."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-4o-mini",
        "system_fingerprint": "fp",
        "choices": choices,
        **more,
    }
    return _chunk(b"data: " + orjson.dumps(body) + b"\n\n")


def _delta(delta, finish_reason=None):
    return _event(
        [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}]
    )


USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": len(TOKENS),
    "total_tokens": 20 + len(TOKENS),
}
TOKEN_EVENTS = [
    _delta({"role": "assistant", "content": token} if i == 0 else {"content": token})
    for i, token in enumerate(TOKENS)
]
LAST_EVENTS = (
    _delta({}, "stop")
    + _event([], usage=USAGE)
    + _chunk(b"data: [DONE]\n\n")
    + b"0\r\n\r\n"
)
TOKEN_EVENTS[-1] += LAST_EVENTS
CHUNKED = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ntransfer-encoding: chunked\r\nx-request-id: r\r\n\r\n"


class HttpVendor(asyncio.Protocol):
    """OpenAI's HTTP API, parsed by hand to leave the core to the callers."""

    def __init__(self, vendors):
        self.vendors = vendors
        self.delays = vendors.delays
        self.loop = vendors.loop
        self.buffer = b""
        self.timer = None

    def connection_made(self, transport):
        self.transport = transport
        counters["http_connections"] += 1

    def connection_lost(self, error):
        if self.timer:
            self.timer.cancel()

    def data_received(self, data):
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].decode("latin-1")
        length = re.search(r"(?im)^content-length:\s*(\d+)", head)
        total = end + 4 + (int(length.group(1)) if length else 0)
        if len(self.buffer) < total:
            return
        body, self.buffer = self.buffer[end + 4 : total], self.buffer[total:]
        method, path = head.split(" ", 2)[:2]
        self._route(method, urlsplit(path).path, body)

    def _route(self, method, path, body):
        if path.endswith("/chat/completions"):
            counters["llm_requests"] += 1
            if b'"stream":true' in body or b'"stream": true' in body:
                self._stream_tokens()
            else:
                self._later(
                    self.delays.llm + len(TOKENS) * self.delays.token,
                    self._json,
                    _completion(),
                )
        elif path.endswith("/audio/speech"):
            counters["tts_utterances"] += 1
            self._later(
                self.delays.tts,
                self._stream_speech,
                orjson.loads(body).get("response_format", "mp3"),
            )
        elif path.endswith("/audio/transcriptions"):
            counters["stt_final"] += 1
            self._later(self.delays.stt, self._json, {"text": HEARD})
        elif path.endswith("/models"):
            self._json(
                {
                    "object": "list",
                    "data": [
                        {
                            "id": "gpt-4o-mini",
                            "object": "model",
                            "created": 1,
                            "owned_by": "bench",
                        }
                    ],
                }
            )
        else:
            self._json(
                {
                    "error": {
                        "message": f"no mock for {method} {path}",
                        "type": "invalid_request_error",
                    }
                },
                b"404 Not Found",
            )

    def _later(self, seconds, function, *arguments):
        self.timer = self.loop.call_later(seconds, function, *arguments)

    def _json(self, message, status=b"200 OK"):
        body = orjson.dumps(message)
        self.transport.write(
            b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
            % (status, len(body), body)
        )

    def _stream_tokens(self):
        self.transport.write(CHUNKED % b"text/event-stream; charset=utf-8")
        self._later(self.delays.llm, self._token, 0, self.loop.time() + self.delays.llm)

    def _token(self, number, due):
        if self.transport.is_closing():
            return
        self.transport.write(TOKEN_EVENTS[number])
        if number + 1 < len(TOKEN_EVENTS):
            due += self.delays.token
            self.timer = self.loop.call_at(due, self._token, number + 1, due)

    def _stream_speech(self, response_format):
        if response_format not in ("pcm", "wav"):
            self._json(
                {
                    "error": {
                        "message": "the mock speaks response_format pcm or wav",
                        "type": "invalid_request_error",
                    }
                },
                b"400 Bad Request",
            )
            return
        chunks = list(self.vendors.sentence("pcm", 24000))
        if response_format == "wav":
            chunks.insert(0, _wav_header(24000))
        self.transport.write(
            CHUNKED % (b"audio/pcm" if response_format == "pcm" else b"audio/wav")
        )
        self._speech_chunk(collections.deque(chunks))

    def _speech_chunk(self, chunks):
        if self.transport.is_closing():
            return
        if not chunks:
            self.transport.write(b"0\r\n\r\n")
            return
        self.transport.write(_chunk(chunks.popleft()))
        self._later(CHUNK_EVERY, self._speech_chunk, chunks)


def _completion():
    message = {"role": "assistant", "content": " ".join(SENTENCES), "refusal": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-mini",
        "usage": USAGE,
        "choices": [
            {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        ],
    }


def _wav_header(rate):
    """Header of a streamed mono 16-bit WAV of unknown length."""
    unknown = b"\xff\xff\xff\xff"
    return (
        b"RIFF"
        + unknown
        + b"WAVEfmt "
        + (16).to_bytes(4, "little")
        + b"\x01\x00\x01\x00"
        + rate.to_bytes(4, "little")
        + (rate * 2).to_bytes(4, "little")
        + b"\x02\x00\x10\x00data"
        + unknown
    )
