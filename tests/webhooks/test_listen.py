from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rymi import Rymi

from tests import factories


def listen(**options):
    out = StringIO()
    call_command("listen", stdout=out, once=True, **options)
    return out.getvalue()


def test_listen_forwards_signed_as_the_endpoint_would(endpoint, receiver, tell):
    letter = tell(endpoint.workspace)

    said = listen(
        to=receiver.url,
        workspace=str(endpoint.workspace_id),
        endpoint=str(endpoint.id),
        again=1,
    )

    (got,) = receiver.letters
    assert got.body == letter.body.encode()
    assert Rymi(api_key="x").webhooks.verify_signature(
        got.body.decode(),
        got.headers["X-Rymi-Signature"],
        got.headers["X-Rymi-Timestamp"],
        endpoint.secret,
    )
    assert "call.completed" in said
    assert "200" in said


def test_listen_starts_with_what_is_new(endpoint, receiver, tell):
    tell(endpoint.workspace)

    listen(to=receiver.url, workspace=endpoint.workspace.name)

    assert receiver.letters == []


def test_listen_asks_which_workspace(endpoint):
    factories.WorkspaceFactory()

    with pytest.raises(CommandError, match="--workspace"):
        listen(to="http://127.0.0.1:9/")


def test_a_receiver_that_is_not_there_is_said_and_not_fatal(endpoint, tell):
    tell(endpoint.workspace)

    said = listen(
        to="http://127.0.0.1:9/", workspace=str(endpoint.workspace_id), again=1
    )

    assert "no answer" in said
