"""The roof: settings, the URL map, process entry points."""

from rymi_site.celery import app as celery_app

__all__ = ["celery_app"]
