"""A workspace with an endpoint that wants to know when calls are over."""

import pytest

from tests import factories


@pytest.fixture
def endpoint(workspace):
    return factories.EndpointFactory(workspace=workspace)
