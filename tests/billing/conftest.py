"""Stripe's double, and a payment or two."""

import pytest

from billing import payments
from tests.doubles.server import in_a_thread
from tests.doubles.stripe import Stripe

CREDIT = 1_000_000  # micros


@pytest.fixture
def stripe(settings):
    """Stripe, with the site set up to use it; fails its test on a broken protocol."""
    double = Stripe()
    with in_a_thread(double):
        settings.STRIPE_SECRET_KEY = double.key
        settings.STRIPE_WEBHOOK_SECRETS = [double.secret]
        settings.STRIPE_API_BASE = double.url
        yield double
    assert double.complaints == []


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


@pytest.fixture
def deliver(client, stripe):
    """Post events to the callback as Stripe does."""

    def post(event, **options):
        body, header = stripe.signed(event, **options)
        return client.post(
            "/callbacks/stripe/",
            body,
            content_type="application/json",
            headers={"Stripe-Signature": header},
        )

    return post
