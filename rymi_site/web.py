"""Daphne, with a deadline for slow senders and an end to long bodies.

Stock Daphne (4.2.3) keeps a socket open for as long as bytes trickle in, so two hundred
of them starve it. Here a request's headers get 10 s and its body 30 s. It also keeps all
of a body, and Twisted takes forms apart in memory for nobody: Django does it again.
"""

import sys
from functools import partial
from typing import Any

from daphne import server  # first: it installs the asyncio reactor
from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet import reactor
from twisted.web.http import HTTPChannel, _GenericHTTPChannelProtocol

from common import collector
from common.chunked import BODY_MOST

_reactor: Any = reactor
HEADER_DEADLINE_S = 10
BODY_DEADLINE_S = 30


class DeadlineChannel(HTTPChannel):
    """One connection: every request on it must arrive in time."""

    _deadline: Any = None

    def connectionMade(self) -> None:
        super().connectionMade()
        self._arm(HEADER_DEADLINE_S)

    def lineReceived(self, line: bytes) -> None:
        if self._deadline is None:  # the next request on a kept connection
            self._arm(HEADER_DEADLINE_S)
        super().lineReceived(line)

    def allHeadersReceived(self) -> None:
        self._arm(BODY_DEADLINE_S)
        super().allHeadersReceived()

    def allContentReceived(self) -> None:
        self._disarm()
        super().allContentReceived()

    def connectionLost(self, reason: Any = None) -> None:
        self._disarm()
        super().connectionLost(reason)

    def _arm(self, seconds: int) -> None:
        self._disarm()
        self._deadline = _reactor.callLater(seconds, self.forceAbortClient)

    def _disarm(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None


class ShortRequest(WebRequest):
    """One request. What is too much of its body is let go, and a middleware refuses it:
    to hang up on somebody who is still sending would keep the answer from them."""

    def handleContentChunk(self, data: bytes) -> None:
        room = BODY_MOST - self.content.tell()
        if room > 0:
            super().handleContentChunk(data[:room])


class DeadlineFactory(HTTPFactory):
    """Builds connections with deadlines."""

    def protocol(self) -> Any:
        return _GenericHTTPChannelProtocol(DeadlineChannel())

    def buildProtocol(self, address: Any) -> Any:
        protocol = super().buildProtocol(address)
        protocol.requestFactory = partial(ShortRequest, parsePOSTFormSubmission=False)
        return protocol


def main() -> None:
    """Serve, with Daphne's options."""
    server.HTTPFactory = DeadlineFactory  # the one seam that Daphne leaves
    _reactor.callWhenRunning(collector.settle)  # the application is loaded by then
    CommandLineInterface().run(sys.argv[1:])


if __name__ == "__main__":
    main()
