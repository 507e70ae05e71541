"""The proof that a wallet and its ledger agree. No figure is ever mended by it.

The wallet is locked while it is added up: a settlement under way is no disagreement.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.db.models import F, Sum, Window
from django.db.models.functions import Coalesce, Lag

from billing.models import Hold, Wallet


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a wallet's figures agree. All amounts are micro-credits."""

    balance: int
    entries_sum: int
    held: int
    holds_sum: int
    broken_links: int  # entries whose balance_after does not follow from the one before
    spent: int
    spent_sum: int

    @property
    def holds(self) -> bool:
        """Tell whether everything agrees."""
        return (
            self.balance == self.entries_sum
            and self.held == self.holds_sum
            and self.spent == self.spent_sum
            and not self.broken_links
        )


@transaction.atomic
def of(wallet: Wallet) -> Proof:
    """Add the ledger up and compare it with the wallet."""
    wallet = Wallet.objects.select_for_update().get(pk=wallet.pk)
    links = wallet.entries.annotate(
        before=Coalesce(
            Window(Lag("balance_after_micros"), order_by=F("sequence").asc()),
            0,
            output_field=models.BigIntegerField(),
        )
    )
    return Proof(
        balance=wallet.balance_micros,
        entries_sum=wallet.entries.aggregate(n=Sum("amount_micros"))["n"] or 0,
        held=wallet.held_micros,
        holds_sum=wallet.holds.filter(state=Hold.State.LIVE).aggregate(
            n=Sum("amount_micros")
        )["n"]
        or 0,
        broken_links=links.exclude(
            balance_after_micros=F("before") + F("amount_micros")
        ).count(),
        spent=wallet.spent_micros,
        spent_sum=-(
            wallet.entries.filter(amount_micros__lt=0).aggregate(
                n=Sum("amount_micros")
            )["n"]
            or 0
        ),
    )


def note(wallet: Wallet, *, now: datetime) -> Proof:
    """Prove a wallet and write down when, and whether it held."""
    proof = of(wallet)
    Wallet.objects.filter(pk=wallet.pk).update(
        proved_at=now, proof_failed=not proof.holds
    )
    return proof
