"""The official SDK takes every body we sign, and nothing that was tampered with."""

import random
import time
from datetime import timedelta

import orjson
import pytest
from rymi import Rymi

from common import clock
from tests.doubles.receiver import SECRET
from webhooks import outbox, signing

TEXTS = ["", "é", "日本語", "😀", "\u2028", "\x1f", '"', "\\", "0", "{}", "a" * 500, "\ud7ff", "null"]  # fmt: skip
REFUSED = "(?i)signature|timestamp|old"
verify = Rymi(api_key="x").webhooks.verify_signature


def value(luck, depth=0):
    kinds = ["text", "int", "float", "bool", "none"] + (
        ["list", "dict"] if depth < 3 else []
    )
    match luck.choice(kinds):
        case "text":
            return "".join(luck.choices(TEXTS, k=luck.randrange(4)))
        case "int":
            return luck.randrange(-(2**53), 2**53)
        case "float":
            return luck.choice([0.1 + 0.2, 1e-7, 1e308, -0.0, luck.random()])
        case "bool":
            return luck.choice([True, False])
        case "none":
            return None
        case "list":
            return [value(luck, depth + 1) for _ in range(luck.randrange(5))]
        case _:
            return {
                luck.choice(TEXTS): value(luck, depth + 1)
                for _ in range(luck.randrange(5))
            }


def signed(body, secrets=(SECRET,), tries=0, now=None):
    return signing.headers(
        secrets=secrets,
        body=body.encode(),
        event="call.completed",
        delivery_id="1",
        now=now or clock.now(),
        tries=tries,
    )


def test_a_thousand_random_bodies_pass_and_none_that_was_changed():
    luck = random.Random(7)
    for number in range(1000):
        body = outbox.body_of("call.completed", {str(number): value(luck)})
        headers = signed(body)
        raw = body.encode()
        place = luck.randrange(len(raw))
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]

        assert orjson.loads(body)["data"]
        given = headers["X-Rymi-Signature"], headers["X-Rymi-Timestamp"]
        assert verify(body, *given, SECRET)
        with pytest.raises(ValueError, match=REFUSED):
            verify(changed.decode("utf-8", "surrogateescape"), *given, SECRET)


def test_a_known_answer():
    """Worked out with openssl: printf '1795529299021.{}' | openssl dgst -sha256 -hmac …"""
    made = signing.signature(SECRET, "1795529299021", b"{}")

    assert made == "e46b1660b9d77cb994789d109d865b973892266575ac86399eba1754835d1bae"


MUTATIONS = {
    "a byte of the body": lambda b, s, t, k: (b.replace("1", "2", 1), s, t, k),
    "spaces in the body": lambda b, s, t, k: (b.replace(":", ": ", 1), s, t, k),
    "nothing as the body": lambda b, s, t, k: ("", s, t, k),
    "an older moment": lambda b, s, t, k: (b, s, str(int(t) - 1), k),
    "a later moment": lambda b, s, t, k: (b, s, str(int(t) + 1000), k),
    "no moment": lambda b, s, t, k: (b, s, "", k),
    "no number as the moment": lambda b, s, t, k: (b, s, "soon", k),
    "another secret": lambda b, s, t, k: (b, s, t, "whsec_another_tenant_s"),
    "the empty secret": lambda b, s, t, k: (b, s, t, ""),
    "an empty signature": lambda b, s, t, k: (b, "", t, k),
    "a signature cut short": lambda b, s, t, k: (b, s[:-2], t, k),
    "a signature with a prefix": lambda b, s, t, k: (b, f"sha256={s}", t, k),
    "letters of another alphabet": lambda b, s, t, k: (b.replace("a", "а", 1), s, t, k),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_tampering_is_refused(mutation):
    body = outbox.body_of("call.completed", {"amount": 1})
    headers = signed(body)
    given = (body, headers["X-Rymi-Signature"], headers["X-Rymi-Timestamp"], SECRET)

    with pytest.raises(ValueError, match=REFUSED):
        verify(*MUTATIONS[mutation](*given))


def test_a_replay_after_five_minutes_is_refused():
    body = "{}"
    headers = signed(body, now=clock.now() - timedelta(seconds=301))

    with pytest.raises(ValueError, match=REFUSED):
        verify(body, headers["X-Rymi-Signature"], headers["X-Rymi-Timestamp"], SECRET)


def test_the_timestamp_is_in_milliseconds():
    assert abs(int(signed("{}")["X-Rymi-Timestamp"]) - time.time() * 1000) < 60_000


def test_two_secrets_take_turns_and_both_signatures_go_along():
    first, second = (
        signed("{}", ["new-secret", "old-secret"]),
        signed("{}", ["new-secret", "old-secret"], tries=1),
    )

    stamp = first["X-Rymi-Timestamp"]
    assert first["X-Rymi-Signature"] == signing.signature("new-secret", stamp, b"{}")
    stamp = second["X-Rymi-Timestamp"]
    assert second["X-Rymi-Signature"] == signing.signature("old-secret", stamp, b"{}")
    assert second["X-Rymi-Signature-Other"] == signing.signature(
        "new-secret", stamp, b"{}"
    )
