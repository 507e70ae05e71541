"""Settlements a second on one core, beside a bare insert of the same ledger entry.

``make bench-queue``: both make as many entries, each in a transaction of its own; the
settlement also locks the wallet, closes the hold, keeps the chain and the figures of the
day. Counted in seconds of processor time, ours and that of the database where it is a
server on this machine, which neighbours do not change. Fails below half.
"""

import os
import sys
import tempfile
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ.setdefault("LOG_LEVEL", "ERROR")
os.environ.setdefault("RYMI_VAR_DIR", tempfile.mkdtemp(prefix="rymi-bench-"))

SETTLEMENTS = int(os.environ.get("BENCH_SETTLEMENTS", "2000"))
ROUNDS = 3
LEAST_SHARE = 0.5
COST = 1_000_000


def bare() -> tuple[float, float]:
    """Insert entries with nothing around them; return entries a second."""
    from django.db import transaction

    from billing import wallet
    from billing.models import LedgerEntry
    from tests import factories
    from tests.bench import cpu

    workspace = factories.WorkspaceFactory()
    purse = wallet.open(workspace)
    began = cpu.spent_s()
    for n in range(SETTLEMENTS):
        with transaction.atomic():
            LedgerEntry.objects.create(
                wallet=purse,
                workspace=workspace,
                kind="call",
                amount_micros=-COST,
                balance_after_micros=-COST * n,
                spent_after_micros=COST * n,
                sequence=n + 1,
                idempotency_key=f"bare:{workspace.pk}:{n}",
                source=f"call:{n}",
                subject="agent:1",
                note="Front desk: 1 min",
            )
    return cpu.a_second(SETTLEMENTS, began)


def settled() -> tuple[float, float]:
    """Settle calls whose money was held; return settlements a second."""
    from billing import proof, wallet
    from billing.models import Hold
    from common import clock
    from tests import factories
    from tests.bench import cpu

    workspace = factories.WorkspaceFactory()
    wallet.top_up(
        workspace=workspace, amount_micros=SETTLEMENTS * COST, key=f"b:{workspace.pk}"
    )
    sources = [f"call:{workspace.pk}:{n}" for n in range(SETTLEMENTS)]
    Hold.objects.bulk_create(
        Hold(
            wallet_id=workspace.pk,
            workspace=workspace,
            source=source,
            amount_micros=COST,
            expires_at=clock.now() + timedelta(hours=1),
        )
        for source in sources
    )
    purse = wallet.open(workspace)
    purse.held_micros = SETTLEMENTS * COST
    purse.save()
    began = cpu.spent_s()
    for source in sources:
        wallet.capture(
            workspace=workspace,
            source=source,
            amount_micros=COST,
            billed_ms=60_000,
            subject="agent:1",
            label="Front desk",
            note="Front desk: 1 min",
        )
    rate = cpu.a_second(SETTLEMENTS, began)
    found = proof.of(wallet.open(workspace))
    assert found.holds
    assert (found.balance, found.held) == (0, 0)
    return rate


def main() -> int:
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    connection.settings_dict["TEST"]["MIGRATE"] = False  # tables alone will do
    made = setup_databases(verbosity=0, interactive=False)
    try:
        pairs = [(bare(), settled()) for _ in range(ROUNDS)]
    finally:
        teardown_databases(made, verbosity=0)
    # The median round: other work on the machine disturbs single ones.
    pairs.sort(key=lambda pair: pair[1][0] / pair[0][0])
    inserts, settlements = pairs[ROUNDS // 2]
    share, with_database = (b / a for a, b in zip(inserts, settlements, strict=True))
    sys.stdout.write(
        f"bench-queue settlements {connection.vendor}: {settlements[0]:.0f}/s a core,"
        f" bare insert {inserts[0]:.0f}/s, share {share:.2f}"
        f" ({with_database:.2f} with the database's time)\n"
    )
    return 0 if share >= LEAST_SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
