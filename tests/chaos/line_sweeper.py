"""The worker's sweeps that calls and their lines need, in a process of their own."""

import time

import django

django.setup()

from billing.tasks import release_expired_holds
from telephony.tasks import reap_calls, sweep_legs

EVERY_S = 1.0

if __name__ == "__main__":
    while True:
        sweep_legs()
        reap_calls()
        release_expired_holds()
        time.sleep(EVERY_S)
