"""Forks the processes of tests from one that has loaded what each would load anew.

Most of the time a process needs to come up goes into loading libraries, and a run of the
tests starts hundreds. ``tests.processes`` starts a forge and sends it orders. Nothing of
ours is loaded before a fork, since it reads its environment then; and no thread runs.
"""

import gc
import importlib
import json
import os
import runpy
import socket
import sys

LIBRARIES = """
    aiohttp autobahn.websocket.protocol celery.app.base celery.utils.threads
    charset_normalizer cryptography.x509 django.contrib.postgres.fields django.core.mail
    django.core.serializers.json django.db.models django.forms django.template.engine
    django.urls django.views.debug google.protobuf.json_format httpcore2 httptools httpx2
    jsonschema kombu livekit.api numpy opentelemetry.trace
    phonenumbers psycopg psycopg_pool pydantic redis.asyncio requests rich.traceback
    sqlparse structlog.dev tokenizers twisted.protocols.tls uvicorn uvloop websockets yaml
""".split()
LARGEST_ORDER = 1_000_000  # bytes


def main(channel: socket.socket) -> dict | None:
    """Fork for each order; return it in the fork, and nothing when no more will come."""
    for name in LIBRARIES:
        importlib.import_module(name)
    assert len(os.listdir("/proc/self/task")) == 1, "a thread would be missing in forks"
    gc.collect()
    gc.freeze()  # a fork that looks through these would copy their pages
    while True:
        order, fds, *_ = socket.recv_fds(channel, LARGEST_ORDER, 2)
        if not order:
            return None
        order = json.loads(order)
        if "pid" in order:
            answer = look(order["pid"])
        elif answer := os.fork():
            os.setpgid(answer, answer)  # a group of its own, that can be ended as one
            for fd in fds:
                os.close(fd)
        else:
            channel.close()
            become_own(fds, order["env"])
            return order
        channel.send(json.dumps(answer).encode())


def look(pid: int) -> int | None:
    """Return what a fork ended with, below zero for a signal; None: it runs."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def become_own(fds: list[int], env: dict[str, str]) -> None:
    """Leave the forge's output and environment."""
    for fd, standard in zip(fds, (1, 2), strict=True):
        os.dup2(fd, standard)
        os.close(fd)
    os.environ.clear()
    os.environ.update(env)


def run(argv: list[str]) -> None:
    """Do what ``python -m argv`` does, on the database of the running test."""
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["RYMI_TEST_DB"]
    sys.argv = argv
    runpy.run_module(argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    sys.path[0] = os.getcwd()  # not this file's folder
    order = main(socket.socket(fileno=int(sys.argv[1])))
    if order:
        run(order["argv"])
