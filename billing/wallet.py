"""The only writer of the ledger.

A wallet's row is locked before it is read, and balance, hold and entry change in one
transaction, so that any number of processes may settle at once and ``kill -9`` at any
line leaves either all of a movement or none of it. Every entry has a key that is unique
for ever: doing the same thing twice books it once.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User, Workspace
from billing import caps, ledger, statements
from billing.models import Hold, LedgerEntry, Wallet
from common import clock
from common.errors import Refusal
from common.money import MICROS_PER_CREDIT


class NoCredit(Refusal):
    """The balance does not cover what is asked for."""

    code = "insufficient_credit"
    status = 402


@transaction.atomic
def open(workspace: Workspace) -> Wallet:  # reads as wallet.open(…)
    """Return the workspace's wallet; the first time, make it.

    An account's first workspace starts with the welcome credit, once an account.
    """
    wallet, made = Wallet.objects.get_or_create(workspace=workspace)
    if made and workspace.is_primary and settings.WELCOME_CREDITS:
        ledger.book(  # nobody else can see this row yet, so it needs no lock
            wallet,
            kind=LedgerEntry.Kind.GRANT,
            amount_micros=settings.WELCOME_CREDITS * MICROS_PER_CREDIT,
            key=f"welcome:{workspace.account_id}",
            note="Welcome credit",
        )
    return wallet


def payer_of(workspace: Workspace) -> Workspace:
    """Return who pays for the workspace's calls: the agency of a client, else itself."""
    return workspace.parent or workspace


@transaction.atomic
def hold(
    *,
    workspace: Workspace,
    source: str,
    amount_micros: int,
    expires_at: datetime,
    subject: str = "",
) -> Hold:
    """Set money aside for ``source``, or raise ``NoCredit`` or ``caps.CapReached``.

    Once for each source. ``subject`` is whom a cap and the usage may be about.
    """
    payer = payer_of(workspace)
    wallet = _locked(payer.pk) or _lock(open(payer).pk)
    held = Hold.objects.filter(source=source, wallet=wallet).first()
    if held:
        return held
    caps.check(workspace, subject=subject, amount_micros=amount_micros, now=clock.now())
    _must_cover(wallet, workspace, amount_micros)
    _reserve(wallet, amount_micros)
    return Hold.objects.create(
        wallet=wallet,
        source=source,
        workspace=workspace,
        subject=subject,
        amount_micros=amount_micros,
        expires_at=expires_at,
    )


def look(workspace: Workspace, amount_micros: int) -> None:
    """Raise ``NoCredit`` where there is plainly too little, without waiting for a lock:
    a crowd without credit must not keep others from the wallet. ``hold`` decides."""
    wallet = Wallet.objects.filter(pk=payer_of(workspace).pk).first()
    if wallet:
        _must_cover(wallet, workspace, amount_micros)


def _must_cover(wallet: Wallet, workspace: Workspace, amount_micros: int) -> None:
    if wallet.balance_micros <= 0 or wallet.free_micros < amount_micros:
        payer = (
            "of the agency that pays" if workspace.parent_id else "of this workspace"
        )
        raise NoCredit(
            f"The balance {payer} does not cover a call. "
            "Top up credits, then start it again."
        )


@transaction.atomic
def extend(*, source: str, amount_micros: int, expires_at: datetime) -> bool:
    """Keep a hold alive and raise it to ``amount_micros``; never lowers it.

    A hold that expired while its call could not be reached is taken up again. False:
    the credit does not suffice, or the hold was captured. What is held stays held.
    """
    held = Hold.objects.filter(source=source).first()
    if held is None:
        return False
    wallet = _lock(held.wallet_id)
    held = Hold.objects.select_for_update().get(pk=held.pk)
    if held.state == Hold.State.CAPTURED:
        return False
    reserved = held.amount_micros if held.state == Hold.State.LIVE else 0
    more = max(amount_micros, held.amount_micros) - reserved
    if more > wallet.free_micros:
        if held.state == Hold.State.LIVE:
            held.expires_at = expires_at
            held.save(update_fields=["expires_at"])
        return False
    if more > 0:
        _reserve(wallet, more)
    held.amount_micros = reserved + more
    held.state, held.closed_at = Hold.State.LIVE, None
    held.expires_at = expires_at
    held.save()
    return True


@transaction.atomic
def capture(
    *,
    workspace: Workspace,
    source: str,
    amount_micros: int,
    billed_ms: int = 0,
    note: str = "",
    subject: str = "",
    label: str = "",
) -> LedgerEntry | None:
    """Close the hold of ``source`` and book what it cost, once.

    Nothing is booked for an amount of 0, nor the second time. A hold that expired does
    not save anybody from paying.
    """
    # Who held the money pays, also where the workspace changed hands since.
    wallet, held = statements.lock(source) or (None, None)
    wallet = wallet or _lock(open(payer_of(workspace)).pk)
    key = f"{source}:settle"
    if held is None or held.state == Hold.State.CAPTURED:  # or it was settled before
        entry = LedgerEntry.objects.filter(idempotency_key=key).first()
        if entry or held:
            return entry
    writing, entry = [], None
    if held:
        if held.state == Hold.State.LIVE:
            wallet.held_micros -= held.amount_micros
        held.state, held.closed_at = Hold.State.CAPTURED, clock.now()
        writing.append(statements.update(held, ("state", "closed_at")))
    if amount_micros > 0:
        entry = ledger.next_entry(
            wallet,
            kind=LedgerEntry.Kind.CALL,
            amount_micros=-amount_micros,
            key=key,
            source=source,
            note=note,
            workspace=workspace,
            subject=subject,
        )
        writing += [
            statements.insert(entry),
            *ledger.sums(wallet, workspace, subject, label, amount_micros, billed_ms),
        ]
    statements.run(statements.update(wallet, ledger.MOVED), *writing)
    if entry:
        entry._state.adding = False
    return entry


@transaction.atomic
def release(*, source: str) -> None:
    """Give back what was held for ``source``. Safe to call twice."""
    held = Hold.objects.filter(source=source, state=Hold.State.LIVE).first()
    if held is None:
        return
    wallet = _lock(held.wallet_id)
    held = Hold.objects.get(pk=held.pk)
    _close(wallet, held, Hold.State.RELEASED)


def release_expired(*, now: datetime) -> int:
    """Give back every hold that nobody renewed; return how many."""
    expired = Hold.objects.filter(state=Hold.State.LIVE, expires_at__lt=now)
    sources = list(expired.values_list("source", flat=True)[:500])
    for source in sources:
        release(source=source)
    return len(sources)


@transaction.atomic
def top_up(
    *,
    workspace: Workspace,
    amount_micros: int,
    key: str,
    kind: LedgerEntry.Kind = LedgerEntry.Kind.TOP_UP,
    source: str = "",
    note: str = "",
) -> LedgerEntry:
    """Add credit, once for each ``key``."""
    if amount_micros <= 0:
        raise ValueError("a top-up is more than nothing")
    return _once(
        workspace,
        key=key,
        kind=kind,
        amount_micros=amount_micros,
        source=source,
        note=note,
    )


@transaction.atomic
def take_back(
    *, workspace: Workspace, amount_micros: int, key: str, source: str, note: str
) -> LedgerEntry:
    """Take back credit whose payment went back, once for each ``key``; the balance may
    fall below nothing."""
    return _once(
        workspace,
        key=key,
        kind=LedgerEntry.Kind.REFUND,
        amount_micros=-amount_micros,
        source=source,
        note=note,
    )


@transaction.atomic
def adjust(
    *, workspace: Workspace, amount_micros: int, key: str, reason: str, by: User
) -> LedgerEntry:
    """Correct a balance with a new entry, up or down, and say who did it and why."""
    if not amount_micros:
        raise Refusal("An adjustment is not nothing: credits up or down.")
    if not reason.strip():
        raise Refusal("Give a reason: the customer can read it in the statement.")
    open(workspace)
    wallet = _lock(workspace.id)
    entry = LedgerEntry.objects.filter(idempotency_key=key).first()
    if entry is None:
        entry = ledger.book(
            wallet,
            kind=LedgerEntry.Kind.ADJUSTMENT,
            amount_micros=amount_micros,
            key=key,
            note=reason[:255],
        )
        audit.record(
            workspace=workspace,
            actor=by,
            verb="wallet.adjusted",
            target=str(entry.id),
            reason=reason,
        )
    return entry


def _once(workspace: Workspace, *, key: str, **entry: Any) -> LedgerEntry:
    """Return the entry of that key; where there is none, book it."""
    wallet = _lock(open(workspace).pk)
    known = LedgerEntry.objects.filter(idempotency_key=key).first()
    return known or ledger.book(wallet, key=key, **entry)


def _lock(workspace_id: UUID) -> Wallet:
    return Wallet.objects.select_for_update().get(pk=workspace_id)


def _locked(workspace_id: UUID) -> Wallet | None:
    """Lock the wallet if there is one."""
    return Wallet.objects.select_for_update().filter(pk=workspace_id).first()


def _reserve(wallet: Wallet, amount_micros: int) -> None:
    wallet.held_micros += amount_micros
    wallet.save(update_fields=["held_micros", "updated_at"])


def _close(wallet: Wallet, held: Hold, state: Hold.State) -> None:
    if held.state == Hold.State.LIVE:
        _reserve(wallet, -held.amount_micros)
    held.state = state
    held.closed_at = clock.now()
    held.save(update_fields=["state", "closed_at"])
