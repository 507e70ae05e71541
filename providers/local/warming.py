"""Loading everything ahead of the first call."""

from collections.abc import Callable

from providers.local import embedder, endpointer, stt, tts, vad, workers

# These start no thread of their own, which a fork would not have.
_BEFORE_FORKS = (vad.shared, stt.warm, tts.warm, endpointer.load)
_ALL = (*_BEFORE_FORKS, embedder.warm)  # its tokenizer does
_warmed: set[Callable[[], object]] = set()


async def warm() -> None:
    """Load all local models in worker threads, once in a process; a missing one raises
    ``Missing``, and is looked for again the next time."""
    for load in _ALL:
        if load not in _warmed:
            await workers.run(load)
            _warmed.add(load)


def warm_here() -> None:
    """Load in this thread what can be, for a process that is going to be forked."""
    for load in _BEFORE_FORKS:
        load()
        _warmed.add(load)
