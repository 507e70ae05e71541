"""The one way to say no."""

from typing import Any


class Refusal(Exception):
    """A request that cannot be met, with a sentence a customer can act on.

    Every operation's own exceptions derive from it, so that one DRF handler and one
    Studio middleware can show them all. ``code`` is snake_case, possibly dotted;
    ``status`` is the HTTP status a door should answer; ``extra`` goes beside ``error``
    and ``code`` in an API body.
    """

    code = "refused"
    status = 400

    def __init__(self, message: str, *, code: str | None = None, **extra: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.extra = extra


class NotFound(Refusal):
    """There is no such thing, or it is somebody else's."""

    code = "not_found"
    status = 404
