import pytest

from billing import rates


@pytest.mark.parametrize(
    ("exchanged_ms", "billed_ms"),
    [
        (0, 0),
        (1, 30_000),
        (20_000, 30_000),
        (30_000, 30_000),
        (30_001, 60_000),
        (60_000, 60_000),
    ],
)
def test_audio_is_billed_in_half_minutes_rounded_up(exchanged_ms, billed_ms):
    assert rates.billable_ms(exchanged_ms) == billed_ms


def test_twenty_seconds_cost_half_a_minute():
    assert rates.charge_micros(20_000, 2_000_000) == 1_000_000


def test_a_charge_is_never_less_than_its_share():
    assert rates.charge_micros(1, 3) == 2


def test_own_key_components_cost_nothing_here():
    rate = rates.custom(
        [rates.Component("stt", "deepgram/nova-3", 480_000, charged=False)],
        price_book="2026-08",
    )

    assert rate.per_minute_micros == rates.PLATFORM_FEE_MICROS


def test_a_component_without_a_price_is_unpriced_not_free():
    rate = rates.custom(
        [rates.Component("tts", "minimax/speech", None)], price_book="2026-08"
    )

    assert rate.unpriced == ("minimax/speech",)
