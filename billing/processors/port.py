"""What is asked of a payment company, and the words it answers in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from common.errors import Refusal

Progress = Literal["open", "paid", "failed", "expired"]


class NotConfigured(Refusal):
    """This installation has no payment company."""

    code = "payments_not_configured"
    status = 503


class Unreachable(Refusal):
    """The payment company did not answer, or failed; trying again is safe."""

    code = "payments_unreachable"
    status = 502


class Declined(Refusal):
    """The card was not charged."""

    code = "payment_declined"
    status = 402


class Refused(Refusal):
    """The payment company does not do this, whatever the number of tries."""

    code = "payment_refused"
    status = 409


@dataclass(frozen=True, slots=True)
class Card:
    """What may be known of a card."""

    method_id: str = ""
    brand: str = ""
    last4: str = ""
    country: str = ""  # of the billing address that was typed


@dataclass(frozen=True, slots=True)
class Page:
    """The payment company's own page, where the customer pays."""

    session_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Return:
    """Money that went back: a refund, or what a bank took for a dispute."""

    id: str
    kind: Literal["refund", "dispute"]
    cents: int
    stands: bool  # False: it failed, or the dispute was won
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is true of a payment now, read anew."""

    progress: Progress
    intent_id: str = ""
    tax_cents: int = 0
    total_cents: int = 0
    card: Card = field(default_factory=Card)
    keeps_card: bool = False
    failure: str = ""
    returns: tuple[Return, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A signed event: only what it is about."""

    id: str
    type: str
    object_id: str = ""
    intent_id: str = ""
    payment_key: str = ""  # our payment's id, where they repeat it


class Processor(Protocol):
    """A payment company. Every call may raise ``Unreachable`` or ``NotConfigured``;
    every write carries a key that makes a repetition harmless."""

    def customer(self, *, key: str, email: str, fields: Mapping[str, str]) -> str: ...

    def page(
        self,
        *,
        key: str,
        customer_id: str,
        cents: int,
        payment_id: str,
        keeps_card: bool,
        success_url: str,
        cancel_url: str,
    ) -> Page: ...

    def charge(
        self,
        *,
        key: str,
        customer_id: str,
        method_id: str,
        cents: int,
        payment_id: str,
    ) -> str:
        """Charge a saved card; return the intent. Raises ``Declined``."""
        ...

    def facts(self, *, session_id: str, intent_id: str) -> Facts: ...

    def payment_of(self, intent_id: str) -> str:
        """Return our payment's id behind an intent; empty: none of ours."""
        ...

    def refund(self, *, key: str, intent_id: str, cents: int) -> None: ...

    def read_event(self, body: bytes, header: str, now: float) -> Told:
        """Check a signature over the raw bytes. Raises ``Forged``."""
        ...


class Forged(Refusal):
    """What arrived was not signed by the payment company, or not now."""

    code = "invalid_signature"
    status = 400
