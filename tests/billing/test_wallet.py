from datetime import timedelta

import pytest

from billing import wallet
from billing.models import Hold, LedgerEntry
from common import clock
from common.errors import Refusal
from tests import factories

CREDIT = 1_000_000


@pytest.fixture
def purse(workspace):
    wallet.top_up(workspace=workspace, amount_micros=10 * CREDIT, key="first")
    return wallet.open(workspace)


def in_a_minute():
    return clock.now() + timedelta(minutes=1)


def hold(workspace, source="call:1", amount=4 * CREDIT):
    return wallet.hold(
        workspace=workspace,
        source=source,
        amount_micros=amount,
        expires_at=in_a_minute(),
    )


def test_open_welcomes_an_accounts_first_workspace_once(db):
    workspace = factories.WorkspaceFactory(is_primary=True)

    wallet.open(workspace)
    wallet.open(workspace)

    assert workspace.wallet.balance_micros == 500 * CREDIT
    assert workspace.wallet.entries.get().kind == LedgerEntry.Kind.GRANT


def test_open_gives_a_second_workspace_nothing(workspace):
    assert wallet.open(workspace).balance_micros == 0


def test_hold_refuses_what_the_balance_does_not_cover(workspace, purse):
    with pytest.raises(wallet.NoCredit) as refused:
        hold(workspace, amount=11 * CREDIT)

    assert (refused.value.code, refused.value.status) == ("insufficient_credit", 402)


def test_hold_counts_what_others_hold(workspace, purse):
    hold(workspace, "call:1", 7 * CREDIT)

    with pytest.raises(wallet.NoCredit):
        hold(workspace, "call:2", 4 * CREDIT)


def test_hold_twice_is_one_hold(workspace, purse):
    assert hold(workspace) == hold(workspace)
    purse.refresh_from_db()
    assert purse.held_micros == 4 * CREDIT


def test_a_negative_balance_takes_no_free_calls(workspace, purse):
    wallet.capture(workspace=workspace, source="call:0", amount_micros=12 * CREDIT)

    with pytest.raises(wallet.NoCredit):
        hold(workspace, amount=0)


def test_extend_says_when_credit_runs_out(workspace, purse):
    hold(workspace)

    assert wallet.extend(
        source="call:1", amount_micros=10 * CREDIT, expires_at=in_a_minute()
    )
    assert not wallet.extend(
        source="call:1", amount_micros=11 * CREDIT, expires_at=in_a_minute()
    )
    assert Hold.objects.get().amount_micros == 10 * CREDIT


def test_capture_books_once_and_frees_the_rest(workspace, purse):
    hold(workspace)

    for _ in range(2):
        wallet.capture(
            workspace=workspace,
            source="call:1",
            amount_micros=CREDIT,
            billed_ms=30_000,
        )

    purse.refresh_from_db()
    assert (purse.balance_micros, purse.held_micros) == (9 * CREDIT, 0)
    assert purse.entries.count() == 2
    assert purse.days.get().spent_micros == CREDIT


def test_capture_of_nothing_closes_the_hold_for_good(workspace, purse):
    hold(workspace)

    wallet.capture(workspace=workspace, source="call:1", amount_micros=0)
    wallet.capture(workspace=workspace, source="call:1", amount_micros=CREDIT)

    purse.refresh_from_db()
    assert (purse.balance_micros, purse.held_micros) == (10 * CREDIT, 0)


def test_an_expired_hold_is_released_and_its_call_still_charged(workspace, purse):
    wallet.hold(
        workspace=workspace,
        source="call:1",
        amount_micros=CREDIT,
        expires_at=clock.now() - timedelta(seconds=1),
    )

    assert wallet.release_expired(now=clock.now()) == 1
    wallet.capture(workspace=workspace, source="call:1", amount_micros=CREDIT)

    purse.refresh_from_db()
    assert (purse.balance_micros, purse.held_micros) == (9 * CREDIT, 0)


def test_top_up_with_the_same_key_counts_once(workspace, purse):
    wallet.top_up(workspace=workspace, amount_micros=CREDIT, key="first")

    purse.refresh_from_db()
    assert purse.balance_micros == 10 * CREDIT


def test_adjust_asks_for_a_reason(workspace, owner):
    with pytest.raises(Refusal):
        wallet.adjust(
            workspace=workspace, amount_micros=1, key="a", reason=" ", by=owner
        )


def test_adjust_leaves_an_audit_entry(workspace, purse, owner):
    wallet.adjust(
        workspace=workspace,
        amount_micros=-CREDIT,
        key="a",
        reason="Charged twice",
        by=owner,
    )

    assert workspace.audit_entries.get().reason == "Charged twice"
