"""Twilio between a SIP telephone and us: whoever calls it by SIP (RFC 3261) and RTP with
PCMU (RFC 3551) reaches our webhook and our media stream.

One call at a time, on loopback, without registration: what a softphone needs to dial, talk
and hang up. The rest is Twilio's double.
"""

import asyncio
import itertools
import re
import struct
import time
from dataclasses import dataclass, field

from tests.telephony.phone import FRAME, FRAME_S, SILENCE, Phone

HOST = "127.0.0.1"
PCMU = 0
RTP = struct.Struct("!BBHII")


def headers_of(text):
    """Return a message's first line, its headers by lower name, and its body."""
    head, _, body = text.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    found = {}
    for line in lines:
        name, _, value = line.partition(":")
        found.setdefault(name.strip().lower(), []).append(value.strip())
    return first, found, body


@dataclass
class Dialog:
    """One call by SIP."""

    invite: dict
    peer: tuple  # where SIP goes
    media: tuple  # where its RTP goes
    caller: str
    number: str
    tag: str
    last: bytes = b""  # our last answer, for an INVITE that comes again
    over: asyncio.Event = field(default_factory=asyncio.Event)
    rtp: "Rtp | None" = None
    hung_up_by: str = ""
    byes: itertools.count = field(default_factory=lambda: itertools.count(1))


class Rtp(asyncio.DatagramProtocol):
    """Audio to and from the telephone, 20 ms a packet."""

    def __init__(self, peer):
        self.peer = peer
        self.transport = None
        self.hear = lambda audio: None
        self.outgoing = bytearray()
        self.came = 0
        self._sequence = itertools.count(1)

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        if len(data) > RTP.size and data[1] & 0x7F == PCMU:
            self.came += 1
            self.hear(data[RTP.size + 4 * (data[0] & 0x0F) :])

    async def play(self):
        """Send what there is to say in real time, and silence else."""
        loop = asyncio.get_running_loop()
        at = loop.time()
        while True:
            frame = bytes(self.outgoing[:FRAME]).ljust(FRAME, SILENCE)
            del self.outgoing[:FRAME]
            number = next(self._sequence)
            head = RTP.pack(0x80, PCMU, number & 0xFFFF, number * FRAME, 0x52796D69)
            self.transport.sendto(head + frame, self.peer)
            at += FRAME_S
            await asyncio.sleep(max(0, at - loop.time()))


class Handset(Phone):
    """Twilio's end of the stream, whose ear and mouth are the SIP telephone's."""

    def bridge(self, rtp):
        self._talking.cancel()  # the telephone gives the beat
        self.rtp = rtp
        rtp.hear = self.say

    def say(self, audio):
        self._speech += audio
        while len(self._speech) >= FRAME:
            frame = bytes(self._speech[:FRAME])
            del self._speech[:FRAME]
            self._echoes.add(asyncio.ensure_future(self.send(self.media(frame))))

    def _take(self, message):
        super()._take(message)
        if message["event"] == "clear":
            self.rtp.outgoing.clear()

    def play(self, audio):
        self.rtp.outgoing += audio


class Trunk(asyncio.DatagramProtocol):
    """A SIP port. ``ring(dialog)`` says which stream a call opens: (socket port, URL,
    token, the call's id)."""

    def __init__(self, ring, over):
        self.ring, self.over = ring, over
        self.transport = None
        self.dialogs = {}
        self.complaints = []
        self._tasks = set()

    @classmethod
    async def open(cls, ring, over):
        loop = asyncio.get_running_loop()
        _, trunk = await loop.create_datagram_endpoint(
            lambda: cls(ring, over), local_addr=(HOST, 0)
        )
        return trunk

    @property
    def port(self):
        return self.transport.get_extra_info("sockname")[1]

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        if not data.strip():  # a keep-alive
            return
        first, headers, body = headers_of(data.decode())
        if first.startswith("SIP/2.0"):
            return  # the answer to our BYE
        method = first.split()[0]
        dialog = self.dialogs.get(headers["call-id"][0])
        if method == "INVITE" and dialog is None:
            self._begin(headers, body, address)
        elif method == "INVITE":
            self.transport.sendto(dialog.last, address)
        elif method in ("BYE", "CANCEL") and dialog is not None:
            self._answer(headers, address, "200 OK", dialog.tag)
            dialog.hung_up_by = dialog.hung_up_by or "caller"
            dialog.over.set()
        elif method != "ACK":
            self._answer(headers, address, "405 Method Not Allowed", "none")

    def _begin(self, headers, body, address):
        host = re.search(r"^c=IN IP4 (\S+)", body, re.M).group(1)
        port, formats = re.search(r"^m=audio (\d+) RTP/AVP (.*)$", body, re.M).groups()
        assert str(PCMU) in formats.split(), formats
        dialog = Dialog(
            headers,
            address,
            (host, int(port)),
            caller=re.search(r"sip:([^@>]+)@", headers["from"][0]).group(1),
            number=re.search(r"sip:([^@>]+)@", headers["to"][0]).group(1),
            tag=f"t{time.monotonic_ns():x}",
        )
        self.dialogs[headers["call-id"][0]] = dialog
        self._answer(headers, address, "100 Trying", dialog.tag)
        task = asyncio.ensure_future(self._carry(dialog))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task):
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.complaints.append(repr(error))

    async def _carry(self, dialog):
        loop = asyncio.get_running_loop()
        _, rtp = await loop.create_datagram_endpoint(
            lambda: Rtp(dialog.media), local_addr=(HOST, 0)
        )
        dialog.rtp = rtp
        self._say(dialog, "180 Ringing")
        stream = await self.ring(dialog)
        if stream is None:
            self._say(dialog, "486 Busy Here")
            rtp.transport.close()
            return
        handset = await Handset.connect(*stream)
        handset.bridge(rtp)
        self._say(dialog, "200 OK", self._description(rtp))
        playing = asyncio.ensure_future(rtp.play())
        gone = asyncio.ensure_future(handset.cut_off(600))
        left = asyncio.ensure_future(dialog.over.wait())
        await asyncio.wait((gone, left), return_when=asyncio.FIRST_COMPLETED)
        if not dialog.over.is_set():
            dialog.hung_up_by = "agent"
            self._bye(dialog)
        else:
            await handset.hang_up()
        playing.cancel()
        gone.cancel()
        left.cancel()
        rtp.transport.close()
        await self.over(dialog)

    def _description(self, rtp):
        port = rtp.transport.get_extra_info("sockname")[1]
        return "\r\n".join(
            (
                "v=0",
                f"o=trunk 1 1 IN IP4 {HOST}",
                "s=-",
                f"c=IN IP4 {HOST}",
                "t=0 0",
                f"m=audio {port} RTP/AVP {PCMU}",
                "a=rtpmap:0 PCMU/8000",
                "a=ptime:20",
                "a=sendrecv",
                "",
            )
        )

    def _say(self, dialog, status, body=""):
        dialog.last = self._answer(dialog.invite, dialog.peer, status, dialog.tag, body)

    def _answer(self, headers, address, status, tag, body=""):
        to = headers["to"][0]
        lines = [f"SIP/2.0 {status}"]
        lines += [f"Via: {via}" for via in headers["via"]]
        lines += [
            f"From: {headers['from'][0]}",
            f"To: {to}"
            if "tag=" in to or status.startswith("100")
            else f"To: {to};tag={tag}",
            f"Call-ID: {headers['call-id'][0]}",
            f"CSeq: {headers['cseq'][0]}",
            f"Contact: <sip:{HOST}:{self.port}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
            "",
            body,
        ]
        data = "\r\n".join(lines).encode()
        self.transport.sendto(data, address)
        return data

    def _bye(self, dialog):
        target = re.search(r"<([^>]+)>", dialog.invite["contact"][0]).group(1)
        to = dialog.invite["to"][0]
        lines = (
            f"BYE {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST}:{self.port};branch=z9hG4bK{dialog.tag}",
            "Max-Forwards: 70",
            f"From: {to};tag={dialog.tag}",
            f"To: {dialog.invite['from'][0]}",
            f"Call-ID: {dialog.invite['call-id'][0]}",
            f"CSeq: {next(dialog.byes)} BYE",
            "Content-Length: 0",
            "",
            "",
        )
        self.transport.sendto("\r\n".join(lines).encode(), dialog.peer)

    async def close(self):
        for dialog in self.dialogs.values():
            dialog.over.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)
        self.transport.close()
