"""What was used, priced, once for each (source, meter, item)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from accounts.models import Workspace
from billing.models import CostLine


@dataclass(frozen=True, slots=True)
class Line:
    """A quantity of a meter. ``price_micros`` is for one unit; None: unpriced."""

    meter: str
    item: str
    quantity: Decimal
    unit: str
    price_micros: Decimal | None
    charged: bool
    price_book: str = ""

    @property
    def amount_micros(self) -> int | None:
        """The priced quantity, to the nearest micro-credit."""
        if self.price_micros is None:
            return None
        return int((self.quantity * self.price_micros).quantize(1, ROUND_HALF_UP))


def record(*, workspace: Workspace, source: str, lines: Sequence[Line]) -> None:
    """Write the lines of ``source``; what is there already stays as it is."""
    CostLine.objects.bulk_create(
        [
            CostLine(
                workspace=workspace,
                source=source,
                meter=line.meter,
                item=line.item,
                quantity=line.quantity,
                unit=line.unit,
                price_micros=line.price_micros,
                amount_micros=line.amount_micros,
                charged=line.charged,
                price_book=line.price_book,
            )
            for line in lines
        ],
        ignore_conflicts=True,
    )
