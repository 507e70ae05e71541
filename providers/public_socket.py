"""Sockets for a customer's own endpoints: to public addresses only.

The address is judged that is about to be connected to: no second look-up can come in
between.
"""

import asyncio
import socket
from typing import Any

from common.public import may_call


class NotPublic(OSError):
    """The address is not one a customer may use."""


def unconnected(found: Any) -> socket.socket:
    """Make a socket for an address, as ``getaddrinfo`` tells it.

    Raises ``NotPublic``.
    """
    family, kind, protocol, _, address = found
    if not may_call(str(address[0])):
        raise NotPublic("not public")
    connection = socket.socket(family, kind, protocol)
    connection.setblocking(False)
    return connection


async def connected(host: str, port: int) -> socket.socket:
    """Connect to a host's first address that answers.

    Raises ``NotPublic`` if one before it is not public, else ``OSError``.
    """
    loop = asyncio.get_running_loop()
    for found in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        connection = unconnected(found)
        try:
            await loop.sock_connect(connection, found[4])
        except OSError:
            connection.close()
        except BaseException:  # nobody waits any more
            connection.close()
            raise
        else:
            return connection
    raise OSError("no address answers")
