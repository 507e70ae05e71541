import base64

import pytest

from providers import keytest, registry
from providers.account import Account
from providers.errors import ProviderError, Refused, Unavailable
from providers.google import hosts
from providers.ports import (
    TELEPHONE,
    Finalized,
    SttRequest,
    Transcript,
    TtsRequest,
    UtteranceDone,
    UtteranceFailed,
)
from tests.doubles.google import Google
from tests.providers.contract import (
    Events,
    SegmentedFaults,
    SentencesContract,
    SplittingContract,
    TextToSpeechFaults,
    heard,
    in_a_hurry,
)

DOUBLE, PROVIDER = Google, "google"


class SaysWhichKeyIsWrong:
    async def test_refuses_a_wrong_key(self, vendor, port_with_key):
        error = await self.door_error(port_with_key("wrong-key"))

        assert error.permanent
        assert error.status == 400  # where others say 401
        assert "did not accept the key" in str(error)
        assert "wrong-key" not in str(error)


@pytest.mark.channel("stt")
class TestRecognition(SaysWhichKeyIsWrong, SplittingContract, SegmentedFaults):
    words = "Hello there."

    async def listen_once(self, port, **request):
        stream, events = await heard(port, SttRequest(TELEPHONE, "en-US", **request))
        stream.finalize()
        await events.until(Finalized)
        stream.close()
        return events.of(Transcript)

    async def test_joins_stretches_and_tells_how_sure_they_are(self, vendor, port):
        vendor.results = [
            {"alternatives": [{"transcript": "A table", "confidence": 0.9}]},
            {"alternatives": [{"transcript": " for two.", "confidence": 0.6}]},
            {"languageCode": "en-us"},  # Google sends such, too
        ]

        (told,) = await self.listen_once(port)

        assert (told.text, told.confidence) == ("A table for two.", 0.6)

    @pytest.mark.parametrize("results", ["x", [1], [{"alternatives": [{"transcript": 1}]}]])  # fmt: skip
    async def test_an_answer_of_another_shape_is_garbage(self, vendor, port, results):
        vendor.results = results

        error = await self.door_error(port)

        assert type(error) is Unavailable

    async def test_sends_model_keywords_and_filter(self, vendor, port):
        more = {"model": "telephony", "keywords": ("Rymi",)}
        await self.listen_once(port, options={"profanity_filter": True}, **more)

        (config,) = vendor.configs
        assert config["model"] == "telephony"
        assert config["speechContexts"] == [{"phrases": ["Rymi"]}]
        assert config["profanityFilter"]

    async def test_spells_chinese_as_version_1_does(self, vendor, port):
        stream, events = await heard(port, SttRequest(TELEPHONE, "zh-CN"))
        stream.finalize()
        await events.until(Finalized)
        stream.close()

        assert vendor.configs[0]["languageCode"] == "cmn-Hans-CN"


@pytest.mark.channel("tts")
class TestSpeech(SaysWhichKeyIsWrong, SentencesContract, TextToSpeechFaults):
    async def spoken_by(self, vendor, port, **request):
        events = Events()
        stream = await port.open(TtsRequest(TELEPHONE, **request), events)
        stream.say("u1", "Hello there.", more=False)
        await events.until(UtteranceDone)
        stream.close()
        assert vendor.complaints == []
        return vendor.requests[-1]["voice"]

    @pytest.mark.parametrize(
        ("voice", "model", "language", "name"),
        [
            ("en-US-Neural2-C", "neural2", "en-US", "en-US-Neural2-C"),
            ("en-US-Chirp3-HD-Charon", "chirp3-hd", "de-DE", "de-DE-Chirp3-HD-Charon"),
            ("en-US-Chirp3-HD-Kore", "chirp3-hd", "de", "de-DE-Chirp3-HD-Achernar"),
            ("en-US-Chirp3-HD-Charon", "wavenet", "de-DE", "de-DE-Wavenet-G"),
            ("", "", "zh-CN", "cmn-CN-Chirp3-HD-Charon"),
        ],
    )
    async def test_speaks_the_language_with_a_voice_of_the_family_that_was_bought(
        self, vendor, port, voice, model, language, name
    ):
        told = await self.spoken_by(
            vendor, port, voice=voice, model=model, language=language
        )

        locale = "-".join(name.split("-")[:2])
        assert told == {"name": name, "languageCode": locale}

    async def test_a_voice_that_fits_costs_no_look_up(self, vendor, port):
        await self.spoken_by(vendor, port, voice="en-US-Chirp3-HD-Kore", language="en-US")  # fmt: skip

        assert vendor.listed == []

    async def test_refuses_a_family_that_does_not_speak_the_language(self, port):
        with pytest.raises(Refused, match="no studio voice for de-DE"):
            await port.open(
                TtsRequest(TELEPHONE, "", "de-DE", model="studio"), Events()
            )

    @pytest.mark.parametrize("fault", ["503", "garbage", "half_open", "cut"])
    async def test_a_look_up_that_fails_is_told_at_the_door(self, faulty, fault):
        async with faulty(fault) as port:
            with in_a_hurry(), pytest.raises(ProviderError) as caught:
                await port.open(TtsRequest(TELEPHONE, "", "de-DE"), Events())

        assert caught.value.permanent is False

    async def test_sends_the_pace(self, vendor, port):
        await self.spoken_by(vendor, port, voice="", language="en-US", speed=1.2)

        assert vendor.requests[0]["audioConfig"]["speakingRate"] == 1.2

    @pytest.mark.parametrize("packed", ["****", base64.b64encode(b"no WAV").decode()])
    async def test_sound_of_another_shape_is_garbage(self, port, packed, monkeypatch):
        async def answer(reply, *, within):
            return {"audioContent": packed}

        monkeypatch.setattr("providers.web.Reply.json", answer)
        events = Events()
        stream = await port.open(TtsRequest(TELEPHONE, "", "en-US"), events)
        stream.say("u1", "Hello.", more=False)

        failed = await events.until(UtteranceFailed)
        stream.close()
        assert type(failed.error) is Unavailable


def test_each_trade_has_its_host():
    account = Account("google", base_url="https://texttospeech.googleapis.com")

    assert hosts.stt(account).base_url == "https://speech.googleapis.com"
    assert hosts.stt(Account("google", base_url="http://x.y")).base_url == "http://x.y"


async def test_the_key_test_tells_a_good_key_from_a_bad_one():
    async with Google().serving() as double:
        good, bad = [
            await keytest.check("google", {"api_key": key}, base_url=double.url)
            for key in ("good-key", "bad-key")
        ]

    assert good.verdict == "ok"
    assert bad.verdict == "refused"
    assert "did not accept the key" in bad.detail


def test_names_a_missing_key():
    with pytest.raises(Refused, match="No api key for google"):
        registry.build("tts", "google")
