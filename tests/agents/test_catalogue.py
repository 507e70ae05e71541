import re
import shutil

import pytest

from agents import catalogue, stacks
from agents.catalogue import loading
from providers import registry

BOOK = catalogue.load()


@pytest.fixture
def data(tmp_path):
    return shutil.copytree(loading.DATA, tmp_path / "data")


def change(data, name, line, old, new):
    lines = (data / name).read_text().splitlines()
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    (data / name).write_text("\n".join(lines))


def test_there_are_enough_languages_and_providers():
    assert len(BOOK.languages) >= 150
    assert len([p for p in BOOK.providers.values() if p.fields]) >= 27


# Vendors name these, but none that calls can run through both hears and speaks them.
NOT_HELD = {"ht", "kok", "ky", "la", "mai", "mg", "nn", "ny"}


def test_calls_are_held_in_languages_that_callable_models_hear_and_speak():
    def covers(channel, tag):
        return any(
            model.coverage(tag) in ("exact", "language")
            for provider in registry.providers(channel)
            if provider != "local"
            for model in stacks.models_for(channel, provider)
        )

    held = {tag for tag, one in BOOK.languages.items() if one.live_call}

    assert held == {
        tag for tag in BOOK.languages if covers("stt", tag) and covers("tts", tag)
    }
    assert len(held) >= 150
    assert not NOT_HELD & {tag.split("-")[0] for tag in held}


def test_a_language_is_no_longer_held_when_its_last_ear_goes(data):
    lines = (data / "stt_models.csv").read_text().splitlines()
    without = [re.sub(r"\bcy(-GB)?\b ?", "", line) for line in lines]
    (data / "stt_models.csv").write_text("\n".join(without))

    assert BOOK.languages["cy-GB"].live_call
    assert not loading.read(data).languages["cy-GB"].live_call


def test_at_least_27_providers_can_be_connected_and_called():
    callable = {
        provider
        for channel in ("stt", "llm", "tts")
        for provider in registry.providers(channel)
        if provider in BOOK.providers and BOOK.providers[provider].fields
    }

    assert len(callable) >= 27


@pytest.mark.parametrize(
    ("name", "line", "old", "new", "told"),
    [
        ("providers.csv", 4, "perplexity,", ",", "id is empty"),
        ("providers.csv", 3, "api_key:API key:yes:yes", "api_key:API key:maybe:yes", "credential field"),
        ("stt_models.csv", 2, ",minute,", ",fortnight,", "price_unit 'fortnight'"),
        ("stt_models.csv", 2, ",2026-08-01,", ",unknown,", "without the date"),
        ("stt_models.csv", 2, "ar ar-AE", "ar Klingon!", "Klingon! is not a BCP-47 tag"),
        ("tts_models.csv", 2, ",yes,", ",perhaps,", "streaming is 'perhaps'"),
        ("languages.csv", 3, "af-ZA,", "af,", "the same as line 2"),
        ("voices.csv", 2, ",male,multi,", ",male,", "not as many columns"),
    ],
)  # fmt: skip
def test_a_broken_row_is_named_by_file_and_line(data, name, line, old, new, told):
    change(data, name, line, old, new)

    with pytest.raises(loading.Broken, match=rf"^{name}:{line}: .*") as broken:
        loading.read(data)

    assert told in str(broken.value)


def test_a_missing_column_is_named(data):
    change(data, "voices.csv", 1, "gender", "sex")

    with pytest.raises(loading.Broken, match=r"^voices\.csv:2: no column 'gender'"):
        loading.read(data)


def test_a_price_that_is_not_known_is_none_and_never_nothing():
    unknown = BOOK.model("stt", "deepgram", "nova-2")
    rupees = BOOK.model("tts", "sarvam", "bulbul:v3")

    assert unknown.price is rupees.price is None


def test_every_price_has_its_source_and_date():
    priced = [m for ms in BOOK.models.values() for m in ms if m.price]

    assert len(priced) > 100
    assert all(m.price.source for m in priced)
    assert all(m.price.date for m in priced if m.channel not in ("llm", "realtime"))


@pytest.mark.parametrize(
    ("provider", "model", "tag", "coverage"),
    [
        ("deepgram", "nova-3", "en-GB", "exact"),
        ("deepgram", "nova-3", "fr-BE", "exact"),  # the bare language is listed
        ("deepgram", "nova-3", "sw-KE", "none"),
        ("openai", "gpt-transcribe", "en-US", "unknown"),
    ],
)
def test_coverage_of_a_language(provider, model, tag, coverage):
    assert BOOK.model("stt", provider, model).coverage(tag) == coverage


def test_another_countrys_kind_of_a_language_is_covered_but_chinese_is_not():
    hibari = BOOK.model("tts", "local", "hibari")
    mandarin = catalogue.Model(
        "stt", "x", "y", frozenset({"zh-CN"}), True, "fast", None
    )

    assert hibari.coverage("en-AU") == "language"
    assert mandarin.coverage("zh-HK") == "none"
