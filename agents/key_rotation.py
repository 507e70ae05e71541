"""Putting every encrypted field on the newest key, while the product runs.

A value already on the newest key is left alone, so a run that was cut off is simply run
again. A row that changes meanwhile was written with the newest key and is left alone,
too: each is replaced only if it still holds what was read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from common.encryption import EncryptedTextField, fernet

BATCH = 200  # rows a transaction


@dataclass
class Count:
    """What came of one field of one model."""

    label: str  # app.Model.field
    seen: int = 0
    rotated: int = 0
    lost: list[str] = field(default_factory=list)  # rows that no key opens


def rotate(batch: int = BATCH) -> Iterator[Count]:
    """Re-encrypt every field; yield each when it is done."""
    for model, column in encrypted_fields():
        yield _rotate(model, column, batch)


def unreadable(at_most: int = 50) -> Iterator[str]:
    """Name what no key opens, among the first rows of each field; change nothing."""
    for model, column in encrypted_fields():
        for key, ciphertext in _rows(model, column, None, at_most):
            try:
                fernet().decrypt(ciphertext.encode())
            except InvalidToken:
                yield f"{model._meta.label}.{column.name} {key}"


def encrypted_fields() -> Iterator[tuple[type[models.Model], EncryptedTextField]]:
    """Find every encrypted field of every table."""
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy:
            for column in model._meta.local_fields:
                if isinstance(column, EncryptedTextField):
                    yield model, column


def _rotate(model: type[models.Model], column: EncryptedTextField, batch: int) -> Count:
    count = Count(f"{model._meta.label}.{column.name}")
    last = None
    while rows := _rows(model, column, last, batch):
        with transaction.atomic():
            for key, ciphertext in rows:
                count.seen += 1
                _rotate_one(model, column, key, ciphertext, count)
        last = rows[-1][0]
    return count


def _rotate_one(
    model: type[models.Model],
    column: EncryptedTextField,
    key: Any,
    ciphertext: str,
    count: Count,
) -> None:
    if _is_newest(ciphertext):
        return
    try:
        fresh = fernet().rotate(ciphertext.encode()).decode()
    except InvalidToken:
        count.lost.append(str(key))
        return
    names = _names(model, column)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s".format(  # noqa: S608  # our own names, quoted
                **names
            ),
            [fresh, key, ciphertext],
        )
        count.rotated += cursor.rowcount


def _is_newest(ciphertext: str) -> bool:
    try:
        Fernet(settings.FERNET_KEYS[0]).decrypt(ciphertext.encode())
    except InvalidToken:
        return False
    return True


def _rows(
    model: type[models.Model], column: EncryptedTextField, after: Any, batch: int
) -> list[tuple[Any, str]]:
    """Read ciphertext as it is stored: the field itself would decrypt it."""
    after_it = "" if after is None else "AND {key} > %s"
    query = f"SELECT {{key}}, {{column}} FROM {{table}} WHERE {{column}} IS NOT NULL {after_it} ORDER BY 1 LIMIT %s"  # noqa: S608  # our own names, quoted
    with connection.cursor() as cursor:
        cursor.execute(
            query.format(**_names(model, column)),
            [batch] if after is None else [after, batch],
        )
        return list(cursor.fetchall())


def _names(model: type[models.Model], column: EncryptedTextField) -> dict[str, str]:
    """Quote the names for SQL; they come from the models, never from outside."""
    quote = connection.ops.quote_name
    return {
        "table": quote(model._meta.db_table),
        "column": quote(str(column.column)),
        "key": quote(str(model._meta.pk.column)),
    }
