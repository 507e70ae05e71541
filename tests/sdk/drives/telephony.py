"""How the client's methods for the carrier are driven."""

import pytest
import rymi

from tests.sdk.drives import refused


def telephony_status(w):
    told = w.rymi.telephony.status()
    assert told == {
        "connected": False,
        "provider": None,
        "account_name": None,
        "account_country": None,
    }


def telephony_numbers(w):
    refused(w.rymi.telephony.numbers, 409, "carrier_not_connected")


def telephony_connect(w):
    with pytest.raises(rymi.RymiError) as raised:
        w.rymi.telephony.connect("pigeon", auth_id="a", auth_token="b")
    assert raised.value.status == 400


def telephony_disconnect(w):
    assert w.rymi.telephony.disconnect()["status"] == "disconnected"
