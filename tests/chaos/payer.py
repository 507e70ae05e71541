"""Does one deed about money, and may die of it: told as ``verb argument``."""

import os
import sys
from uuid import UUID

import django

django.setup()

from django.test import Client

from accounts.models import User, Workspace
from billing import payments, recharging
from common import clock


def start(workspace_id: str, once: str) -> None:
    """Press the button that leads to the payment company's page."""
    payments.start(
        workspace=Workspace.objects.get(pk=workspace_id),
        cents=10_00,
        once=once,
        by=User.objects.get(email="payer@example.com"),
        keeps_card=True,
    )


def tell(header: str, body: str) -> None:
    """Get an event as the payment company sends it, and work it through."""
    answer = Client().post(
        "/callbacks/stripe/",
        body.encode(),
        content_type="application/json",
        headers={"Stripe-Signature": header},
    )
    assert answer.status_code == 200, answer.content


def land(payment_id: str) -> None:
    """Come back from the payment company's page."""
    payments.reconcile(UUID(payment_id))


def recharge(workspace_id: str) -> None:
    """Charge the saved card."""
    recharging.begin(UUID(workspace_id), now=clock.now())


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
    sys.stdout.flush()
    os._exit(0)
