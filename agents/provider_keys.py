"""Customers' own keys for providers: connected, tested, never shown again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User, Workspace
from agents import catalogue, local_model
from agents.catalogue import Provider
from agents.catalogue.nouns import OFFLINE
from agents.models import Agent, ProviderKey
from common import clock
from common.errors import NotFound, Refusal
from providers import keytest, registry, web
from providers.keytest import Result

# ``server``: a language model on a machine of the operator's own.
Whose = Literal["own", "platform", "server", "offline", "missing"]
Verdict = ProviderKey.Verdict
# Names that operators give the platform's key, beside the provider's own.
OTHER_NAMES = {"gemini": ("google",), "xai": ("grok",)}
# Fields that say which provider a channel runs through.
CHOICES = tuple(
    f"{channel}_{which}"
    for channel in ("stt", "llm", "tts")
    for which in ("provider", "fallback_provider")
)


class BadCredentials(Refusal):
    """What was typed cannot be a key, or the provider refused it."""

    code = "invalid_credentials"


@dataclass(frozen=True, slots=True)
class Key:
    """Whose account a call would run through, and where. ``repr`` shows no secret."""

    whose: Whose
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_url: str = ""  # "": the vendor's own
    error: str = ""  # what the vendor said when the key was tried last

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
        self._own = {row.provider: row for row in rows}

    def key_for(self, provider: str) -> Key:
        """Return the customer's own key, else the platform's.

        A key of their own that was refused gives way to the platform's where they
        allowed that; else it stays, and what the vendor said is told.
        """
        if provider == OFFLINE:
            return Key("offline")
        own, platform = self._own_key(provider), _platform_key(provider)
        if own is None:
            return platform
        row = self._own.get(provider)
        gives_way = row is not None and row.allow_fallback and bool(own.error)
        return platform if gives_way and platform.works else own

    def _own_key(self, provider: str) -> Key | None:
        row = self._own.get(provider)
        if row is None:
            return None
        error = row.test_error if row.verdict == Verdict.REFUSED else ""
        return Key("own", row.credentials, base_url(provider), error)


def _platform_key(provider: str) -> Key:
    """Return the operator's own key, or a server of the operator's own."""
    for name in (provider.replace("-", "_"), *OTHER_NAMES.get(provider, ())):
        if secret := settings.PROVIDER_API_KEYS.get(name):
            return Key("platform", {"api_key": secret}, base_url(provider))
    if provider == local_model.PROVIDER and local_model.found():
        return Key("server", {}, settings.LOCAL_LLM_URL)
    return Key("missing")


def base_url(provider: str) -> str:
    """Return the operator's own address for a provider, or ""."""
    return str(settings.PROVIDER_BASE_URLS.get(provider.replace("-", "_"), ""))


# ---------------------------------------------------------------- connecting


def connect(
    *,
    workspace: Workspace,
    provider: str,
    credentials: Mapping[str, str],
    by: User | None,
    account_name: str = "",
    allow_fallback: bool = False,
) -> ProviderKey:
    """Try a key and keep it, encrypted, in the place of any other of that provider.

    Raises ``BadCredentials`` for one that its provider refuses: what was there before
    stays. One that could not be tried is kept, and the result says so. Takes up to
    ``limits.KEY_TEST_TOTAL`` seconds.
    """
    known = _connectable(provider)
    given = _checked(known, credentials)
    result = _try(provider, given)
    if result.verdict == "refused":
        raise BadCredentials(result.detail)
    with transaction.atomic():
        key, _ = ProviderKey.objects.update_or_create(
            workspace=workspace,
            provider=provider,
            defaults={
                "account_name": account_name.strip() or known.name,
                "credentials": given,
                "masked": mask(_main_secret(known, given)),
                "is_active": True,
                "allow_fallback": allow_fallback,
                **_outcome(result),
            },
        )
        audit.record(
            workspace=workspace,
            actor=by,
            verb="provider.connected",
            target=known.name,
        )
    return key


def test_again(key: ProviderKey) -> Result:
    """Try a key that is kept, and keep what came of it."""
    result = _try(key.provider, key.credentials)
    for name, value in _outcome(result).items():
        setattr(key, name, value)
    key.save(
        update_fields=[
            "tested_at",
            "verdict",
            "test_error",
            "alert_due_at",
            "updated_at",
        ]
    )
    return result


def allow_fallback(key: ProviderKey, *, allowed: bool) -> None:
    """Let the platform's key take over when this one is refused, or not."""
    key.allow_fallback = allowed
    key.save(update_fields=["allow_fallback", "updated_at"])


def disconnect(
    *, workspace: Workspace, provider: str, by: User | None, reason: str = ""
) -> None:
    """Forget a key."""
    deleted, _ = workspace.provider_keys.filter(provider=provider).delete()
    if not deleted:
        raise NotFound("This provider is not connected.")
    known = catalogue.load().providers.get(provider)
    audit.record(
        workspace=workspace,
        actor=by,
        verb="provider.disconnected",
        target=known.name if known else provider,
        reason=reason,
    )


# ---------------------------------------------------------------- reading


def offered() -> list[Provider]:
    """Return the providers a key can be used for here, by name."""
    return sorted(
        (each for each in catalogue.load().providers.values() if _is_usable(each.id)),
        key=lambda provider: provider.name.lower(),
    )


def without_adapter() -> list[Provider]:
    """Return the providers the catalogue knows and calls cannot run through yet."""
    speech = {"stt", "llm", "tts", "realtime"}
    return sorted(
        (
            each
            for each in catalogue.load().providers.values()
            if each.channels & speech and each.id != OFFLINE and not _is_usable(each.id)
        ),
        key=lambda provider: provider.name.lower(),
    )


def is_on_the_platform(provider: str) -> bool:
    """Tell whether calls can run through the operator's own account."""
    return _platform_key(provider).works


def used_by(workspace: Workspace, provider: str) -> list[Agent]:
    """Return the agents whose draft names a provider, as first choice or fallback."""
    named = Q()
    for name in CHOICES:
        named |= Q(**{f"config__{name}": provider})
    own = workspace.agents.filter(deleted_at=None).filter(named)
    return list(own.only("id", "name").order_by("name"))


# ---------------------------------------------------------------- the parts


def _is_usable(provider: str) -> bool:
    channels: tuple[registry.Channel, ...] = ("stt", "llm", "tts", "realtime")
    return provider != OFFLINE and any(
        registry.supports(channel, provider) for channel in channels
    )


def _try(provider: str, credentials: Mapping[str, str]) -> Result:
    result = web.run(keytest.check(provider, credentials, base_url=base_url(provider)))
    known = catalogue.load().providers.get(provider)
    if not known:
        return result
    # People know it by its name; what the vendor itself said stands behind ours.
    told = re.sub(rf"\b{re.escape(provider)}\b", known.name, result.detail, count=1)
    return Result(result.verdict, told)


def _connectable(provider: str) -> Provider:
    known = catalogue.load().providers.get(provider)
    if known is None or provider == OFFLINE:
        raise NotFound(f"There is no provider called {provider}.")
    return known


def _checked(known: Provider, credentials: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(credentials) - {field.name for field in known.fields})
    if unknown:
        raise BadCredentials(f"{known.name} has no field {', '.join(unknown)}.")
    given = {name: value.strip() for name, value in credentials.items()}
    missing = [f.label for f in known.fields if f.required and not given.get(f.name)]
    if missing:
        is_or_are = "are" if len(missing) > 1 else "is"
        raise BadCredentials(f"{', '.join(missing)} {is_or_are} missing.")
    return {name: value for name, value in given.items() if value}


def _outcome(result: Result) -> dict[str, object]:
    is_tried = result.verdict != "untested"
    return {
        "verdict": result.verdict,
        "test_error": "" if result.verdict == "ok" else result.detail[:255],
        "tested_at": clock.now() if is_tried else None,
        "alert_due_at": None,  # whoever tries it sees what came of it
    }


def mask(secret: str) -> str:
    """Show enough of a secret to know it by: ``sk-p···7f2a``."""
    return f"{secret[:4]}···{secret[-4:]}" if len(secret) >= 12 else "···"


def _main_secret(provider: Provider, given: Mapping[str, str]) -> str:
    secrets = [field.name for field in provider.fields if field.secret]
    return next((given[name] for name in secrets if given.get(name)), "")
