"""Plivo's REST API.

https://docs.plivo.com/docs/voice/api/call/make-a-call (read 2026-11)
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from telephony.carrier import (
    Account,
    Bound,
    CallEvent,
    CarrierError,
    Dial,
    Field,
    OwnedNumber,
    State,
)
from telephony.carrier_http import Rest
from telephony.carriers.plivo.callbacks import STATES
from telephony.phone_numbers import of_carrier

FIELDS = (
    Field("auth_id", "Auth ID", help="On the console's overview page."),
    Field("auth_token", "Auth token", secret=True),
    Field(
        "application_id",
        "Application ID",
        required=False,
        help="Where left empty, an application named Rymi is made.",
    ),
)
ADDRESS = "https://api.plivo.com"
APPLICATION = "Rymi"
PAGE, MOST_PAGES = 20, 50
CAUSES: dict[str, State] = {
    "Busy Line": "busy",
    "No Answer": "no_answer",
    "Ring Timeout Reached": "no_answer",
    "Cancelled": "canceled",
    "Cancelled (Out Of Credits)": "failed",
    "Normal Hangup": "completed",
}


class Control:
    """One account."""

    def __init__(self, credentials: Mapping[str, str], base_url: str = "") -> None:
        account, token = (
            credentials.get("auth_id", ""),
            credentials.get("auth_token", ""),
        )
        self._application = credentials.get("application_id", "")
        self._rest = Rest(
            "Plivo",
            f"{base_url or ADDRESS}/v1/Account/{account}",
            auth=(account, token),
        )

    def check(self) -> Account:
        """Say whose credentials these are."""
        found = _object(self._rest.ask("GET", "/"))
        return Account(
            str(found.get("name") or "Plivo"), str(found.get("auth_id") or "")
        )

    def numbers(self) -> Sequence[OwnedNumber]:
        """List the numbers of the account."""
        answers = {
            each["resource_uri"]: str(each.get("answer_url") or "")
            for each in self._all("/Application/")
        }
        return [_number(each, answers) for each in self._all("/Number/")]

    def bind(self, number: str, answer_url: str, status_url: str) -> Bound:
        """Send a number's calls to us, and look whether it took."""
        bare = number.removeprefix("+")
        try:
            application = self._own_application(answer_url, status_url)
            self._rest.ask("POST", f"/Number/{bare}/", json={"app_id": application})
            kept = _object(self._rest.ask("GET", f"/Number/{bare}/"))
        except CarrierError as error:
            if error.code == "not_found":
                return Bound("failed", error=f"{number} is not in this Plivo account.")
            by_hand = error.code in ("forbidden", "unauthorized")
            return Bound("manual_required" if by_hand else "failed", error=str(error))
        if f"/{application}/" not in str(kept.get("application")):
            return Bound("failed", error="Plivo kept another application.")
        return Bound("configured", ref=bare)

    def release(self, number: str, answer_url: str) -> None:
        """Send a number's calls to us no more, if they still come here."""
        for owned in self.numbers():
            if owned.number == number and owned.answer_url == answer_url:
                bare = number.removeprefix("+")
                self._rest.ask("POST", f"/Number/{bare}/", json={"app_id": ""})

    def dial(self, wanted: Dial) -> str:
        """Place a call."""
        answer = _object(
            self._rest.ask(
                "POST",
                "/Call/",
                json={
                    "from": wanted.from_number.removeprefix("+"),
                    "to": wanted.to.removeprefix("+"),
                    "answer_url": wanted.answer_url,
                    "answer_method": "POST",
                    "fallback_url": wanted.answer_url,  # another process may answer
                    "fallback_method": "POST",
                    "ring_url": wanted.status_url,
                    "ring_method": "POST",
                    "hangup_url": wanted.status_url,
                    "hangup_method": "POST",
                    "ring_timeout": wanted.ring_s,
                    "time_limit": wanted.longest_s,
                },
                once=True,
            )
        )
        placed = answer.get("request_uuid")
        if isinstance(placed, list):
            placed = placed[0] if placed else ""
        if not placed:
            raise CarrierError("Plivo took no call.", may_have_happened=True)
        return str(placed)

    def hang_up(self, call_id: str) -> None:
        """End a call; one that is over already is no error."""
        try:
            self._rest.ask("DELETE", f"/Call/{call_id}/")
        except CarrierError as error:
            if error.code != "not_found":
                raise

    def transfer(
        self, call_id: str, to: str, from_number: str, document_url: str = ""
    ) -> None:
        """Let the call ask ``document_url``, which names whom it goes on with."""
        self._rest.ask(
            "POST",
            f"/Call/{call_id}/",
            json={"legs": "aleg", "aleg_url": document_url, "aleg_method": "POST"},
        )

    def send_digits(self, call_id: str, digits: str, resume_url: str) -> None:
        """Press keys on a live call."""
        self._rest.ask(
            "POST", f"/Call/{call_id}/DTMF/", json={"digits": digits, "leg": "aleg"}
        )

    def look_up(self, call_id: str) -> CallEvent:
        """Tell how a call stands."""
        try:
            live = _object(
                self._rest.ask("GET", f"/Call/{call_id}/", query={"status": "live"})
            )
            return CallEvent(call_id, STATES.get(str(live.get("call_status"))))
        except CarrierError as error:
            if error.code != "not_found":
                raise
        return _ended(call_id, _object(self._rest.ask("GET", f"/Call/{call_id}/")))

    def find(self, wanted: Dial, since: float) -> CallEvent | None:
        """Find a call that was asked for and may have happened."""
        after = datetime.fromtimestamp(since, UTC) - timedelta(seconds=5)
        same = {
            "to_number": wanted.to.removeprefix("+"),
            "from_number": wanted.from_number.removeprefix("+"),
        }
        live = _object(
            self._rest.ask("GET", "/Call/", query={"status": "live", **same})
        )
        for call_id in live.get("calls") or []:
            return CallEvent(str(call_id), "dialed")
        over = self._rest.ask(
            "GET",
            "/Call/",
            query={**same, "end_time__gte": f"{after:%Y-%m-%d %H:%M:%S}"},
        )
        for call in _object(over).get("objects") or []:
            return _ended(str(call["call_uuid"]), call)
        return None

    def _own_application(self, answer_url: str, status_url: str) -> str:
        """Return the application whose calls come to us, made where there is none."""
        ours = {
            "answer_url": answer_url,
            "answer_method": "POST",
            "fallback_answer_url": answer_url,  # another process may answer
            "fallback_method": "POST",
            "hangup_url": status_url,
            "hangup_method": "POST",
        }
        found = self._application or next(
            (
                str(each["app_id"])
                for each in self._all("/Application/")
                if each.get("app_name") == APPLICATION
            ),
            "",
        )
        if found:
            self._rest.ask("POST", f"/Application/{found}/", json=ours)
            return found
        made = self._rest.ask(
            "POST", "/Application/", json={"app_name": APPLICATION, **ours}
        )
        return str(_object(made)["app_id"])

    def _all(self, path: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for page in range(MOST_PAGES):
            query = {"limit": PAGE, "offset": page * PAGE}
            found = _object(self._rest.ask("GET", path, query=query)).get("objects")
            rows += found or []
            if not found or len(found) < PAGE:
                break
        return rows


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise CarrierError("Plivo answered nonsense.")
    return answer


def _number(found: dict[str, Any], answers: Mapping[str, str]) -> OwnedNumber:
    can = [name for name in ("voice", "sms", "mms") if found.get(f"{name}_enabled")]
    return OwnedNumber(
        of_carrier(str(found["number"])),
        str(found["number"]),
        str(found.get("alias") or ""),
        tuple(can) or ("voice",),
        answers.get(str(found.get("application") or ""), ""),
    )


def _ended(call_id: str, call: dict[str, Any]) -> CallEvent:
    cause = str(call.get("hangup_cause_name") or "")
    was_answered = bool(call.get("answer_time"))
    length = call.get("call_duration")
    state = "completed" if was_answered else CAUSES.get(cause, "failed")
    return CallEvent(
        call_id, state, length if isinstance(length, int) else None, cause[:64]
    )
