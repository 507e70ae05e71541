"""From list prices to the price of a minute. Pure.

A minute of a call is taken as 60 s of listening, 450 characters spoken and five replies
of a language model (7,500 tokens in, 300 out): our choice, stated wherever it shows.
The rate agreed at the start of a call is what is charged, whatever the call then uses.
"""

from decimal import ROUND_CEILING, Decimal

from agents.catalogue import Model
from common.money import MICROS_PER_USD

CHARACTERS_A_MINUTE = 450
INPUT_TOKENS_A_MINUTE = 7_500
OUTPUT_TOKENS_A_MINUTE = 300


def per_minute_micros(model: Model | None) -> int | None:
    """Return what a minute with the model costs; None: no price is known."""
    usd = _usd_a_minute(model) if model else None
    if usd is None:
        return None
    return int((usd * MICROS_PER_USD).quantize(Decimal(1), ROUND_CEILING))


def _usd_a_minute(model: Model) -> Decimal | None:
    if model.channel == "llm":
        if model.input_usd is None or model.output_usd is None:
            return None
        return (
            model.input_usd * INPUT_TOKENS_A_MINUTE
            + model.output_usd * OUTPUT_TOKENS_A_MINUTE
        ) / 1_000_000
    if model.price is None:
        return None
    if model.price.unit == "minute":
        return model.price.amount
    return model.price.amount * CHARACTERS_A_MINUTE / 1_000


def basis(model: Model | None) -> str:
    """Say in words how the price of a minute was come by."""
    if model is None:
        return "no published price"
    if model.channel == "llm":
        if model.input_usd is None or model.output_usd is None:
            return "no published price"
        told = f"${model.input_usd} in, ${model.output_usd} out for a million tokens"
    elif model.price is None:
        return "no published price"
    else:
        told = f"${model.price.amount} for {model.price.unit.replace('_', ' ')}"
    date = model.price.date if model.price else ""
    return f"{told}{f', read {date}' if date else ''}"


def unit_prices(model: Model) -> dict[str, Decimal]:
    """Return USD for one second, character or token, by unit."""
    prices: dict[str, Decimal] = {}
    if model.channel == "llm":
        if model.input_usd is not None and model.output_usd is not None:
            prices["input_tokens"] = model.input_usd / 1_000_000
            prices["output_tokens"] = model.output_usd / 1_000_000
    elif model.price is not None:
        if model.price.unit == "minute":
            prices["seconds"] = model.price.amount / 60
        else:
            prices["characters"] = model.price.amount / 1_000
    return prices
