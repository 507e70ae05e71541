"""Marks that modules share."""

import pytest

# A whole call over real sockets and processes, heard offline. That it goes as fast as
# people talk, mark.realtime, each file says itself: by that word it is found.
LIVE = [
    pytest.mark.services,
    pytest.mark.scattered,
    pytest.mark.models,
    pytest.mark.django_db(transaction=True),
]
