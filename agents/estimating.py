"""What a stack of named models costs, before anybody dials."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents import catalogue, pricing
from agents.catalogue import Catalogue, Channel, Model
from billing import rates
from common.errors import Refusal


class UnknownModel(Refusal):
    """A model that the catalogue does not hold."""

    code = "unknown_model"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate, and what a call of some length would come to. ``None``: a part has no
    known price, or no length was named."""

    rate: rates.Rate
    billed_ms: int | None
    cost_micros: int | None

    @property
    def per_minute_micros(self) -> int | None:
        """What a minute costs."""
        return None if self.rate.unpriced else self.rate.per_minute_micros


def of(models: Mapping[Channel, str], *, seconds: int | None = None) -> Estimate:
    """Price a custom stack: its components' list prices and the flat platform fee.

    A model is named alone or behind its provider: "nova-3", "deepgram/nova-3".
    """
    book = catalogue.load()
    parts = [
        _component(book, channel, name) for channel, name in models.items() if name
    ]
    rate = rates.custom(parts, price_book=book.version)
    if seconds is None:
        return Estimate(rate, None, None)
    billed = rates.billable_ms(seconds * 1000)
    cost = (
        None
        if rate.unpriced
        else rates.charge_micros(seconds * 1000, rate.per_minute_micros)
    )
    return Estimate(rate, billed, cost)


def _component(book: Catalogue, channel: Channel, name: str) -> rates.Component:
    model = _find(book, channel, name)
    return rates.Component(
        channel,
        f"{model.provider}/{model.id}",
        pricing.per_minute_micros(model),
        basis=pricing.basis(model),
    )


def _find(book: Catalogue, channel: Channel, name: str) -> Model:
    for (of_channel, _), models in book.models.items():
        if of_channel != channel:
            continue
        for model in models:
            if name in (model.id, f"{model.provider}/{model.id}"):
                return model
    raise UnknownModel(
        f"There is no {channel} model “{name[:60]}” in the catalogue. GET /v1/providers"
        " names those there are."
    )
