"""The parts of the system on its status page, and how each is looked at."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Min, Q, QuerySet

from accounts import components
from accounts.components import Component, Found
from accounts.models import Level
from agents.models import KnowledgeSource
from common import clock
from intelligence.models import AnalysisStep
from providers.local import models as local_models
from telephony import draining
from webhooks.models import Delivery

PROBE = "components:probe"


def register() -> None:
    """Put them on the page, in this order."""
    for component in (
        Component("studio", "Studio and API", "Pages, the REST API, MCP", _studio),
        Component("calls", "Calls", "Phone and browser calls", _calls),
        Component("speech", "Speech on this server", "Agents without a key", _speech),
        Component("database", "Database", "Everything that is kept", _database),
        Component("cache", "Queue and cache", "Limits, live boards, nudges", _cache),
        Component("webhooks", "Webhooks", "Events to your endpoints", _webhooks),
        Component("analysis", "After the call", "Summary, fields, verdict", _analysis),
        Component("knowledge", "Knowledge", "Reading files and pages", _knowledge),
    ):
        components.register(component)


def _studio() -> Found:
    return components.answers(settings.PUBLIC_BASE_URL)


def _calls() -> Found:
    """Look at the media process, and whether it takes calls."""
    address = settings.MEDIA_INTERNAL_URL or settings.MEDIA_BASE_URL
    if address.startswith("ws"):
        address = f"http{address.removeprefix('ws')}"
    found = components.answers(address)
    if found.level == Level.OPERATIONAL and draining.is_on():
        return Found(Level.DEGRADED, "takes no new calls: it is about to be restarted")
    return found


def _speech() -> Found:
    missing = [each.name for each in local_models.status() if not each.ok]
    if missing:
        return Found(Level.DEGRADED, f"not installed: {', '.join(missing)}")
    return Found()


def _database() -> Found:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Found()


def _cache() -> Found:
    told = clock.now().isoformat()
    cache.set(PROBE, told, 60)
    if cache.get(PROBE) != told:
        return Found(Level.OUTAGE, "forgets at once")
    return Found()


def _webhooks() -> Found:
    now = clock.now()
    return components.keeps_up(_oldest(Delivery.objects.due(now)), now=now)


def _analysis() -> Found:
    now = clock.now()
    due = AnalysisStep.objects.filter(_free(now), next_at__lte=now)
    return components.keeps_up(_oldest(due), now=now)


def _knowledge() -> Found:
    now = clock.now()
    due = KnowledgeSource.objects.filter(_free(now), next_at__lte=now)
    return components.keeps_up(_oldest(due), now=now)


def _free(now: datetime) -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=now)


def _oldest(due: QuerySet[Any]) -> datetime | None:
    found: datetime | None = due.aggregate(oldest=Min("next_at"))["oldest"]
    return found
