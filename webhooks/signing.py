"""How a letter is signed: pure.

Lower-case hex of HMAC-SHA256 over ``<timestamp>.<body>``, the timestamp in Unix
milliseconds. Receivers refuse what is older than a few minutes, so every try is signed
anew.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

SIGNATURE = "X-Rymi-Signature"
OTHER_SIGNATURE = "X-Rymi-Signature-Other"  # by the other secret, while one is replaced
TIMESTAMP = "X-Rymi-Timestamp"
EVENT = "X-Rymi-Event"
DELIVERY = "X-Rymi-Delivery"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body at a moment."""
    return hmac.new(
        secret.encode(), f"{timestamp}.".encode() + body, sha256
    ).hexdigest()


def headers(
    *,
    secrets: Sequence[str],
    body: bytes,
    event: str,
    delivery_id: str,
    now: datetime,
    tries: int = 0,
) -> dict[str, str]:
    """Return the headers of one try.

    A receiver checks one signature with one secret. While a secret is being replaced we
    cannot know which of the two it holds, so tries take turns: what the first gets
    refused, the second gets through.
    """
    timestamp = str(int(now.timestamp() * 1000))
    turn = tries % len(secrets)
    made = {
        "Content-Type": "application/json",
        SIGNATURE: signature(secrets[turn], timestamp, body),
        TIMESTAMP: timestamp,
        EVENT: event,
        DELIVERY: delivery_id,
    }
    if len(secrets) > 1:
        made[OTHER_SIGNATURE] = signature(secrets[1 - turn], timestamp, body)
    return made
