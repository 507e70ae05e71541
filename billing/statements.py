"""Statements of the ledger's writer, composed once instead of for every call.

A settlement is made at the end of each call and writes five tables. Composed anew by the
ORM its statements cost fifteen times a bare insert (``make bench-queue``). What is
written stays the models' own: columns and conversions are theirs.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import AutoField, Model

from billing.models import Hold, Wallet

FIGURES = ("balance_micros", "held_micros", "spent_micros", "entry_count")
HELD = ("id", "amount_micros", "state")


def lock(source: str) -> tuple[Wallet, Hold] | None:
    """Lock the wallet whose money is held for ``source``, then read its figures and
    what is held; None: nothing is. What was read before the lock would not count."""
    rows = _ask([_lock_sql(), _hold_sql()], [source])
    if rows is None:
        return None
    wallet, held = rows
    return _known(Wallet, ("workspace_id", *FIGURES), wallet), _known(Hold, HELD, held)


M = TypeVar("M", bound=Model)
Statement = tuple[str, list[Any]]


def insert(row: Model) -> Statement:
    """Insert a new row."""
    return _insert_sql(type(row)), _values(row, _written(type(row)), add=True)


def update(row: Model, names: tuple[str, ...]) -> Statement:
    """Write these fields of a row, by its key."""
    meta: Any = row._meta
    fields = [*(meta.get_field(name) for name in names), meta.pk]
    return _update_sql(type(row), names), _values(row, fields, add=False)


def add(
    model: type[Model],
    *,
    by: dict[str, Any],
    sums: dict[str, int],
    words: dict[str, str],
) -> Statement:
    """Add ``sums`` to the row that has the same ``by``, or insert it; ``words`` take
    the place of its words, unless they are empty."""
    fields, values = _written(model), by | sums | words
    said = tuple(name for name, word in words.items() if word)
    sql = _add_sql(model, tuple(by), tuple(sums), said)
    return sql, _ready(fields, [values[field.attname] for field in fields])


def run(*statements: Statement) -> None:
    """Write all of it, each table once: in one trip where the database can."""
    together = connections[DEFAULT_DB_ALIAS].vendor == "postgresql"
    if together and len(statements) > 1:
        statements = (_together(statements),)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        for sql, values in statements:
            cursor.execute(sql, values)


def _together(statements: Sequence[Statement]) -> Statement:
    values = [value for _, each in statements for value in each]
    return _together_sql(tuple(sql for sql, _ in statements)), values


# ---- composing


@cache
def _together_sql(statements: tuple[str, ...]) -> str:
    *first, last = statements
    named = ", ".join(f"s{number} AS ({sql})" for number, sql in enumerate(first))
    return f"WITH {named} {last}"


@cache
def _written(model: type[Model]) -> tuple[Any, ...]:
    fields = model._meta.concrete_fields
    return tuple(field for field in fields if not isinstance(field, AutoField))


@cache
def _lock_sql() -> str:
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    return (
        f"SELECT workspace_id, {', '.join(FIGURES)} FROM {Wallet._meta.db_table}"
        f" WHERE workspace_id = (SELECT wallet_id FROM {Hold._meta.db_table}"
        f" WHERE source = %s){lock}"
    )


@cache
def _hold_sql() -> str:
    table = Hold._meta.db_table
    return f"SELECT {', '.join(HELD)} FROM {table} WHERE source = %s"


@cache
def _insert_sql(model: type[Model]) -> str:
    fields = _written(model)
    marks = ", ".join(["%s"] * len(fields))
    table = model._meta.db_table
    return f"INSERT INTO {table} ({_columns(fields)}) VALUES ({marks})"


@cache
def _update_sql(model: type[Model], names: tuple[str, ...]) -> str:
    meta: Any = model._meta
    sets = ", ".join(f"{meta.get_field(name).column} = %s" for name in names)
    return f"UPDATE {meta.db_table} SET {sets} WHERE {_key(model)} = %s"


@cache
def _add_sql(
    model: type[Model],
    by: tuple[str, ...],
    sums: tuple[str, ...],
    words: tuple[str, ...],
) -> str:
    meta: Any = model._meta
    table = meta.db_table
    keys = ", ".join(by)
    sets = [f"{name} = {table}.{name} + excluded.{name}" for name in sums]
    sets += [f"{name} = excluded.{name}" for name in words]
    return f"{_insert_sql(model)} ON CONFLICT ({keys}) DO UPDATE SET {', '.join(sets)}"


def _key(model: type[Model]) -> str:
    meta: Any = model._meta
    return str(meta.pk.column)


def _columns(fields: Sequence[Any]) -> str:
    return ", ".join(str(field.column) for field in fields)


# ---- asking


def _known(model: type[M], names: tuple[str, ...], row: Sequence[Any]) -> M:
    """Return a row that is in the database, of which this much was read."""
    key, *rest = row
    key = key if isinstance(key, UUID) else UUID(key)
    return model.from_db(DEFAULT_DB_ALIAS, names, [key, *rest])


def _values(row: Model, fields: Sequence[Any], *, add: bool) -> list[Any]:
    return _ready(fields, [field.pre_save(row, add) for field in fields])


def _ready(fields: Sequence[Any], values: list[Any]) -> list[Any]:
    here = connections[DEFAULT_DB_ALIAS]  # the proxy asks anew for every field
    if here.vendor == "postgresql":  # numbers, texts, keys and moments go as they are
        return values
    pairs = zip(fields, values, strict=True)
    return [field.get_db_prep_save(value, here) for field, value in pairs]


def _ask(questions: Sequence[str], values: Sequence[Any]) -> list[Any] | None:
    """Return the first row of each question, asked with the same values and in this
    order; None: one of them has none."""
    here = connections[DEFAULT_DB_ALIAS]
    with here.cursor() as cursor:
        if here.vendor != "postgresql":
            rows = [cursor.execute(each, values).fetchone() for each in questions]
        else:  # in one trip; each still sees what was committed before it
            cursor.execute("; ".join(questions), [*values] * len(questions))
            rows = [cursor.fetchone()]
            while cursor.nextset():
                rows.append(cursor.fetchone())
    return None if None in rows else rows
