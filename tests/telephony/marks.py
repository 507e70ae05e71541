"""Marks that modules share."""

import pytest

# A whole call over real sockets and processes, heard offline. That it goes as fast as
# people talk, mark.realtime, each file says itself: by that word it is found.
_HEARD = [
    pytest.mark.services,
    pytest.mark.models,
    pytest.mark.django_db(transaction=True),
]
LIVE = [pytest.mark.scattered, *_HEARD]
LONG = [pytest.mark.long, *_HEARD]
