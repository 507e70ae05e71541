"""Payment companies: one folder each. Past its threshold only our words are spoken."""

from importlib import import_module
from typing import cast

from billing.processors.port import Processor

ADAPTERS = {"stripe": "billing.processors.stripe.client.Stripe"}


def processor(name: str = "stripe") -> Processor:
    """Return a payment company; imported when first used, its SDK is large."""
    module, _, found = ADAPTERS[name].rpartition(".")
    return cast(Processor, getattr(import_module(module), found)())
