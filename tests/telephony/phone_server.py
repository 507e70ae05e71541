"""A media process that answers carriers' webhooks, too."""

import os
import signal

import requests

from tests import processes

BASE = "https://voice.example"
UP_WITHIN_S = 240  # on a machine that has much else to do


def put(port, asked):
    """Put a carrier's request to a process, as a proxy would."""
    return requests.request(
        asked.method,
        asked.url.replace(BASE, f"http://127.0.0.1:{port}"),
        data=asked.body,
        headers={
            **asked.headers,
            "Content-Type": asked.content_type,
            "Host": "voice.example",
            "X-Forwarded-Proto": "https",
        },
        timeout=30,
        allow_redirects=False,
    )


class Server:
    """One media process that answers webhooks, too."""

    def __init__(self, **env):
        self.port = processes.free_port()
        self.process = processes.start(
            "uvicorn", "rymi_site.asgi:media", "--host", "127.0.0.1",
            "--port", self.port, "--loop", "uvloop", "--http", "httptools",
            "--ws", "websockets-sansio", "--log-level", "warning",
            PUBLIC_BASE_URL=BASE, MEDIA_BASE_URL=BASE, RYMI_PRODUCTION="0",
            RYMI_BEHIND_PROXY="1", **env,
        )  # fmt: skip
        processes.wait_until_up(self.port, self.process, UP_WITHIN_S)

    def ask(self, asked):
        """Put a carrier's request to this process."""
        return put(self.port, asked)

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
