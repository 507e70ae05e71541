"""Fields whose text is encrypted in the database (Fernet: AES-128-CBC with HMAC)."""

from functools import lru_cache
from typing import Any

import orjson
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def fernet() -> MultiFernet:
    """Return the ring of keys: the first encrypts, all decrypt."""
    return _fernet(tuple(settings.FERNET_KEYS))


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Text that is ciphertext in the database. It cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None
        return fernet().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        return None if value is None else fernet().decrypt(value.encode()).decode()


class EncryptedJSONField(EncryptedTextField):
    """A JSON document that is ciphertext in the database."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> Any:
        return (
            None
            if value is None
            else super().get_prep_value(orjson.dumps(value).decode())
        )

    def from_db_value(self, value: str | None, *rest: Any) -> Any:
        text = super().from_db_value(value, *rest)
        return None if text is None else orjson.loads(text)
