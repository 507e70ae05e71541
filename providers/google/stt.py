"""Google's recognition over REST: a request for each segment.

https://cloud.google.com/speech-to-text/docs/reference/rest/v1/speech/recognize (2026-11):
at most 60 s a request. Version 1 takes an API key; the Chirp models are in version 2,
behind a project and a service account.
"""

import base64
from typing import Any

import orjson

from providers import audio, faults
from providers.account import Account
from providers.google import hosts
from providers.ports import SttRequest
from providers.segments import HttpEar, HttpRecognition

DEFAULT_MODEL = "latest_long"
# Tags that version 1 spells with a script.
_SPELLED = {
    "zh": "cmn-Hans-CN",
    "zh-CN": "cmn-Hans-CN",
    "zh-Hans-HK": "cmn-Hans-HK",
    "zh-TW": "cmn-Hant-TW",
    "zh-HK": "yue-Hant-HK",
    "yue-HK": "yue-Hant-HK",
    "pa-IN": "pa-Guru-IN",
}


def build(account: Account) -> HttpRecognition:
    """Return the recogniser; no connection is made yet."""
    return HttpRecognition(hosts.stt(account), GoogleEar)


class GoogleEar(HttpEar):
    """One call's ear."""

    @staticmethod
    def _headers_for(account: Account, request: SttRequest) -> dict[str, str]:
        return hosts.headers(account)

    async def _ask(self, segment: bytes) -> tuple[str, float]:
        url = f"{self._account.http_url}/v1/speech:recognize"
        answer = await self._post(url, orjson.dumps(self._body(segment)))
        try:
            return _heard(answer)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise faults.garbage(self._account.provider) from error

    def _body(self, segment: bytes) -> dict[str, object]:
        request = self._request
        language = request.language or "en-US"
        config: dict[str, object] = {
            "encoding": "LINEAR16",
            "sampleRateHertz": request.format.sample_rate,
            "languageCode": _SPELLED.get(language, language),
            "model": request.model or self._account.model or DEFAULT_MODEL,
            "enableAutomaticPunctuation": True,
        }
        if request.keywords:
            config["speechContexts"] = [{"phrases": list(request.keywords)}]
        if request.options.get("profanity_filter"):
            config["profanityFilter"] = True
        sound = audio.pcm(segment, request.format.encoding)
        return {
            "config": config,
            "audio": {"content": base64.b64encode(sound).decode()},
        }


def _heard(answer: Any) -> tuple[str, float]:
    """Join the best words of each stretch; the least sure of them says how sure.

    There are no results where nothing was said, and none is sure of itself where a
    model does not tell.
    """
    best = [
        stretch["alternatives"][0]
        for stretch in answer.get("results", [])
        if stretch.get("alternatives")
    ]
    words = " ".join(each.get("transcript", "").strip() for each in best).strip()
    sure = [float(each["confidence"]) for each in best if each.get("confidence")]
    return words, min(sure, default=1.0)
