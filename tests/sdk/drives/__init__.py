"""How each method of the official client is driven, and what its answer must hold.

One file a resource, one function a method: ``calls.list`` is ``calls.calls_list``.
"""

from importlib import import_module

import pytest
import rymi

PHONE = "+15551230001"


def of(method):
    """Return what drives a method of the client's."""
    resource = import_module(f"{__name__}.{method.partition('.')[0]}")
    return getattr(resource, method.replace(".", "_"))


def refused(call, status, code):
    """Tell that the client raises, with what the product documents."""
    with pytest.raises(rymi.RymiError) as raised:
        call()
    assert (raised.value.status, raised.value.code) == (status, code), raised.value
    return raised.value
