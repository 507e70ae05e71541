"""Managed stacks: what is offered, at which fixed price a minute."""

from datetime import date

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from billing import rates
from billing.models import ManagedSku


def find(sku_id: str | None) -> ManagedSku | None:
    """Return a managed stack; also one that is no longer offered, for agents on it."""
    return ManagedSku.objects.filter(pk=sku_id).first() if sku_id else None


def to_choose_from(chosen: ManagedSku | None = None) -> list[ManagedSku]:
    """Return the stacks on offer, the cheapest first, and the one that is chosen."""
    offered = Q(is_offered=True) | Q(pk=chosen.pk if chosen else None)
    return list(ManagedSku.objects.filter(offered).order_by("price_micros", "pk"))


def rate(sku: ManagedSku) -> rates.Rate:
    """Return what a minute costs: one price, whatever the stack is made of."""
    return rates.managed(sku.id, sku.price_micros, priced_on=sku.priced_on.isoformat())


@transaction.atomic
def set_price(
    sku: ManagedSku,
    *,
    price_micros: int,
    is_offered: bool,
    by: User,
    reason: str,
    today: date,
) -> None:
    """Set the price of a minute, for calls that start from now on."""
    sku.price_micros, sku.is_offered = price_micros, is_offered
    sku.priced_on, sku.source = today, f"set by {by.email}"[:120]
    sku.save()
    audit.record(
        workspace=None, actor=by, verb="sku.priced", target=sku.id, reason=reason
    )
