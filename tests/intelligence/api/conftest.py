import pytest

from accounts import keys


@pytest.fixture
def api(client, workspace):
    """A program with a key of ours."""
    _, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {raw}"
    return client
