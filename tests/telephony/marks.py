"""Marks that modules share."""

import pytest

# A whole call as fast as people talk, over real sockets and processes, heard offline.
LIVE = [
    pytest.mark.services,
    pytest.mark.realtime,
    pytest.mark.scattered,
    pytest.mark.models,
    pytest.mark.django_db(transaction=True),
]
