"""Empties the database after a test that committed.

Django truncates every table and then makes content types and permissions anew, which
takes PostgreSQL most of a second. A test writes to a few tables: those are emptied, and
what no test changes is left.
"""

import functools
import time

from django.db import DatabaseError, connection, transaction

KEPT = {"django_content_type", "auth_permission", "django_migrations"}
TRIES = 20


def empty(test_case) -> None:
    """Delete all rows but those of ``KEPT``.

    A server of the test's may still write what belongs to rows that go: then again.
    """
    for left in reversed(range(TRIES)):
        try:
            return _empty()
        except DatabaseError:
            if not left:
                raise
            time.sleep(0.25)


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_which_have_rows())
        written = [name for (name,) in cursor.fetchall()]
        with transaction.atomic():  # foreign keys are looked at when it ends
            for name in written:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")  # noqa: S608  # tables of ours


@functools.cache
def _which_have_rows() -> str:
    tables = connection.introspection.django_table_names(only_existing=True)
    return " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(name)})"  # noqa: S608  # tables of ours
        for name in sorted({*tables} - KEPT)
    )
