"""Records of money. All amounts are micro-credits unless their name says another unit."""

from billing.models.plan import LimitOverride, Plan
from billing.models.usage import CostLine, DailySpend, Spend, SpendCap
from billing.models.wallet import Hold, LedgerEntry, Wallet

__all__ = [
    "CostLine",
    "DailySpend",
    "Hold",
    "LedgerEntry",
    "LimitOverride",
    "Plan",
    "Spend",
    "SpendCap",
    "Wallet",
]
