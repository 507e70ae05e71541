"""Work asked for by name, so that operations never import tasks."""

from functools import partial

from celery import current_app
from django.db import transaction


def later(task_name: str, /, **ids: int | str) -> None:
    """Ask for background work by name, once the current transaction commits.

    Raises ``NotRegistered`` at once for an unknown name. What must not be lost is also
    a row with a due time: this is only the nudge that makes it prompt.
    """
    task = current_app.tasks[task_name]
    transaction.on_commit(partial(task.apply_async, kwargs=ids))
