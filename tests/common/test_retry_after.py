from datetime import UTC, datetime

import pytest

from common import retry_after

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("Wed, 25 Nov 2026 12:01:00 GMT", 60),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("9" * 400, 10**9),
        ("1e9", None),
    ],
)
def test_it_is_seconds_or_a_date(header, seconds):
    assert retry_after.seconds(header, NOW) == seconds
