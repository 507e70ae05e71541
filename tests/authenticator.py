"""An authenticator app, and the clock by which it and the site agree."""

import time
from types import SimpleNamespace

import pytest
from allauth.mfa.totp.internal import auth as totp


def code_of(secret):
    """Return the six digits the app shows now."""
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


@pytest.fixture
def same_half_minute(monkeypatch):
    """Stop the clock of codes, so that none runs out while a test shows it."""
    now = time.time()
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: now))
