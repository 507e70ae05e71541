"""Stripe's double, and how its events come in."""

import pytest

from tests.doubles.server import strictly
from tests.doubles.stripe import Stripe


@pytest.fixture
def stripe(settings):
    """Stripe, with the site set up to use it; fails its test on a broken protocol."""
    double = Stripe()
    with strictly(double):
        settings.STRIPE_SECRET_KEY = double.key
        settings.STRIPE_WEBHOOK_SECRETS = [double.secret]
        settings.STRIPE_API_BASE = double.url
        yield double


@pytest.fixture
def stripe_tells(client, stripe):
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
