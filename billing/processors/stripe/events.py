"""Stripe's signed events: told apart from forgeries, read down to what they are about."""

import re
from typing import Any

import orjson
from stripe import SignatureVerificationError, WebhookSignature

from billing.processors.port import Forged, Told

TOLERANCE_S = 300


def read(body: bytes, header: str, *, secrets: list[str], now: float) -> Told:
    """Return what an event is about, or raise ``Forged``."""
    _check_moment(header, now)
    _check_signature(body, header, secrets)
    try:
        event = orjson.loads(body)
        about = event["data"]["object"]
        return Told(
            id=_text(event["id"]),
            type=_text(event["type"])[:80],
            object_id=_text(about.get("id")),
            intent_id=_intent(about),
            payment_key=_text((about.get("metadata") or {}).get("payment_id"))[:64],
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise Forged("The body is no event.") from None


def _check_moment(header: str, now: float) -> None:
    """Refuse the future as well: Stripe's own check lets it pass (seen in 16.1.0)."""
    found = re.search(r"(?:^|,)t=(\d{1,12})(?:,|$)", header)
    if found is None:
        raise Forged("There is no signature.")
    if abs(int(found[1]) - now) > TOLERANCE_S:
        raise Forged(
            "The signature is not of these minutes. Check this server's clock."
        )


def _check_signature(body: bytes, header: str, secrets: list[str]) -> None:
    for secret in secrets:
        try:
            WebhookSignature.verify_header(body, header, secret)
        except (SignatureVerificationError, UnicodeDecodeError):
            continue
        return
    raise Forged("The signature does not fit. Compare the endpoint's signing secret.")


def _intent(about: dict[str, Any]) -> str:
    if about.get("object") == "payment_intent":
        return _text(about.get("id"))
    intent = about.get("payment_intent")
    return _text(intent.get("id") if isinstance(intent, dict) else intent)


def _text(value: Any) -> str:
    return value[:120] if isinstance(value, str) else ""
