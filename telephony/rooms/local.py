"""A room in the process that carries the call: mixed here, 20 ms at a time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from providers import audio
from providers.ports import AudioFormat
from telephony.rooms import hold_music, mixing
from telephony.rooms.mixing import GATE, TICK_MS, AgentVoice, Inflow, Outflow, Samples
from telephony.rooms.port import Host, Place, Seat
from telephony.rooms.talk import Talk

TICK_S = TICK_MS / 1000
MOST_AT_ONCE = 10  # ticks made up for after a stall; more are left out
SOFTER = 4  # 12 dB: what others say while the agent tells somebody something


@dataclass
class Chair:
    """One person's wire into the room."""

    seat: Seat
    inflow: Inflow
    outflow: Outflow
    play: Callable[[bytes], None]
    frame: Samples | None = None  # of the tick under way
    agent: AgentVoice | None = None  # what it tells this person alone

    def hear(self, sound: bytes) -> None:
        """Take audio from the person, in their wire's format."""
        self.inflow.put(sound)


class LocalRoom:
    """A ``Room``. It ticks for as long as it is open."""

    def __init__(
        self,
        host: Host,
        heard: AudioFormat,
        spoken: AudioFormat,
        now: Callable[[], int],
    ) -> None:
        self._host = host
        self._now = now
        self._rate = spoken.sample_rate
        self._length = self._rate * TICK_MS // 1000
        self.line = self._agent = AgentVoice(heard, spoken, host.marked)
        self._agent_place: Place | None = "floor"
        self._to_agent = audio.Converter(AudioFormat("pcm_s16le", self._rate), heard)
        self._chairs: dict[UUID, Chair] = {}
        self._talk = Talk()
        self._held = False
        self._music_at = 0
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time()
        self._timer: asyncio.Handle | None = self._loop.call_soon(self._tick)

    # ---- who is there

    def sit(
        self,
        seat: Seat,
        heard: AudioFormat,
        spoken: AudioFormat,
        play: Callable[[bytes], None],
    ) -> Chair:
        """Let a person in: ``heard`` comes from them, ``spoken`` goes to them."""
        inflow, outflow = Inflow(heard, self._rate), Outflow(spoken, self._rate)
        chair = Chair(seat, inflow, outflow, play)
        self._chairs[seat.participant_id] = chair
        return chair

    def move(self, participant_id: UUID, place: Place) -> None:
        """Let a person hear and be heard somewhere else."""
        if chair := self._chairs.get(participant_id):
            chair.seat = replace(chair.seat, place=place)

    def move_agent(self, place: Place | None) -> None:
        """Let the agent speak there."""
        self._agent_place = place

    def hold(self, on: bool) -> None:
        """Play music to the floor, or stop it."""
        self._held, self._music_at = on, 0

    def tell(self, participant_id: UUID, sound: bytes) -> None:
        """Let the agent say something, in its line's format, to one person alone: the
        others go on talking, which they hear softer meanwhile."""
        if chair := self._chairs.get(participant_id):
            agent = self._agent
            chair.agent = AgentVoice(agent.format, agent.voice_format, _no_mark)
            chair.agent.play(sound)

    def leave(self, participant_id: UUID) -> None:
        """Take a person out."""
        self._chairs.pop(participant_id, None)

    def talker(
        self, from_ms: int, to_ms: int, before: UUID | None = None
    ) -> UUID | None:
        """Return who on the floor spoke most between two times."""
        return self._talk.talker(from_ms, to_ms, before)

    def close(self) -> None:
        """Stop for good."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._chairs.clear()

    # ---- the clock

    def _tick(self) -> None:
        if self._timer is None:
            return
        behind = int((self._loop.time() - self._due) / TICK_S)
        if behind > MOST_AT_ONCE:
            self._due += (behind - MOST_AT_ONCE) * TICK_S
        while self._due <= self._loop.time():
            self._mix()
            self._due += TICK_S
        if self._timer is not None:  # the mix may have ended the call
            self._timer = self._loop.call_at(self._due, self._tick)

    def _mix(self) -> None:
        loud: dict[UUID, float] = {}
        for participant_id, chair in self._chairs.items():
            chair.frame = chair.inflow.take()
            if chair.inflow.level >= GATE and chair.seat.place == "floor":
                loud[participant_id] = chair.inflow.level
        other_since = self._talk.note(self._now(), loud)
        voice = self._agent.take()
        people = {place: self._people(place) for place in ("floor", "aside")}
        music = self._music()
        for place in ("floor", "aside"):
            others = [voice if self._agent_place == place else None]
            others += [music] if place == "floor" else []
            self._tell(place, people[place], others)
        self._tell_gallery([*people["floor"], *people["aside"], voice])
        away = self._agent_place == "aside"
        heard = mixing.mixed([] if away else people["floor"], self._length)
        self._host.heard(self._to_agent.convert(mixing.linear(heard)))
        if other_since is not None:
            self._host.talker_changed(other_since)

    def _people(self, place: str) -> list[Samples | None]:
        return [c.frame for c in self._chairs.values() if c.seat.place == place]

    def _music(self) -> Samples | None:
        if not self._held:
            return None
        piece = hold_music.frames(self._rate)
        self._music_at += 1
        return piece[self._music_at % len(piece)]

    def _tell(
        self, place: str, people: list[Samples | None], others: list[Samples | None]
    ) -> None:
        """Send everybody what the others say. Who is silent hears the same as all who
        are, so for a room full of listeners the mix is made once."""
        sounding = [frame for frame in (*people, *others) if frame is not None]
        total = mixing.mixed(sounding, self._length)
        for_all = _ForAll(mixing.linear(total), not sounding)
        alone = len(sounding) == 1
        for chair in list(self._chairs.values()):
            if chair.seat.place != place:
                continue
            told = chair.agent.take() if chair.agent else None
            if told is not None:
                rest = total if chair.frame is None else total - chair.frame
                _send(chair, mixing.linear(rest // SOFTER + told), silent=False)
            elif chair.frame is None:
                for_all.send(chair)
            else:
                own = mixing.linear(total - chair.frame)
                _send(chair, own, silent=alone)

    def _tell_gallery(self, frames: list[Samples | None]) -> None:
        listeners = [c for c in self._chairs.values() if c.seat.place == "gallery"]
        if not listeners:
            return
        sound = mixing.linear(mixing.mixed(frames, self._length))
        for_all = _ForAll(sound, all(frame is None for frame in frames))
        for chair in listeners:
            for_all.send(chair)


class _ForAll:
    """20 ms that many hear alike: encoded once for each kind of wire."""

    def __init__(self, linear: bytes, silent: bool) -> None:
        self._linear = linear
        self._silent = silent
        self._ready: dict[AudioFormat, bytes] = {}

    def send(self, chair: Chair) -> None:
        out = chair.outflow
        ready = b""
        if out.is_alike:
            ready = self._ready.get(out.format) or out.convert(self._linear)
            self._ready[out.format] = ready
        _send(chair, self._linear, silent=self._silent, ready=ready)


def _no_mark(_: str) -> None:
    """Nobody waits for the end of what one person is told."""


def _send(chair: Chair, linear: bytes, *, silent: bool, ready: bytes = b"") -> None:
    if sound := chair.outflow.put(linear, silent=silent, ready=ready):
        chair.play(sound)
