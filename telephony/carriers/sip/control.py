"""Lines over a customer's SIP trunk, by the API of the operator's LiveKit server.

https://docs.livekit.io/telephony/ and
https://docs.livekit.io/reference/telephony/sip-api/ (read 2026-11). A line is a
participant: dialled into a room, put out of it, or referred to somebody else.
"""

import hashlib
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from livekit import api

from common import public
from telephony.carrier import (
    Account,
    Bound,
    CallEvent,
    CarrierError,
    Dial,
    Field,
    OwnedNumber,
)
from telephony.carriers.sip.callbacks import STATES, line_id
from telephony.livekit import keypads, server
from telephony.phone_numbers import normalised

FIELDS = (
    Field(
        "address",
        "SIP address",
        help="Host of your carrier's SIP server, with a port if it is not the usual one.",
    ),
    Field(
        "transport",
        "Transport",
        required=False,
        help="udp, tcp or tls; left empty, LiveKit chooses.",
    ),
    Field("username", "User name", required=False),
    Field("password", "Password", secret=True, required=False),
    Field(
        "numbers",
        "Numbers",
        long=True,
        help="The numbers of the trunk, with their country, one a line.",
    ),
    Field(
        "allowed_addresses",
        "Addresses that calls come from",
        required=False,
        long=True,
        help="IP addresses or networks, one a line. Needed where there is no user name.",
    ),
)
TRANSPORTS = {
    "": api.SIPTransport.SIP_TRANSPORT_AUTO,
    "udp": api.SIPTransport.SIP_TRANSPORT_UDP,
    "tcp": api.SIPTransport.SIP_TRANSPORT_TCP,
    "tls": api.SIPTransport.SIP_TRANSPORT_TLS,
}
OURS = "rymi"  # with what follows, the name of a trunk that we made
ROOMS = "in-"  # begins the rooms of calls that come in


class Control:
    """One trunk of one customer."""

    def __init__(self, credentials: Mapping[str, str], base_url: str = "") -> None:
        self._address = credentials.get("address", "").removeprefix("sip:")
        self._transport = credentials.get("transport", "").lower()
        self._user = credentials.get("username", "")
        self._password = credentials.get("password", "")
        self._numbers = _lines(credentials.get("numbers", ""))
        self._allowed = _lines(credentials.get("allowed_addresses", ""))
        account = "\0".join(f"{k}={v}" for k, v in sorted(credentials.items()))
        self._name = f"{OURS} {hashlib.sha256(account.encode()).hexdigest()[:24]}"

    def check(self) -> Account:
        """Look over what was typed. A trunk cannot be tried without a call."""
        _refuse(self._address, self._transport, self._numbers, self._allowed)
        if not (self._user and self._password) and not self._allowed:
            raise CarrierError(
                "Give a user name and its password, or the addresses that calls come"
                " from: else anybody could call in.",
                permanent=True,
            )
        wanted = api.ListSIPOutboundTrunkRequest()
        server.ask(lambda lk: lk.sip.list_outbound_trunk(wanted))
        host = self._address.partition(":")[0]
        return Account(f"SIP {host}", self._address[:80])

    def numbers(self) -> Sequence[OwnedNumber]:
        """List the numbers that the customer wrote down: a trunk tells none."""
        return [OwnedNumber(_number(each), label="SIP trunk") for each in self._numbers]

    def bind(self, number: str, answer_url: str, status_url: str) -> Bound:
        """Let LiveKit take the number's calls into rooms, and look whether it took."""
        if number not in {_number(each) for each in self._numbers}:
            return Bound("failed", error=f"{number} is not in this SIP trunk.")
        try:
            trunk_id = self._own_trunk(number)
            self._own_rule(number, trunk_id)
            kept = self._trunks(number)
        except CarrierError as error:
            return Bound("failed", error=str(error))
        if [each.sip_trunk_id for each in kept] != [trunk_id]:
            return Bound("failed", error="LiveKit kept another trunk for this number.")
        return Bound("configured", ref=trunk_id)

    def release(self, number: str, answer_url: str) -> None:
        """Let LiveKit take the number's calls no more."""
        for trunk in self._trunks(number):
            if trunk.name == self._name:
                self._remove(trunk.sip_trunk_id)

    def dial(self, wanted: Dial) -> str:
        """Dial somebody into a room. Whether they answer is told later."""
        asked = api.CreateSIPParticipantRequest(
            sip_trunk_id=self._own_way_out(),
            sip_call_to=wanted.to,
            sip_number=wanted.from_number,
            room_name=wanted.room,
            participant_identity=wanted.line,
            participant_name=wanted.to,
            wait_until_answered=False,
        )
        asked.ringing_timeout.seconds = wanted.ring_s
        asked.max_call_duration.seconds = wanted.longest_s
        found = server.ask(lambda lk: lk.sip.create_sip_participant(asked), once=True)
        return line_id(found.room_name, found.participant_identity)

    def hang_up(self, call_id: str) -> None:
        """End a line; one that is over already is no error."""
        try:
            where = self._where(call_id)
            if where is not None:
                server.ask(lambda lk: lk.room.remove_participant(where))
        except CarrierError as error:
            if error.code != "not_found":
                raise

    def transfer(
        self, call_id: str, to: str, from_number: str, document_url: str = ""
    ) -> None:
        """Let a line go on with somebody else (REFER)."""
        where = self._where(call_id)
        if where is None:
            raise CarrierError("The call is over.", permanent=True, code="over")
        asked = api.TransferSIPParticipantRequest(
            participant_identity=where.identity,
            room_name=where.room,
            transfer_to=to if to.startswith("sip:") else f"tel:{to}",
            play_dialtone=True,
        )
        server.ask(lambda lk: lk.sip.transfer_sip_participant(asked), once=True)

    def send_digits(self, call_id: str, digits: str, resume_url: str) -> None:
        """Let the agent in the line's room press keys; w waits for half a second."""
        press = keypads.find(call_id.partition("/")[0])
        if press is None:
            raise CarrierError(
                "Keys can be pressed by the process alone that carries the call.",
                permanent=True,
                code="refused",
            )
        press(digits)

    def look_up(self, call_id: str) -> CallEvent:
        """Tell how a line stands."""
        found = self._present(call_id)
        if found is None:
            return CallEvent(call_id, "completed")
        status = found.attributes.get("sip.callStatus", "")
        return CallEvent(call_id, STATES.get(status))

    def find(self, wanted: Dial, since: float) -> CallEvent | None:
        """Find a line that was asked for and may have happened: it has our own name."""
        call_id = line_id(wanted.room, wanted.line)
        return self.look_up(call_id) if self._present(call_id) else None

    # ---- the parts

    def _present(self, call_id: str) -> Any:
        """Return the participant that a line is; None: it is gone."""
        room, _, identity = call_id.partition("/")
        try:
            if identity:
                asked = api.RoomParticipantIdentity(room=room, identity=identity)
                return server.ask(lambda lk: lk.room.get_participant(asked))
            everybody = api.ListParticipantsRequest(room=room)
            found = server.ask(lambda lk: lk.room.list_participants(everybody))
        except CarrierError as error:
            if error.code != "not_found":
                raise
            return None
        lines = (
            p for p in found.participants if p.kind == api.ParticipantInfo.Kind.SIP
        )
        return next(lines, None)

    def _where(self, call_id: str) -> Any:
        """Return how LiveKit's requests name a line; None: it is gone."""
        room, _, identity = call_id.partition("/")
        if not identity:
            found = self._present(call_id)
            identity = found.identity if found else ""
        if not identity:
            return None
        return api.RoomParticipantIdentity(room=room, identity=identity)

    def _trunks(self, number: str) -> list[Any]:
        """Return the trunks that take a number's calls."""
        asked = api.ListSIPInboundTrunkRequest(numbers=[number])
        found = server.ask(lambda lk: lk.sip.list_inbound_trunk(asked)).items
        return [each for each in found if number in each.numbers]

    def _own_trunk(self, number: str) -> str:
        """Return the trunk of the number with these credentials, made if need be."""
        for trunk in self._trunks(number):
            if trunk.name == self._name:
                return str(trunk.sip_trunk_id)
            if not trunk.name.startswith(f"{OURS} "):
                raise CarrierError(
                    f"Another trunk of the LiveKit server has {number}.", permanent=True
                )
            self._remove(trunk.sip_trunk_id)  # of credentials that are no more
        asked = api.CreateSIPInboundTrunkRequest(
            trunk=api.SIPInboundTrunkInfo(
                name=self._name,
                numbers=[number],
                allowed_addresses=self._allowed,
                auth_username=self._user if self._password else "",
                auth_password=self._password if self._user else "",
            )
        )
        made = server.ask(lambda lk: lk.sip.create_inbound_trunk(asked))
        return str(made.sip_trunk_id)

    def _own_rule(self, number: str, trunk_id: str) -> None:
        """Give each call that comes in a room of its own."""
        asked = api.ListSIPDispatchRuleRequest(trunk_ids=[trunk_id])
        found = server.ask(lambda lk: lk.sip.list_dispatch_rule(asked)).items
        if any(trunk_id in each.trunk_ids for each in found):
            return
        # Named after our number and not after the caller's, which would be kept here.
        each_alone = api.SIPDispatchRule(
            dispatch_rule_callee=api.SIPDispatchRuleCallee(
                room_prefix=ROOMS, randomize=True
            )
        )
        rule = api.CreateSIPDispatchRuleRequest(
            dispatch_rule=api.SIPDispatchRuleInfo(
                rule=each_alone, trunk_ids=[trunk_id], name=f"{OURS} {number}"
            )
        )
        server.ask(lambda lk: lk.sip.create_dispatch_rule(rule))

    def _own_way_out(self) -> str:
        """Return the trunk that calls go out by, made if need be."""
        everything = api.ListSIPOutboundTrunkRequest()
        found = server.ask(lambda lk: lk.sip.list_outbound_trunk(everything)).items
        for trunk in found:
            if trunk.name == self._name:
                return str(trunk.sip_trunk_id)
        asked = api.CreateSIPOutboundTrunkRequest(
            trunk=api.SIPOutboundTrunkInfo(
                name=self._name,
                address=self._address,
                transport=TRANSPORTS[self._transport],
                numbers=[_number(each) for each in self._numbers],
                auth_username=self._user,
                auth_password=self._password,
            )
        )
        made = server.ask(lambda lk: lk.sip.create_outbound_trunk(asked))
        return str(made.sip_trunk_id)

    def _remove(self, trunk_id: str) -> None:
        asked = api.ListSIPDispatchRuleRequest(trunk_ids=[trunk_id])
        for rule in server.ask(lambda lk: lk.sip.list_dispatch_rule(asked)).items:
            if list(rule.trunk_ids) == [trunk_id]:
                _remove_rule(rule.sip_dispatch_rule_id)
        trunk = api.DeleteSIPTrunkRequest(sip_trunk_id=trunk_id)
        server.ask(lambda lk: lk.sip.delete_trunk(trunk))


def _remove_rule(rule_id: str) -> None:
    asked = api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule_id)
    server.ask(lambda lk: lk.sip.delete_dispatch_rule(asked))


def _lines(text: str) -> list[str]:
    return [
        each.strip() for each in text.replace(",", "\n").splitlines() if each.strip()
    ]


def _number(text: str) -> str:
    return normalised(text) or text


def _refuse(
    address: str, transport: str, numbers: list[str], allowed: list[str]
) -> None:
    """Raise ``CarrierError`` for what cannot be meant, or may not be called."""
    host, _, port = address.partition(":")
    named = host.rstrip(".").lower()
    literal = public.literal(named)
    inside = named == "localhost" or named.endswith(
        (".local", ".internal", ".localhost")
    )
    if (literal and not public.may_call(literal)) or inside or "." not in named:
        raise CarrierError(
            f"{host[:80]} is no host on the public internet.", permanent=True
        )
    if port and not (port.isdigit() and 0 < int(port) < 65_536):
        raise CarrierError(f"{port[:20]} is no port.", permanent=True)
    if transport not in TRANSPORTS:
        raise CarrierError("The transport is udp, tcp or tls.", permanent=True)
    for each in numbers:
        if normalised(each) is None:
            raise CarrierError(
                f"“{each[:40]}” is not a number with its country.", permanent=True
            )
    for each in allowed:
        try:
            ip_network(each, strict=False)
        except ValueError:
            raise CarrierError(
                f"“{each[:40]}” is no IP address or network.", permanent=True
            ) from None
