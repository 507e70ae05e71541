"""The worker's sweeps that a dead call needs, in a process of their own, until it ends."""

import time

import django

django.setup()

from billing.tasks import release_expired_holds
from telephony.tasks import reap_calls

EVERY_S = 2.0

if __name__ == "__main__":
    while True:
        reap_calls()
        release_expired_holds()
        time.sleep(EVERY_S)
