import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_limits_left_over():
    """Start each test with nothing counted against anybody."""
    cache.clear()
