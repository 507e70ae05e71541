"""Where providers are, as their documents say; a customer's own address may fill it in.

``{name}`` stands for a credential of that name.
"""

import re
from collections.abc import Mapping

from providers.errors import Refused

# OpenAI's chat completions, spoken by many.
CHAT: dict[str, str] = {
    "openai": "https://api.openai.com/v1",
    "azure-openai": "{endpoint}",
    "baseten": "https://inference.baseten.co/v1",
    "cerebras": "https://api.cerebras.ai/v1",
    "crusoe": "https://api.inference.crusoecloud.com/v1",
    "custom-llm": "{url}",
    "deepseek": "https://api.deepseek.com/v1",
    "fireworks": "https://api.fireworks.ai/inference/v1",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/openai",
    "groq": "https://api.groq.com/openai/v1",
    "inception": "https://api.inceptionlabs.ai/v1",
    "minimax": "https://api.minimax.io/v1",
    "mistral": "https://api.mistral.ai/v1",
    "nebius": "https://api.tokenfactory.nebius.com/v1",
    "novita": "https://api.novita.ai/openai/v1",
    "nvidia": "https://integrate.api.nvidia.com/v1",
    "ollama": "{base_url}",
    "openrouter": "https://openrouter.ai/api/v1",
    "ovhcloud": "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
    "perplexity": "https://api.perplexity.ai",
    "qwen": "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    "sambanova": "https://api.sambanova.ai/v1",
    "sarvam": "https://api.sarvam.ai/v2",
    "smallest": "https://api.smallest.ai/waves/v1",
    "telnyx": "https://api.telnyx.com/v2/ai",
    "together": "https://api.together.xyz/v1",
    "xai": "https://api.x.ai/v1",
}
BASE_URLS: dict[str, str] = CHAT | {
    "anthropic": "https://api.anthropic.com/v1",
    "assemblyai": "https://streaming.assemblyai.com",
    "azure": "https://{region}.api.cognitive.microsoft.com",
    "cartesia": "https://api.cartesia.ai",
    "custom-transcriber": "{url}",
    "custom-voice": "{url}",
    "deepgram": "https://api.deepgram.com",
    "elevenlabs": "https://api.elevenlabs.io",
    "gladia": "https://api.gladia.io",
    "google": "https://texttospeech.googleapis.com",
    "rime": "https://users.rime.ai",
    "soniox": "https://stt-rt.soniox.com",
    "speechmatics": "https://eu2.rt.speechmatics.com",
}

_CREDENTIAL = re.compile(r"\{(\w+)\}")


def resolve(
    provider: str, credentials: Mapping[str, str], base_url: str
) -> tuple[str, bool]:
    """Return the address to call, and whether a customer chose it."""
    if base_url:
        return base_url.rstrip("/"), False
    template = BASE_URLS.get(provider, "")
    filled = fill(provider, credentials, template)
    filled = filled.rstrip("/")
    if provider == "azure-openai" and not filled.endswith("/v1"):
        filled += "/openai/v1"  # the portal shows the resource's address alone
    return filled, filled != template


def fill(provider: str, credentials: Mapping[str, str], template: str) -> str:
    """Put credentials where ``{name}`` stands, or raise ``Refused`` for a missing one."""
    return _CREDENTIAL.sub(
        lambda match: _credential(provider, credentials, match.group(1)), template
    )


def _credential(provider: str, credentials: Mapping[str, str], name: str) -> str:
    if value := credentials.get(name, "").strip():
        return value
    raise Refused(
        f"No {name.replace('_', ' ')} for {provider}. "
        "Add it under Settings, BYO Providers.",
        provider=provider,
    )
