"""What the Studio shell needs on every page."""

from typing import Any

from django.http import HttpRequest


def studio(request: HttpRequest) -> dict[str, Any]:
    """Return navigation, workspace and balance for the sidebar."""
    return {"workspace": getattr(request, "workspace", None)}
