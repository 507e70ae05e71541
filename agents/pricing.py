"""From list prices to the price of a minute. Pure.

A minute of a call is taken as 60 s of listening, 450 characters spoken (30 s) and five
replies of a language model (7,500 tokens in, 300 out): our choice, stated wherever it
shows. A model that hears and speaks reads all earlier sound again for each reply: a
minute of both sides on average, at its price for cached sound where there is one.
The rate agreed at the start of a call is what is charged, whatever the call then uses.
"""

from decimal import ROUND_CEILING, Decimal

from agents.catalogue import Model
from common.money import MICROS_PER_USD

CHARACTERS_A_MINUTE = 450
INPUT_TOKENS_A_MINUTE = 7_500
OUTPUT_TOKENS_A_MINUTE = 300
HEARD_S, SPOKEN_S, REPLIES = 60, 30, 5
# Tokens of a second of sound: the caller's, the model's. Vendors' documents, 2026-11.
SOUND_TOKENS = {"openai": (10, 20)}
OTHER_SOUND_TOKENS = (25, 25)
# What the caller says is written down by another model, which is billed beside.
TRANSCRIPTION_USD_A_MINUTE = {"openai": Decimal("0.003")}  # gpt-4o-mini-transcribe


def per_minute_micros(model: Model | None) -> int | None:
    """Return what a minute with the model costs; None: no price is known."""
    usd = _usd_a_minute(model) if model else None
    if usd is None:
        return None
    return int((usd * MICROS_PER_USD).quantize(Decimal(1), ROUND_CEILING))


def _usd_a_minute(model: Model) -> Decimal | None:
    if model.channel == "realtime":
        return _usd_of_sound(model)
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


def _usd_of_sound(model: Model) -> Decimal | None:
    read, written = model.input_usd, model.output_usd
    heard, spoken = model.audio_input_usd, model.audio_output_usd
    if read is None or written is None or heard is None or spoken is None:
        return None
    heard_rate, spoken_rate = SOUND_TOKENS.get(model.provider, OTHER_SOUND_TOKENS)
    heard_tokens, spoken_tokens = heard_rate * HEARD_S, spoken_rate * SPOKEN_S
    cached = model.cached_audio_input_usd
    again = heard if cached is None else cached
    return (
        read * INPUT_TOKENS_A_MINUTE
        + written * OUTPUT_TOKENS_A_MINUTE
        + heard * heard_tokens
        + spoken * spoken_tokens
        + again * (heard_tokens + spoken_tokens) * REPLIES
    ) / 1_000_000 + TRANSCRIPTION_USD_A_MINUTE.get(model.provider, Decimal(0))


def basis(model: Model | None) -> str:
    """Say in words how the price of a minute was come by."""
    if model is None:
        return "no published price"
    if model.channel == "realtime":
        if _usd_of_sound(model) is None:
            return "no published price"
        told = (
            f"sound at ${model.audio_input_usd} in, ${model.audio_output_usd} out, text"
            f" at ${model.input_usd} in, ${model.output_usd} out, for a million tokens"
        )
    elif model.channel == "llm":
        if model.input_usd is None or model.output_usd is None:
            return "no published price"
        told = f"${model.input_usd} in, ${model.output_usd} out for a million tokens"
    elif model.price is None:
        return "no published price"
    else:
        told = f"${model.price.amount} for {model.price.unit.replace('_', ' ')}"
    date = model.price.date if model.price else ""
    return f"{told}{f', read {date}' if date else ''}"
