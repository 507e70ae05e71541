from dataclasses import replace
from decimal import Decimal

from agents import catalogue, pricing

MODEL = next(m for ms in catalogue.load().models.values() for m in ms if m.channel == "llm" and m.input_usd)  # fmt: skip


def test_a_language_model_is_priced_by_the_stated_minute():
    model = replace(MODEL, input_usd=Decimal("0.15"), output_usd=Decimal("0.60"))

    usd = (Decimal("0.15") * 7_500 + Decimal("0.60") * 300) / 1_000_000
    assert pricing.per_minute_micros(model) == -(-usd * pricing.MICROS_PER_USD // 1)


def test_no_price_is_no_zero():
    model = replace(MODEL, input_usd=None)

    assert pricing.per_minute_micros(model) is None
    assert pricing.basis(model) == "no published price"
