"""The roof: settings, the URL map, process entry points."""

import os

# Read when NumPy is loaded. Its matrices here are small, and threads that wait for each
# other made one sentence's meaning take 380 ms where one thread takes 27 (two busy cores).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from common import collector

collector.calm()  # before all the rest is loaded

from rymi_site.celery import app as celery_app  # noqa: E402  # after the lines above

__all__ = ["celery_app"]
