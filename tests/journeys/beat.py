"""Beat and its worker in one process that needs no broker: does what is in the table, as
often as it says there, until it is ended."""

import time

import django

django.setup()

from rymi_site.celery import EVERY, app

LOOK_S = 0.2


def main() -> None:
    app.loader.import_default_modules()
    every = {name: s for name, s in EVERY.items() if isinstance(s, int | float)}
    due = dict.fromkeys(every, 0.0)
    while True:
        for name, seconds in every.items():
            if time.monotonic() >= due[name]:
                due[name] = time.monotonic() + seconds
                app.tasks[name].apply()
        time.sleep(LOOK_S)


if __name__ == "__main__":
    main()
