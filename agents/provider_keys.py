"""Customers' own keys for providers: connected, tested, never shown again."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User, Workspace
from agents import catalogue
from agents.catalogue.nouns import OFFLINE
from agents.models import Agent, ProviderKey
from common import clock
from common.errors import NotFound, Refusal
from providers import keytest, registry

Whose = Literal["own", "platform", "offline", "missing"]
# Providers that answer to the same key.
SAME_KEY = {"google": ("google", "gemini"), "gemini": ("gemini", "google")}


class BadCredentials(Refusal):
    """What was typed cannot be a key, or the provider refused it."""

    code = "invalid_credentials"


@dataclass(frozen=True, slots=True)
class Key:
    """Whose account a call would run through."""

    whose: Whose
    credentials: Mapping[str, str]

    @property
    def works(self) -> bool:
        """Whether there is anything to call with."""
        return self.whose != "missing"


class Keyring:
    """The keys one workspace can call with, read once."""

    def __init__(self, workspace: Workspace | None) -> None:
        rows = (
            ProviderKey.objects.filter(workspace=workspace, is_active=True)
            if workspace
            else ()
        )
        self._own = {row.provider: row.credentials for row in rows}

    def key_for(self, provider: str) -> Key:
        """Return the customer's own key, else the platform's."""
        if provider == OFFLINE:
            return Key("offline", {})
        for name in SAME_KEY.get(provider, (provider,)):
            if name in self._own:
                return Key("own", self._own[name])
        for name in SAME_KEY.get(provider, (provider,)):
            if secret := platform_key(name):
                return Key("platform", {"api_key": secret})
        return Key("missing", {})


def platform_key(provider: str) -> str:
    """Return the operator's own key for a provider, from ``<PROVIDER>_API_KEY``."""
    return os.environ.get(f"{provider.upper().replace('-', '_')}_API_KEY", "")


def base_url(provider: str) -> str:
    """Return the operator's own address for a provider, or ""."""
    return str(settings.PROVIDER_BASE_URLS.get(provider.replace("-", "_"), ""))


def connect(
    *,
    workspace: Workspace,
    provider: str,
    credentials: Mapping[str, str],
    by: User | None,
    account_name: str = "",
) -> ProviderKey:
    """Keep a key, encrypted, in the place of any other of that provider."""
    known = catalogue.load().providers.get(provider)
    if known is None or provider == OFFLINE:
        raise NotFound(f"There is no provider called {provider}.")
    wanted = {field.name: field for field in known.fields}
    unknown = sorted(set(credentials) - set(wanted))
    if unknown:
        raise BadCredentials(f"{known.name} has no field {', '.join(unknown)}.")
    given = {name: value.strip() for name, value in credentials.items()}
    for field in known.fields:
        if field.required and not given.get(field.name):
            raise BadCredentials(f"{field.label} is missing.")
    with transaction.atomic():
        key, _ = ProviderKey.objects.update_or_create(
            workspace=workspace,
            provider=provider,
            defaults={
                "account_name": account_name.strip() or known.name,
                "credentials": {k: v for k, v in given.items() if v},
                "masked": mask(_main_secret(known, given)),
                "is_active": True,
                "tested_at": None,
                "test_error": "",
            },
        )
        audit.record(
            workspace=workspace, actor=by, verb="provider.connected", target=provider
        )
    return key


def offered() -> list[catalogue.Provider]:
    """Return the providers a key can be used for here, by name."""
    return sorted(
        (each for each in catalogue.load().providers.values() if _is_usable(each.id)),
        key=lambda provider: provider.name.lower(),
    )


def _is_usable(provider: str) -> bool:
    channels: tuple[registry.Channel, ...] = ("stt", "llm", "tts")
    return provider != OFFLINE and any(
        registry.supports(channel, provider) for channel in channels
    )


def connect_tested(
    *,
    workspace: Workspace,
    provider: str,
    credentials: Mapping[str, str],
    by: User | None,
) -> tuple[ProviderKey, keytest.Result]:
    """Try a key, and keep it unless the provider refuses it.

    A provider that cannot be reached does not cost anybody what they typed: the key is
    kept, and its row says that it was not tried.
    """
    given = {name: value.strip() for name, value in credentials.items()}
    result = _try(provider, given)
    if result.verdict == "refused":
        raise BadCredentials(result.detail)
    key = connect(workspace=workspace, provider=provider, credentials=given, by=by)
    _note(key, result)
    return key, result


def test_again(key: ProviderKey) -> keytest.Result:
    """Try a key that is kept, and note what came of it."""
    result = _try(key.provider, key.credentials)
    _note(key, result)
    return result


def _try(provider: str, credentials: Mapping[str, str]) -> keytest.Result:
    check = async_to_sync(keytest.check)
    result = check(provider, credentials, base_url=base_url(provider))
    known = catalogue.load().providers.get(provider)
    if known and result.detail.startswith(provider):  # people know it by its name
        told = known.name + result.detail.removeprefix(provider)
        return keytest.Result(result.verdict, told)
    return result


def _note(key: ProviderKey, result: keytest.Result) -> None:
    if result.verdict != "untested":
        record_test(key, result.detail)


def used_by(workspace: Workspace, provider: str) -> list[Agent]:
    """Return the agents whose draft names a provider, as first choice or fallback."""
    names = SAME_KEY.get(provider, (provider,))
    named = Q()
    for channel in ("stt", "llm", "tts"):
        named |= Q(**{f"config__{channel}_provider__in": names})
        named |= Q(**{f"config__{channel}_fallback_provider__in": names})
    own = workspace.agents.filter(deleted_at=None).filter(named)
    return list(own.only("id", "name").order_by("name"))


def record_test(key: ProviderKey, error: str) -> None:
    """Keep the result of trying a key; an empty error means that it works."""
    key.tested_at, key.test_error = clock.now(), error[:255]
    key.save(update_fields=["tested_at", "test_error"])


def disconnect(
    *, workspace: Workspace, provider: str, by: User | None, reason: str = ""
) -> None:
    """Forget a key."""
    deleted, _ = workspace.provider_keys.filter(provider=provider).delete()
    if not deleted:
        raise NotFound("This provider is not connected.")
    audit.record(
        workspace=workspace,
        actor=by,
        verb="provider.disconnected",
        target=provider,
        reason=reason,
    )


def mask(secret: str) -> str:
    """Show enough of a secret to know it by: ``sk-p···7f2a``."""
    return f"{secret[:4]}···{secret[-4:]}" if len(secret) >= 12 else "···"


def _main_secret(provider: catalogue.Provider, given: Mapping[str, str]) -> str:
    secrets = [field.name for field in provider.fields if field.secret]
    return next((given[name] for name in secrets if given.get(name)), "")
