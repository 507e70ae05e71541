"""Statements of the courier, composed once instead of for every batch.

Hundreds of letters a second and core go through them (``make bench-queue``); composed by
the ORM they cost more than all the rest of the database's part. What is written and read
stays the models' own: columns and conversions are theirs.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model

from webhooks.models import Delivery, Endpoint, Event

SENDERS = ("id", "url", "is_patient", "secret", "previous_secret", "previous_until")
DUE = ("id", "event_type", "attempts", "attempts_before")
LEASE = ("id", "state", "lease_until")
# Literal, where the planner can tell that the index of open deliveries fits.
_OPEN = f"state IN ({', '.join(repr(state.value) for state in Delivery.OPEN)})"

Row = tuple[Any, ...]


def have_work(lanes: Collection[UUID], *, holder: UUID, now: datetime) -> bool:
    """Tell whether any of a holder's endpoints has something due."""
    sql = f"SELECT 1{_with_work_sql(len(lanes))} LIMIT 1"
    return bool(_ask(sql, [*_keys(lanes), *_keys([holder]), _moment(now)]))


def lock_those_with_work(
    lanes: Collection[UUID], *, holder: UUID, now: datetime
) -> list[Endpoint]:
    """Lock and return those of a holder's endpoints that have something due."""
    columns = _columns(Endpoint, SENDERS)
    sql = f"SELECT {columns}{_with_work_sql(len(lanes))} ORDER BY id{_for_update()}"
    rows = _ask(sql, [*_keys(lanes), *_keys([holder]), _moment(now)])
    return _endpoints(SENDERS, rows)


def due(endpoint: UUID, *, room: int, now: datetime) -> list[Row]:
    """Return what is due for an endpoint: ``DUE`` and the letter's body."""
    rows = _ask(_due_sql(), [*_keys([endpoint]), _moment(now), room])
    return _read(Delivery, DUE, rows)


def lease(deliveries: Collection[UUID], *, until: datetime) -> None:
    """Mark deliveries as being sent until a moment."""
    end = _moment(until)
    _do(_lease_sql(len(deliveries)), [end, end, *_keys(deliveries)])


def lock_endpoints(keys: Collection[UUID], names: tuple[str, ...]) -> list[Endpoint]:
    """Lock endpoints; return them with these of their fields."""
    return _endpoints(names, _ask(_endpoints_sql(len(keys), names), _keys(keys)))


def lock_deliveries(keys: Collection[UUID]) -> list[Row]:
    """Lock deliveries that are still there; return ``LEASE`` of each."""
    rows = _ask(_leases_sql(len(keys)), _keys(keys))
    return _read(Delivery, LEASE, rows)


def delivered(keys: Collection[UUID], *, status: int | None, now: datetime) -> None:
    """Close deliveries that arrived."""
    end = _moment(now)
    _do(_delivered_sql(len(keys)), [end, status, end, *_keys(keys)])


def failed(
    key: UUID,
    *,
    state: str,
    next_at: datetime,
    status: int | None,
    error: str,
    finished_at: datetime | None,
) -> None:
    """Move a delivery on that did not arrive."""
    ended = finished_at and _moment(finished_at)
    values = [str(state), _moment(next_at), status, error, ended]
    _do(_failed_sql(), [*values, *_keys([key])])


# ---- composing


def _with_work_sql(lanes: int) -> str:
    endpoint, delivery = Endpoint._meta.db_table, Delivery._meta.db_table
    return (
        f" FROM {endpoint}"
        f" WHERE id IN ({_marks(lanes)}) AND lane_holder = %s AND deleted_at IS NULL"
        f" AND status = 'active' AND EXISTS (SELECT 1 FROM {delivery}"
        f" WHERE endpoint_id = {endpoint}.id AND {_OPEN} AND next_at <= %s)"
    )


@cache
def _due_sql() -> str:
    delivery, event = Delivery._meta.db_table, Event._meta.db_table
    return (
        f"SELECT {_columns(Delivery, DUE)}, {event}.body FROM {delivery}"
        f" JOIN {event} ON {event}.id = {delivery}.event_id"
        f" WHERE endpoint_id = %s AND {_OPEN} AND next_at <= %s"
        f" ORDER BY next_at, {delivery}.id LIMIT %s"
    )


def _lease_sql(deliveries: int) -> str:
    return (
        f"UPDATE {Delivery._meta.db_table}"
        " SET state = 'sending', next_at = %s, lease_until = %s"
        f" WHERE id IN ({_marks(deliveries)})"
    )


def _endpoints_sql(keys: int, names: tuple[str, ...]) -> str:
    return (
        f"SELECT {_columns(Endpoint, names)} FROM {Endpoint._meta.db_table}"
        f" WHERE id IN ({_marks(keys)}) ORDER BY id{_for_update()}"
    )


def _leases_sql(keys: int) -> str:
    return (
        f"SELECT {_columns(Delivery, LEASE)} FROM {Delivery._meta.db_table}"
        f" WHERE id IN ({_marks(keys)}) ORDER BY id{_for_update()}"
    )


def _delivered_sql(keys: int) -> str:
    return (
        f"UPDATE {Delivery._meta.db_table}"
        " SET state = 'delivered', attempts = attempts + 1, next_at = %s,"
        " lease_until = NULL, last_status = %s, last_error = '', finished_at = %s"
        f" WHERE id IN ({_marks(keys)})"
    )


@cache
def _failed_sql() -> str:
    return (
        f"UPDATE {Delivery._meta.db_table}"
        " SET state = %s, attempts = attempts + 1, next_at = %s, lease_until = NULL,"
        " last_status = %s, last_error = %s, finished_at = %s WHERE id = %s"
    )


@cache
def _columns(model: type[Model], names: tuple[str, ...]) -> str:
    table = model._meta.db_table
    return ", ".join(f"{table}.{field.column}" for field in _fields(model, names))


@cache
def _fields(model: type[Model], names: tuple[str, ...]) -> list[Any]:
    """Return these fields in the model's order, which rows from the database have."""
    return [field for field in model._meta.concrete_fields if field.name in names]


def _marks(number: int) -> str:
    return ", ".join(["%s"] * number)


def _for_update() -> str:
    can = connections[DEFAULT_DB_ALIAS].features.has_select_for_update
    return " FOR UPDATE" if can else ""


# ---- asking


def _ask(sql: str, values: Sequence[Any]) -> list[Row]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[Row] = cursor.fetchall()
        return rows


def _do(sql: str, values: Sequence[Any]) -> None:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(sql, values)


def _keys(keys: Iterable[UUID]) -> list[Any]:
    if connections[DEFAULT_DB_ALIAS].features.has_native_uuid_field:
        return list(keys)
    return [key.hex for key in keys]


def _moment(moment: datetime) -> Any:
    return connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(moment)


def _endpoints(names: tuple[str, ...], rows: list[Row]) -> list[Endpoint]:
    loaded = [field.attname for field in _fields(Endpoint, names)]
    return [
        Endpoint.from_db(DEFAULT_DB_ALIAS, loaded, row)
        for row in _read(Endpoint, names, rows)
    ]


def _read(model: type[Model], names: tuple[str, ...], rows: list[Row]) -> list[Row]:
    """Turn what the database gave into what the model's fields hold; what stands behind
    the named columns stays as it is."""
    here = connections[DEFAULT_DB_ALIAS]
    turns = []
    for place, field in enumerate(_fields(model, names)):
        column = field.get_col(model._meta.db_table)
        converters = here.ops.get_db_converters(column) + field.get_db_converters(here)
        turns += [(place, convert, column) for convert in converters]
    if not turns:
        return rows
    read = [list(row) for row in rows]
    for row in read:
        for place, convert, column in turns:
            row[place] = convert(row[place], column, here)
    return [tuple(row) for row in read]
