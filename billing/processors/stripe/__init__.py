"""Stripe: hosted Checkout, saved cards charged without the customer, signed events.

No card number ever reaches us: customers pay on Stripe's own page.
"""
