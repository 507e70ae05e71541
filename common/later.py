"""Work asked for by name, so that operations never import tasks."""

from functools import partial
from typing import Any

import structlog
from celery import current_app
from celery.exceptions import NotRegistered
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger()


def later(task_name: str, /, **ids: int | str) -> None:
    """Ask for background work by name, once the current transaction commits.

    Raises ``NotRegistered`` at once for an unknown name. What must not be lost is also
    a row with a due time: this is only the nudge that makes it prompt. So a broker that
    is away fails nobody's request; the sweep that reads the rows does the work.
    """
    transaction.on_commit(partial(_nudge, _task(task_name), ids))


def _nudge(task: Any, ids: dict[str, int | str]) -> None:
    try:
        # One try: whoever waits for the answer need not wait for the broker.
        task.apply_async(kwargs=ids, retry=False)
    except OperationalError as error:
        log.warning("nudge_lost", task=task.name, error=repr(error))


def _task(name: str) -> Any:
    try:
        return current_app.tasks[name]
    except NotRegistered:  # only workers import every app's tasks when they start
        current_app.loader.import_default_modules()
        return current_app.tasks[name]
