"""The figures of a run, on the last line."""

from tests.chaos.figures import FIGURES


def pytest_terminal_summary(terminalreporter):
    if FIGURES:
        terminalreporter.write_line("; ".join(FIGURES))
