import pytest
from django.db import connection

from agents import config as configs
from agents import provider_keys, stacks
from agents.models import ProviderKey
from agents.provider_keys import BadCredentials, Keyring
from common.errors import NotFound
from tests import factories
from tests.doubles.openai import OpenAI
from tests.doubles.server import in_a_thread

SECRET = "sk-proj-abcdefgh7f2a"


@pytest.fixture
def key(workspace, owner):
    return provider_keys.connect(
        workspace=workspace,
        provider="openai",
        credentials={"api_key": SECRET},
        by=owner,
    )


def test_a_key_is_ciphertext_in_the_database(key):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM agents_providerkey")
        stored = str(cursor.fetchall())

    assert SECRET not in stored
    assert "gAAAAA" in stored


def test_a_key_is_masked_and_never_in_a_repr(key):
    assert key.masked == "sk-p···7f2a"
    assert SECRET not in f"{key!r} {key}"


def test_a_stranger_has_no_use_of_it(key, workspace):
    elsewhere = factories.WorkspaceFactory()

    assert Keyring(workspace).key_for("openai").whose == "own"
    assert Keyring(elsewhere).key_for("openai").whose == "missing"
    with pytest.raises(NotFound):
        provider_keys.disconnect(workspace=elsewhere, provider="openai", by=None)


def test_a_missing_field_is_named(workspace, owner):
    with pytest.raises(BadCredentials, match="is missing"):
        provider_keys.connect(
            workspace=workspace, provider="openai", credentials={}, by=owner
        )


@pytest.fixture
def openai(settings):
    with in_a_thread(OpenAI(key=SECRET)) as double:
        settings.PROVIDER_BASE_URLS = {"openai": f"{double.url}/v1"}
        yield double


def test_a_key_is_tried_when_it_is_saved(openai, key):
    assert (key.verdict, key.test_error) == ("ok", "")
    assert key.tested_at


def test_a_refused_key_is_not_kept_and_the_one_before_stays(openai, key, workspace):
    with pytest.raises(BadCredentials, match="^OpenAI did not accept the key"):
        provider_keys.connect(
            workspace=workspace,
            provider="openai",
            credentials={"api_key": "sk-mistyped-123456"},
            by=None,
        )

    key.refresh_from_db()
    assert key.credentials == {"api_key": SECRET}


def test_a_provider_goes_by_its_name_in_the_midst_of_a_sentence(workspace, settings):
    settings.PROVIDER_BASE_URLS = {}
    with pytest.raises(BadCredentials, match="^The address of Custom LLM is not on"):
        provider_keys.connect(
            workspace=workspace,
            provider="custom-llm",
            credentials={"url": "http://10.0.0.7/v1"},
            by=None,
        )


def test_a_key_that_could_not_be_tried_is_kept_and_says_so(key):
    assert key.verdict == "unreachable"
    assert key.test_error.startswith("OpenAI ")
    assert key.tested_at


def test_a_provider_without_a_test_keeps_the_key_untried(workspace, owner):
    key = provider_keys.connect(
        workspace=workspace,
        provider="custom-voice",
        credentials={"url": "https://voice.example.com"},
        by=owner,
    )

    assert (key.verdict, key.tested_at) == ("untested", None)


def test_unknown_fields_and_providers_are_named(workspace):
    for provider, credentials, error in (
        ("openai", {"api_key": SECRET, "colour": "red"}, BadCredentials),
        ("openay", {"api_key": SECRET}, NotFound),
        ("local", {}, NotFound),
    ):
        with pytest.raises(error, match="colour|called"):
            provider_keys.connect(
                workspace=workspace, provider=provider, credentials=credentials, by=None
            )


def test_a_key_refused_later_is_told_and_stays_in_use(openai, key, workspace):
    openai.key = "turned-over"

    assert provider_keys.test_again(key).verdict == "refused"

    stack = stacks.resolve(configs.defaults(), workspace)
    assert stack.choice("llm").whose == "own"
    assert "OpenAI refused the key" in [notice.title for notice in stack.notices]


def test_a_refused_key_gives_way_to_the_platforms_where_that_is_allowed(
    openai, key, workspace, settings
):
    settings.PROVIDER_API_KEYS = {"openai": "sk-platform"}
    openai.key = "turned-over"
    provider_keys.test_again(key)
    assert Keyring(workspace).key_for("openai").whose == "own"

    provider_keys.allow_fallback(key, allowed=True)

    assert Keyring(workspace).key_for("openai").whose == "platform"


def test_the_platforms_gemini_key_may_be_called_googles(workspace, settings):
    settings.PROVIDER_API_KEYS = {"google": "AIza-platform"}

    assert Keyring(workspace).key_for("gemini").whose == "platform"


def test_a_keys_secret_is_in_no_repr(key, workspace):
    assert SECRET not in repr(Keyring(workspace).key_for("openai"))


def test_disconnecting_forgets_the_key_and_is_written_down(key, workspace, owner):
    provider_keys.disconnect(workspace=workspace, provider="openai", by=owner)

    assert not ProviderKey.objects.exists()
    deeds = workspace.audit_entries.filter(target="OpenAI").order_by("id")
    assert [deed.verb for deed in deeds] == [
        "provider.connected",
        "provider.disconnected",
    ]


@pytest.mark.parametrize(
    ("secret", "shown"),
    [("sk-proj-abcdefgh7f2a", "sk-p···7f2a"), ("short", "···"), ("", "···")],
)
def test_masking_gives_nothing_away(secret, shown):
    assert provider_keys.mask(secret) == shown
