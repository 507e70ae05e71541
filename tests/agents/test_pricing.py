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


def test_sound_is_priced_by_the_stated_minute():
    book = catalogue.load()
    model = book.model("realtime", "openai", "gpt-realtime")

    sound = Decimal(32) * 600 + Decimal(64) * 600
    again = Decimal("0.4") * 1_200 * 5
    words = Decimal(4) * 7_500 + Decimal(16) * 300
    usd = (sound + again + words) / 1_000_000 + Decimal("0.003")
    assert pricing.per_minute_micros(model) == -(-usd * pricing.MICROS_PER_USD // 1)
    assert "$32.0 in, $64.0 out" in pricing.basis(model)


def test_sound_read_again_costs_its_full_price_where_no_other_is_known():
    model = catalogue.load().model("realtime", "gemini", "gemini-live-2.5-flash")

    sound = Decimal(3) * 1_500 + Decimal(12) * 750 + Decimal(3) * 2_250 * 5
    words = Decimal("0.5") * 7_500 + Decimal(2) * 300
    usd = (sound + words) / 1_000_000
    assert pricing.per_minute_micros(model) == -(-usd * pricing.MICROS_PER_USD // 1)


def test_a_head_without_all_its_prices_has_none():
    model = catalogue.load().model("realtime", "gemini", "gemini-3.8-live")

    assert pricing.per_minute_micros(model) is None


def test_the_transcribers_price_is_the_catalogues():
    from providers.openai import realtime_words

    row = catalogue.load().model("stt", "openai", realtime_words.TRANSCRIBER)
    assert row.price.amount == pricing.TRANSCRIPTION_USD_A_MINUTE["openai"]


def test_what_is_counted_fits_its_column():
    from dataclasses import fields

    from billing.models import CostLine
    from providers.ports import RealtimeUsage

    longest = CostLine._meta.get_field("unit").max_length
    assert all(len(field.name) <= longest for field in fields(RealtimeUsage))
