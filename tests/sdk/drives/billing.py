"""How the client's methods for billing are driven."""

import pytest
import rymi


def billing_usage_summary(w):
    assert w.rymi.billing.usage_summary()["voice_runtime"]["remaining_minutes"] >= 0


def billing_estimate(w):
    assert w.rymi.billing.estimate(llm_model="gpt-4o-mini", duration_seconds=90)


def billing_set_auto_recharge(w):
    with pytest.raises(rymi.RymiError) as raised:
        w.rymi.billing.set_auto_recharge(enabled=True, pack_usd=20, threshold_usd=5)
    assert raised.value.status == 403


def billing_set_alerts(w):
    with pytest.raises(rymi.RymiError) as raised:
        w.rymi.billing.set_alerts(thresholds_usd=[10], email_enabled=True)
    assert raised.value.status == 403


def billing_set_country(w):
    with pytest.raises(rymi.RymiError) as raised:
        w.rymi.billing.set_country("US")
    assert raised.value.status == 403
