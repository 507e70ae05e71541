import pytest

from tests import processes


@pytest.fixture
def product(transactional_db):
    """The product as it runs: web and media processes; yields the web's address."""
    with processes.product() as address:
        yield address
