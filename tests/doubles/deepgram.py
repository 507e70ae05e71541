"""Deepgram: /v1/listen (Nova), /v2/listen (Flux), /v1/auth/token.

https://developers.deepgram.com/reference/speech-to-text/listen-streaming,
https://developers.deepgram.com/docs/finalize,
https://developers.deepgram.com/reference/speech-to-text/listen-flux (2026-11).

Loud audio is speech: each stretch of it is heard as the next of ``phrases``. Time is
counted in audio, as Deepgram counts it.
"""

import audioop
from dataclasses import dataclass, field

from aiohttp import web

from tests.doubles.server import Double, converse

LOUD = 300  # of 32767
INTERIM_EVERY = 0.3  # s of speech
ENCODINGS = {"linear16": 2, "mulaw": 1, "alaw": 1}
V1 = {
    "model", "language", "encoding", "sample_rate", "channels", "interim_results", "punctuate", "smart_format",
    "endpointing", "vad_events", "utterance_end_ms", "keyterm", "keywords", "numerals", "profanity_filter",
    "filler_words", "dictation",
}  # fmt: skip
V2 = {"model", "encoding", "sample_rate", "eot_threshold", "eot_timeout_ms", "eager_eot_threshold", "keyterm", "language_hint"}  # fmt: skip


@dataclass
class Deepgram(Double):
    phrases: list = field(
        default_factory=lambda: ["Hello there.", "My name is Ann.", "Thank you."]
    )
    heard_bytes: int = 0
    commands: list = field(default_factory=list)

    def routes(self):
        return [
            web.get("/v1/listen", self.listen),
            web.get("/v2/listen", self.flux),
            web.get("/v1/auth/token", self.token),
        ]

    def wrong_key(self, request):
        return request.headers.get("Authorization") != f"Token {self.key}"

    def error(self, status, message):
        return web.json_response(
            {"err_code": "ERR", "err_msg": message, "request_id": "r"}, status=status
        )

    async def token(self, request):
        return await self.guard(request) or web.json_response({"api_key_id": "a"})

    async def listen(self, request):
        return await self._open(request, V1, Nova)

    async def flux(self, request):
        return await self._open(request, V2, Flux)

    async def _open(self, request, known, session):
        query = request.query
        self.requests.append(list(query.items()))
        unknown = set(query) - known
        if unknown or query.get("encoding") not in ENCODINGS or not query.get("model"):
            self.complaints.append(f"bad query {dict(query)}")
            return self.error(400, f"Invalid query string: {sorted(unknown)}")
        if "keyterm" in query and query["model"].startswith("nova-2"):
            return self.error(400, "keyterm needs nova-3")
        return await converse(
            self, request, lambda socket: session(self, socket, query)
        )


class Hearing:
    """Tells speech from silence in 20 ms pieces, and what phrase it is."""

    def __init__(self, double, socket, query):
        self.double, self.socket = double, socket
        self.encoding = query["encoding"]
        self.rate = int(query["sample_rate"])
        self.width = ENCODINGS[self.encoding]
        self.piece = self.rate // 50 * self.width
        self.buffer = b""
        self.now = 0.0  # s of audio
        self.phrase = ""
        self.loud_from = self.loud_to = 0.0

    def bye(self):
        pass

    async def binary(self, data):
        self.double.heard_bytes += len(data)
        self.buffer += data
        while len(self.buffer) >= self.piece:
            piece, self.buffer = self.buffer[: self.piece], self.buffer[self.piece :]
            self.now += 0.02
            await self.listen(self.is_loud(piece))

    def is_loud(self, piece):
        decode = {"mulaw": audioop.ulaw2lin, "alaw": audioop.alaw2lin}.get(
            self.encoding
        )
        return audioop.rms(decode(piece, 2) if decode else piece, 2) > LOUD

    def begin(self):
        self.phrase = self.double.phrases.pop(0) if self.double.phrases else "More."
        self.loud_from = self.now - 0.02

    def so_far(self):
        """Return as many words as there has been time to say."""
        words = self.phrase.split()
        return words[: max(1, min(len(words), int((self.now - self.loud_from) / 0.25)))]


class Nova(Hearing):
    def __init__(self, double, socket, query):
        super().__init__(double, socket, query)
        self.endpointing = query.get("endpointing", "10")
        self.vad = query.get("vad_events") == "true"
        self.interim = query.get("interim_results") == "true"
        self.utterance_end = float(query.get("utterance_end_ms", 0)) / 1000
        self.final_to = 0.0
        self.next_interim = 0.0
        self.silent_for = 1.0
        self.ended = True

    async def text(self, message):
        kind = message.get("type")
        self.double.commands.append(kind)
        if kind == "Finalize":
            if self.phrase:
                await self.final(from_finalize=True)
            elif self.now - self.final_to > 1.0:  # "a noticeable amount of audio"
                await self.results([], True, False, from_finalize=True)
        elif kind == "CloseStream":
            await self.socket.send({"type": "Metadata", "duration": self.now})
            await self.socket.ws.close()
        elif kind != "KeepAlive":
            await self.socket.refuse(1008, f"DATA-0000 unknown message {message}")

    async def listen(self, loud):
        if loud:
            if not self.phrase:
                self.begin()
                self.ended = False
                self.next_interim = self.now + INTERIM_EVERY
                if self.vad:
                    await self.socket.send({"type": "SpeechStarted", "channel": [0], "timestamp": self.now})  # fmt: skip
            self.loud_to = self.now
            if self.interim and self.now >= self.next_interim:
                self.next_interim += INTERIM_EVERY
                await self.results(self.so_far(), False, False)
        elif not self.phrase and self.now - self.final_to >= self.silent_for:
            self.silent_for += 1.0  # results of silence come, too
            await self.results([], False, False)
        elif self.phrase and self.has_been_quiet(self.endpointing):
            await self.final(speech_final=True)
        waits = self.utterance_end and not self.ended and not self.phrase
        if waits and self.now - self.loud_to >= self.utterance_end:
            self.ended = True
            await self.socket.send({"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": self.loud_to})  # fmt: skip

    def has_been_quiet(self, endpointing):
        if endpointing == "false":
            return False
        return self.now - self.loud_to >= float(endpointing) / 1000

    async def final(self, speech_final=False, from_finalize=False):
        words, self.phrase = self.phrase.split(), ""
        await self.results(words, True, speech_final, from_finalize)

    async def results(self, words, is_final, speech_final, from_finalize=False):
        start = self.final_to
        if is_final:
            self.final_to, self.silent_for = self.now, 1.0
        length = (self.now - self.loud_from) / max(1, len(words))
        await self.socket.send(
            {
                "type": "Results",
                "channel_index": [0, 1],
                "start": start,
                "duration": self.now - start,
                "is_final": is_final,
                "speech_final": speech_final,
                "from_finalize": from_finalize,
                "channel": {
                    "alternatives": [
                        {
                            "transcript": " ".join(words),
                            "confidence": 0.98 if words else 0.0,
                            "words": [
                                {
                                    "word": word.lower().strip(".,"),
                                    "punctuated_word": word,
                                    "start": self.loud_from + i * length,
                                    "end": self.loud_from + (i + 1) * length,
                                    "confidence": 0.98,
                                }
                                for i, word in enumerate(words)
                            ],
                        }
                    ]
                },
                "metadata": {"request_id": "r", "model_info": {"name": "nova-3"}},
            }
        )


class Flux(Hearing):
    def __init__(self, double, socket, query):
        super().__init__(double, socket, query)
        self.never = float(query.get("eot_threshold", "0.7")) >= 1.0
        self.turn = self.sequence = 0
        self.next_update = 0.0

    async def text(self, message):
        kind = message.get("type")
        self.double.commands.append(kind)
        if kind == "ForceEndTurn":
            if self.phrase:
                await self.end("manual")
        elif kind == "CloseStream":
            await self.socket.ws.close()
        else:
            await self.socket.refuse(1008, f"unknown message {message}")

    async def listen(self, loud):
        if loud:
            self.loud_to = self.now
            if not self.phrase:
                self.begin()
                await self.info("StartOfTurn", self.so_far())
                self.next_update = self.now + 0.25
            elif self.now >= self.next_update:
                self.next_update += 0.25
                await self.info("Update", self.so_far())
        elif self.phrase and not self.never and self.now - self.loud_to >= 0.3:
            await self.end("model")

    async def end(self, trigger):
        words, self.phrase = self.phrase.split(), ""
        await self.info("EndOfTurn", words, trigger=trigger)
        self.turn += 1

    async def info(self, event, words, **more):
        self.sequence += 1
        await self.socket.send(
            {
                "type": "TurnInfo",
                "request_id": "r",
                "sequence_id": self.sequence,
                "event": event,
                "turn_index": self.turn,
                "audio_window_start": self.loud_from,
                "audio_window_end": self.now,
                "transcript": " ".join(words),
                "words": [{"word": word, "confidence": 0.9} for word in words],
                "end_of_turn_confidence": 0.5,
                **more,
            }
        )
