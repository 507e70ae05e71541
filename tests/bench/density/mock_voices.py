"""Cartesia's and ElevenLabs' voices."""

import base64
import collections
import re
from urllib.parse import parse_qs, urlsplit


from speech import BOT_SECONDS
from mock_vendor import CHUNK_EVERY, counters, VendorSocket


class Utterance:
    """Audio of one context: a chunk after ``Delays.tts``, then one every CHUNK_EVERY."""

    def __init__(self, socket, chunks, on_chunk, on_done):
        self.socket, self.chunks, self.on_chunk, self.on_done = (
            socket,
            chunks,
            on_chunk,
            on_done,
        )
        self.queue = collections.deque()
        self.started = self.finished = False
        self.timer = None

    def say_sentence(self):
        """Queue one sentence of audio."""
        self.queue.extend(self.chunks)
        if not self.started:
            self.started = True
            counters["tts_utterances"] += 1
            self.timer = self.socket.loop.call_later(self.socket.delays.tts, self._pump)
        elif self.timer is None:
            self._pump()

    def finish(self):
        """No more text will come: report done when the queue is empty."""
        self.finished = True
        if self.timer is None:
            self._pump()

    def cancel(self):
        self.queue.clear()
        if self.timer:
            self.timer.cancel()

    def _pump(self):
        self.timer = None
        if self.queue:
            self.on_chunk(self.queue.popleft())
            self.timer = self.socket.loop.call_later(CHUNK_EVERY, self._pump)
        elif self.finished:
            self.on_done()


class SpeechSocket(VendorSocket):
    """A text-to-speech socket with any number of contexts."""

    def __init__(self, vendors):
        super().__init__(vendors)
        self.contexts = {}

    def on_ws_disconnected(self, transport):
        for utterance in self.contexts.values():
            utterance.cancel()
        self.contexts.clear()

    def drop(self, context_id):
        utterance = self.contexts.pop(context_id, None)
        if utterance:
            utterance.cancel()


class CartesiaSpeech(SpeechSocket):
    """https://docs.cartesia.ai/api-reference/tts/websocket"""

    def on_json(self, message):
        context_id = message["context_id"]
        if message.get("cancel"):
            self.drop(context_id)
            return
        text = message["transcript"].strip()
        utterance = self.contexts.get(context_id)
        if utterance is None:
            if not text:
                self._done(context_id)
                return
            utterance = self._open(context_id, message["output_format"])
        if text:
            if message.get("add_timestamps"):
                self._timestamps(context_id, utterance, text.split())
            utterance.say_sentence()
        if message.get("continue", False) is False:
            utterance.finish()

    def _open(self, context_id, output_format):
        encoding = output_format["encoding"].removeprefix("pcm_")
        chunks = self.vendors.sentence(
            encoding if encoding in ("mulaw", "alaw") else "pcm",
            output_format["sample_rate"],
        )
        utterance = Utterance(
            self,
            chunks,
            lambda chunk: self._chunk(context_id, chunk),
            lambda: self._done(context_id),
        )
        utterance.spoken = 0.0  # s, for the timestamps
        self.contexts[context_id] = utterance
        return utterance

    def _chunk(self, context_id, audio):
        self.send(
            b'{"type":"chunk","data":"%s","done":false,"status_code":206,"step_time":20.1,"context_id":"%s"}'
            % (base64.b64encode(audio), context_id.encode())
        )

    def _done(self, context_id):
        self.contexts.pop(context_id, None)
        self.send(
            {"type": "done", "done": True, "status_code": 200, "context_id": context_id}
        )

    def _timestamps(self, context_id, utterance, words):
        length = BOT_SECONDS / len(words)
        starts = [utterance.spoken + i * length for i in range(len(words))]
        utterance.spoken += BOT_SECONDS
        self.send(
            {
                "type": "timestamps",
                "done": False,
                "status_code": 206,
                "context_id": context_id,
                "word_timestamps": {
                    "words": words,
                    "start": starts,
                    "end": [start + length for start in starts],
                },
            }
        )


class ElevenLabsSpeech(SpeechSocket):
    """https://elevenlabs.io/docs/api-reference/text-to-speech/v-1-text-to-speech-voice-id-stream-input

    Text is spoken when a sentence ends, at 120 characters, on flush, in auto_mode, or
    at the end; ``{"text": ""}`` ends the stream. multi-stream-input adds context_id,
    close_context and close_socket; a context closed by the client finishes what it had
    to say.
    """

    def __init__(self, vendors, path):
        super().__init__(vendors)
        url = urlsplit(path)
        query = parse_qs(url.query)
        self.multi = "/multi-stream-input" in url.path
        self.auto_mode = query.get("auto_mode", ["false"])[0] == "true"
        codec, _, rate = query.get("output_format", ["pcm_16000"])[0].partition("_")
        self.chunks = vendors.sentence(
            {"ulaw": "mulaw", "alaw": "alaw"}.get(codec, "pcm"), int(rate.split("_")[0])
        )
        self.text = collections.defaultdict(str)

    def on_json(self, message):
        if message.get("close_socket"):
            self.close()
            return
        context_id = message.get("context_id") if self.multi else None
        text = message.get("text")
        if text:
            self.text[context_id] += text
        if self._due(message, self.text[context_id]):
            self.text[context_id] = ""
            self._utterance(context_id).say_sentence()
        if message.get("close_context") or (text == "" and not self.multi):
            self._finish(context_id)

    def _due(self, message, text):
        if not text.strip():
            return False
        ended = message.get("text") == "" or message.get("close_context")
        return (
            ended
            or message.get("flush")
            or self.auto_mode
            or len(text) >= 120
            or re.search(r"[.!?]\s*$", text)
        )

    def _utterance(self, context_id):
        if context_id not in self.contexts:
            self.contexts[context_id] = Utterance(
                self,
                self.chunks,
                lambda chunk: self._chunk(context_id, chunk),
                lambda: self._done(context_id),
            )
        return self.contexts[context_id]

    def _finish(self, context_id):
        self.text.pop(context_id, None)
        if context_id in self.contexts:
            self.contexts[context_id].finish()
        else:
            self._done(context_id)

    def _chunk(self, context_id, audio):
        message = {
            "audio": base64.b64encode(audio).decode(),
            "isFinal": None,
            "alignment": None,
            "normalizedAlignment": None,
        }
        self._send(context_id, message)

    def _done(self, context_id):
        self.contexts.pop(context_id, None)
        self._send(
            context_id,
            {"audio": None, "isFinal": True} if not self.multi else {"isFinal": True},
        )
        if not self.multi:
            self.close()

    def _send(self, context_id, message):
        self.send({**message, "contextId": context_id} if self.multi else message)
