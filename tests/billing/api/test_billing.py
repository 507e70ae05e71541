"""Money over the API, as the official SDK and a signed-in person ask for it."""

import pytest
from django.test import Client
from rymi import Rymi
from rymi.client import RymiError

from billing import payments, wallet
from billing.models import ManagedSku
from common import clock
from tests import factories

CREDIT = 1_000_000

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person(owner):
    browser = Client()
    browser.force_login(owner)
    return browser


def put(browser, path, body):
    return browser.put(f"/v1/billing/{path}", body, content_type="application/json")


def test_the_summary_is_in_minutes(rymi, workspace):
    wallet.top_up(workspace=workspace, amount_micros=1000 * CREDIT, key="x")

    told = rymi.billing.usage_summary()

    assert told == {"voice_runtime": {"remaining_minutes": 500, "status": "ok"}}


def test_an_estimate_rounds_up_to_half_minutes(rymi):
    told = rymi.billing.estimate(llm_model="gpt-4o-mini", duration_seconds=31)

    rate = told["rate_per_minute_usd"]
    parts = sum(part["usd_per_minute"] for part in told["components"])
    assert rate == pytest.approx(parts)
    assert told["platform_fee_per_minute_usd"] == 0.02
    assert (told["billed_seconds"], told["estimated_minutes"]) == (60, 1.0)
    assert told["estimated_cost_usd"] == pytest.approx(rate)
    assert told["price_book"]


def test_an_estimate_without_a_known_price_is_unpriced_not_free(rymi):
    from agents import catalogue, pricing

    unpriced = next(
        model
        for (channel, _), models in catalogue.load().models.items()
        for model in models
        if channel == "tts" and pricing.per_minute_micros(model) is None
    )

    told = rymi.billing.estimate(
        tts_model=f"{unpriced.provider}/{unpriced.id}", duration_seconds=30
    )

    assert told["rate_per_minute_usd"] is told["estimated_cost_usd"] is None
    assert told["unpriced"] == [f"{unpriced.provider}/{unpriced.id}"]


def test_an_unknown_model_is_refused(rymi):
    with pytest.raises(RymiError) as refused:
        rymi.billing.estimate(llm_model="gpt-0")

    assert (refused.value.status, refused.value.code) == (400, "unknown_model")


@pytest.mark.parametrize(
    "change",
    [
        lambda billing: billing.set_auto_recharge(enabled=True),
        lambda billing: billing.set_alerts(thresholds_usd=[10]),
        lambda billing: billing.set_country("GB"),
    ],
)
def test_keys_change_nothing(rymi, change):
    with pytest.raises(RymiError) as refused:
        change(rymi.billing)

    assert refused.value.status == 403


def test_a_person_sets_the_recharge(person, workspace):
    told = put(
        person,
        "auto-recharge",
        {"enabled": True, "pack_usd": 50, "threshold_usd": 12.5},
    )

    assert told.json() == {"ok": True}
    read = person.get("/v1/billing/auto-recharge").json()
    assert (read["enabled"], read["pack_usd"], read["threshold_usd"]) == (
        True,
        50,
        12.5,
    )


@pytest.mark.parametrize(
    "body",
    [
        {"enabled": True, "pack_usd": 10, "threshold_usd": 10},
        {"pack_usd": 1001},
        {"pack_usd": 0},
        {"threshold_usd": 101},
        {"enabled": "maybe"},
    ],
)
def test_a_recharge_that_makes_no_sense_is_refused(person, workspace, body):
    assert put(person, "auto-recharge", body).status_code == 400


def test_a_person_sets_the_alerts(person, workspace):
    body = {"thresholds_usd": [50, 10.25], "low_balance_pct": 20}

    assert put(person, "alerts", body).json() == {"ok": True}

    read = person.get("/v1/billing/alerts").json()
    assert read["thresholds_usd"] == [10.25, 50.0]
    assert put(person, "alerts", {"thresholds_usd": [1] * 11}).status_code == 400
    assert put(person, "alerts", {"low_balance_pct": 101}).status_code == 400


def test_the_country_is_fixed_by_the_first_paid_invoice(person, start, stripe):
    assert put(person, "country", {"billing_country": "de"}).json() == {
        "ok": True,
        "billing_country": "DE",
    }
    assert put(person, "country", {"billing_country": "XX"}).status_code == 400
    payment = start()
    stripe.complete(payment.session_id)
    payments.reconcile(payment.id)

    refused = put(person, "country", {"billing_country": "FR"})

    assert refused.status_code == 409
    assert refused.json()["code"] == "billing_country_locked"


def test_the_balance(rymi, workspace):
    wallet.top_up(workspace=workspace, amount_micros=1000 * CREDIT, key="x")

    told = rymi._client.get("/billing/balance")

    assert told["tenant_id"] == str(workspace.pk)
    assert (told["balance_usd"], told["balance_seconds"]) == (10.0, 30_000)
    assert (told["is_active"], told["tone"]) == (True, "ok")
    assert told["tenant_state"] == "no_agents"
    factories.CallFactory(agent__workspace=workspace)
    assert rymi._client.get("/billing/balance")["tenant_state"] == "has_calls"


def test_transactions_in_pages(rymi, workspace):
    for n in range(3):
        wallet.top_up(workspace=workspace, amount_micros=CREDIT, key=f"k{n}")

    first = rymi._client.get("/billing/transactions", {"limit": 2})
    rest = rymi._client.get(
        "/billing/transactions", {"cursor": first["next_cursor"], "limit": 2}
    )

    found = [*first["transactions"], *rest["transactions"]]
    assert [each["sequence"] for each in found] == [3, 2, 1]
    assert found[0]["balance_after_usd"] == 0.03
    assert rest["next_cursor"] is None


def test_invoices(rymi, start, stripe, foreign_api, live_server):
    payment = start(50)
    stripe.complete(payment.session_id)
    payments.reconcile(payment.id)

    page = rymi._client.get("/billing/invoices")
    one = rymi._client.get(f"/billing/invoices/{page['invoices'][0]['id']}")

    assert set(page) == {"invoices", "next_cursor"}
    assert one["invoice"]["total_minor"] == 50_00
    assert one["invoice"]["status"] == "paid"
    assert one["items"][0]["kind"] == "topup"
    theirs = Rymi(foreign_api.raw, base_url=f"{live_server.url}/v1")
    with pytest.raises(RymiError) as refused:
        theirs._client.get(f"/billing/invoices/{page['invoices'][0]['id']}")
    assert refused.value.status == 404


def test_managed_stacks_and_roles(rymi):
    ManagedSku.objects.update_or_create(
        pk="natural",
        defaults={
            "name": "Natural",
            "price_micros": 10 * CREDIT,
            "priced_on": clock.now().date(),
        },
    )

    skus = rymi._client.get("/managed-skus")["skus"]
    roles = rymi._client.get("/billing/agent-roles")["roles"]

    assert {sku["id"]: sku["price_per_min"] for sku in skus}["natural"] == 0.1
    assert roles["operator"]["rate_per_minute"] == 0.05
