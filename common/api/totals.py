"""How many rows a list has, without counting a million of them each time."""

import hashlib
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet

EXACT = 10_000  # up to here counting is quicker than remembering
REMEMBERED = 3_600  # seconds a long list's count is carried on from
ROUGH = 60  # seconds a count is repeated where rows may come and go


def of(rows: QuerySet[Any], *, grows_only: bool = False) -> int:
    """Return how many rows there are.

    Short lists are counted. Long ones are counted once and remembered: with
    ``grows_only`` (rows never leave the set before retention deletes them, ids are of
    version 7) each answer adds what is newer, else it may be a minute old.
    """
    plain = rows.order_by()
    name = "total:" + hashlib.sha256(str(plain.query).encode()).hexdigest()
    remembered = cache.get(name)
    if remembered is None:
        few = plain.values("pk")[: EXACT + 1].count()
        if few <= EXACT:
            return few
        newest = plain.order_by("-pk").values_list("pk", flat=True).first()
        remembered = (plain.filter(pk__lte=newest).count(), newest)
        cache.set(name, remembered, REMEMBERED if grows_only else ROUGH)
    count, newest = remembered
    if not grows_only:
        return int(count)
    return int(count) + plain.filter(pk__gt=newest).count()
