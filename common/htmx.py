"""Which requests want a piece of a page."""

from typing import Any


def wants_fragment(request: Any) -> bool:
    """Tell whether htmx will swap the answer into the page. When it restores a page
    that it has forgotten it needs the whole."""
    htmx = getattr(request, "htmx", None)
    if not htmx:
        return False
    return not htmx.boosted and not htmx.history_restore_request
