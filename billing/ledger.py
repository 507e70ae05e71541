"""How a movement of a wallet is written down: its entry, and the sums of its day.

Only ``billing.wallet`` asks for it, and holds the wallet's lock meanwhile.
"""

from collections.abc import Iterator
from typing import Any

from accounts.models import Workspace
from billing import statements
from billing.models import DailySpend, LedgerEntry, Spend, Wallet
from common import clock

MOVED = (*statements.FIGURES, "updated_at")  # what every movement changes


def book(wallet: Wallet, **entry: Any) -> LedgerEntry:
    """Move the wallet by an entry, and write both."""
    booked = next_entry(wallet, **entry)
    wallet.save(update_fields=MOVED)
    booked.save(force_insert=True)
    return booked


def next_entry(
    wallet: Wallet,
    *,
    kind: LedgerEntry.Kind,
    amount_micros: int,
    key: str,
    source: str = "",
    note: str = "",
    workspace: Workspace | None = None,
    subject: str = "",
) -> LedgerEntry:
    """Move the wallet's figures, and return the entry that says so; neither is written."""
    wallet.balance_micros += amount_micros
    wallet.spent_micros += max(-amount_micros, 0)
    wallet.entry_count += 1
    return LedgerEntry(
        wallet_id=wallet.pk,
        kind=kind,
        amount_micros=amount_micros,
        balance_after_micros=wallet.balance_micros,
        sequence=wallet.entry_count,
        idempotency_key=key,
        source=source,
        workspace_id=workspace.pk if workspace else None,
        subject=subject,
        spent_after_micros=wallet.spent_micros,
        note=note,
    )


def sums(
    wallet: Wallet,
    workspace: Workspace,
    subject: str,
    label: str,
    spent_micros: int,
    billed_ms: int,
) -> Iterator[statements.Statement]:
    """Count a charge to its day, and to whose it is on that day."""
    day = clock.now().date()
    counted = {"spent_micros": spent_micros, "billed_ms": billed_ms}
    yield statements.add(
        DailySpend,
        by={"wallet_id": wallet.pk, "day": day},
        sums=counted | {"entries": 1},
        words={},
    )
    yield statements.add(
        Spend,
        by={
            "workspace_id": workspace.pk,
            "day": day,
            "subject": subject,
            "wallet_id": wallet.pk,
        },
        sums=counted | {"calls": 1},
        words={"label": label[:120]},
    )
