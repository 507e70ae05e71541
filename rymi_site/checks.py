"""Start-up checks: what is wrong with the settings, and how to mend it.

Errors keep a server from starting (``refuse_to_start``); warnings are for whoever runs
``manage.py check --deploy``.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from rymi_site.env import flag

Found = Iterator[CheckMessage]
Check = Callable[[], Found]


def _secrets() -> Found:
    if len(_secret_key()) < (50 if settings.PRODUCTION else 1):
        yield Error(
            "SECRET_KEY is missing or shorter than 50 characters.",
            hint="Set SECRET_KEY to the output of: python -c "
            '"import secrets; print(secrets.token_urlsafe(64))"',
            id="rymi.E001",
        )
    if not settings.FERNET_KEYS:
        yield Error(
            "FERNET_KEYS is missing: customers' credentials could not be encrypted.",
            hint='Set FERNET_KEYS to the output of: python -c "from cryptography.fernet '
            'import Fernet; print(Fernet.generate_key().decode())"',
            id="rymi.E002",
        )
    for number, key in enumerate(settings.FERNET_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            yield Error(
                f"The key number {number} in FERNET_KEYS is not one.",
                hint="Each is 32 bytes in URL-safe base 64: 44 characters that end in =.",
                id="rymi.E003",
            )


def _secret_key() -> str:
    try:
        return settings.SECRET_KEY
    except ImproperlyConfigured:  # Django does not hand out an empty one
        return ""


def _address() -> Found:
    public = urlsplit(settings.PUBLIC_BASE_URL)
    if public.scheme not in ("http", "https") or not public.hostname:
        yield Error(
            f"PUBLIC_BASE_URL is not an address: {settings.PUBLIC_BASE_URL}",
            hint="Set it to what people type, such as https://voice.example.com",
            id="rymi.E004",
        )
    elif settings.PRODUCTION and public.scheme != "https":
        yield Error(
            "PUBLIC_BASE_URL begins with http: in production.",
            hint="Browsers give the microphone to https pages only. Put a proxy with a "
            "certificate in front (see README) and set the https address.",
            id="rymi.E005",
        )


def _dangerous() -> Found:
    if not settings.PRODUCTION:
        return
    for wrong, name, why in (
        (settings.DEBUG, "DEBUG", "shows secrets to visitors"),
        (flag("RYMI_CHAOS"), "RYMI_CHAOS", "kills processes on purpose"),
    ):
        if wrong:
            yield Error(
                f"{name} is on in production: it {why}.",
                hint=f"Take {name} out of the environment.",
                id="rymi.E006",
            )
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS lets every host name in: links in mails could be forged.",
            hint="Name the hosts, or leave it out to allow that of PUBLIC_BASE_URL.",
            id="rymi.E007",
        )


def _mail() -> Found:
    host, user = settings.EMAIL_HOST, settings.EMAIL_HOST_USER
    if bool(user) != bool(settings.EMAIL_HOST_PASSWORD):
        yield Error(
            "Only one of EMAIL_HOST_USER and EMAIL_HOST_PASSWORD is set.",
            hint="Set both, or neither where the mail server asks for none.",
            id="rymi.E008",
        )
    if user and not host:
        yield Error(
            "EMAIL_HOST_USER is set, but EMAIL_HOST is not: no letter would be sent.",
            hint="Set EMAIL_HOST to the mail server's name.",
            id="rymi.E009",
        )
    if settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory" and _prints_mail():
        yield Error(
            "RYMI_EMAIL_VERIFICATION is mandatory, but no mail can be sent: nobody "
            "could sign up.",
            hint="Set EMAIL_HOST, or RYMI_EMAIL_VERIFICATION=optional.",
            id="rymi.E010",
        )
    if settings.ACCOUNT_EMAIL_VERIFICATION not in ("mandatory", "optional", "none"):
        yield Error(
            "RYMI_EMAIL_VERIFICATION is none of mandatory, optional and none.",
            hint="Set it to one of the three.",
            id="rymi.E011",
        )
    if settings.PRODUCTION and _prints_mail():
        yield Warning(
            "Letters are printed to the log: invitations and forgotten passwords reach "
            "nobody.",
            hint="Set EMAIL_HOST, EMAIL_HOST_USER and EMAIL_HOST_PASSWORD.",
            id="rymi.W001",
        )


def _prints_mail() -> bool:
    return settings.EMAIL_BACKEND.startswith("django.core.mail.backends.console")


def _shared_state() -> Found:
    if not settings.PRODUCTION:
        return
    if "locmem" in settings.CACHES["default"]["BACKEND"]:
        yield Error(
            "There is no shared cache: limits on sign-in and on the API would count for "
            "each process by itself, and background work would be lost.",
            hint="Set REDIS_URL to a Redis or Valkey.",
            id="rymi.E012",
        )
    if "sqlite" in settings.DATABASES["default"]["ENGINE"]:
        yield Warning(
            "The database is an SQLite file: one machine, one writer at a time.",
            hint="Set DATABASE_URL to a PostgreSQL when more than a few people call.",
            id="rymi.W002",
        )
    if settings.BEHIND_PROXY and not settings.TRUSTED_PROXIES:
        yield Error(
            "RYMI_BEHIND_PROXY is on, but RYMI_TRUSTED_PROXIES is 0: everybody would "
            "share the proxy's address, and its limits.",
            hint="Set RYMI_TRUSTED_PROXIES to the number of proxies in front.",
            id="rymi.E013",
        )


CHECKS: tuple[Check, ...] = (_secrets, _address, _dangerous, _mail, _shared_state)


@register(Tags.security)
def errors(**_: Any) -> list[CheckMessage]:
    """Report what keeps a server from starting."""
    return [each for check in CHECKS for each in check() if isinstance(each, Error)]


@register(Tags.security, deploy=True)
def warnings(**_: Any) -> list[CheckMessage]:
    """Report what a production machine should not be."""
    return [each for check in CHECKS for each in check() if isinstance(each, Warning)]


def refuse_to_start() -> None:
    """Stop a server whose settings are dangerous or half done, and say how to mend it."""
    if found := errors():
        lines = (f"  {each.id}  {each.msg}\n        {each.hint}" for each in found)
        raise ImproperlyConfigured("Rymi does not start:\n" + "\n".join(lines))
