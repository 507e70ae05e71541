"""Charges for calls that were held, one after the other, in a process of its own."""

import json
import sys

import django

django.setup()

from accounts.models import Workspace
from billing import wallet

if __name__ == "__main__":
    workspace = Workspace.objects.get(pk=sys.argv[1])
    for source in json.loads(sys.argv[2]):
        wallet.capture(
            workspace=workspace,
            source=source,
            amount_micros=1_000_000,
            billed_ms=30_000,
        )
