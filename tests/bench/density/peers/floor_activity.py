"""Voice activity for the floor: silero by itself, for each call or for all at once.

FLOOR_VAD says which; ``floor.py`` tells.
"""

import asyncio
import importlib.util
import os
import pathlib
import warnings

import numpy
import onnxruntime

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

VAD = os.environ.get("FLOOR_VAD", "batch")
RATE = numpy.array(8000, dtype=numpy.int64)
WINDOW, CONTEXT = 256, 32  # samples at 8 kHz, as silero wants them
WINDOW_SECONDS = WINDOW / 8000
THRESHOLD = 0.5
START_WINDOWS = round(0.200 / WINDOW_SECONDS)
STOP_WINDOWS = round(0.200 / WINDOW_SECONDS)
BATCH_TICK = 0.010  # s
MULAW_TO_FLOAT = (
    numpy.frombuffer(audioop.ulaw2lin(bytes(range(256)), 2), numpy.int16).astype(
        numpy.float32
    )
    / 32768
)


def load_silero():
    """silero-vad in one thread; its package is not imported, for it wants torch."""
    folder = pathlib.Path(
        importlib.util.find_spec("silero_vad").submodule_search_locations[0], "data"
    )
    name = "silero_vad.onnx" if VAD == "percall" else "silero_vad_op18_ifless.onnx"
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(folder / name), options, providers=["CPUExecutionProvider"]
    )


class VoiceActivity:
    """Where speech starts and stops in one call: ``heard`` gets True and False."""

    def __init__(self, model, heard):
        self.model, self.heard = model, heard
        self.buffer = bytearray()
        self.samples = numpy.zeros((1, CONTEXT + WINDOW), numpy.float32)
        self.state = numpy.zeros((2, 128), numpy.float32)
        self.speaking = False
        self.loud = self.quiet = 0  # windows in a row
        self.queued = False

    def take_window(self):
        """Move one window from the buffer to ``samples``; False when there is none."""
        if len(self.buffer) < WINDOW:
            return False
        self.samples[0, :CONTEXT] = self.samples[0, WINDOW:]
        self.samples[0, CONTEXT:] = MULAW_TO_FLOAT[
            numpy.frombuffer(self.buffer, numpy.uint8, WINDOW)
        ]
        del self.buffer[:WINDOW]
        return True

    def judge(self, probability):
        """Count one window."""
        if probability >= THRESHOLD:
            self.loud += 1
            self.quiet = 0
        else:
            self.quiet += 1
            if not self.speaking:
                self.loud = 0
        if not self.speaking and self.loud >= START_WINDOWS:
            self.speaking = True
            self.heard(True)
        elif self.speaking and self.quiet >= STOP_WINDOWS:
            self.speaking = False
            self.loud = 0
            self.heard(False)


class SingleModel:
    """Runs silero once for each window of each call."""

    def __init__(self):
        self.run = load_silero().run

    def push(self, activity, mulaw):
        activity.buffer += mulaw
        while activity.take_window():
            state = activity.state.reshape(2, 1, 128)
            probability, state = self.run(
                None, {"input": activity.samples, "state": state, "sr": RATE}
            )
            activity.state = state
            activity.judge(probability[0, 0])


class BatchModel(SingleModel):
    """Runs silero once per tick for all calls: its weights are read once for all."""

    def __init__(self):
        super().__init__()
        self.waiting = []
        self.timer = None

    def push(self, activity, mulaw):
        activity.buffer += mulaw
        self._enqueue(activity)

    def _enqueue(self, activity):
        if activity.queued or not activity.take_window():
            return
        activity.queued = True
        self.waiting.append(activity)
        if self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(BATCH_TICK, self._run)

    def _run(self):
        self.timer = None
        batch, self.waiting = self.waiting, []
        samples = numpy.stack([activity.samples[0] for activity in batch])
        state = numpy.stack([activity.state for activity in batch], axis=1)
        probabilities, state = self.run(
            None, {"input": samples, "state": state, "sr": RATE}
        )
        for i, activity in enumerate(batch):
            activity.state = state[:, i]
            activity.queued = False
            activity.judge(probabilities[i, 0])
            self._enqueue(activity)


def load_model():
    """The model that FLOOR_VAD asks for; None where the provider judges."""
    if VAD == "provider":
        return None
    return {"batch": BatchModel, "percall": SingleModel}[VAD]()
