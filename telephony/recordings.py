"""Recordings: written to disk as the call goes, caller left, agent right.

Nothing is held whole in memory and nothing is written on the event loop: a call puts
its frames aside, and the scribe's thread places them on two tracks by the media clock,
fills gaps with silence and appends what is complete.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import UUID

import numpy as np
from django.conf import settings

from providers import audio
from providers.ports import AudioFormat
from telephony.models import Call, Recording

HEADER = 44  # bytes of a canonical WAV header
LAG_MS = 400  # how late a frame may come and still find its place
JITTER_MS = 60  # a frame this early or late is taken as next in line
PEAKS = 1_200

Side = Literal["caller", "agent"]


@dataclass(slots=True)
class Frame:
    """Audio of one side that began at ``at_ms`` on the media clock."""

    side: Side
    at_ms: int
    data: bytes


class _Track:
    """One side, as s16le at the recording's rate, from ``base`` on."""

    def __init__(self, format: AudioFormat, rate: int) -> None:
        self._converter = audio.Converter(format, AudioFormat("pcm_s16le", rate))
        self._rate = rate
        self.samples = bytearray()
        self.base = 0  # samples written to disk already

    @property
    def end(self) -> int:
        """The first sample that is not there yet."""
        return self.base + len(self.samples) // 2

    def place(self, at_ms: int, data: bytes) -> None:
        at = at_ms * self._rate // 1000
        if at > self.end + JITTER_MS * self._rate // 1000:
            self.pad(at)
        self.samples += self._converter.convert(data)

    def pad(self, until: int) -> None:
        """Be silent up to a sample."""
        missing = until - self.end
        if missing > 0:
            self.samples += bytes(missing * 2)

    def take(self, until: int) -> np.ndarray:
        """Give away what lies before a sample."""
        count = max(0, until - self.base)
        taken = np.frombuffer(bytes(self.samples[: count * 2]), np.int16)
        del self.samples[: count * 2]
        self.base += count
        return taken


class RecordingWriter:
    """Writes one call's recording. Used by one thread at a time."""

    def __init__(self, path: Path, caller: AudioFormat, agent: AudioFormat) -> None:
        self.path = path
        self.rate = min(caller.sample_rate, agent.sample_rate)
        self._tracks = {
            "caller": _Track(caller, self.rate),
            "agent": _Track(agent, self.rate),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_header(0, self.rate))

    def write(self, frames: list[Frame], now_ms: int) -> None:
        """Place frames, and append to the file what can no longer change."""
        for frame in frames:
            self._tracks[frame.side].place(frame.at_ms, frame.data)
        self._append(max(0, now_ms - LAG_MS) * self.rate // 1000)

    def close(self, duration_ms: int) -> None:
        """Complete the file: as long as the call was, with a true header."""
        longest = max(track.end for track in self._tracks.values())
        self._append(max(duration_ms * self.rate // 1000, 0) or longest)
        repair(self.path)

    def _append(self, until: int) -> None:
        caller, agent = self._tracks["caller"], self._tracks["agent"]
        if until <= caller.base:
            return
        for track in (caller, agent):
            track.pad(until)
        stereo = np.empty((until - caller.base, 2), np.int16)
        stereo[:, 0], stereo[:, 1] = caller.take(until), agent.take(until)
        with self.path.open("ab") as file:
            file.write(stereo.tobytes())


def path_of(call: Call) -> Path:
    """Return where a call's recording belongs, below the recordings' folder."""
    day = call.created_at
    return Path(str(call.workspace_id), f"{day:%Y}", f"{day:%m}", f"{call.id}.wav")


def full_path(relative: str | Path) -> Path:
    """Return a recording's place on this disk."""
    return settings.RECORDINGS_DIR / relative


def complete(call_id: UUID) -> None:
    """Say of a recording's file how long it is and how it looks."""
    recording = Recording.objects.filter(call_id=call_id).first()
    if recording is None:
        return
    path = full_path(recording.path)
    if path.exists():
        recording.duration_ms = repair(path)
        recording.size_bytes = path.stat().st_size
        recording.peaks = peaks(path)
        recording.status = Recording.Status.COMPLETED
    else:
        recording.status = Recording.Status.FAILED
    recording.save()


def repair(path: Path) -> int:
    """Write the true length into a WAV's header; return the length in ms.

    Also heals the file of a process that was killed in mid-call.
    """
    size = path.stat().st_size
    with path.open("r+b") as file:
        head = file.read(HEADER)
        if len(head) < HEADER:
            return 0
        (rate,) = struct.unpack_from("<I", head, 24)
        whole = (size - HEADER) // 4 * 4
        file.seek(0)
        file.write(_header(whole, rate))
        file.truncate(HEADER + whole)
    return int(whole // 4 * 1000 // rate)


def peaks(path: Path) -> list[list[int]]:
    """Return [caller, agent]: at most 1,200 loudest samples each, 0 to 255."""
    samples = (
        np.memmap(path, np.int16, "r", HEADER) if path.stat().st_size > HEADER else None
    )
    if samples is None or len(samples) < 2:
        return [[], []]
    stereo = np.abs(samples[: len(samples) // 2 * 2].reshape(-1, 2).astype(np.int32))
    buckets = min(PEAKS, len(stereo))
    edges = np.linspace(0, len(stereo), buckets, endpoint=False).astype(int)
    loudest = np.maximum.reduceat(stereo, edges, axis=0) * 255 // 32768
    return [loudest[:, 0].tolist(), loudest[:, 1].tolist()]


def _header(data_bytes: int, rate: int) -> bytes:
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + data_bytes,
        b"WAVE",
        b"fmt ",
        16,
        1,  # PCM
        2,  # channels
        rate,
        rate * 4,
        4,
        16,
        b"data",
        data_bytes,
    )
