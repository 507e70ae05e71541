"""What we ask of Stripe, in our words. The only module that speaks its API.

https://docs.stripe.com/api (read 2026-11). A repeated call with the same key has the
answer of the first; the SDK repeats by itself when the line breaks.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

import stripe
from django.conf import settings

from billing.processors.port import (
    Card,
    Declined,
    Facts,
    NotConfigured,
    Page,
    Progress,
    Refused,
    Return,
    Told,
    Unreachable,
)
from billing.processors.stripe import events

TIMEOUT_S = 20
RETRIES = 2  # with the same key
CURRENCY = "usd"
# Of a dispute, from here on the money is (still) gone.
LOST = frozenset({"needs_response", "under_review", "lost"})
WORDS = {
    "insufficient_funds": "insufficient funds",
    "expired_card": "the card has expired",
    "authentication_required": "the bank wants to hear from the cardholder",
    "lost_card": "the card was reported lost",
    "stolen_card": "the card was reported stolen",
}


@lru_cache(maxsize=4)
def _client(api_key: str, api_base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        api_key,
        base_addresses={"api": api_base} if api_base else {},
        http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
        max_network_retries=RETRIES,
    )


@contextmanager
def _translated() -> Iterator[None]:
    """Let only our own errors out, without Stripe's words about itself."""
    try:
        yield
    except stripe.CardError as error:
        code = getattr(error.error, "decline_code", None) or error.code
        raise Declined(_why(code, error.user_message or "")) from error
    except (stripe.InvalidRequestError, stripe.IdempotencyError) as error:
        raise Refused(f"Stripe refused: {error.user_message or error}") from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise NotConfigured(
            "Stripe does not accept this server's key. Whoever runs it should set"
            " STRIPE_SECRET_KEY anew."
        ) from error
    except stripe.StripeError as error:
        raise Unreachable(
            "Stripe did not answer. Nothing was charged twice; try again in a minute."
        ) from error


def _why(code: str | None, message: str) -> str:
    return WORDS.get(code or "", message.rstrip(".") or "the card was declined")


class Stripe:
    """The payment company that ``billing.processors.port.Processor`` describes."""

    @property
    def api(self) -> Any:
        if not settings.STRIPE_SECRET_KEY:
            raise NotConfigured(
                "This server takes no payments yet. Whoever runs it sets"
                " STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET; until then its staff can"
                " add credit."
            )
        return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE).v1

    def customer(self, *, key: str, email: str, fields: Mapping[str, str]) -> str:
        params: dict[str, Any] = {
            "email": email,
            "name": fields["name"],
            "metadata": {"workspace_id": fields["workspace_id"]},
        }
        if fields.get("country"):
            params["address"] = {"country": fields["country"]}
        with _translated():
            made = self.api.customers.create(params, options={"idempotency_key": key})
        return str(made.id)

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
    ) -> Page:
        intent: dict[str, Any] = {"metadata": {"payment_id": payment_id}}
        if keeps_card:
            intent["setup_future_usage"] = "off_session"
        params: dict[str, Any] = {
            "mode": "payment",
            "customer": customer_id,
            "client_reference_id": payment_id,
            "success_url": success_url,
            "cancel_url": cancel_url,
            "metadata": {"payment_id": payment_id},
            "payment_intent_data": intent,
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": CURRENCY,
                        "unit_amount": cents,
                        "product_data": {"name": f"{cents:,} credits"},
                    },
                }
            ],
        }
        if settings.STRIPE_AUTOMATIC_TAX:
            params["automatic_tax"] = {"enabled": True}
            params["customer_update"] = {"address": "auto"}
        with _translated():
            made = self.api.checkout.sessions.create(
                params, options={"idempotency_key": key}
            )
        return Page(session_id=made.id, url=made.url or "")

    def charge(
        self,
        *,
        key: str,
        customer_id: str,
        method_id: str,
        cents: int,
        payment_id: str,
    ) -> str:
        params = {
            "amount": cents,
            "currency": CURRENCY,
            "customer": customer_id,
            "payment_method": method_id,
            "off_session": True,
            "confirm": True,
            "description": f"{cents:,} credits, recharged by itself",
            "metadata": {"payment_id": payment_id},
        }
        with _translated():
            made = self.api.payment_intents.create(
                params, options={"idempotency_key": key}
            )
        return str(made.id)

    def facts(self, *, session_id: str, intent_id: str) -> Facts:
        with _translated():
            session = (
                self.api.checkout.sessions.retrieve(session_id) if session_id else None
            )
            intent_id = intent_id or (session.payment_intent if session else "") or ""
            if not intent_id:
                return Facts(progress="expired" if _is_over(session) else "open")
            intent = self.api.payment_intents.retrieve(
                intent_id, {"expand": ["latest_charge"]}
            )
            returns = tuple(self._returns(intent)) if intent.latest_charge else ()
        return Facts(
            progress=_progress(session, intent),
            intent_id=intent_id,
            tax_cents=_tax(session),
            total_cents=session.amount_total if session else intent.amount,
            card=_card(intent),
            keeps_card=intent.setup_future_usage == "off_session",
            failure=_failure(intent),
            returns=returns,
        )

    def _returns(self, intent: Any) -> Iterator[Return]:
        asked = {"payment_intent": intent.id, "limit": 100}
        for refund in self.api.refunds.list(asked).auto_paging_iter():
            yield Return(
                id=refund.id,
                kind="refund",
                cents=refund.amount,
                stands=refund.status not in ("failed", "canceled"),
                reason=refund.reason or "",
            )
        if intent.latest_charge.disputed:
            for dispute in self.api.disputes.list(asked).auto_paging_iter():
                yield Return(
                    id=dispute.id,
                    kind="dispute",
                    cents=dispute.amount,
                    stands=dispute.status in LOST,
                    reason=dispute.reason or "",
                )

    def payment_of(self, intent_id: str) -> str:
        with _translated():
            intent = self.api.payment_intents.retrieve(intent_id)
        repeated = intent.metadata.to_dict() if intent.metadata else {}
        return str(repeated.get("payment_id") or "")

    def refund(self, *, key: str, intent_id: str, cents: int) -> None:
        params = {"payment_intent": intent_id, "amount": cents}
        with _translated():
            self.api.refunds.create(params, options={"idempotency_key": key})

    def read_event(self, body: bytes, header: str, now: float) -> Told:
        secrets = list(settings.STRIPE_WEBHOOK_SECRETS)
        if not secrets:  # without a secret nothing can be told apart
            raise NotConfigured("STRIPE_WEBHOOK_SECRET is not set on this server.")
        return events.read(body, header, secrets=secrets, now=now)


def _is_over(session: Any) -> bool:
    return session is not None and session.status == "expired"


def _progress(session: Any, intent: Any) -> Progress:
    if session is not None and session.payment_status == "paid":
        return "paid"
    if session is None and intent.status == "succeeded":
        return "paid"
    if _is_over(session):
        return "expired"
    if session is not None and session.status == "open":
        return "open"  # a card may be declined there, and another one tried
    if intent.status in ("requires_payment_method", "canceled", "requires_action"):
        return "failed"
    return "open"


def _tax(session: Any) -> int:
    details = session.total_details if session else None
    return int(details.amount_tax or 0) if details else 0


def _card(intent: Any) -> Card:
    charge = intent.latest_charge
    details = charge.payment_method_details if charge else None
    card = getattr(details, "card", None) if details else None
    method = cast(str, intent.payment_method or "")
    address = charge.billing_details.address if charge else None
    country = (address.country if address else "") or ""
    if not card:
        return Card(method, details.type if details else "", "", country)
    return Card(method, card.brand or "", card.last4 or "", country)


def _failure(intent: Any) -> str:
    error = intent.last_payment_error
    if not error:
        return ""
    code = getattr(error, "decline_code", None) or error.code
    return _why(code, error.message or "")
