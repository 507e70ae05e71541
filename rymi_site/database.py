"""The database's tables: whether they are this release's, and how they become so."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.core.management.sql import emit_post_migrate_signal
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

DEFAULT = "default"


def prepare() -> None:
    """Apply the migrations that are missing; where none is, do only what follows each
    ``migrate``, a quarter of the work.

    Raises ``SystemCheckError`` for a database that cannot be brought up to date.
    """
    executor = MigrationExecutor(connections[DEFAULT])
    if found := list(_left_half_way(executor)):
        raise SystemCheckError(
            "\n\n".join(f"{each.msg}\n{each.hint}" for each in found)
        )
    if missing(executor):
        call_command("migrate", verbosity=0, interactive=False)
    else:
        executor.check_replacements()
        emit_post_migrate_signal(verbosity=0, interactive=False, db=DEFAULT)


def missing(executor: MigrationExecutor) -> int:
    """Return how many migrations the database lacks."""
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@register(Tags.database)
def left_half_way(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """Report tables from before the first release that no migration here can mend."""
    if not databases or DEFAULT not in databases:
        return []
    return list(_left_half_way(MigrationExecutor(connections[DEFAULT])))


def _left_half_way(executor: MigrationExecutor) -> Iterator[CheckMessage]:
    applied = executor.loader.applied_migrations
    for (app, name), migration in executor.loader.replacements.items():
        had = [each for each in migration.replaces if tuple(each) in applied]
        if (app, name) not in applied and 0 < len(had) < len(migration.replaces):
            lacks = sorted(
                {each for _, each in migration.replaces} - {each for _, each in had}
            )
            yield Error(
                f"The tables of {app} are older than the first release: they lack"
                f" {', '.join(lacks)}, which stand in {name} now.",
                hint="Check out the last commit that has those files, run"
                ' "manage.py migrate" there once, and come back; or begin with an'
                " empty database. Nothing has been changed.",
                id="rymi.E014",
            )
