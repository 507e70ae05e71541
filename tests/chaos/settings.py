"""The tests' settings, for processes that talk to each other as the product's do: through
the broker and the channel layer, if there is a Redis."""

from rymi_site.settings import CHANNEL_LAYERS as REAL_LAYERS
from rymi_site.settings import REDIS_URL
from tests.settings import *

CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CHANNEL_LAYERS = REAL_LAYERS
