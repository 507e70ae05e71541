"""The end-of-turn model and the embedder."""

import numpy as np
import pytest

from providers import registry
from providers.local.endpointer import log_mel
from tests.providers import sounds
from tests.providers.contract import WIDE

pytestmark = pytest.mark.models


async def test_tells_a_finished_turn_from_a_cut_one():
    model = registry.endpointer()
    sound = sounds.recording("beckett", WIDE)
    spoken = sound[: int(9.2 * 32_000)]

    finished = await model.melody(spoken)
    cut = await model.melody(sound[: int(5.45 * 32_000)])

    assert finished.odds > 0.5
    assert cut.odds < 0.5


async def test_judges_any_length():
    model = registry.endpointer()

    for seconds in (0, 0.1, 8, 20):
        melody = await model.melody(bytes(int(seconds * 32_000)))
        assert 0 <= melody.odds <= 1
        assert melody.height is None


def test_features_have_the_shape_and_range_of_whispers():
    sound = np.random.default_rng(0).standard_normal(128_000).astype(np.float32)

    features = log_mel(sound)

    assert features.shape == (80, 800)
    assert features.dtype == np.float32
    assert -1.5 < features.min() < features.max() < 2.5
    assert features.max() - features.min() <= 2.0001  # 8 decades, over 4


async def test_embeds_what_means_the_same_close_together():
    embedder = registry.embedder()

    hours, opening, car = map(
        np.array,
        await embedder.embed(["What are your opening hours?", "When do you open?", "I sold my car."]),
    )  # fmt: skip

    assert len(hours) == 384
    assert np.linalg.norm(hours) == pytest.approx(1, abs=1e-5)
    assert hours @ opening > 0.4 > hours @ car


async def test_embeds_a_text_the_same_alone_and_in_company():
    embedder = registry.embedder()
    long = "A much longer text that stands beside it. " * 60

    (alone,) = await embedder.embed(["parking"])
    together = await embedder.embed([long, "parking", "", "x"] * 9)

    assert together[1] == pytest.approx(alone, abs=1e-5)
    assert len(together) == 36
