"""What is forgotten, and when."""

from datetime import datetime, timedelta

from django.db.models import Model, QuerySet

from common import ids
from webhooks.models import Attempt, Delivery, Endpoint, Event
from webhooks.outbox import KEPT_FOR

AT_ONCE = 500  # rows in one transaction
DELETED_KEPT_FOR = timedelta(days=1)


def purge(*, now: datetime) -> int:
    """Delete tries, deliveries and events older than 30 days; return how many rows.

    Ids sort by birth, so age is a range of keys. What is still under way stays. May be
    ended and repeated at any time.
    """
    oldest = ids.floor(now - KEPT_FOR)
    under_way = Delivery.objects.filter(state__in=Delivery.OPEN)
    gone = _delete(Attempt.objects.filter(pk__lt=oldest))
    gone += _delete(
        Delivery.objects.filter(pk__lt=oldest).exclude(state__in=Delivery.OPEN)
    )
    gone += _delete(
        Event.objects.filter(pk__lt=oldest).exclude(deliveries__in=under_way)
    )
    deleted = Endpoint.objects.filter(deleted_at__lt=now - DELETED_KEPT_FOR)
    for endpoint in deleted:
        gone += _delete(Delivery.objects.filter(endpoint=endpoint))
        endpoint.delete()
    return gone


def _delete(old: "QuerySet[Model]") -> int:
    gone = 0
    while rows := list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        gone += old.model._default_manager.filter(pk__in=rows).delete()[0]
    return gone
