"""Loading everything ahead of the first call."""

from providers.local import embedder, endpointer, stt, tts, vad, workers


async def warm() -> None:
    """Load all local models in worker threads; a missing one raises ``Missing``."""
    for load in (vad.shared, stt.warm, tts.warm, endpointer.load, embedder.warm):
        await workers.run(load)
