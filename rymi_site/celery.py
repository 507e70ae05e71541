"""The worker's entry point and the beat schedule in one table."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rymi_site.settings")

app = Celery("rymi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# What sweeps, and how often (seconds). Sweeps pick up rows that are due; every one may
# run twice at once without harm.
BEAT: dict[str, dict[str, Any]] = {
    "release expired holds": {"task": "billing.release_expired_holds", "schedule": 30},
    "end calls whose process died": {"task": "telephony.reap_calls", "schedule": 15},
    "forget idempotent requests": {
        "task": "accounts.forget_idempotent_requests",
        "schedule": 3_600,
    },
    "work out calls that ended": {"task": "intelligence.sweep", "schedule": 5},
    "look after telephone lines": {"task": "telephony.sweep_legs", "schedule": 5},
    "add up calls by day": {
        "task": "intelligence.add_up_days",
        "schedule": crontab(minute=5),
    },
    # Every hour, so that one that was ended goes on soon.
    "purge what is past its time": {
        "task": "intelligence.purge",
        "schedule": crontab(minute=20),
    },
    "tell of keys that fail": {"task": "agents.send_key_alerts", "schedule": 60},
    "keep promises to call back": {
        "task": "telephony.keep_call_backs",
        "schedule": 15,
    },
    "read knowledge that is due": {"task": "agents.sweep_knowledge", "schedule": 10},
    "apply events of the payment company": {
        "task": "billing.apply_events",
        "schedule": 5,
    },
    "look after payments": {"task": "billing.look_after_payments", "schedule": 30},
    "recharge": {"task": "billing.recharge", "schedule": 15},
    "send letters about money": {"task": "billing.send_notices", "schedule": 10},
    "send webhooks that are due": {
        "task": "webhooks.deliver_due",
        "schedule": 5,
        # A sweep that could not run is not missed: the next one does its work.
        "options": {"expires": 5},
    },
    "mail that endpoints fail": {"task": "webhooks.send_alerts", "schedule": 5},
    "post what accounts told": {"task": "webhooks.catch_up", "schedule": 300},
    "forget old webhooks": {
        "task": "webhooks.purge",
        "schedule": crontab(hour=2, minute=20),
    },
    "look for alerts": {"task": "billing.check_alerts", "schedule": 60},
    "prove wallets": {
        "task": "billing.prove_wallets",
        "schedule": crontab(hour=3, minute=10),
    },
}
app.conf.beat_schedule = BEAT
