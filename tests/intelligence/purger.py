"""A purge in a process of its own, that may be killed."""

import django

django.setup()

from common import clock  # noqa: E402
from intelligence import retention  # noqa: E402

retention.purge_all(now=clock.now())
