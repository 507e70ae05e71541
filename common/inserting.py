"""Many new rows in one short statement, composed once for a model.

The ORM composes the statement for each batch anew, with a mark for every value; where
rows come in hundreds that is most of what they cost. And what all rows have in common (a
document, say) is written once, and not once a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Field, Model


def insert(rows: Sequence[Model]) -> None:
    """Insert new rows of one model, whose keys are made here and not by the database.
    As ``bulk_create``, it sends no signals."""
    if not rows:
        return
    here, model = connections[DEFAULT_DB_ALIAS], type(rows[0])
    columns = [_column(field, rows) for field in model._meta.concrete_fields]
    with here.cursor() as cursor:
        if here.vendor == "postgresql":  # a list a column, or the one value
            shared = tuple(column.is_shared for column in columns)
            values = [c.values[0] if c.is_shared else c.values for c in columns]
            cursor.execute(_lists_sql(model, shared), values)
        else:
            alike = [c.values * len(rows) if c.is_shared else c.values for c in columns]
            cursor.executemany(_row_sql(model), list(zip(*alike, strict=True)))


@dataclass(frozen=True, slots=True)
class _Column:
    """What goes into one column, as the driver takes it."""

    values: list[Any]  # one a row, or a single one for all
    is_shared: bool


def _column(field: "Field[Any, Any]", rows: Sequence[Model]) -> _Column:
    values = [field.pre_save(row, add=True) for row in rows]
    # Documents are not compared: shared is what is the same object. Keys never are, so
    # that something is left which tells the rows apart.
    is_shared = not field.primary_key and all(each is values[0] for each in values)
    here = connections[DEFAULT_DB_ALIAS]
    written = [
        field.get_db_prep_save(each, here)
        for each in (values[:1] if is_shared else values)
    ]
    return _Column(written, is_shared)


@cache
def _row_sql(model: type[Model]) -> str:
    marks = ", ".join(["%s"] * len(model._meta.concrete_fields))
    return f"INSERT INTO {model._meta.db_table} ({_columns(model)}) VALUES ({marks})"


@lru_cache(maxsize=100)
def _lists_sql(model: type[Model], shared: tuple[bool, ...]) -> str:
    here, fields = connections[DEFAULT_DB_ALIAS], model._meta.concrete_fields
    # Lists in what is selected give a row for each of their values, side by side; what
    # is no list is repeated.
    values = ", ".join(
        f"%s::{field.db_type(here)}" if one else f"unnest(%s::{field.db_type(here)}[])"
        for field, one in zip(fields, shared, strict=True)
    )
    return f"INSERT INTO {model._meta.db_table} ({_columns(model)}) SELECT {values}"


def _columns(model: type[Model]) -> str:
    return ", ".join(str(field.column) for field in model._meta.concrete_fields)
