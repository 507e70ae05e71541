"""The providers of one channel, in the order in which a conversation tries them.

One that fails is tried once more, unless it said that trying is of no use, or is of
none for longer than a caller can wait; then the next one takes over. One that has worked
again since is forgiven.
"""

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from providers import limits
from providers.errors import ProviderError


class Choice(Protocol):
    """An ear or a mouth."""

    @property
    def provider(self) -> str:
        """Its catalogue id."""


class Told(Protocol):
    """Where it goes that a provider failed."""

    @property
    def retried(self) -> Callable[[str, ProviderError], None]:
        """Take who failed and why: it is tried again."""

    @property
    def fell_back(self) -> Callable[[str, str, ProviderError], None]:
        """Take who failed, who took over, or "", and why."""


T = TypeVar("T", bound=Choice)


class Rota(Generic[T]):
    """Who is on duty, and who is next."""

    def __init__(self, choices: Sequence[T]) -> None:
        self._left = list(choices)
        self._has_failed = False

    @property
    def current(self) -> T | None:
        """The one on duty; None: there is none left."""
        return self._left[0] if self._left else None

    @property
    def has_next(self) -> bool:
        """Tell whether another one could take over."""
        return len(self._left) > 1

    @property
    def is_last_chance(self) -> bool:
        """Tell whether one more failure leaves nobody."""
        return self._has_failed and not self.has_next

    def worked(self) -> None:
        """Forgive an earlier failure."""
        self._has_failed = False

    def failed(self, error: ProviderError) -> bool:
        """Take a failure; tell whether the same one is tried again."""
        asked = error.retry_after or 0.0
        is_busy = self.has_next and asked > limits.CALL_RETRY_AFTER
        if not (error.permanent or self._has_failed or is_busy):
            self._has_failed = True
            return True
        self.skip()
        return False

    def leave(self, error: ProviderError, told: Told, *, at_once: bool = False) -> None:
        """Take a failure and tell what comes of it; ``at_once``: the next one's turn."""
        failed = self.current
        if failed is None:
            return
        if not at_once and self.failed(error):
            told.retried(failed.provider, error)
            return
        if at_once:
            self.skip()
        then = self.current
        told.fell_back(failed.provider, then.provider if then else "", error)

    def skip(self) -> None:
        """Go on to the next one at once."""
        self._left.pop(0)
        self._has_failed = False
