"""How much knowledge a workspace's plan keeps."""

from dataclasses import dataclass

from accounts.models import Workspace
from billing import plans


@dataclass(frozen=True, slots=True)
class Quota:
    """``None`` is no limit."""

    sources: int | None
    bytes: int | None


def of(workspace: Workspace) -> Quota:
    """Return what the workspace may keep in all its agents."""
    limits = plans.limits(workspace)
    return Quota(limits.knowledge_sources, limits.knowledge_bytes)
