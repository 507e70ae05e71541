"""Ends one call as the sweep does, and may die of it."""

import sys
from uuid import UUID

import django

django.setup()

from common import clock
from telephony import calls
from telephony.models import Call

if __name__ == "__main__":
    lost = calls.Outcome(Call.EndReason.CLOSED, "server_lost")
    calls.end(UUID(sys.argv[1]), lost, now=clock.now())
