"""Recordings: written to disk as the call goes, caller left, agent right.

Nothing is held whole in memory and nothing is written on the event loop: a call puts
its audio aside, and the scribe's thread places it on two tracks by the media clock,
fills gaps with silence and appends what is complete.
"""

import shutil
import struct
from pathlib import Path
from uuid import UUID

import numpy as np
from django.conf import settings

from providers import audio
from providers.ports import AudioFormat
from telephony import threads
from telephony.models import Call, Recording

HEADER = 44  # bytes of a canonical WAV header
LAG_MS = 400  # how late audio may come and still find its place
STALL_MS = 5_000  # the same for a caller from whom nothing comes: it may be on its way
CALLER_SLACK_MS = 300  # networks hold audio back and bring it in one go
AGENT_SLACK_MS = 60
AHEAD_MS = 1_000  # audio that runs further ahead of the clock is dropped
BLOCKS_A_SECOND = 20  # of the waveform, before it is drawn small
PEAKS = 1_200

Piece = tuple[int, bytes]  # began at ms on the media clock, audio


class _Track:
    """One side, as s16le at the recording's rate."""

    def __init__(self, source: AudioFormat, rate: int, slack_ms: int) -> None:
        self._converter = audio.Converter(source, AudioFormat("pcm_s16le", rate))
        self._bytes_per_ms = source.bytes_per_ms
        self._slack_ms = slack_ms
        self._rate = rate
        self.samples = bytearray()
        self.base = 0  # samples written to disk already

    @property
    def end(self) -> int:
        """The first sample that is not there yet."""
        return self.base + len(self.samples) // 2

    def place(self, pieces: list[Piece]) -> None:
        """Take audio; what follows on without a gap is converted in one go."""
        run: list[bytes] = []
        run_at = next_at = 0.0
        for at, sound in pieces:
            if run and not next_at - CALLER_SLACK_MS <= at <= next_at + self._slack_ms:
                self._append(int(run_at), b"".join(run))
                run = []
            if not run:
                run_at = next_at = at
            run.append(sound)
            next_at += len(sound) / self._bytes_per_ms
        if run:
            self._append(int(run_at), b"".join(run))

    def _append(self, at_ms: int, sound: bytes) -> None:
        at = at_ms * self._rate // 1000
        if at > self.end + self._slack_ms * self._rate // 1000:
            self.pad(at)
        elif at < self.end - CALLER_SLACK_MS * self._rate // 1000:
            self.cut(at)  # what came before it came too early; the newest counts
        self.samples += self._converter.convert(sound)

    def pad(self, until: int) -> None:
        """Be silent up to a sample."""
        missing = until - self.end
        if missing > 0:
            self.samples += bytes(missing * 2)

    def cut(self, until: int) -> None:
        """Drop what lies behind a sample."""
        del self.samples[max(0, until - self.base) * 2 :]

    def take(self, until: int) -> np.ndarray:
        """Give away what lies before a sample."""
        count = max(0, until - self.base)
        taken = np.frombuffer(bytes(self.samples[: count * 2]), np.int16)
        del self.samples[: count * 2]
        self.base += count
        return taken


class RecordingWriter:
    """Writes one call's recording. Used by one thread at a time."""

    def __init__(
        self,
        path: Path,
        caller: AudioFormat,
        agent: AudioFormat,
        begins_at_ms: int = 0,
    ) -> None:
        self.path = part_of(path, begins_at_ms) if begins_at_ms else path
        self.rate = min(caller.sample_rate, agent.sample_rate)
        self._caller = _Track(caller, self.rate, CALLER_SLACK_MS)
        self._agent = _Track(agent, self.rate, AGENT_SLACK_MS)
        self._block = self.rate // BLOCKS_A_SECOND
        self._loudest: list[np.ndarray] = []
        self._is_open = False
        self._caller.base = self._agent.base = self._sample(begins_at_ms)

    def write(self, caller: list[Piece], agent: list[Piece], now_ms: int) -> None:
        """Place audio, and append to the file what can no longer change."""
        self._place(caller, agent, now_ms)
        until = min(self._sample(now_ms - LAG_MS), self._caller.end)
        until = max(until, self._sample(now_ms - STALL_MS))
        base = self._caller.base
        self._append(until - (until - base) % self._block)

    def close(self, caller: list[Piece], agent: list[Piece], duration_ms: int) -> None:
        """Complete the file: as long as the call was, with a true header."""
        self._place(caller, agent, duration_ms)
        self._open()
        self._append(self._sample(duration_ms))
        repair(self.path)

    def peaks(self) -> list[list[int]]:
        """Return [caller, agent]: at most 1,200 loudest samples each, 0 to 255."""
        if not self._loudest:
            return [[], []]
        return _drawn(np.concatenate(self._loudest))

    def _open(self) -> None:
        if not self._is_open:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(_header(0, self.rate))
            self._is_open = True

    def _place(self, caller: list[Piece], agent: list[Piece], now_ms: int) -> None:
        self._caller.place(caller)
        self._agent.place(agent)
        for track in (self._caller, self._agent):
            track.cut(self._sample(now_ms + AHEAD_MS))

    def _sample(self, at_ms: int) -> int:
        return max(0, at_ms) * self.rate // 1000

    def _append(self, until: int) -> None:
        caller, agent = self._caller, self._agent
        if until <= caller.base:
            return
        self._open()
        caller.pad(until)
        agent.pad(until)
        stereo = np.empty((until - caller.base, 2), np.int16)
        stereo[:, 0], stereo[:, 1] = caller.take(until), agent.take(until)
        self._loudest.append(_loudest(stereo, self._block))
        with self.path.open("ab") as file:
            file.write(stereo.tobytes())


def path_of(call: Call) -> Path:
    """Return where a call's recording belongs, below the recordings' folder."""
    day = call.created_at
    return Path(str(call.workspace_id), f"{day:%Y}", f"{day:%m}", f"{call.id}.wav")


def full_path(relative: str | Path) -> Path:
    """Return a recording's place on this disk."""
    return settings.RECORDINGS_DIR / relative


def begin(call_id: UUID, relative: str, rate: int) -> None:
    """Say that a call is being recorded."""
    Recording.objects.get_or_create(
        call_id=call_id, defaults={"path": relative, "sample_rate": rate}
    )


def complete(call_id: UUID, peaks_known: list[list[int]] | None = None) -> None:
    """Say of a recording's file how long it is and how it looks."""
    recording = Recording.objects.filter(call_id=call_id).first()
    if recording is None:
        return
    path = full_path(recording.path)
    if _join(path):
        peaks_known = None
    if path.exists():
        recording.duration_ms = repair(path)
        recording.size_bytes = path.stat().st_size
        recording.peaks = peaks_known or peaks(path)
        recording.status = Recording.Status.COMPLETED
    else:
        recording.status = Recording.Status.FAILED
    with threads.turn():
        recording.save()


def part_of(path: Path, begins_at_ms: int) -> Path:
    """Return where a process writes that took the call over in the middle: the one
    before may still be writing its last words."""
    return path.with_suffix(f".{begins_at_ms}.wav")


def _join(path: Path) -> bool:
    """Put the parts of a call together; False: it was in one piece."""
    parts = sorted(path.parent.glob(f"{path.stem}.*.wav"), key=_begins_at)
    for part in parts:
        repair(part)
        with part.open("rb") as source:
            (rate,) = struct.unpack_from("<I", source.read(HEADER), 24)
            if not path.exists():
                path.write_bytes(_header(0, rate))
            # Exactly as long as the clock says: cut off, or filled with silence.
            with path.open("r+b") as whole:
                whole.truncate(HEADER + _begins_at(part) * rate // 1000 * 4)
                whole.seek(0, 2)
                shutil.copyfileobj(source, whole)
        part.unlink()
    return bool(parts)


def _begins_at(part: Path) -> int:
    return int(part.suffixes[-2][1:])


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
    """Read the same from a file, a minute at a time."""
    loudest = []
    with path.open("rb") as file:
        (rate,) = struct.unpack_from("<I", file.read(HEADER), 24)
        while piece := file.read(rate * 4 * 60):
            stereo = np.frombuffer(piece[: len(piece) // 4 * 4], np.int16)
            loudest.append(_loudest(stereo.reshape(-1, 2), rate // BLOCKS_A_SECOND))
    return _drawn(np.concatenate(loudest)) if loudest else [[], []]


def _loudest(stereo: np.ndarray, block: int) -> np.ndarray:
    """Return the loudest sample of each block and side."""
    if not len(stereo):
        return np.empty((0, 2), np.int32)
    starts = np.arange(0, len(stereo), block)
    return np.maximum.reduceat(np.abs(stereo.astype(np.int32)), starts, axis=0)


def _drawn(loudest: np.ndarray) -> list[list[int]]:
    """Return so many figures of blocks as a page draws."""
    if not len(loudest):
        return [[], []]
    edges = np.linspace(0, len(loudest), min(PEAKS, len(loudest)), endpoint=False)
    drawn = np.maximum.reduceat(loudest, edges.astype(int), axis=0) * 255 // 32768
    return [drawn[:, 0].tolist(), drawn[:, 1].tolist()]


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
