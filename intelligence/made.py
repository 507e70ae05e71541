"""What a step makes."""

from dataclasses import dataclass, field
from typing import Any, Literal

How = Literal["model", "rules", ""]


@dataclass(frozen=True, slots=True)
class Made:
    """The columns of an analysis that a step fills, and who made them."""

    columns: dict[str, Any] = field(default_factory=dict)
    how: How = ""
    note: str = ""  # for people
    skipped: bool = False  # not asked for
