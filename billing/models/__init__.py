"""Records of money. All amounts are micro-credits unless their name says another unit."""

from billing.models.alert import AlertSettings, Notice
from billing.models.invoice import Invoice, InvoiceItem, InvoiceSeries
from billing.models.payment import (
    AutoRecharge,
    BillingProfile,
    Payment,
    ProcessorEvent,
    Queued,
)
from billing.models.plan import LimitOverride, Plan
from billing.models.sku import ManagedSku
from billing.models.usage import CostLine, DailySpend, Spend, SpendCap
from billing.models.wallet import Hold, LedgerEntry, Wallet

__all__ = [
    "AlertSettings",
    "AutoRecharge",
    "BillingProfile",
    "CostLine",
    "DailySpend",
    "Hold",
    "Invoice",
    "InvoiceItem",
    "InvoiceSeries",
    "LedgerEntry",
    "LimitOverride",
    "ManagedSku",
    "Notice",
    "Payment",
    "Plan",
    "ProcessorEvent",
    "Queued",
    "Spend",
    "SpendCap",
    "Wallet",
]
