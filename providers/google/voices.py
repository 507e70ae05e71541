"""Which of Google's voices speaks: its name holds country, family and person.

``en-US-Chirp3-HD-Charon`` speaks American English; the same person in German is
``de-DE-Chirp3-HD-Charon``. What is bought is the family, so a voice of another one never
stands in. https://cloud.google.com/text-to-speech/docs/reference/rest/v1/voices/list
(2026-11).
"""

from typing import Any
from urllib.parse import quote

from providers import faults, limits, web
from providers.account import Account
from providers.errors import Refused
from providers.google import hosts
from providers.ports import TtsRequest

DEFAULT_FAMILY = "chirp3-hd"
DEFAULT_VOICE = "en-US-Chirp3-HD-Charon"


async def pick(account: Account, request: TtsRequest) -> str:
    """Return the voice that was asked for if it fits family and language, else ask
    Google which do: first the same person. Raises ``ProviderError``."""
    wanted = request.voice or DEFAULT_VOICE
    family = f"-{request.model or account.model or DEFAULT_FAMILY}-".lower()
    language = request.language or "en-US"
    if family in wanted.lower() and _is_of(wanted, language):
        return wanted
    fit = [name for name in await _names(account, language) if family in name.lower()]
    if not fit:
        raise Refused(
            f"{account.provider} has no {family.strip('-')} voice for {language}.",
            provider=account.provider,
        )
    person = "-" + wanted.rsplit("-", 1)[-1]
    return min(fit, key=lambda name: (not name.endswith(person), name))


def locale(voice: str) -> str:
    """Return the language code that has to go with a voice."""
    return "-".join(voice.split("-")[:2])


def _is_of(voice: str, language: str) -> bool:
    return f"{voice}-".lower().startswith(f"{language}-".lower())


async def _names(account: Account, language: str) -> list[str]:
    url = f"{account.http_url}/v1/voices?languageCode={quote(language)}"
    within = limits.TTS_CONNECT
    headers = hosts.headers(account)
    async with web.request(
        account, "GET", url, headers=headers, within=within
    ) as reply:
        answer: Any = await reply.json(within=within)
    try:
        return [str(voice["name"]) for voice in answer.get("voices", [])]
    except (AttributeError, KeyError, TypeError) as error:
        raise faults.garbage(account.provider) from error
