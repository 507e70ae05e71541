"""Many processes, one wallet: the ledger must come out exact."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from billing import proof, wallet
from common import clock
from tests import factories, processes
from tests.chaos.figures import FIGURES

PROCESSES, CALLS = 8, 200
CREDIT = 1_000_000


def settle(workspace, batch):
    return processes.start("tests.billing.worker", workspace.pk, json.dumps(batch))


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_eight_processes_settle_every_call_once(tmp_path):
    if "memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("an in-memory database has no other processes")
    workspace = factories.WorkspaceFactory()
    wallet.top_up(workspace=workspace, amount_micros=1000 * CREDIT, key="start")
    sources = [f"call:{n}" for n in range(CALLS)]
    for source in sources:
        wallet.hold(
            workspace=workspace,
            source=source,
            amount_micros=CREDIT,
            expires_at=clock.now() + timedelta(hours=1),
        )

    # Every call is handed to two different processes.
    batches = [
        [s for i, s in enumerate(sources) if i % PROCESSES in (n, (n + 3) % PROCESSES)]
        for n in range(PROCESSES)
    ]
    running = [settle(workspace, batch) for batch in batches]
    codes = [process.wait(timeout=280) for process in running]

    purse = wallet.open(workspace)
    found = proof.of(purse)
    assert codes == [0] * PROCESSES
    assert purse.entries.count() == CALLS + 1
    assert found.holds
    assert (found.balance, found.held) == ((1000 - CALLS) * CREDIT, 0)
    assert purse.days.get().entries == CALLS
    FIGURES.append(
        f"{CALLS} calls settled twice by {PROCESSES} processes on one wallet:"
        f" {purse.days.get().entries} charges, ledger proof 0"
    )
