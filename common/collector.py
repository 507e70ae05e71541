"""Python's garbage collector: less often while a process loads, and while it answers."""

import gc

# Objects made before it looks: what a request or a call leaves behind has few cycles.
THRESHOLDS = (20_000, 20, 50)


def calm() -> None:
    """Look seldom: what a start makes stays, and looking at it is a sixth of the start."""
    gc.set_threshold(*THRESHOLDS)


def settle() -> None:
    """Spare whoever waits the walk over all that was loaded: 0.2 s at a time."""
    gc.collect()
    gc.freeze()
    calm()
