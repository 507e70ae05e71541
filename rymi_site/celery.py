"""The worker's entry point and the beat schedule in one table."""

import os
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab
from django.conf import settings

from common import collector
from rymi_site import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rymi_site.settings")

broker.install()
app = Celery("rymi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# What sweeps, and how often (seconds); one line a task, by name. Sweeps pick up rows that
# are due; every one may run twice at once without harm.
EVERY: dict[str, float | crontab] = {
    "accounts.forget_idempotent_requests": 3_600,
    "accounts.look_at_components": 60,
    "agents.send_key_alerts": 60,
    "agents.sweep_knowledge": 2,
    "billing.apply_events": 5,
    "billing.check_alerts": 60,
    "billing.look_after_payments": 30,
    "billing.prove_wallets": crontab(hour=3, minute=10),
    "billing.recharge": 15,
    "billing.release_expired_holds": 30,
    "billing.send_notices": 10,
    "intelligence.add_up_days": crontab(minute=5),
    "intelligence.purge": crontab(minute=20),  # hourly: one that was ended goes on soon
    "intelligence.sweep": 5,
    "telephony.advance_fanouts": 5,
    "telephony.bind_left_over": 60,
    "telephony.keep_call_backs": 15,
    "telephony.reap_calls": 15,
    "telephony.sweep_legs": 5,
    "webhooks.catch_up": 300,
    "webhooks.deliver_due": 5,
    "webhooks.purge": crontab(hour=2, minute=20),
    "webhooks.send_alerts": 5,
}
# A sweep that could not run in time is not missed: the next one does its work.
EXPIRES = {"agents.sweep_knowledge": 2, "webhooks.deliver_due": 5}


def _row(task: str) -> dict[str, Any]:
    options = {"expires": EXPIRES[task]} if task in EXPIRES else {}
    return {"task": task, "schedule": EVERY[task], "options": options}


app.conf.beat_schedule = {task: _row(task) for task in EVERY}


def _without_pool(**_: Any) -> None:
    """Give each thread of a worker one connection.

    Celery closes the process's pool around every task, under the threads that use it
    (couriers, calls' records), which would find it gone or wait for its threads' end.
    """
    settings.DATABASES["default"].get("OPTIONS", {}).pop("pool", None)


def _settle(**_: Any) -> None:
    """Share what is loaded with the processes forked from this one, and have none of
    them look through it when it ends, which takes seconds."""
    collector.settle()


signals.celeryd_init.connect(_without_pool)
signals.worker_init.connect(_settle)
