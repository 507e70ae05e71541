"""A receiver in Node takes every body we sign, and nothing that was tampered with (R7)."""

import base64
import json
import random
import shutil
import subprocess
import warnings
from datetime import timedelta
from pathlib import Path

import pytest

from common import clock
from tests.doubles.receiver import SECRET
from tests.webhooks.test_signing import signed, value
from webhooks import outbox

RECEIVER = Path(__file__).with_name("verify.mjs")
BODIES = 1000


def line(raw, headers, **changes):
    letter = {
        "body": base64.b64encode(raw).decode(),
        "signature": headers["X-Rymi-Signature"],
        "timestamp": headers["X-Rymi-Timestamp"],
        "secret": SECRET,
        **changes,
    }
    return json.dumps(letter)


def verdicts(lines):
    if not (node := shutil.which("node")):
        warnings.warn("NODE'S RECEIVER SKIPPED: install nodejs", stacklevel=1)
        pytest.skip("no Node: apt-get install nodejs")
    told = subprocess.run(
        [node, str(RECEIVER)],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return told.stdout.splitlines()


def test_a_thousand_random_bodies_pass_and_none_that_was_changed():
    luck = random.Random(11)
    whole, broken = [], []
    for number in range(BODIES):
        raw = outbox.body_of("call.completed", {str(number): value(luck)}).encode()
        headers = signed(raw.decode())
        place = luck.randrange(len(raw))
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        whole.append(line(raw, headers))
        broken.append(line(changed, headers))

    assert verdicts(whole) == ["ok"] * BODIES
    assert verdicts(broken) == ["Invalid signature"] * BODIES


def test_other_secrets_times_and_signatures_are_refused():
    headers = signed('{"a":1}')
    raw, moment = b'{"a":1}', int(headers["X-Rymi-Timestamp"])
    old = signed('{"a":1}', now=clock.now() - timedelta(minutes=6))

    assert verdicts(
        [
            line(raw, headers),
            line(raw, headers, secret=SECRET + "x"),
            line(raw, headers, timestamp=str(moment + 1)),
            line(raw, headers, signature=headers["X-Rymi-Signature"].upper()),
            line(raw, headers, signature=""),
            line(raw, headers, timestamp="soon"),
            line(raw, old),
        ]
    ) == ["ok", *["Invalid signature"] * 4, "Invalid timestamp", "Timestamp is too old"]
