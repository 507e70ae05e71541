"""A worker's courier in a process of its own, for tests that kill it."""

import os
import threading
import time
from pathlib import Path

import django

django.setup()

from webhooks.courier import Courier

SWEEP_S = 0.2  # as often as nudges come; beat sweeps every 5 s


def sweep(courier: Courier) -> None:
    while True:
        courier.wake()
        time.sleep(SWEEP_S)


if __name__ == "__main__":
    hired = Courier()
    Path(os.environ["COURIER_IS_UP"]).touch()
    threading.Thread(target=sweep, args=(hired,), daemon=True).start()
    hired.run()
