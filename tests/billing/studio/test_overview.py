"""Settings → Billing & usage."""

import pytest
from django.test import Client

from billing import payments, wallet
from billing.models import AlertSettings, AutoRecharge, Spend
from common import clock
from tests import factories

CREDIT = 1_000_000
PAGE = "/settings/billing/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(workspace):
    """Two agents that made calls today."""
    wallet.top_up(workspace=workspace, amount_micros=5000 * CREDIT, key="start")
    for n, (agent, credits) in enumerate([("Ada", 30), ("Ada", 20), ("Ben", 5)]):
        wallet.capture(
            workspace=workspace,
            source=f"call:0199c0de-0000-7000-8000-00000000000{n}",
            amount_micros=credits * CREDIT,
            billed_ms=90_000,
            subject=f"agent:{agent}",
            label=agent,
            note=f"{agent}: 1.5 min",
        )
    return workspace


def controls(**changes):
    return {
        "recharge": "on",
        "pack": "50",
        "threshold": "10",
        "thresholds": "50, 150.50",
        "low_balance": "20",
        "email": "on",
        "daily": "",
        "monthly": "400",
        **changes,
    }


def test_shows_what_is_there_and_what_it_went_to(studio, used):
    page = studio.get(PAGE).text

    assert "4,945 credits" in page
    assert "Calls are answered" in page
    assert page.index("Ada</span>") < page.index("Ben</span>")
    assert "$0.55" in page
    assert 'class="d3"' in page


def test_an_empty_workspace_says_what_will_be_here(studio):
    page = studio.get(PAGE).text

    assert "No call was billed" in page
    assert "No call is taken" in page


def test_without_stripe_it_says_how_to_set_it_up(studio):
    assert "STRIPE_SECRET_KEY" in studio.get(PAGE).text
    assert "STRIPE_SECRET_KEY" in studio.get(f"{PAGE}top-up/").text


def test_costs_a_fixed_number_of_queries(
    studio, used, django_assert_max_num_queries, stripe, start
):
    for n in range(4):
        payment = start(10, once=f"n{n}")
        stripe.complete(payment.session_id)
        payments.reconcile(payment.id)

    with django_assert_max_num_queries(32):
        studio.get(PAGE)


def test_saves_what_happens_before_it_runs_out(studio, workspace):
    answer = studio.post(f"{PAGE}controls/", controls(daily="5"))

    assert answer.status_code == 200
    row = AutoRecharge.objects.get()
    assert (row.enabled, row.pack_cents, row.threshold_cents) == (True, 50_00, 10_00)
    told = AlertSettings.objects.get()
    assert (told.thresholds_cents, told.low_balance_pct) == ([50_00, 150_50], 20)
    workspace.refresh_from_db()
    assert workspace.spend_cap_cents_monthly == 400_00
    assert workspace.spend_caps.get().daily_micros == 500 * CREDIT


@pytest.mark.parametrize(
    "wrong",
    [
        {"pack": "10"},
        {"pack": "NaN"},
        {"pack": "1e9"},
        {"threshold": "x"},
        {"threshold": "101"},
        {"thresholds": "0"},
        {"thresholds": ",".join(map(str, range(1, 12)))},
        {"low_balance": "101"},
        {"daily": "-1"},
    ],
)
def test_what_makes_no_sense_is_refused_in_words(studio, wrong):
    answer = studio.post(f"{PAGE}controls/", controls(**wrong))

    assert answer.status_code == 422
    assert "Not saved" in answer.text


def test_a_failing_recharge_is_told(studio, workspace):
    AutoRecharge.objects.create(
        workspace=workspace, enabled=True, failures=1, last_error="insufficient funds"
    )

    assert "Insufficient funds" in studio.get(PAGE).text


def test_a_client_sees_who_pays_and_no_balance(client):
    agency = factories.WorkspaceFactory(name="Meridian")
    workspace = factories.WorkspaceFactory(parent=agency)
    client.force_login(factories.MembershipFactory(workspace=workspace).user)

    page = client.get(PAGE).text

    assert "Meridian</b> pays" in page
    assert 'id="dialog"' in page
    assert "Top up" not in page


def test_an_agency_sees_its_clients_usage(studio, workspace):
    wallet.top_up(workspace=workspace, amount_micros=100 * CREDIT, key="x")
    client = factories.WorkspaceFactory(parent=workspace)
    wallet.capture(
        workspace=client,
        source="call:1",
        amount_micros=5 * CREDIT,
        billed_ms=30_000,
        subject="agent:1",
        label="Client's desk",
    )

    assert "Client&#x27;s desk" in studio.get(PAGE).text


@pytest.mark.parametrize("role", ["viewer", "client", "editor"])
def test_only_those_who_pay_see_it(workspace, role):
    browser = Client()
    browser.force_login(
        factories.MembershipFactory(workspace=workspace, role=role).user
    )

    for path in ("", "ledger/", "ledger.csv", "invoices.csv", "top-up/"):
        assert browser.get(PAGE + path).status_code == 403


class TestPaying:
    def test_leads_to_stripe_and_back(self, studio, stripe, workspace):
        answer = studio.post(f"{PAGE}payments/", {"pack": "25", "once": "x"})
        url = answer["HX-Redirect"]
        assert url.startswith(stripe.url)
        payment = workspace.payments.get()
        stripe.complete(payment.session_id)

        page = studio.get(f"{PAGE}payments/{payment.id}/return/", follow=True).text

        assert "2,500 credits were added" in page
        assert "Visa ending 4242" in page

    def test_another_amount_wins(self, studio, stripe, workspace):
        studio.post(f"{PAGE}payments/", {"pack": "25", "amount": "12.50", "once": "x"})

        assert workspace.payments.get().credit_cents == 12_50

    @pytest.mark.parametrize("amount", ["x", "1", "2000", "nan", "inf", ""])
    def test_no_amount_is_a_sentence(self, studio, stripe, workspace, amount):
        answer = studio.post(f"{PAGE}payments/", {"amount": amount, "once": "x"})

        assert answer.status_code == 400
        assert not workspace.payments.exists()

    def test_a_stranger_does_not_come_back_to_it(self, start, stranger):
        browser = Client()
        browser.force_login(stranger)

        answer = browser.get(f"{PAGE}payments/{start().id}/return/")

        assert answer.status_code == 404

    def test_when_stripe_is_away_the_return_says_so(self, studio, start, stripe):
        payment = start()
        stripe.fault = "503"

        page = studio.get(f"{PAGE}payments/{payment.id}/return/", follow=True).text

        assert "The credit appears by itself" in page


class TestPapers:
    @pytest.fixture
    def invoice(self, used, start, stripe):
        payment = start(50)
        stripe.complete(payment.session_id)
        payments.reconcile(payment.id)
        return used.invoices.get()

    def test_an_invoice_says_what_its_credit_paid_for(self, studio, invoice, used):
        spent = [("Ada", 4945), ("Ben", 1000), ("Ada", 500)]  # the first pack's rest
        for n, (agent, credits) in enumerate(spent):
            wallet.capture(
                workspace=used,
                source=f"call:later-{n}",
                amount_micros=credits * CREDIT,
                subject=f"agent:{agent}",
                label=agent,
            )

        page = studio.get(f"{PAGE}invoices/{invoice.id}/").text

        assert invoice.number in page
        assert "Ben · 1 call</dt><dd>$10.00" in page
        assert "Ada · 1 call</dt><dd>$5.00" in page
        assert 'Not spent yet</dt><dd class="total">$35.00' in page

    def test_a_call_may_be_paid_by_two_packs(self, studio, invoice, used):
        wallet.capture(
            workspace=used,
            source="call:wide",
            amount_micros=5000 * CREDIT,
            subject="agent:Ada",
            label="Ada",
        )

        page = studio.get(f"{PAGE}invoices/{invoice.id}/").text

        assert "Ada · 1 call</dt><dd>$0.55" in page

    def test_is_a_pdf_too(self, studio, invoice):
        answer = studio.get(f"{PAGE}invoices/{invoice.id}.pdf")

        assert answer.content.startswith(b"%PDF-")
        assert invoice.number in answer["Content-Disposition"]

    def test_is_nobody_else_s(self, invoice, stranger):
        browser = Client()
        browser.force_login(stranger)

        for end in ("/", ".pdf"):
            path = f"{PAGE}invoices/{invoice.id}{end}"
            assert browser.get(path).status_code == 404

    def test_statements(self, studio, used):
        month = f"{clock.now():%Y-%m}"

        answer = studio.get(f"{PAGE}statements/{month}.pdf")

        assert answer.content.startswith(b"%PDF-")
        assert studio.get(f"{PAGE}statements/2026-13.pdf").status_code == 404
        assert studio.get(f"{PAGE}statements/9999-01.pdf").status_code == 404

    def test_the_ledger_in_pages_and_as_a_table(self, studio, used):
        wallet.capture(
            workspace=used,
            source="call:evil",
            amount_micros=CREDIT,
            note="=HYPERLINK(1)",
        )

        page = studio.get(f"{PAGE}ledger/").text
        older = studio.get(f"{PAGE}ledger/?before=2").text
        table = b"".join(studio.get(f"{PAGE}ledger.csv")).decode()

        assert page.count("Captured for a call") == 4
        assert older.count("Captured for a call") == 0
        assert "'=HYPERLINK(1)" in table
        assert table.count("\n") == 6
        assert Spend.objects.filter(workspace=used).count() == 3
