"""The providers of one channel, in the order in which a conversation tries them.

One that fails is tried once more, unless it said that trying is of no use; then the
next one takes over. One that has worked again since is forgiven.
"""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from providers.errors import ProviderError


class Choice(Protocol):
    """An ear or a mouth."""

    @property
    def provider(self) -> str:
        """Its catalogue id."""


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
        if not error.permanent and not self._has_failed:
            self._has_failed = True
            return True
        self.skip()
        return False

    def skip(self) -> None:
        """Go on to the next one at once."""
        self._left.pop(0)
        self._has_failed = False
