"""Managed SKUs: whole stacks at one price a minute."""

from django.db import models


class ManagedSku(models.Model):
    """A stack somebody else looks after, at a fixed price a minute."""

    id = models.SlugField(primary_key=True, max_length=64)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=255, blank=True)
    price_micros = models.BigIntegerField()  # of a minute
    # {"stt": "provider/model", "llm": …, "tts": …}
    stack = models.JSONField(default=dict)
    is_offered = models.BooleanField(default=True)
    priced_on = models.DateField()  # when the price was set
    source = models.CharField(max_length=120, blank=True)  # who set it

    def __str__(self) -> str:
        return self.name
