"""Loading everything ahead of the first call."""

from collections.abc import Callable

from providers.local import embedder, endpointer, stt, tts, vad, workers

_warmed: set[Callable[[], object]] = set()


async def warm() -> None:
    """Load all local models in worker threads, once in a process; a missing one raises
    ``Missing``, and is looked for again the next time."""
    for load in (vad.shared, stt.warm, tts.warm, endpointer.load, embedder.warm):
        if load not in _warmed:
            await workers.run(load)
            _warmed.add(load)
