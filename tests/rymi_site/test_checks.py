"""A server with dangerous or half-done settings does not start, and says why."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from rymi_site import checks

ROOT = Path(__file__).resolve().parents[2]


def ids(found):
    return {each.id for each in found}


@pytest.fixture
def production(settings):
    """Settings of a machine where everything is right."""
    settings.PRODUCTION = True
    settings.PUBLIC_BASE_URL = "https://voice.example.com"
    settings.ALLOWED_HOSTS = ["voice.example.com"]
    settings.SECRET_KEY = "x" * 64
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]
    settings.DEBUG = False
    settings.EMAIL_HOST = "mail.example.com"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}
    }
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
    return settings


def test_a_good_machine_is_silent(production):
    assert checks.errors() == []
    assert checks.warnings() == []
    checks.refuse_to_start()


def test_ones_own_machine_needs_nothing(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert checks.errors() == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"SECRET_KEY": ""}, "rymi.E001"),
        ({"SECRET_KEY": "short"}, "rymi.E001"),
        ({"FERNET_KEYS": []}, "rymi.E002"),
        ({"FERNET_KEYS": ["not a key"]}, "rymi.E003"),
        ({"PUBLIC_BASE_URL": "voice.example.com"}, "rymi.E004"),
        ({"PUBLIC_BASE_URL": "http://voice.example.com"}, "rymi.E005"),
        ({"DEBUG": True}, "rymi.E006"),
        ({"ALLOWED_HOSTS": ["*"]}, "rymi.E007"),
        ({"EMAIL_HOST_USER": "rymi"}, "rymi.E008"),
        (
            {
                "EMAIL_HOST": "",
                "EMAIL_HOST_USER": "rymi",
                "EMAIL_HOST_PASSWORD": "secret",
            },
            "rymi.E009",
        ),
        (
            {
                "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
                "EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend",
            },
            "rymi.E010",
        ),
        ({"ACCOUNT_EMAIL_VERIFICATION": "perhaps"}, "rymi.E011"),
        (
            {
                "CACHES": {
                    "default": {
                        "BACKEND": "django.core.cache.backends.locmem.LocMemCache"
                    }
                }
            },
            "rymi.E012",
        ),
        ({"BEHIND_PROXY": True, "TRUSTED_PROXIES": 0}, "rymi.E013"),
    ],
)
def test_what_is_wrong_is_named_with_its_mend(production, wrong, code):
    for name, value in wrong.items():
        setattr(production, name, value)

    found = checks.errors()

    assert ids(found) == {code}
    assert all(len(each.hint) > 20 for each in found)
    with pytest.raises(ImproperlyConfigured, match=code):
        checks.refuse_to_start()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (
            {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"},
            "rymi.W001",
        ),
        (
            {"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}},
            "rymi.W002",
        ),
    ],
)
def test_what_is_unwise_is_a_warning(production, wrong, code):
    for name, value in wrong.items():
        setattr(production, name, value)

    assert ids(checks.warnings()) == {code}
    assert checks.errors() == []


def manage(*arguments, **variables):
    kept = {"PATH": os.environ["PATH"], "RYMI_VAR_DIR": os.environ["RYMI_VAR_DIR"]}
    return subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        cwd=ROOT,
        env=kept | {"DJANGO_SETTINGS_MODULE": "rymi_site.settings"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.services
def test_a_production_machine_passes_djangos_deploy_check():
    result = manage(
        *("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        PUBLIC_BASE_URL="https://voice.example.com",
        SECRET_KEY="k3y-" * 20 + "".join(map(str, range(10))),
        FERNET_KEYS=Fernet.generate_key().decode(),
        DATABASE_URL="postgres://rymi@127.0.0.1/rymi",
        REDIS_URL="redis://127.0.0.1:6379/0",
        EMAIL_HOST="mail.example.com",
    )

    assert result.returncode == 0, result.stderr


@pytest.mark.services
def test_a_server_refuses_to_start_in_production_without_secrets():
    result = manage(
        "-c", "import rymi_site.asgi", PUBLIC_BASE_URL="https://voice.example.com"
    )

    assert result.returncode != 0
    assert "SECRET_KEY" in result.stderr
