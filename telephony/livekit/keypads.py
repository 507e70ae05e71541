"""Whoever can press keys in a room: the agent that is in it, in this process.

LiveKit's API presses none; only a participant does.
"""

from collections.abc import Callable

Press = Callable[[str], None]  # from a thread; waits until it is done

_keypads: dict[str, Press] = {}


def add(room: str, press: Press) -> None:
    """The agent has come to a room."""
    _keypads[room] = press


def remove(room: str, press: Press) -> None:
    """It is gone, unless it has come again."""
    if _keypads.get(room) == press:
        del _keypads[room]


def find(room: str) -> Press | None:
    """Return who presses keys there; None: nobody in this process."""
    return _keypads.get(room)
