"""Does this key work? The cheapest request of each vendor that a wrong key fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from providers import addresses, limits, web
from providers.account import Account
from providers.errors import ProviderError, Refused

Verdict = Literal["ok", "refused", "unreachable", "untested"]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a test, with a sentence for people."""

    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """A request to make; ``{name}`` stands for a credential."""

    path: str  # behind the provider's base URL, or a whole URL
    headers: Mapping[str, str]
    method: str = "GET"
    body: Mapping[str, Any] | None = None


_BEARER = {"Authorization": "Bearer {api_key}"}
_HI = [{"role": "user", "content": "Hi"}]


def _chat(model: str) -> Test:
    """Ask for one token, where nothing free tells a good key from a bad one."""
    body = {"model": model, "messages": _HI, "max_tokens": 1}
    return Test("/chat/completions", _BEARER, "POST", body)


_MODELS = Test("/models", _BEARER)
TESTS: dict[str, Test] = {
    "openai": _MODELS,
    "anthropic": Test("/models?limit=1", {"x-api-key": "{api_key}", "anthropic-version": "2023-06-01"}),
    "azure-openai": Test("/models", {"api-key": "{api_key}"}),
    "gemini": Test("https://generativelanguage.googleapis.com/v1beta/models?pageSize=1", {"x-goog-api-key": "{api_key}"}),
    "perplexity": _chat("sonar"),
    "nvidia": _chat("meta/llama-3.1-8b-instruct"),
    "sambanova": _chat("Meta-Llama-3.1-8B-Instruct"),
    "ovhcloud": _chat("Meta-Llama-3_1-8B-Instruct"),
    "deepseek": Test("/user/balance", _BEARER),
    "openrouter": Test("/key", _BEARER),
    "telnyx": Test("https://api.telnyx.com/v2/balance", _BEARER),
    "sarvam": Test("https://api.sarvam.ai/text-lid", {"api-subscription-key": "{api_key}"}, "POST", {"input": "hello"}),
    **dict.fromkeys(
        ("groq", "cerebras", "xai", "mistral", "minimax", "together", "fireworks", "nebius", "novita", "baseten", "qwen", "inception", "crusoe"),
        _MODELS,
    ),
    "deepgram": Test("/v1/auth/token", {"Authorization": "Token {api_key}"}),
    # Keys may be restricted to speech; listing models is what all of them may do.
    "elevenlabs": Test("/v1/models", {"xi-api-key": "{api_key}"}),
    "cartesia": Test("/voices?limit=1", {"X-API-Key": "{api_key}", "Cartesia-Version": "2025-04-16"}),
    "ollama": Test("/models", {}),
    "assemblyai": Test("https://api.assemblyai.com/v2/transcript?limit=1", {"Authorization": "{api_key}"}),
    "speechmatics": Test("https://asr.api.speechmatics.com/v2/jobs?limit=1", _BEARER),
    "gladia": Test("https://api.gladia.io/v2/live?limit=1", {"X-Gladia-Key": "{api_key}"}),
    "hume": Test("https://api.hume.ai/v0/tts/voices?provider=HUME_AI&page_size=1", {"X-Hume-Api-Key": "{api_key}"}),
    "playht": Test("https://api.play.ht/api/v2/voices", {"AUTHORIZATION": "{api_key}", "X-USER-ID": "{user_id}"}),
    "soniox": Test("https://api.soniox.com/v1/models", _BEARER),
    "fish": Test("https://api.fish.audio/model?page_size=1&self=true", _BEARER),
    "azure": Test("https://{region}.api.cognitive.microsoft.com/sts/v1.0/issueToken", {"Ocp-Apim-Subscription-Key": "{api_key}"}, "POST"),
    "google": Test("/v1/voices?languageCode=en-US", {"x-goog-api-key": "{api_key}"}),
    "inworld": Test("https://api.inworld.ai/tts/v1/voices", {"Authorization": "Basic {api_key}"}),
    "ultravox": Test("https://api.ultravox.ai/api/accounts/me", {"X-API-Key": "{api_key}"}),
    "speechify": Test("https://api.speechify.ai/v1/voices", _BEARER),
    "neuphonic": Test("https://api.neuphonic.com/voices", {"x-api-key": "{api_key}"}),
    "lmnt": Test("https://api.lmnt.com/v1/account", {"X-API-Key": "{api_key}"}),
    "telegram": Test("https://api.telegram.org/bot{bot_token}/getMe", {}),
    "whatsapp": Test("https://graph.facebook.com/v21.0/{phone_number_id}?fields=verified_name", {"Authorization": "Bearer {access_token}"}),
}  # fmt: skip
_CUSTOM = Test("", {"Authorization": "Bearer {bearer_token}"}, "POST", {"messages": _HI, "max_tokens": 1})  # fmt: skip


async def check(
    provider: str,
    credentials: Mapping[str, str],
    *,
    base_url: str = "",
    allow_private: bool = False,
) -> Result:
    """Try a key; raises nothing. ``base_url`` stands in for the vendor's address."""
    test = _CUSTOM if provider == "custom-llm" else TESTS.get(provider)
    if test is None:
        return Result("untested", "This provider offers no way to test a key.")
    try:
        address, is_customers = addresses.resolve(provider, credentials, base_url)
        account = Account(
            provider,
            credentials,
            address,
            public_only=is_customers and not allow_private,
        )
        await _try(account, test, stands_in=bool(base_url))
    except Refused as error:
        return Result("refused", str(error))
    except ProviderError as error:
        return Result("unreachable", str(error))
    return Result("ok")


async def _try(account: Account, test: Test, *, stands_in: bool) -> None:
    path = addresses.fill(account.provider, account.credentials, test.path)
    url = path if path.startswith("http") else account.http_url + path
    if stands_in and path.startswith("http"):
        url = account.http_url + "/" + path.split("/", 3)[3]
    async with web.request(
        account,
        test.method,
        url,
        headers=_headers(account, test),
        within=limits.KEY_TEST_TOTAL,
        body=orjson.dumps(test.body) if test.body is not None else None,
    ):
        pass


def _headers(account: Account, test: Test) -> dict[str, str]:
    headers = {} if test.body is None else {"content-type": "application/json"}
    for name, value in test.headers.items():
        if "{bearer_token}" in value and not account.credentials.get("bearer_token"):
            continue  # a custom endpoint may want no key
        headers[name] = addresses.fill(account.provider, account.credentials, value)
    return headers
