"""What support is asked before it does something about money."""

from django import forms

from accounts.support_desk import AmountForm, ReasonForm
from billing.models import LimitOverride
from common import ids


class OnceForm(AmountForm):
    """Carries a key of its own, so that a second click books nothing."""

    once = forms.UUIDField(widget=forms.HiddenInput, initial=ids.new)


class RefundForm(ReasonForm):
    """Asks how much goes back, once."""

    usd = forms.DecimalField(
        label="US dollars, tax included", max_digits=8, decimal_places=2, min_value=0
    )
    once = forms.UUIDField(widget=forms.HiddenInput, initial=ids.new)
    field_order = ("usd", "reason")


class PriceForm(ReasonForm):
    """Asks for a new price."""

    usd = forms.DecimalField(
        label="US dollars a minute", max_digits=8, decimal_places=4, min_value=0
    )
    is_offered = forms.BooleanField(label="Offered", required=False, initial=True)
    field_order = ("usd", "is_offered", "reason")


class LimitsForm(ReasonForm):
    """Asks for every limit of a plan; empty is no limit."""

    requests_per_minute = forms.IntegerField(min_value=1, required=False)
    concurrent_calls = forms.IntegerField(min_value=0, required=False)
    daily_calls = forms.IntegerField(min_value=0, required=False)
    knowledge_sources = forms.IntegerField(min_value=0, required=False)
    knowledge_bytes = forms.IntegerField(min_value=0, required=False)
    retention_days = forms.IntegerField(min_value=1, required=False)
    custom_endpoints = forms.BooleanField(required=False)


class OverrideForm(ReasonForm):
    """Asks for one limit; empty is no limit."""

    limit = forms.ChoiceField(choices=[(name, name) for name in LimitOverride.NAMES])
    value = forms.IntegerField(min_value=0, required=False)
    field_order = ("limit", "value", "reason")
