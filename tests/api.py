"""A program with a key: asks the API and returns what it says."""

import orjson
import pytest
from django.core.cache import cache
from django.test import Client
from rymi import Rymi

from accounts import keys


class Api:
    """The public API as one key sees it."""

    def __init__(self, workspace, scopes=("*",), **key):
        kind = key.pop("kind", "workspace")
        self.key, self.raw = keys.create(
            workspace=workspace, kind=kind, scopes=scopes, **key
        )
        self.client = Client()

    def __call__(self, method, path, body=None, **headers):
        """Ask; ``headers`` are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = b"" if body is None else orjson.dumps(body)
        return self.client.generic(
            method,
            f"/v1{path}",
            content,
            content_type="application/json" if content else "",
            headers={"Authorization": f"Bearer {self.raw}", **named},
        )

    def get(self, path, **headers):
        return self("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self("POST", path, body, **headers)

    def put(self, path, body, **headers):
        return self("PUT", path, body, **headers)

    def patch(self, path, body, **headers):
        return self("PATCH", path, body, **headers)

    def delete(self, path, **headers):
        return self("DELETE", path, **headers)


@pytest.fixture
def api(workspace):
    """A program with a key that may do everything in the workspace."""
    cache.clear()  # nothing is counted against anybody yet
    return Api(workspace)


@pytest.fixture
def foreign_api(stranger):
    """The same in the stranger's workspace."""
    return Api(stranger.memberships.get().workspace)


@pytest.fixture
def rymi(api, live_server):
    """The official client with that key, before a live server."""
    return Rymi(api.raw, base_url=f"{live_server.url}/v1")
