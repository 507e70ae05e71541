"""Reads a document in a process of its own, with bounded time and memory."""

import json
import resource
import subprocess
import sys
from pathlib import Path

from agents.knowledge.extraction import TooLong, Unreadable

SECONDS = 60  # of the clock
CPU_SECONDS = 45
MEMORY = 1_500_000_000  # bytes of address space
LARGEST_ANSWER = 48_000_000  # bytes: the longest text, signs of four bytes each
ROOT = Path(__file__).resolve().parents[2]


def read(kind: str, content: bytes) -> tuple[str, str]:
    """Return title and text; raise ``Unreadable`` with a sentence that helps."""
    try:
        done = subprocess.run(  # noqa: S603  # our own module, and a kind we know
            [sys.executable, "-W", "ignore", "-m", "agents.knowledge.extraction", kind],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"},
            preexec_fn=_bound,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("Reading it took longer than a minute. Split it.") from None
    if done.returncode or len(done.stdout) > LARGEST_ANSWER:
        raise Unreadable("Reading it took too much time or memory. Split it.")
    answer = json.loads(done.stdout)
    if "too_long" in answer:
        raise TooLong
    if told := answer.get("unreadable"):
        raise Unreadable(told)
    return str(answer["title"]), str(answer["text"])


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has nothing to write
    resource.setrlimit(resource.RLIMIT_NPROC, resource.getrlimit(resource.RLIMIT_NPROC))
