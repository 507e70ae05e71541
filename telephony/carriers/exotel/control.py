"""Exotel's REST API: calls are placed into a flow whose Voicebot applet asks us.

https://developer.exotel.com/docs/voice-v1/api-reference/outgoing-call-to-flow,
https://developer.exotel.com/api/call-details and
https://developer.exotel.com/api/exophone-details (read 2026-11). No request ends a live
call, hands it on or presses keys: a call ends with its stream, and a Connect applet behind
the Voicebot applet hands it on.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

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
from telephony.carriers.exotel.callbacks import STATES, e164

HOSTS = ("api.exotel.com", "api.in.exotel.com")
FIELDS = (
    Field("account_sid", "Account SID", help="Under Settings → API Settings."),
    Field("api_key", "API key"),
    Field("api_token", "API token", secret=True),
    Field(
        "app_id",
        "Flow ID",
        help="Of a flow in App Bazaar that begins with a Voicebot applet. Calls come in"
        " and go out through it.",
    ),
    Field(
        "subdomain",
        "API host",
        required=False,
        help="api.exotel.com (Singapore) where left empty, or api.in.exotel.com (Mumbai).",
    ),
    Field(
        "connect_applet",
        "Hands over",
        required=False,
        help="Write yes when a Connect applet stands behind the Voicebot applet and asks"
        " the answer URL with /resume before the question mark. Without one calls cannot"
        " be handed over to people.",
    ),
)
PAGE, MOST_PAGES = 50, 20
LONGEST_S = 14_400
EVENTS = {"StatusCallbackEvents[0]": "answered", "StatusCallbackEvents[1]": "terminal"}


class Control:
    """One account and one flow of it."""

    def __init__(self, credentials: Mapping[str, str], base_url: str = "") -> None:
        self._host = credentials.get("subdomain") or HOSTS[0]
        self._account = credentials.get("account_sid", "")
        self._flow = credentials.get("app_id", "")
        self._hands_over = credentials.get("connect_applet", "").lower() == "yes"
        name = quote(self._account, safe="")
        self._flow_url = f"http://my.exotel.com/{name}/exoml/start_voice/{quote(self._flow, safe='')}"
        address = base_url or f"https://{self._host}"
        auth = (credentials.get("api_key", ""), credentials.get("api_token", ""))
        self._calls = Rest("Exotel", f"{address}/v1/Accounts/{name}", auth=auth)
        self._phones = Rest("Exotel", f"{address}/v2_beta/Accounts/{name}", auth=auth)

    def check(self) -> Account:
        """Say whose credentials these are."""
        if self._host not in HOSTS:
            raise CarrierError(
                f"Exotel's API hosts are {' and '.join(HOSTS)}.", permanent=True
            )
        found = _object(self._calls.ask("GET", "/Calls.json", query={"PageSize": 1}))
        if not isinstance(found.get("Calls"), list):
            raise CarrierError("Exotel answered nonsense.")
        return Account("Exotel account", self._account)

    def numbers(self) -> Sequence[OwnedNumber]:
        """List the numbers of the account. Where a flow's applet leads nobody can see."""
        return [_number(each) for each in self._all_numbers()]

    def bind(self, number: str, answer_url: str, status_url: str) -> Bound:
        """Lead a number to the flow. Its applet is the customer's to fill in, and cannot
        be read: the first call that comes proves it."""
        try:
            owned = self._owned(number)
            if owned is None:
                return Bound("failed", error=f"{number} is not in this Exotel account.")
            reference = str(owned["sid"])
            if not self._leads_here(owned):
                path = f"/IncomingPhoneNumbers/{quote(reference, safe='')}"
                self._phones.ask("PUT", path, form={"VoiceUrl": self._flow_url})
                owned = self._owned(number) or {}
        except CarrierError as error:
            by_hand = error.code in ("forbidden", "unauthorized")
            return Bound("manual_required" if by_hand else "failed", error=str(error))
        if not self._leads_here(owned):
            return Bound("failed", error="Exotel kept another flow.")
        return Bound(
            "manual_required",
            reference,
            f"The number leads to flow {self._flow}. Whether its Voicebot applet has the"
            " answer URL only a call can tell: the first one that comes proves it.",
        )

    def release(self, number: str, answer_url: str) -> None:
        """Nothing: a number needs a flow, and which it had before is not known."""

    def dial(self, wanted: Dial) -> str:
        """Place a call; who answers gets into the flow, whose applet asks us."""
        answer = self._calls.ask(
            "POST",
            "/Calls/connect.json",
            form={
                "From": wanted.to,  # who is called first, and here alone
                "CallerId": wanted.from_number,
                "Url": self._flow_url,
                "CallType": "trans",
                "TimeOut": wanted.ring_s,
                "TimeLimit": min(wanted.longest_s, LONGEST_S),
                "StatusCallback": wanted.status_url,
                "CustomField": _leg_of(wanted.status_url),
                **EVENTS,
            },
            once=True,
        )
        return str(_call(answer, once=True)["Sid"])

    def hang_up(self, call_id: str) -> None:
        """Nothing: a call ends with its stream, and that is ours to close."""

    def transfer(
        self, call_id: str, to: str, from_number: str, document_url: str = ""
    ) -> None:
        """Leave it to the Connect applet, which asks when the stream has ended."""
        if not self._hands_over:
            raise CarrierError(
                "Exotel hands calls over by a Connect applet behind the Voicebot applet."
                " Add one, and write yes under Hands over.",
                permanent=True,
                code="refused",
            )

    def send_digits(self, call_id: str, digits: str, resume_url: str) -> None:
        """Refuse: Exotel has no request for it."""
        raise CarrierError(
            "Exotel presses no keys on a live call.", permanent=True, code="refused"
        )

    def look_up(self, call_id: str) -> CallEvent:
        """Tell how a call stands."""
        path = f"/Calls/{quote(call_id, safe='')}.json"
        call = _call(self._calls.ask("GET", path))
        length = str(call.get("Duration") or "")
        return CallEvent(
            call_id,
            STATES.get(str(call.get("Status"))),
            int(length) if length.isdigit() and len(length) < 8 else None,
        )

    def find(self, wanted: Dial, since: float) -> CallEvent | None:
        """Exotel's lists tell times without their zone. Its callbacks come to the line's
        own address, so a call that did happen tells us so."""
        return None

    def _leads_here(self, owned: Mapping[str, Any]) -> bool:
        kept = str(owned.get("voice_url") or "").rstrip("/")
        return bool(self._flow) and kept.rpartition("/")[2] == self._flow

    def _owned(self, number: str) -> dict[str, Any] | None:
        owned = self._all_numbers()
        return next((n for n in owned if e164(str(n["phone_number"])) == number), None)

    def _all_numbers(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for page in range(MOST_PAGES):
            query = {"Page": page, "PageSize": PAGE}
            answer = self._phones.ask("GET", "/IncomingPhoneNumbers", query=query)
            found = _object(answer).get("incoming_phone_numbers")
            if not isinstance(found, list):
                raise CarrierError("Exotel answered nonsense.")
            rows += found
            if not answer.get("next_page_uri") or not found:
                break
        return rows


def _leg_of(status_url: str) -> str:
    """Return the line that a status address is of, which applets then hand on."""
    return status_url.partition("?")[0].rpartition("/")[2]


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise CarrierError("Exotel answered nonsense.")
    return answer


def _call(answer: Any, *, once: bool = False) -> dict[str, Any]:
    found = answer.get("Call") if isinstance(answer, dict) else None
    if not isinstance(found, dict) or not found.get("Sid"):
        raise CarrierError("Exotel answered nonsense.", may_have_happened=once)
    return found


def _number(found: Mapping[str, Any]) -> OwnedNumber:
    can = found.get("capabilities") or {}
    named = tuple(name for name in ("voice", "sms") if can.get(name))
    return OwnedNumber(
        e164(str(found["phone_number"])),
        str(found["sid"]),
        str(found.get("friendly_name") or ""),
        named or ("voice",),
        str(found.get("voice_url") or ""),
    )
