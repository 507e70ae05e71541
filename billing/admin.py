"""Wallets, the ledger, holds and costs, for support. Nothing is typed over."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from accounts.support_desk import AmountForm, Desk, Inside, person, verb
from billing import wallet
from billing.models import CostLine, DailySpend, Hold, LedgerEntry, Wallet
from common import ids, money


def _credits(micros: int | Decimal | None) -> str:
    return "–" if micros is None else f"{money.credits(int(micros)):,f}"


class OnceForm(AmountForm):
    """Carries a key of its own, so that a second click books nothing."""

    once = forms.UUIDField(widget=forms.HiddenInput, initial=ids.new)


class HoldsInside(Inside):
    model = Hold
    fields = ("source", "amount_micros", "state", "expires_at", "created_at")
    readonly_fields = fields
    ordering = ("-id",)


@admin.register(Wallet)
class WalletDesk(Desk):
    list_display = ("workspace", "balance", "held", "updated_at")
    list_select_related = ("workspace",)
    search_fields = (
        "workspace__name",
        "workspace__memberships__user__email__istartswith",
    )
    search_help_text = "Workspace, member's address, or id"
    actions_detail = ("adjust",)
    inlines = (HoldsInside,)

    @admin.display(description="Credits", ordering="balance_micros")
    def balance(self, purse: Wallet) -> str:
        return _credits(purse.balance_micros)

    @admin.display(description="Held", ordering="held_micros")
    def held(self, purse: Wallet) -> str:
        return _credits(purse.held_micros)

    @verb(
        "Adjust the balance",
        permission="billing.add_ledgerentry",
        icon="payments",
        form=OnceForm,
        warning="Books one entry. The ledger is never changed afterwards: mend a "
        "mistake with another adjustment.",
    )
    def adjust(self, request: HttpRequest, purse: Wallet, form: forms.Form) -> str:
        asked = form.cleaned_data
        entry = wallet.adjust(
            workspace=purse.workspace,
            amount_micros=int(asked["credits"] * money.MICROS_PER_CREDIT),
            key=f"adjust:{asked['once']}",
            reason=asked["reason"],
            by=person(request),
        )
        return f"Booked {_credits(entry.amount_micros)} credits."


class OfWallet(Desk):
    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(wallet_id=wanted) | Q(source=f"call:{wanted}")


@admin.register(LedgerEntry)
class LedgerEntryDesk(OfWallet):
    list_display = ("created_at", "workspace", "kind", "amount", "after", "source")
    list_filter = ("kind",)
    list_select_related = ("wallet__workspace",)
    search_fields = ("source__startswith", "wallet__workspace__name", "note")
    search_help_text = "Call's id, workspace or note"

    @admin.display(description="Workspace")
    def workspace(self, entry: LedgerEntry) -> str:
        return entry.wallet.workspace.name

    @admin.display(description="Credits", ordering="amount_micros")
    def amount(self, entry: LedgerEntry) -> str:
        return _credits(entry.amount_micros)

    @admin.display(description="Balance after")
    def after(self, entry: LedgerEntry) -> str:
        return _credits(entry.balance_after_micros)


@admin.register(Hold)
class HoldDesk(OfWallet):
    list_display = (
        "created_at",
        "workspace",
        "source",
        "amount",
        "state",
        "expires_at",
    )
    list_filter = ("state",)
    list_select_related = ("wallet__workspace",)
    search_fields = ("source__startswith", "wallet__workspace__name")

    @admin.display(description="Workspace")
    def workspace(self, hold: Hold) -> str:
        return hold.wallet.workspace.name

    @admin.display(description="Credits", ordering="amount_micros")
    def amount(self, hold: Hold) -> str:
        return _credits(hold.amount_micros)


@admin.register(CostLine)
class CostLineDesk(Desk):
    list_display = ("source", "meter", "item", "quantity", "unit", "amount", "charged")
    list_filter = ("meter",)
    list_select_related = ("workspace",)
    search_fields = ("source__startswith", "workspace__name")

    def by_id(self, wanted: UUID) -> Any:
        return Q(source=f"call:{wanted}") | Q(workspace_id=wanted)

    @admin.display(description="Credits", ordering="amount_micros")
    def amount(self, line: CostLine) -> str:
        return _credits(line.amount_micros)


@admin.register(DailySpend)
class DailySpendDesk(Desk):
    list_display = ("day", "workspace", "spent", "entries")
    list_select_related = ("wallet__workspace",)
    ordering = ("-day", "-pk")
    search_fields = ("wallet__workspace__name",)

    def by_id(self, wanted: UUID) -> Any:
        return Q(wallet_id=wanted)

    @admin.display(description="Workspace")
    def workspace(self, row: DailySpend) -> str:
        return row.wallet.workspace.name

    @admin.display(description="Credits", ordering="spent_micros")
    def spent(self, row: DailySpend) -> str:
        return _credits(row.spent_micros)
