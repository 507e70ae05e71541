import pytest
from django.db import connection

from agents.tools import secrets
from common.errors import NotFound
from tests import factories

CANARY = "sk-canary-7341"


def put(workspace, **changes):
    return secrets.put(
        **{
            "workspace": workspace,
            "name": "SHOP",
            "value": CANARY,
            "host": "api.example.com",
            "by": None,
            **changes,
        }
    )


def test_a_secret_is_ciphertext_in_the_database(workspace):
    put(workspace)

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM agents_toolsecret")
        assert CANARY not in str(cursor.fetchall())
    assert secrets.of(workspace) == {"SHOP": ("api.example.com", CANARY)}
    assert secrets.of(factories.WorkspaceFactory()) == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"name": "shop"},
        {"name": "S"},
        {"name": "S" * 65},
        {"value": ""},
        {"value": "x" * 4097},
        {"value": "a\r\nHost: b"},
        {"host": "127.0.0.1"},
        {"host": "localhost"},
        {"host": "user@example.com"},
        {"host": ""},
    ],
)
def test_what_cannot_be_a_secret_is_refused(workspace, changes):
    with pytest.raises(secrets.BadSecret):
        put(workspace, **changes)


def test_a_secret_goes_to_its_own_host_alone():
    kept = {"SHOP": ("api.example.com", CANARY)}
    headers = {"Authorization": "Bearer {{secrets.SHOP}}"}

    filled = secrets.fill(headers, "https://API.example.com/x", kept)

    assert filled == {"Authorization": f"Bearer {CANARY}"}
    for elsewhere in (
        "https://evil.example.com/",
        "https://api.example.com.evil.com/",
        "https://api.example.com:8443/",
    ):
        with pytest.raises(secrets.NotForThisHost) as refused:
            secrets.fill(headers, elsewhere, kept)
        assert CANARY not in str(refused.value)


def test_a_secret_is_deleted(workspace):
    put(workspace)
    secrets.delete(workspace=workspace, name="SHOP", by=None)

    with pytest.raises(NotFound):
        secrets.delete(workspace=workspace, name="SHOP", by=None)
