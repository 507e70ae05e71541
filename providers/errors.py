"""What can go wrong with a provider.

ProviderError(permanent)
├── Refused            permanent: bad key, bad request, no such model
├── Unavailable        not permanent: 429, 5xx, no route, connection cut
└── TimedOut           not permanent: a time limit of ``providers.limits`` passed

Retry and fallback read ``permanent``, and ``retry_after``: for how many seconds a busy
vendor asks to be left alone.
"""


class ProviderError(Exception):
    """A provider did not do what its port promises."""

    permanent = False
    retry_after: float | None = None  # None: it did not say

    def __init__(self, message: str, *, provider: str = "", status: int | None = None):
        super().__init__(message)
        self.provider = provider
        self.status = status


class Refused(ProviderError):
    """The same request would be refused again."""

    permanent = True


class Unavailable(ProviderError):
    """Another try, or another provider, may do."""


class TimedOut(ProviderError):
    """The provider kept us waiting for longer than its time limit."""
