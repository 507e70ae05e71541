"""A purge in a process of its own, that may be killed."""

import django

django.setup()

from common import clock
from intelligence import retention

retention.purge_all(now=clock.now())
