"""Calls by a publishable key, which anybody may copy from a page: within its lines."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction

from accounts.models import ApiKey
from common.errors import Refusal
from telephony.models import Call, KeyedCall


class Busy(Refusal):
    """All lines of the key are taken."""

    code = "publishable_key_busy"
    status = 429


@contextmanager
def line(key: ApiKey | None) -> Iterator[Callable[[Call], object]]:
    """Keep a line free while a call is begun by a key; what it yields takes the call.

    The key's row is locked, so that of two visitors who both would fit alone only one is
    let in. Raises ``Busy``. Of a key that is no publishable one nothing is counted.
    """
    if key is None or not key.is_publishable:
        yield lambda call: None
        return
    with transaction.atomic():
        ApiKey.objects.select_for_update().get(pk=key.pk)
        live = key.keyed_calls.filter(call__status__in=Call.LIVE)
        if key.max_concurrent is not None and live.count() >= key.max_concurrent:
            raise Busy("All lines are taken just now. Try again in a moment.")
        yield lambda call: KeyedCall.objects.create(call=call, key=key)
