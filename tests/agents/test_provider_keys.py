import pytest
from django.db import connection

from agents import provider_keys
from agents.provider_keys import BadCredentials, Keyring
from common.errors import NotFound
from tests import factories

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
