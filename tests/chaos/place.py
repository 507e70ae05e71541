"""Places a call and dials it in a process that may die of it."""

import sys

import django

django.setup()

from agents.models import Agent
from telephony import phone_calls

if __name__ == "__main__":
    agent = Agent.objects.select_related("workspace", "published").get(pk=sys.argv[1])
    phone_calls.place(phone_calls.Wanted(agent, sys.argv[2]))
