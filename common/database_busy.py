"""A database that is away, or whose rows others hold: what whoever asked is told."""

from django.db import InterfaceError, OperationalError

from common.errors import Refusal

CAUSES = (OperationalError, InterfaceError)
# SQLSTATE of two that were in each other's way: PostgreSQL undid one of them.
# https://www.postgresql.org/docs/current/errcodes-appendix.html, class 40
COLLISIONS = {"40001", "40P01"}


class DatabaseBusy(Refusal):
    """The database did not answer in time; what was asked for is undone."""

    code = "unavailable"
    status = 503
    wait = 2  # seconds, after which it is worth trying again

    def __init__(self) -> None:
        super().__init__(
            "The database does not answer just now. Try again in a moment."
        )


def is_collision(error: Exception) -> bool:
    """Tell whether the same work, tried once more, will probably be done."""
    return getattr(error.__cause__, "sqlstate", None) in COLLISIONS
