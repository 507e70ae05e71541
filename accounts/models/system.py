"""How the system is: what was measured of its parts, and what the operator says."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from common import ids


class Level(models.TextChoices):
    """How well something works; the later the worse."""

    OPERATIONAL = "operational", "Works"
    DEGRADED = "degraded", "Slow or partly down"
    OUTAGE = "outage", "Down"


class ComponentCheck(models.Model):
    """What the last look at one part of the system found."""

    component = models.CharField(max_length=32, primary_key=True)
    level = models.CharField(max_length=16, choices=Level.choices)
    took_ms = models.PositiveIntegerField()
    detail = models.CharField(max_length=200, blank=True)  # for the operator alone
    checked_at = models.DateTimeField()
    since = models.DateTimeField()  # when it became like this

    def __str__(self) -> str:
        return f"{self.component} {self.level}"


class ComponentDay(models.Model):
    """How many looks at a part found what, on one day in UTC."""

    component = models.CharField(max_length=32)
    day = models.DateField()
    looks = models.PositiveIntegerField(default=0)
    degraded = models.PositiveIntegerField(default=0)
    outages = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["component", "day"], name="one_row_a_component_and_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.day}"


class Incident(models.Model):
    """Something that does not work, told by the operator."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    title = models.CharField(max_length=120)
    level = models.CharField(max_length=16, choices=Level.choices)
    components = models.JSONField(default=list)  # names, as in ComponentCheck
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title


class IncidentUpdate(models.Model):
    """What the operator said of an incident, and when."""

    class Stage(models.TextChoices):
        INVESTIGATING = "investigating", "Looking into it"
        IDENTIFIED = "identified", "Cause found"
        MONITORING = "monitoring", "Mended, being watched"
        RESOLVED = "resolved", "Over"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, related_name="updates"
    )
    stage = models.CharField(max_length=16, choices=Stage.choices)
    message = models.TextField(max_length=1000)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.stage}: {self.message[:60]}"
