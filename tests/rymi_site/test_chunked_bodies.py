"""Bodies in chunks, sent to the real web server."""

import http.client
import json
import socket

import pytest

from accounts import keys
from agents import authoring
from agents import config as configs
from tests import factories, processes

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOBODY = "0199c0de-0000-7000-8000-000000000000"
BOUNDARY = "rymi-7341"
FILE = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="title"\r\n\r\nPrices\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="p.txt"\r\n'
    "Content-Type: text/plain\r\n\r\nTea costs three dollars.\r\n"
    f"--{BOUNDARY}--\r\n"
).encode()


@pytest.fixture
def world(transactional_db):
    workspace = factories.WorkspaceFactory(name="Ours", plan="enterprise")
    _, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])
    port = processes.free_port()
    process = processes.start(
        *("rymi_site.web", "-b", "127.0.0.1", "-p", port), "rymi_site.asgi:application"
    )
    try:
        processes.wait_until_up(port, process)
        yield workspace, raw, port
    finally:
        processes.stop(process)


def send(world, path, pieces, kind="application/json", method="POST"):
    """Send pieces as chunks, without a length; return status and answer."""
    _, raw, port = world
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(
        method,
        path,
        body=iter(pieces),
        headers={
            "Authorization": f"Bearer {raw}",
            "Content-Type": kind,
            "Transfer-Encoding": "chunked",
        },
        encode_chunked=True,
    )
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told


def test_what_comes_in_chunks_is_read_whole(world):
    workspace, raw, port = world
    body = json.dumps({"kind": "workspace", "scopes": ["calls:read"], "label": "CI é"})
    content = body.encode()

    made = send(world, "/v1/auth/api-keys", [content[:9], content[9:40], content[40:]])
    byte_by_byte = send(world, "/v1/auth/api-keys", [bytes([b]) for b in content])

    assert (made[0], made[1]["label"]) == (201, "CI é")
    assert byte_by_byte[0] == 201
    # An empty one is none; one that is cut off within is not JSON; a huge one is refused.
    assert send(world, f"/v1/agents/{NOBODY}/clone", [])[0] == 404
    status, told = send(world, "/v1/auth/api-keys", [content[:20]])
    assert (status, told["code"]) == (400, "invalid_json")
    status, told = send(world, "/v1/auth/api-keys", [b" " * 65_536] * 60)
    assert (status, told["code"]) == (413, "payload_too_large")

    agent = authoring.create(
        workspace=workspace, name="Desk", config=configs.defaults(), by=None
    )
    upload = f"/v1/agents/{agent.id}/knowledge-sources/upload"
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    status, told = send(world, upload, [FILE[:50], FILE[50:]], kind)
    assert status in (201, 202), told
    assert told["source"]["title"] == "Prices"

    # Two lengths that disagree are how requests are smuggled past a proxy.
    both = (
        f"POST /v1/auth/api-keys HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {raw}"
        "\r\nContent-Type: application/json\r\nContent-Length: 4\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), 30) as line:
        line.sendall(both.encode())
        assert line.recv(12) == b"HTTP/1.1 400"
