"""A customer's own endpoint is called at public addresses only: the whole corpus, over HTTP
and over WebSockets, counted at the socket."""

import pytest

from providers import web, wire
from providers.account import Account
from providers.errors import ProviderError
from tests.outward import ANSWERS, PRIVATE


async def over_http(address):
    account = Account("custom-llm", base_url=address, public_only=True)
    try:
        async with web.request(account, "GET", f"{address}/", headers={}, within=5):
            pass
    finally:
        await web.close()


async def over_a_socket(address):
    account = Account("custom-stt", base_url=address, public_only=True)
    await wire.connect(
        account, account.socket_url, {}, within=5,
        on_message=lambda message: None, on_lost=lambda error: None,
    )  # fmt: skip


doors = pytest.mark.parametrize("call", [over_http, over_a_socket])


@doors
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", PRIVATE)
async def test_a_private_literal_is_never_connected_to(sockets, call, scheme, host):
    with pytest.raises(ProviderError):
        await call(f"{scheme}://{host}")

    assert sockets == []


@doors
@pytest.mark.parametrize("case", ANSWERS)
async def test_a_private_answer_is_never_connected_to(sockets, names, call, case):
    names["mine.example.com"] = ANSWERS[case]

    with pytest.raises(ProviderError):
        await call("https://mine.example.com")

    assert not {*sockets} - {"93.184.216.34"}


@doors
async def test_a_public_address_is_called(sockets, names, call):
    names["mine.example.com"] = ["93.184.216.34"]

    with pytest.raises(ProviderError):
        await call("https://mine.example.com")

    assert sockets == ["93.184.216.34"]
