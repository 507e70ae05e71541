"""Caps stop calls before they start; an agency pays for its clients."""

from datetime import timedelta

import pytest

from billing import caps, proof, reports, wallet
from billing.models import LedgerEntry, Spend
from common import clock
from tests import factories

CREDIT = 1_000_000
ADA, BEN = "agent:ada", "agent:ben"

pytestmark = pytest.mark.django_db


@pytest.fixture
def rich(workspace):
    wallet.top_up(workspace=workspace, amount_micros=1000 * CREDIT, key="start")
    return workspace


def start(workspace, source, credits, subject=ADA):
    return wallet.hold(
        workspace=workspace,
        source=source,
        amount_micros=credits * CREDIT,
        expires_at=clock.now() + timedelta(minutes=2),
        subject=subject,
    )


def spend(workspace, source, credits, subject=ADA):
    return wallet.capture(
        workspace=workspace,
        source=source,
        amount_micros=credits * CREDIT,
        billed_ms=30_000,
        subject=subject,
        label=subject.removeprefix("agent:").title(),
    )


def refused(workspace, credits, subject=ADA):
    with pytest.raises(caps.CapReached) as told:
        start(workspace, "call:refused", credits, subject)
    assert told.value.status == 402
    return told.value.code


def test_an_agent_s_day_is_capped_and_its_neighbour_goes_on(rich, owner):
    caps.set_daily(rich, subject=ADA, label="Ada", daily_micros=10 * CREDIT, by=owner)
    spend(rich, "call:1", 6)
    start(rich, "call:2", 4)  # what is held counts

    assert refused(rich, 1) == "spend_cap_reached.agent_daily"
    assert start(rich, "call:3", 1, BEN)


def test_the_whole_day_is_capped(rich, owner):
    caps.set_daily(rich, daily_micros=10 * CREDIT, by=owner)
    spend(rich, "call:1", 6, ADA)
    spend(rich, "call:2", 3, BEN)

    assert refused(rich, 2) == "spend_cap_reached.daily"
    assert start(rich, "call:3", 1)


def test_yesterday_does_not_count_to_the_day(rich, owner):
    spend(rich, "call:1", 9)
    earlier = clock.now().date() - timedelta(days=1)
    Spend.objects.update(day=earlier)
    caps.set_daily(rich, daily_micros=10 * CREDIT, by=owner)

    assert start(rich, "call:2", 10)


def test_a_month_is_capped(rich, owner):
    caps.set_monthly(rich, cents=10, by=owner)
    spend(rich, "call:1", 9)

    assert refused(rich, 2) == "spend_cap_reached.monthly"


def test_a_cap_is_taken_away(rich, owner):
    caps.set_daily(rich, daily_micros=CREDIT, by=owner)
    caps.set_daily(rich, daily_micros=None, by=owner)

    assert start(rich, "call:1", 50)
    with pytest.raises(caps.NoCap):
        caps.set_daily(rich, daily_micros=0, by=owner)


class TestAgencies:
    @pytest.fixture
    def client_workspace(self, rich):
        return factories.WorkspaceFactory(parent=rich, name="Client")

    def test_the_agency_s_wallet_pays(self, rich, client_workspace):
        start(client_workspace, "call:1", 5)
        entry = spend(client_workspace, "call:1", 4)

        assert (entry.wallet_id, entry.workspace) == (rich.pk, client_workspace)
        assert proof.of(wallet.open(rich)).holds
        assert not LedgerEntry.objects.filter(wallet_id=client_workspace.pk).exists()
        assert reports.bill(client_workspace, "call:1").charged_micros == 4 * CREDIT
        today = clock.now().date()
        assert reports.daily(client_workspace, today)[-1].spent_micros == 4 * CREDIT

    def test_up_to_the_client_s_monthly_cap(self, client_workspace, owner):
        caps.set_monthly(client_workspace, cents=5, by=owner)
        spend(client_workspace, "call:1", 4)

        assert refused(client_workspace, 2) == "spend_cap_reached.monthly"

    def test_the_agency_does_not_fall_under_its_client_s_cap(
        self, rich, client_workspace, owner
    ):
        caps.set_monthly(client_workspace, cents=5, by=owner)

        assert start(rich, "call:1", 50)

    def test_without_the_agency_s_credit_nobody_calls(self, client_workspace):
        with pytest.raises(wallet.NoCredit, match="agency"):
            start(client_workspace, "call:1", 5000)

    def test_a_call_under_way_is_paid_by_who_held_the_money(
        self, rich, client_workspace
    ):
        start(client_workspace, "call:1", 5)
        client_workspace.parent = None
        client_workspace.save()

        assert spend(client_workspace, "call:1", 4).wallet_id == rich.pk
