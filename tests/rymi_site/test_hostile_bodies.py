"""Hostile bodies sent to the real web server: each is refused, and costs little memory."""

import gzip
import http.client
import json
import os
from pathlib import Path

import pytest

from accounts import keys
from tests import factories
from tests.common.api.test_plumbing import HOSTILE, nested
from tests.rymi_site.web_process import running

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
MOST_KB = 20_000  # more than a body may cost, at its peak
LARGE = 190_000  # bytes
FULL = 2_600_000  # bytes; a body may be hardly larger
JSON = "application/json"
FORM = "multipart/form-data; boundary=rymi"
FIELD = b'--rymi\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n'


def full_of(value: bytes) -> bytes:
    """A body as large as may be, of one small value over and over."""
    return b'{"label": [' + value + (b"," + value) * (FULL // (len(value) + 1)) + b"]}"


def bodies():
    """Yield name, body, type and further headers."""
    for name, (body, _) in HOSTILE.items():
        yield name, body, JSON, {}
    yield "200 KB of depth", nested(100_000), JSON, {}
    yield "bad charset", b'{"label": "\xff\xfe"}', f"{JSON}; charset=utf-7", {}
    yield "gzip bomb", gzip.compress(bytes(20_000_000)), JSON, {"Content-Encoding": "gzip"}  # fmt: skip
    for value in (b"{}", b"[]", b'"ab"', b"1.5", b'{"a":1}', b'{"a":{"b":[]}}'):
        yield f"2.6 MB of {value.decode()}", full_of(value), JSON, {}
    as_many_as_may_be = b",".join([b'{"a":1}'] * 24_900)
    yield "values", b'{"label": [' + as_many_as_may_be + b"]}", JSON, {}
    names = b",".join(b'"%d":0' % n for n in range(230_000))
    yield "230,000 names", b'{"label": {' + names + b"}}", JSON, {}
    fields = b"".join(FIELD % n for n in range(10_000))
    yield "10,000 form fields", fields + b"--rymi--\r\n", FORM, {}
    yield "20 MB of form", FIELD[:-3] % 1 + b"x" * 20_000_000, FORM, {}


@pytest.fixture(scope="module")
def shared(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), running() as found:
        yield found


@pytest.fixture
def server(request, transactional_db, body):
    """Large bodies get a process of their own: what one leaves free, the next reuses."""
    if len(body) < LARGE:
        yield request.getfixturevalue("shared")
        return
    with running() as found:
        yield found


@pytest.fixture
def send(server, transactional_db):
    """Send a body with a key that may do everything; return status and answer."""
    workspace = factories.AgentFactory(workspace__plan="enterprise").workspace
    _, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])

    def asked(body, kind=JSON, path="/v1/auth/api-keys", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", server[0], timeout=60)
        headers = {"Authorization": f"Bearer {raw}", "Content-Type": kind, **headers}
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    asked.upload = f"/v1/agents/{workspace.agents.get().pk}/knowledge-sources/upload"
    return asked


def peak_kb(pid: int) -> int:
    """Return the most memory that was resident since it was last forgotten, in kB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def a_file(size: int) -> bytes:
    head = (
        b'--rymi\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
    )
    return head + b"\r\n" + b"%PDF" * (size // 4) + b"\r\n--rymi--\r\n"


@pytest.mark.parametrize("body", [a_file(10_000_000)], ids=["10 MB"])
def test_a_file_as_large_as_may_be_arrives_whole(server, send, body):
    status, told = send(body, FORM, send.upload)

    assert (status, told["source"]["bytes"]) == (202, 10_000_000)


@pytest.mark.parametrize("body", [a_file(30_000_000)], ids=["30 MB"])
def test_a_larger_file_is_refused(server, send, body):
    status, told = send(body, FORM, send.upload)

    assert (status, told["code"]) == (413, "payload_too_large")
    chunks = iter([body[:20_000_000], body[20_000_000:]])
    assert send(chunks, FORM, send.upload)[0] == 413


@pytest.mark.skipif(
    not os.access("/proc/self/clear_refs", os.W_OK), reason="Linux tells peaks"
)
@pytest.mark.parametrize(
    ("body", "kind", "headers"),
    [pytest.param(*case, id=name) for name, *case in bodies()],
)
def test_a_hostile_body_is_refused_and_costs_little(server, send, body, kind, headers):
    for _ in range(3):
        assert send(b'{"label": "warm"}')[0] == 201
    forget = Path(f"/proc/{server[1]}/clear_refs")
    forget.write_text("5")  # the peak begins anew at what is resident
    before = peak_kb(server[1])

    status, told = send(body, kind, **headers)

    grown = peak_kb(server[1]) - before
    print(f"{status} {grown} kB")  # noqa: T201  # the record of the run
    assert status in (400, 413, 415)
    assert set(told) >= {"error", "code"}
    assert grown <= MOST_KB
