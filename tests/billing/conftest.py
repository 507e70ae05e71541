"""Payments that were started."""

import pytest

from billing import payments

CREDIT = 1_000_000  # micros


@pytest.fixture
def start(workspace, owner, stripe):
    """Start payments of so many dollars."""

    def start_one(usd=50, once="", **options):
        return payments.start(
            workspace=workspace,
            cents=usd * 100,
            once=once or f"click-{len(stripe.keys)}",
            by=owner,
            **options,
        )

    return start_one
