"""The threads that all local models of the process share.

onnxruntime and numpy let go of the interpreter while they compute, so threads are
enough and the weights are held once.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

# It would tell its maker of every start, by a database in the home directory and over the
# network. What runs here is nobody's business; read when it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

T = TypeVar("T")

COUNT = max(2, os.cpu_count() or 2)
_pool = ThreadPoolExecutor(COUNT, thread_name_prefix="local-model")
_running = 0


def is_busy() -> bool:
    """Tell whether more work would have to queue, so that optional work is skipped."""
    return _running >= COUNT


def submit(work: Callable[[], T], done: Callable[["asyncio.Future[T]"], None]) -> None:
    """Run ``work`` in a thread, then ``done`` on the loop. Call it on the loop."""
    future = run(work)
    future.add_done_callback(done)


def run(work: Callable[[], T]) -> "asyncio.Future[T]":
    """Run ``work`` in a thread; the future belongs to the running loop."""
    global _running
    _running += 1
    future = asyncio.get_running_loop().run_in_executor(_pool, work)
    future.add_done_callback(_finished)
    return future


def _finished(_: object) -> None:
    global _running
    _running -= 1


def session(path: str) -> onnxruntime.InferenceSession:
    """Load a model that computes in the calling thread alone."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Idle threads that spin would take the core from live calls.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"]
    )
