"""Telnyx's REST API: calls are answered, streamed, handed on and ended by commands.

https://developers.telnyx.com/docs/voice/programmable-voice/media-streaming (read 2026-11)
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from telephony.carrier import (
    Account,
    Bound,
    CallEvent,
    CarrierError,
    Dial,
    Field,
    OwnedNumber,
    StreamTarget,
)
from telephony.carrier_http import Rest

FIELDS = (
    Field("api_key", "API key", secret=True, help="V2; it begins with KEY."),
    Field(
        "webhook_public_key",
        "Webhook public key",
        help="Under Keys & Credentials → Public Key. It proves that callbacks come from"
        " Telnyx.",
    ),
    Field(
        "connection_id",
        "Call Control application ID",
        required=False,
        help="Where left empty, an application named Rymi is made.",
    ),
)
ADDRESS = "https://api.telnyx.com"
APPLICATION = "Rymi"
OVER = "90018"  # "call has already ended"
PAGE = 250
BOTH_WAYS = {
    "stream_track": "inbound_track",
    "stream_bidirectional_mode": "rtp",
    "stream_bidirectional_codec": "PCMU",
}


class Control:
    """One account."""

    def __init__(self, credentials: Mapping[str, str], base_url: str = "") -> None:
        key = credentials.get("api_key", "")
        self._application = credentials.get("connection_id", "")
        self._rest = Rest(
            "Telnyx",
            f"{base_url or ADDRESS}/v2",
            headers=lambda: {"Authorization": f"Bearer {key}"},
        )

    def check(self) -> Account:
        """Say whose credentials these are. Telnyx names no account: the key works."""
        _data(self._rest.ask("GET", "/balance"))
        return Account("Telnyx account", self._application)

    def numbers(self) -> Sequence[OwnedNumber]:
        """List the numbers of the account."""
        answers = {
            str(each["id"]): str(each.get("webhook_event_url") or "")
            for each in self._list("/call_control_applications")
        }
        return [
            OwnedNumber(
                str(each["phone_number"]),
                str(each["id"]),
                answer_url=answers.get(str(each.get("connection_id") or ""), ""),
            )
            for each in self._list("/phone_numbers")
        ]

    def bind(self, number: str, answer_url: str, status_url: str) -> Bound:
        """Send a number's calls to us, and look whether it took."""
        try:
            owned = self._owned(number)
            if owned is None:
                return Bound("failed", error=f"{number} is not in this Telnyx account.")
            application = self._own_application(answer_url)
            path = f"/phone_numbers/{owned['id']}"
            self._rest.ask("PATCH", path, json={"connection_id": application})
            kept = _data(self._rest.ask("GET", path))
        except CarrierError as error:
            by_hand = error.code in ("forbidden", "unauthorized")
            return Bound("manual_required" if by_hand else "failed", error=str(error))
        if str(kept.get("connection_id")) != application:
            return Bound("failed", error="Telnyx kept another connection.")
        return Bound("configured", ref=str(kept["id"]))

    def release(self, number: str, answer_url: str) -> None:
        """Send a number's calls to us no more, if they still come here."""
        for owned in self.numbers():
            if owned.number == number and owned.answer_url == answer_url:
                path = f"/phone_numbers/{owned.ref}"
                self._rest.ask("PATCH", path, json={"connection_id": ""})

    def dial(self, wanted: Dial) -> str:
        """Place a call. The stream is opened when it is answered."""
        answer = self._rest.ask(
            "POST",
            "/calls",
            json={
                "connection_id": self._application or self._find_application(),
                "to": wanted.to,
                "from": wanted.from_number,
                "webhook_url": wanted.status_url,
                "webhook_url_method": "POST",
                "timeout_secs": wanted.ring_s,
                "time_limit_secs": wanted.longest_s,
                # Telnyx takes a command of the same id once.
                "command_id": wanted.status_url.rpartition("/")[2],
            },
            once=True,
        )
        return str(_data(answer)["call_control_id"])

    def open_stream(self, call_id: str, target: StreamTarget, *, ringing: bool) -> None:
        """Open the audio of a call; answer it first if it rings."""
        self._command(
            call_id,
            "answer" if ringing else "streaming_start",
            {
                "stream_url": target.url,
                "client_state": base64.b64encode(target.token.encode()).decode(),
                **BOTH_WAYS,
            },
        )

    def turn_away(self, call_id: str, words: str, language: str) -> None:
        """Reject a call that rings: Telnyx speaks only on answered calls, which cost."""
        self._command(call_id, "reject", {"cause": "USER_BUSY"}, over_is_fine=True)

    def hang_up(self, call_id: str) -> None:
        """End a call; one that is over already is no error."""
        self._command(call_id, "hangup", {}, over_is_fine=True)

    def transfer(
        self, call_id: str, to: str, from_number: str, document_url: str = ""
    ) -> None:
        """Let a live call go on with somebody else."""
        self._command(call_id, "transfer", {"to": to, "from": from_number})

    def send_digits(self, call_id: str, digits: str, resume_url: str) -> None:
        """Press keys on a live call."""
        self._command(call_id, "send_dtmf", {"digits": digits})

    def look_up(self, call_id: str) -> CallEvent:
        """Tell how a call stands; Telnyx knows whether it lives."""
        try:
            call = _data(self._rest.ask("GET", f"/calls/{call_id}"))
        except CarrierError as error:
            if error.code != "not_found":
                raise
            return CallEvent(call_id, "completed")
        return CallEvent(call_id, "dialed" if call.get("is_alive") else "completed")

    def find(self, wanted: Dial, since: float) -> CallEvent | None:
        """Telnyx lists no calls by number. Its callbacks come to the line's own address,
        so a call that did happen tells us so."""
        return None

    def _command(
        self,
        call_id: str,
        action: str,
        body: dict[str, Any],
        *,
        over_is_fine: bool = False,
    ) -> None:
        try:
            self._rest.ask(
                "POST", f"/calls/{call_id}/actions/{action}", json=body, over=_is_over
            )
        except CarrierError as error:
            if not (over_is_fine and error.code in ("over", "not_found")):
                raise

    def _owned(self, number: str) -> dict[str, Any] | None:
        query = {"filter[phone_number]": number}
        found = self._rest.ask("GET", "/phone_numbers", query=query)
        rows = found.get("data") if isinstance(found, dict) else None
        return next((r for r in rows or [] if r.get("phone_number") == number), None)

    def _own_application(self, answer_url: str) -> str:
        """Return the application whose calls come to us, made where there is none."""
        ours = {
            "application_name": APPLICATION,
            "webhook_event_url": answer_url,
            "webhook_event_failover_url": answer_url,  # another process may answer
            "webhook_api_version": "2",
        }
        found = self._application or self._find_application(required=False)
        if found:
            path = f"/call_control_applications/{found}"
            return str(_data(self._rest.ask("PATCH", path, json=ours))["id"])
        made = self._rest.ask("POST", "/call_control_applications", json=ours)
        return str(_data(made)["id"])

    def _find_application(self, *, required: bool = True) -> str:
        for each in self._list("/call_control_applications"):
            if each.get("application_name") == APPLICATION:
                return str(each["id"])
        if required:
            raise CarrierError(
                "There is no Call Control application to call from: bind a number first.",
                permanent=True,
            )
        return ""

    def _list(self, path: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for page in range(1, 9):
            query = {"page[size]": PAGE, "page[number]": page}
            answer = self._rest.ask("GET", path, query=query)
            found = answer.get("data") if isinstance(answer, dict) else None
            if not isinstance(found, list):
                raise CarrierError("Telnyx answered nonsense.")
            rows += found
            if len(found) < PAGE:
                break
        return rows


def _data(answer: Any) -> dict[str, Any]:
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise CarrierError("Telnyx answered nonsense.")
    return data


def _is_over(status: int, body: Any) -> bool:
    errors = body.get("errors") if isinstance(body, dict) else None
    return status == 422 and any(
        str(each.get("code")) == OVER for each in errors or [] if isinstance(each, dict)
    )
