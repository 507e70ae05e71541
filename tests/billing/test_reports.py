from datetime import date

from billing import reports
from billing.models import CostLine, DailySpend, LedgerEntry, Wallet
from tests.factories import WalletFactory


def test_a_bill_ties_lines_to_the_ledger(workspace):
    wallet = Wallet.objects.filter(workspace=workspace).first() or WalletFactory(
        workspace=workspace
    )
    CostLine.objects.create(
        workspace=workspace, source="call:1", meter="platform.minute", quantity=1
    )
    LedgerEntry.objects.create(
        wallet=wallet,
        kind="call",
        amount_micros=-3_000_000,
        balance_after_micros=0,
        sequence=99,
        idempotency_key="call:1:settle",
        source="call:1",
    )

    bill = reports.bill(workspace, "call:1")

    assert (bill.charged_micros, len(bill.lines), bill.hold) == (3_000_000, 1, None)


def test_days_without_calls_cost_nothing(workspace):
    wallet = Wallet.objects.filter(workspace=workspace).first() or WalletFactory(
        workspace=workspace
    )
    DailySpend.objects.create(wallet=wallet, day=date(2026, 3, 2), spent_micros=7)

    days = reports.daily(workspace, date(2026, 3, 3), days=3)

    assert [(day.day.day, day.spent_micros) for day in days] == [(1, 0), (2, 7), (3, 0)]
