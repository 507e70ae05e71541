"""Vonage's REST APIs: calls by a token of the application, the account by its key.

https://developer.vonage.com/en/voice/voice-api/webhook-reference (read 2026-11)
"""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from common import ids
from telephony.carrier import (
    Account,
    Bound,
    CallEvent,
    CarrierError,
    Dial,
    Field,
    OwnedNumber,
)
from telephony.carrier_http import Rest
from telephony.carriers.vonage.callbacks import STATES, bridged
from telephony.phone_numbers import country, of_carrier

FIELDS = (
    Field("api_key", "API key", help="On the dashboard's first page."),
    Field("api_secret", "API secret", secret=True),
    Field(
        "application_id",
        "Application ID",
        required=False,
        help="Of a Voice application. Calls can be placed only with it and its key.",
    ),
    Field(
        "private_key", "Private key", secret=True, required=False, long=True,
        help="The PEM file that was made with the application.",
    ),
    Field(
        "signature_secret",
        "Signature secret",
        secret=True,
        required=False,
        help="Under API settings. It proves that callbacks come from Vonage.",
    ),
)  # fmt: skip
CALLS, ACCOUNT = "https://api.nexmo.com", "https://rest.nexmo.com"
APPLICATION = "Rymi"
PAGE = 100
TOKEN_S = 300


class Control:
    """One account and its application."""

    def __init__(self, credentials: Mapping[str, str], base_url: str = "") -> None:
        self._key = credentials.get("api_key", "")
        self._application = credentials.get("application_id", "")
        self._private_key = credentials.get("private_key", "").replace("\\n", "\n")
        basic = (self._key, credentials.get("api_secret", ""))
        self._account = Rest("Vonage", base_url or ACCOUNT, auth=basic)
        self._applications = Rest("Vonage", base_url or CALLS, auth=basic)
        self._calls = Rest("Vonage", base_url or CALLS, headers=self._bearer)

    def check(self) -> Account:
        """Say whose credentials these are."""
        _object(self._account.ask("GET", "/account/numbers", query={"size": 1}))
        if self._application or self._private_key:
            self._calls.ask("GET", "/v1/calls", query={"page_size": 1})
        return Account(f"Vonage {self._key}", self._key)

    def numbers(self) -> Sequence[OwnedNumber]:
        """List the numbers of the account."""
        answers = {
            str(each["id"]): _answer_url(each) for each in self._all_applications()
        }
        return [_number(each, answers) for each in self._all_numbers()]

    def bind(self, number: str, answer_url: str, status_url: str) -> Bound:
        """Send a number's calls to us, and look whether it took."""
        try:
            owned = self._owned(number)
            if owned is None:
                return Bound("failed", error=f"{number} is not in this Vonage account.")
            application = self._own_application(answer_url, status_url)
            self._update(owned, application)
            owned = self._owned(number)
        except CarrierError as error:
            by_hand = error.code in ("forbidden", "unauthorized")
            return Bound("manual_required" if by_hand else "failed", error=str(error))
        if owned is None or owned.get("app_id") != application:
            return Bound("failed", error="Vonage kept another application.")
        return Bound("configured", ref=str(owned["msisdn"]))

    def release(self, number: str, answer_url: str) -> None:
        """Send a number's calls to us no more, if they still come here."""
        for owned in self.numbers():
            if owned.number == number and owned.answer_url == answer_url:
                found = self._owned(number)
                if found:
                    self._update(found, "")

    def dial(self, wanted: Dial) -> str:
        """Place a call."""
        answer = self._calls.ask(
            "POST",
            "/v1/calls",
            json={
                "to": [{"type": "phone", "number": wanted.to.removeprefix("+")}],
                "from": {
                    "type": "phone",
                    "number": wanted.from_number.removeprefix("+"),
                },
                "answer_url": [wanted.answer_url],
                "answer_method": "POST",
                "event_url": [wanted.status_url],
                "event_method": "POST",
                "ringing_timer": wanted.ring_s,
                "length_timer": min(wanted.longest_s, 7_200),
            },
            once=True,
        )
        return str(_object(answer)["uuid"])

    def hang_up(self, call_id: str) -> None:
        """End a call; one that is over already is no error."""
        try:
            self._change(call_id, {"action": "hangup"})
        except CarrierError as error:
            if error.code not in ("not_found", "refused"):
                raise

    def transfer(
        self, call_id: str, to: str, from_number: str, document_url: str = ""
    ) -> None:
        """Let a live call go on with somebody else."""
        destination = {"type": "ncco", "ncco": [bridged(to, from_number)]}
        self._change(call_id, {"action": "transfer", "destination": destination})

    def send_digits(self, call_id: str, digits: str, resume_url: str) -> None:
        """Press keys on a live call."""
        keys = digits.replace("w", "p")  # its pause of half a second
        self._calls.ask("PUT", f"/v1/calls/{call_id}/dtmf", json={"digits": keys})

    def look_up(self, call_id: str) -> CallEvent:
        """Tell how a call stands."""
        return _event(_object(self._calls.ask("GET", f"/v1/calls/{call_id}")))

    def find(self, wanted: Dial, since: float) -> CallEvent | None:
        """Find a call that was asked for and may have happened."""
        after = datetime.fromtimestamp(since, UTC) - timedelta(seconds=5)
        query = {"date_start": f"{after:%Y-%m-%dT%H:%M:%SZ}", "page_size": PAGE}
        found = _object(self._calls.ask("GET", "/v1/calls", query=query))
        for call in found.get("_embedded", {}).get("calls", []):
            to, from_number = call.get("to", {}), call.get("from", {})
            if (
                of_carrier(str(to.get("number"))) == wanted.to
                and of_carrier(str(from_number.get("number"))) == wanted.from_number
            ):
                return _event(call)
        return None

    # ---- the parts

    def _bearer(self) -> Mapping[str, str]:
        if not (self._application and self._private_key):
            raise CarrierError(
                "Vonage needs the application ID and its private key for that.",
                permanent=True,
                code="unauthorized",
            )
        now = int(time.time())
        claims = {
            "application_id": self._application,
            "iat": now,
            "exp": now + TOKEN_S,
            "jti": str(ids.new()),
        }
        try:
            token = jwt.encode(claims, self._private_key, algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise CarrierError(
                "The private key is no PEM of an RSA key.",
                permanent=True,
                code="unauthorized",
            ) from error
        return {"Authorization": f"Bearer {token}"}

    def _change(self, call_id: str, body: dict[str, Any]) -> None:
        self._calls.ask("PUT", f"/v1/calls/{call_id}", json=body)

    def _owned(self, number: str) -> dict[str, Any] | None:
        bare = number.removeprefix("+")
        query = {"pattern": bare, "search_pattern": 0, "size": 10}
        found = _object(self._account.ask("GET", "/account/numbers", query=query))
        rows = found.get("numbers") or []
        return next((row for row in rows if row.get("msisdn") == bare), None)

    def _update(self, owned: Mapping[str, Any], application: str) -> None:
        form = {
            "country": owned.get("country") or country(f"+{owned['msisdn']}"),
            "msisdn": owned["msisdn"],
            "app_id": application,
        }
        self._account.ask("POST", "/number/update", form=form)

    def _own_application(self, answer_url: str, status_url: str) -> str:
        """Return the application whose calls come to us, made where there is none."""
        answers = {"address": answer_url, "http_method": "POST"}
        webhooks = {
            "answer_url": answers,
            "fallback_answer_url": answers,  # another process may answer
            "event_url": {"address": status_url, "http_method": "POST"},
        }
        voice = {"webhooks": webhooks, "signed_callbacks": True}
        known = self._all_applications()
        found = next((a for a in known if a["id"] == self._application), None) or next(
            (a for a in known if a.get("name") == APPLICATION), None
        )
        body = {
            "name": found["name"] if found else APPLICATION,
            "capabilities": {
                **((found or {}).get("capabilities") or {}),
                "voice": voice,
            },
        }
        if found:
            path = f"/v2/applications/{found['id']}"
            return str(_object(self._applications.ask("PUT", path, json=body))["id"])
        made = self._applications.ask("POST", "/v2/applications", json=body)
        return str(_object(made)["id"])

    def _all_applications(self) -> list[dict[str, Any]]:
        answer = self._applications.ask(
            "GET", "/v2/applications", query={"page_size": PAGE}
        )
        found = _object(answer).get("_embedded", {}).get("applications", [])
        return list(found)

    def _all_numbers(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for page in range(1, 21):
            query = {"size": PAGE, "index": page}
            answer = _object(self._account.ask("GET", "/account/numbers", query=query))
            found = answer.get("numbers") or []
            rows += found
            if len(found) < PAGE:
                break
        return rows


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise CarrierError("Vonage answered nonsense.")
    return answer


def _answer_url(application: Mapping[str, Any]) -> str:
    voice = (application.get("capabilities") or {}).get("voice") or {}
    return str((voice.get("webhooks") or {}).get("answer_url", {}).get("address") or "")


def _number(found: Mapping[str, Any], answers: Mapping[str, str]) -> OwnedNumber:
    features = tuple(str(each).lower() for each in found.get("features") or ())
    return OwnedNumber(
        of_carrier(str(found["msisdn"])),
        str(found["msisdn"]),
        capabilities=features or ("voice",),
        answer_url=answers.get(str(found.get("app_id") or ""), ""),
    )


def _event(call: Mapping[str, Any]) -> CallEvent:
    length = str(call.get("duration") or "")
    return CallEvent(
        str(call["uuid"]),
        STATES.get(str(call.get("status"))),
        int(length) if length.isdigit() else None,
    )
