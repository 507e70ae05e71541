"""The figures of a run, on the last line, and in the file that ``RYMI_FIGURES`` names."""

import os
from pathlib import Path

from tests.chaos.figures import FIGURES


def pytest_terminal_summary(terminalreporter):
    if FIGURES:
        terminalreporter.write_line("; ".join(FIGURES))
        if kept := os.environ.get("RYMI_FIGURES"):
            with Path(kept).open("a") as file:
                file.writelines(f"{each}\n" for each in FIGURES)
