from django.apps import AppConfig


class BillingConfig(AppConfig):
    """What it costs: rates, meter, wallet, ledger."""

    name = "billing"
