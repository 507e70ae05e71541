"""Work asked for by name, so that operations never import tasks."""

from functools import partial
from typing import Any

from celery import current_app
from celery.exceptions import NotRegistered
from django.db import transaction


def later(task_name: str, /, **ids: int | str) -> None:
    """Ask for background work by name, once the current transaction commits.

    Raises ``NotRegistered`` at once for an unknown name. What must not be lost is also
    a row with a due time: this is only the nudge that makes it prompt.
    """
    task = _task(task_name)
    transaction.on_commit(partial(task.apply_async, kwargs=ids))


def _task(name: str) -> Any:
    try:
        return current_app.tasks[name]
    except NotRegistered:  # only workers import every app's tasks when they start
        current_app.loader.import_default_modules()
        return current_app.tasks[name]
