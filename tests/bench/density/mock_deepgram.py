"""Deepgram's live recognition."""

from urllib.parse import parse_qs, urlsplit


from speech import audioop
from mock_vendor import (
    HEARD,
    HEARD_SO_FAR,
    INTERIM_EVERY,
    SILENCE_EVERY,
    LOUD_PEAK,
    counters,
    VendorSocket,
)


class DeepgramListen(VendorSocket):
    """https://developers.deepgram.com/reference/speech-to-text/listen-streaming

    Takes linear16 or mulaw at any rate. A frame louder than LOUD_PEAK is speech;
    ``Delays.stt`` after the last one comes a Results message with is_final and
    speech_final. Interim results, SpeechStarted and UtteranceEnd on request; answers
    Finalize, KeepAlive and CloseStream.
    """

    def __init__(self, vendors, path):
        super().__init__(vendors)
        query = parse_qs(urlsplit(path).query)
        self.mulaw = query.get("encoding", ["linear16"])[0] == "mulaw"
        self.vad_events = query.get("vad_events", ["false"])[0] == "true"
        self.interim_results = query.get("interim_results", ["false"])[0] == "true"
        utterance_end = query.get("utterance_end_ms", [None])[0]
        self.utterance_end = float(utterance_end) / 1000 if utterance_end else None
        self.speaking = False
        self.last_loud = self.next_interim = 0.0
        self.timer = None

    def on_ws_disconnected(self, transport):
        self._cancel_timer()

    def on_audio(self, audio):
        counters["stt_frames"] += 1
        if not audio:
            return
        if (
            audioop.max(audioop.ulaw2lin(audio, 2) if self.mulaw else audio, 2)
            <= LOUD_PEAK
        ):
            self._report_silence()
            return
        now = self.last_loud = self.loop.time()
        if not self.speaking:
            self._speech_started(now)
        elif self.interim_results and now >= self.next_interim:
            self.next_interim = now + INTERIM_EVERY
            self._results(HEARD_SO_FAR)

    def _report_silence(self):
        """Deepgram transcribes silence, too, about once a second: as nothing."""
        now = self.loop.time()
        if not self.speaking and self.interim_results and now >= self.next_interim:
            self.next_interim = now + SILENCE_EVERY
            self._results("")

    def _speech_started(self, now):
        self.speaking = True
        self.next_interim = now + INTERIM_EVERY
        if self.vad_events:
            self.send({"type": "SpeechStarted", "channel": [0, 1], "timestamp": 0.1})
        self._cancel_timer()
        self.timer = self.loop.call_at(now + self.delays.stt, self._check_silence)

    def _check_silence(self):
        due = self.last_loud + self.delays.stt
        if self.loop.time() < due - 0.0005:
            self.timer = self.loop.call_at(due, self._check_silence)
        else:
            self._final()

    def on_json(self, message):
        if message["type"] == "Finalize":
            if self.speaking:
                self._final(from_finalize=True)
            else:
                self._results("", is_final=True, from_finalize=True)
        elif message["type"] == "CloseStream":
            self.send(
                {
                    "type": "Metadata",
                    "request_id": "r1",
                    "transaction_key": "deprecated",
                    "sha256": "0" * 64,
                    "created": "2026-01-01T00:00:00Z",
                    "duration": 1.0,
                    "channels": 1,
                }
            )
            self.close()

    def _final(self, from_finalize=False):
        self._cancel_timer()
        self.speaking = False
        counters["stt_final"] += 1
        self._results(
            HEARD, is_final=True, speech_final=True, from_finalize=from_finalize
        )
        if self.utterance_end:
            end = {"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": 1.4}
            self.timer = self.loop.call_later(self.utterance_end, self.send, end)

    def _results(self, text, is_final=False, speech_final=False, from_finalize=False):
        words = [
            {
                "word": word.lower().strip(",."),
                "punctuated_word": word,
                "confidence": 0.99,
                "start": 0.1 * i,
                "end": 0.1 * i + 0.09,
            }
            for i, word in enumerate(text.split())
        ]
        self.send(
            {
                "type": "Results",
                "channel_index": [0, 1],
                "start": 0.0,
                "duration": 1.5,
                "is_final": is_final,
                "speech_final": speech_final,
                "from_finalize": from_finalize,
                "channel": {
                    "alternatives": [
                        {"transcript": text, "confidence": 0.99, "words": words}
                    ]
                },
                "metadata": {
                    "request_id": "r1",
                    "model_uuid": "u1",
                    "model_info": {"name": "nova", "version": "1", "arch": "nova-3"},
                },
            }
        )

    def _cancel_timer(self):
        if self.timer:
            self.timer.cancel()
            self.timer = None
