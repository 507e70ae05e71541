"""Start a call in a process that may die of it."""

import sys

import django

django.setup()

from agents.models import Agent
from telephony import calls

if __name__ == "__main__":
    calls.start_test(agent=Agent.objects.get(pk=sys.argv[1]), by=None, mode="text")
