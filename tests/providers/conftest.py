"""Fixtures for adapters: a vendor's double, and ports that talk to it.

A test module says ``DOUBLE``, ``CHANNEL``, ``PROVIDER`` and, if HTTP, ``PATH``; where it
has several channels, each class says its own by ``@pytest.mark.channel``.
"""

import contextlib

import pytest

from providers import registry, web


@pytest.fixture(autouse=True)
async def no_connection_left():
    """Close what the test's loop has open."""
    yield
    await web.close()


@pytest.fixture
def build(request):
    """Make a port for a double."""
    module = request.module
    mark = request.node.get_closest_marker("channel")

    def port(double, key="good-key", **options):
        return registry.build(
            mark.args[0] if mark else module.CHANNEL,
            module.PROVIDER,
            credentials={"api_key": key},
            base_url=double.url + getattr(module, "PATH", ""),
            **options,
        )

    return port


@pytest.fixture
async def vendor(request):
    async with request.module.DOUBLE().serving() as double:
        yield double


@pytest.fixture
def port(vendor, build):
    return build(vendor)


@pytest.fixture
def port_with_key(vendor, build):
    return lambda key: build(vendor, key)


@pytest.fixture
def faulty(request, build):
    """A port whose vendor has a fault."""

    @contextlib.asynccontextmanager
    async def port(fault):
        async with request.module.DOUBLE(fault=fault).serving() as double:
            yield build(double)

    return port
