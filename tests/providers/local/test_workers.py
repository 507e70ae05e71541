"""The library that runs the models, in a process of its own."""

import os
import subprocess
import sys

LOADS = """
import os
from providers.local import workers
held = [os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")]
print([path for path in held if path.startswith(os.environ["HOME"])])
"""


def test_it_keeps_no_diary_for_its_maker(tmp_path):
    environment = os.environ | {"HOME": str(tmp_path)}
    environment.pop("ORT_DISABLE_TELEMETRY", None)

    told = subprocess.run(
        [sys.executable, "-c", LOADS],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == "[]"
    assert list(tmp_path.iterdir()) == []
