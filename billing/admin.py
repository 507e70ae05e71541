"""Wallets, the ledger, holds and costs, for support. Nothing is typed over."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from accounts.support_desk import Desk, Inside, person, verb
from billing import payments, plans, proof, skus, wallet
from billing.desk_forms import (
    LimitsForm,
    OnceForm,
    OverrideForm,
    PriceForm,
    RefundForm,
)
from billing.models import (
    CostLine,
    DailySpend,
    Hold,
    Invoice,
    LedgerEntry,
    LimitOverride,
    ManagedSku,
    Notice,
    Payment,
    Plan,
    ProcessorEvent,
    Wallet,
)
from common import clock, money


def _credits(micros: int | Decimal | None) -> str:
    return "–" if micros is None else f"{money.credits(int(micros)):,f}"


class HoldsInside(Inside):
    model = Hold
    fields = ("source", "amount_micros", "state", "expires_at", "created_at")
    readonly_fields = fields
    ordering = ("-id",)


@admin.register(Wallet)
class WalletDesk(Desk):
    list_display = ("workspace", "balance", "held", "proved", "proved_at")
    list_filter = ("proof_failed",)
    list_select_related = ("workspace",)
    search_fields = (
        "workspace__name",
        "workspace__memberships__user__email__istartswith",
    )
    search_help_text = "Workspace, member's address, or id"
    actions_detail = ("adjust", "agree_on_a_limit", "prove_now")
    inlines = (HoldsInside,)

    @admin.display(description="Credits", ordering="balance_micros")
    def balance(self, purse: Wallet) -> str:
        return _credits(purse.balance_micros)

    @admin.display(description="Held", ordering="held_micros")
    def held(self, purse: Wallet) -> str:
        return _credits(purse.held_micros)

    @admin.display(description="Adds up", boolean=True)
    def proved(self, purse: Wallet) -> bool | None:
        return None if purse.proved_at is None else not purse.proof_failed

    @verb("Prove now", permission="billing.view_wallet", icon="fact_check")
    def prove_now(self, request: HttpRequest, purse: Wallet, form: forms.Form) -> str:
        found = proof.note(purse, now=clock.now())
        return (
            f"Balance {_credits(found.balance)}, entries {_credits(found.entries_sum)}:"
            f" {'it adds up' if found.holds else 'IT DOES NOT ADD UP'}."
        )

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

    @verb(
        "Agree on a limit",
        permission="billing.add_limitoverride",
        icon="tune",
        form=OverrideForm,
        warning="Replaces what the plan says, at once. An empty value is no limit.",
    )
    def agree_on_a_limit(
        self, request: HttpRequest, purse: Wallet, form: forms.Form
    ) -> str:
        asked = form.cleaned_data
        plans.agree(
            purse.workspace,
            limit=asked["limit"],
            value=asked["value"],
            by=person(request),
            reason=asked["reason"],
        )
        return f"{asked['limit']} is agreed."


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


@admin.register(Plan)
class PlanDesk(Desk):
    list_display = (
        "name",
        "requests_per_minute",
        "concurrent_calls",
        "daily_calls",
        "retention_days",
    )
    search_fields = ("name",)
    actions_detail = ("set_limits",)

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=str(wanted))

    @verb(
        "Set the limits",
        permission="billing.change_plan",
        icon="tune",
        form=LimitsForm,
        warning="Counts at once for every workspace on this plan. Fill in every limit: "
        "an empty one is no limit.",
    )
    def set_limits(self, request: HttpRequest, plan: Plan, form: forms.Form) -> str:
        asked = dict(form.cleaned_data)
        reason = asked.pop("reason")
        plans.change(plan, limits=asked, by=person(request), reason=reason)
        return f"{plan.name} has its limits."


@admin.register(LimitOverride)
class LimitOverrideDesk(Desk):
    list_display = ("workspace", "limit", "value")
    list_filter = ("limit",)
    list_select_related = ("workspace",)
    search_fields = ("workspace__name",)
    actions_detail = ("withdraw",)

    def by_id(self, wanted: UUID) -> Any:
        return Q(workspace_id=wanted)

    @verb(
        "Withdraw",
        permission="billing.delete_limitoverride",
        icon="undo",
        warning="The limit of the plan counts again, at once.",
    )
    def withdraw(
        self, request: HttpRequest, agreed: LimitOverride, form: forms.Form
    ) -> HttpResponse:
        plans.withdraw(agreed, by=person(request), reason=form.cleaned_data["reason"])
        return self.to_list(request, "The plan's limit counts again.")


@admin.register(Payment)
class PaymentDesk(Desk):
    list_display = ("created_at", "workspace", "kind", "state", "usd", "card_", "why")
    list_filter = ("state", "kind")
    list_select_related = ("workspace",)
    search_fields = (
        "workspace__name",
        "session_id",
        "intent_id",
        "workspace__memberships__user__email__istartswith",
    )
    search_help_text = "Workspace, member's address, Stripe's id, or id"
    actions_detail = ("look_again", "refund")
    secret_fields = ("session_url",)

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted)

    @admin.display(description="USD", ordering="credit_cents")
    def usd(self, payment: Payment) -> str:
        back = f" ({payment.returned_cents / 100:.2f} back)"
        return f"{payment.credit_cents / 100:,.2f}" + (
            back if payment.returned_cents else ""
        )

    @admin.display(description="Card")
    def card_(self, payment: Payment) -> str:
        return payment.card or "–"

    @admin.display(description="Why not")
    def why(self, payment: Payment) -> str:
        return payment.failure or payment.last_error or "–"

    @verb(
        "Give money back",
        permission="billing.change_payment",
        icon="undo",
        form=RefundForm,
        when=lambda payment: payment.paid_at is not None,
        warning="Goes back to the card through Stripe; the credit is taken back and a "
        "credit note is issued. The balance may fall below nothing.",
    )
    def refund(self, request: HttpRequest, payment: Payment, form: forms.Form) -> str:
        asked = form.cleaned_data
        payments.refund(
            payment,
            cents=int(asked["usd"] * 100),
            once=str(asked["once"]),
            reason=asked["reason"],
            by=person(request),
        )
        return f"${asked['usd']:.2f} go back."

    @verb(
        "Ask Stripe again",
        permission="billing.view_payment",
        icon="sync",
        warning="Reads what is true of the payment now and books what is missing.",
    )
    def look_again(
        self, request: HttpRequest, payment: Payment, form: forms.Form
    ) -> str:
        return f"It is {payments.reconcile(payment.pk).get_state_display().lower()}."


@admin.register(Invoice)
class InvoiceDesk(Desk):
    list_display = ("number", "workspace", "kind", "status", "total", "issued_at")
    list_filter = ("status", "kind")
    list_select_related = ("workspace",)
    search_fields = ("number__istartswith", "workspace__name", "billed_to")

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted) | Q(payment_id=wanted)

    @admin.display(description="USD", ordering="total_minor")
    def total(self, invoice: Invoice) -> str:
        return f"{invoice.total_minor / 100:,.2f}"


@admin.register(ProcessorEvent)
class ProcessorEventDesk(Desk):
    list_display = ("received_at", "type", "id", "state", "attempts", "last_error")
    list_filter = ("state",)
    search_fields = ("id", "object_id", "intent_id", "payment_key")
    ordering = ("-received_at", "-pk")

    def by_id(self, wanted: UUID) -> Any:
        return Q(payment_key=str(wanted))


@admin.register(Notice)
class NoticeDesk(Desk):
    list_display = ("created_at", "workspace", "kind", "state", "sent_at", "last_error")
    list_filter = ("state", "kind")
    list_select_related = ("workspace",)
    search_fields = ("workspace__name", "key")

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted)


@admin.register(ManagedSku)
class ManagedSkuDesk(Desk):
    list_display = ("name", "price", "is_offered", "priced_on", "source")
    search_fields = ("id", "name")
    actions_detail = ("set_price",)

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=str(wanted))

    @admin.display(description="USD a minute", ordering="price_micros")
    def price(self, sku: ManagedSku) -> str:
        return f"{money.usd(sku.price_micros):.4f}"

    @verb(
        "Set the price",
        permission="billing.change_managedsku",
        icon="sell",
        form=PriceForm,
        warning="Counts for calls that start from now on.",
    )
    def set_price(self, request: HttpRequest, sku: ManagedSku, form: forms.Form) -> str:
        asked = form.cleaned_data
        skus.set_price(
            sku,
            price_micros=money.micros_from_usd(asked["usd"]),
            is_offered=asked["is_offered"],
            by=person(request),
            reason=asked["reason"],
            today=clock.now().date(),
        )
        return f"{sku.name} costs ${asked['usd']} a minute."
