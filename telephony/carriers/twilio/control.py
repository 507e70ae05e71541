"""Twilio's REST API, by Twilio's own library.

https://www.twilio.com/docs/voice/api/call-resource (read 2026-11)
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests

from telephony.carrier import (
    Account,
    Bound,
    CallEvent,
    CarrierError,
    Dial,
    Field,
    OwnedNumber,
)
from telephony.carriers.twilio.callbacks import CALLBACKS, STATES

FIELDS = (
    Field("account_sid", "Account SID", help="On the console's first page."),
    Field(
        "auth_token",
        "Auth token",
        secret=True,
        help="Beside the SID. It also proves that callbacks come from Twilio.",
    ),
    Field("api_key_sid", "API key SID", required=False),
    Field("api_key_secret", "API key secret", secret=True, required=False),
    Field("region", "Region", required=False, help="us1 where left empty."),
    Field("edge", "Edge", required=False),
)
PATIENCE_S = 10.0
MOST_NUMBERS = 1_000
EVENTS = ["initiated", "ringing", "answered", "completed"]
# https://www.twilio.com/docs/api/errors
CALL_IS_OVER = 21220  # "invalid call state"
NOT_FOUND = 20404
# The library writes every request, with the numbers in it.
_quiet = logging.getLogger("telephony.carriers.twilio.http")
_quiet.setLevel(logging.WARNING)


class Control:
    """One account."""

    def __init__(self, credentials: Mapping[str, str], base_url: str = "") -> None:
        self._account = credentials.get("account_sid", "")
        key, secret = (
            credentials.get("api_key_sid"),
            credentials.get("api_key_secret"),
        )
        by_key = bool(key and secret)
        self._client = _client(
            username=key if by_key else self._account,
            password=secret if by_key else credentials.get("auth_token", ""),
            account_sid=self._account,
            region=credentials.get("region") or None,
            edge=credentials.get("edge") or None,
            http_client=_http(base_url),
        )

    def check(self) -> Account:
        """Say whose credentials these are."""
        with _asking():
            account = self._client.api.v2010.accounts(self._account).fetch()
        if account.status != "active":
            raise CarrierError(
                f"Twilio says this account is {account.status}.", permanent=True
            )
        return Account(account.friendly_name or self._account, account.sid)

    def numbers(self) -> Sequence[OwnedNumber]:
        """List the numbers of the account."""
        with _asking():
            found = self._client.incoming_phone_numbers.list(limit=MOST_NUMBERS)
        return [_number(each) for each in found]

    def bind(self, number: str, answer_url: str, status_url: str) -> Bound:
        """Send a number's calls to us, and look whether it took.

        Whoever is not answered asks at the same address again: another process takes
        the call that one has died of.
        """
        try:
            owned = self._owned(number)
            if owned is None:
                return Bound("failed", error=f"{number} is not in this Twilio account.")
            with _asking():
                owned.update(
                    voice_url=answer_url,
                    voice_method="POST",
                    voice_fallback_url=answer_url,
                    voice_fallback_method="POST",
                    status_callback=status_url,
                    status_callback_method="POST",
                )
            owned = self._owned(number)
        except CarrierError as error:
            by_hand = error.code in ("forbidden", "unauthorized")
            return Bound("manual_required" if by_hand else "failed", error=str(error))
        if owned is None or owned.voice_url != answer_url:
            return Bound("failed", error="Twilio kept another answer URL.")
        return Bound("configured", ref=owned.sid)

    def release(self, number: str, answer_url: str) -> None:
        """Send a number's calls to us no more, if they still come here."""
        owned = self._owned(number)
        if owned is not None and owned.voice_url == answer_url:
            with _asking():
                owned.update(voice_url="", voice_fallback_url="", status_callback="")

    def dial(self, wanted: Dial) -> str:
        """Place a call."""
        with _asking(once=True):
            call = self._client.calls.create(
                to=wanted.to,
                from_=wanted.from_number,
                url=wanted.answer_url,
                method="POST",
                fallback_url=wanted.answer_url,
                fallback_method="POST",
                status_callback=wanted.status_url,
                status_callback_event=EVENTS,
                status_callback_method="POST",
                timeout=wanted.ring_s,
                time_limit=wanted.longest_s,
            )
        return str(call.sid)

    def hang_up(self, call_id: str) -> None:
        """End a call; one that is over already is no error."""
        self._update(call_id, status="completed")

    def transfer(
        self, call_id: str, to: str, from_number: str, document_url: str = ""
    ) -> None:
        """Let a live call go on with somebody else."""
        twiml = CALLBACKS.bridge(to, from_number).body
        self._update(call_id, twiml=twiml, over_is_fine=False)

    def send_digits(self, call_id: str, digits: str, resume_url: str) -> None:
        """Press keys: the document that plays them ends the stream, then resumes it."""
        twiml = CALLBACKS.digits(digits, resume_url).body
        self._update(call_id, twiml=twiml, over_is_fine=False)

    def look_up(self, call_id: str) -> CallEvent:
        """Tell how a call stands."""
        with _asking():
            call = self._client.calls(call_id).fetch()
        return _event(call)

    def find(self, wanted: Dial, since: float) -> CallEvent | None:
        """Find a call that was asked for and may have happened."""
        after = datetime.fromtimestamp(since, UTC) - timedelta(seconds=5)
        with _asking():
            found = self._client.calls.list(
                to=wanted.to, from_=wanted.from_number, start_time_after=after, limit=20
            )
        for call in found:
            made = call.date_created
            if made is None or made >= after:
                return _event(call)
        return None

    def _owned(self, number: str) -> Any:
        with _asking():
            found = self._client.incoming_phone_numbers.list(
                phone_number=number, limit=20
            )
        return next((each for each in found if each.phone_number == number), None)

    def _update(
        self, call_id: str, *, over_is_fine: bool = True, **changes: str
    ) -> None:
        try:
            with _asking():
                self._client.calls(call_id).update(**changes)
        except CarrierError as error:
            if not (over_is_fine and error.code in ("not_found", "over")):
                raise


def _client(**how: Any) -> Any:
    from twilio.rest import Client  # it takes a second to import

    return Client(**how)


def _http(base_url: str) -> Any:
    from twilio.http.http_client import TwilioHttpClient

    class Http(TwilioHttpClient):  # type: ignore[misc]  # untyped
        """Bounded in time, never twice, and at the operator's own address if any."""

        def request(self, method: str, url: str, *rest: Any, **how: Any) -> Any:
            how["timeout"] = PATIENCE_S
            send: Callable[..., Any] = super().request
            return send(method, _at(url, base_url), *rest, **how)

    return Http(max_retries=0, logger=_quiet)


def _at(url: str, base_url: str) -> str:
    if not base_url:
        return url
    there, wanted = urlsplit(base_url), urlsplit(url)
    path = there.path.rstrip("/") + wanted.path
    return urlunsplit((there.scheme, there.netloc, path, wanted.query, ""))


@contextmanager
def _asking(*, once: bool = False) -> Iterator[None]:
    """Turn every failure into ours. ``once``: it must not be asked for again blindly."""
    from twilio.base.exceptions import TwilioException, TwilioRestException

    try:
        yield
    except TwilioRestException as error:
        raise _refusal(error, once=once) from error
    except requests.ConnectTimeout as error:
        raise CarrierError("Twilio cannot be reached.") from error
    except requests.ConnectionError as error:
        never_left = "NewConnectionError" in repr(error) or "refused" in repr(error)
        raise CarrierError(
            "Twilio cannot be reached.", may_have_happened=once and not never_left
        ) from error
    except (requests.RequestException, TwilioException, ValueError, KeyError) as error:
        raise CarrierError(
            "Twilio did not answer in time or answered nonsense.",
            may_have_happened=once,
        ) from error


def _refusal(error: Any, *, once: bool) -> CarrierError:
    status, said = error.status, str(error.msg)[:160]
    if status == 401:
        return CarrierError(
            "Twilio refuses the account SID or the auth token.",
            permanent=True,
            code="unauthorized",
        )
    if status == 403:
        return CarrierError(
            f"Twilio does not allow this key to do that: {said}",
            permanent=True,
            code="forbidden",
        )
    if status == 404 or error.code == NOT_FOUND:
        return CarrierError(
            "Twilio knows no such thing.", permanent=True, code="not_found"
        )
    if error.code == CALL_IS_OVER:
        return CarrierError("The call is over.", permanent=True, code="over")
    if status == 429:
        return CarrierError("Twilio asks us to wait.", code="too_many")
    if status >= 500:
        return CarrierError(f"Twilio failed ({status}).", may_have_happened=once)
    return CarrierError(f"Twilio refused: {said}", permanent=True, code="refused")


def _number(found: Any) -> OwnedNumber:
    can = found.capabilities or {}
    named = [name for name in ("voice", "sms", "mms", "fax") if can.get(name)]
    return OwnedNumber(
        found.phone_number,
        found.sid,
        found.friendly_name or "",
        tuple(named) or ("voice",),
        found.voice_url or "",
    )


def _event(call: Any) -> CallEvent:
    status = str(getattr(call.status, "value", call.status))
    length = str(call.duration or "")
    return CallEvent(
        call.sid,
        STATES.get(status),
        int(length) if length.isdigit() else None,
        answered_by=str(call.answered_by or ""),
    )
