"""The whole corpus of addresses that must not be reached, counted at the socket."""

import asyncio
import contextlib
import socket
import ssl
import threading
import time

import pytest
from aiohttp import web

from common import http, public
from tests.doubles.server import Double, in_a_thread
from tests.outward import ANSWERS, PRIVATE, SHAPES


@pytest.fixture
def loopback():
    """Let this machine be called, as an operator may."""
    http.configure(allow=["127.0.0.0/8"])
    yield
    http.configure()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", PRIVATE)
def test_a_private_literal_is_never_connected_to(sockets, host, scheme):
    with pytest.raises(http.Forbidden):
        http.send("GET", f"{scheme}://{host}/latest/meta-data/", timeout_s=5)

    assert sockets == []


@pytest.mark.parametrize("url", SHAPES)
def test_an_address_of_an_odd_shape_is_never_connected_to(sockets, url):
    with pytest.raises(http.Forbidden):
        http.send("GET", url, timeout_s=5)

    assert sockets == []


@pytest.mark.parametrize("case", ANSWERS)
def test_a_name_with_one_private_answer_is_never_connected_to(sockets, names, case):
    names["hooks.example.com"] = ANSWERS[case]

    with pytest.raises(http.Forbidden) as refusal:
        http.send("POST", "https://hooks.example.com/", timeout_s=5)

    assert sockets == []
    assert "private" not in str(refusal.value)


def test_what_was_judged_is_what_is_connected_to(sockets, names):
    names["hooks.example.com"] = [["93.184.216.34"], ["169.254.169.254"]]

    with pytest.raises(http.Unreachable):
        http.send("POST", "https://hooks.example.com/", timeout_s=5)

    assert sockets == ["93.184.216.34"]
    assert names["asked"] == ["hooks.example.com"]


def test_a_name_that_turns_private_after_it_was_saved_is_refused(sockets, names):
    names["hooks.example.com"] = [["93.184.216.34"], ["10.0.0.1"]]
    http.check("https://hooks.example.com/", https_only=True)

    with pytest.raises(http.Unreachable):
        http.send("POST", "https://hooks.example.com/", timeout_s=5)
    with pytest.raises(http.Forbidden):
        http.send("POST", "https://hooks.example.com/", timeout_s=5)

    assert sockets == ["93.184.216.34"]


def test_a_fragment_does_not_lead_elsewhere(sockets, names):
    names["good.example.com"] = ["93.184.216.34"]

    with pytest.raises(http.Unreachable):
        http.send("GET", "http://good.example.com#@127.0.0.1/", timeout_s=5)

    assert sockets == ["93.184.216.34"]


def test_plain_http_is_refused_where_https_is_asked_for(sockets):
    with pytest.raises(http.Forbidden, match="https"):
        http.send("POST", "http://93.184.216.34/", https_only=True)

    assert sockets == []


def test_plain_http_reaches_allowed_networks_only(sockets, names, loopback):
    names["hooks.example.com"] = ["93.184.216.34"]

    with pytest.raises(http.Forbidden):
        http.send("POST", "http://hooks.example.com/", https_only=True)
    with pytest.raises(http.Unreachable):
        http.send("POST", "http://127.0.0.1:8080/", https_only=True)
    with pytest.raises(http.Forbidden):
        http.send("POST", "http://10.0.0.1/", https_only=True)

    assert sockets == ["127.0.0.1"]


def test_one_sentence_for_every_failure_of_the_network(sockets, names):
    names["closed.example.com"] = ["93.184.216.34"]
    names["nobody.example.com"] = []

    said = set()
    for host in ("closed.example.com", "nobody.example.com"):
        with pytest.raises(http.Unreachable) as failure:
            http.send("GET", f"https://{host}/", timeout_s=5)
        said.add(str(failure.value))

    assert len(said) == 1


def test_an_operator_s_mistake_is_named():
    with pytest.raises(ValueError, match="not-a-network"):
        http.configure(allow=["not-a-network"])

    assert not public.allows_any()


class Receiver(Double):
    """A receiver with manners to order by path."""

    def routes(self):
        return [web.route("*", "/{tail:.*}", self.answer)]

    async def answer(self, request):
        self.requests.append((request.method, request.path_qs, dict(request.headers)))
        kind = request.path.strip("/")
        if kind.startswith("redirect"):
            status, target = kind.split("-")[1:]
            return web.Response(
                status=int(status),
                headers={"Location": {"meta": "http://169.254.169.254/", "file": "file:///etc/passwd",
                                      "loop": request.path, "port": "http://127.0.0.1:22/"}[target]},
            )  # fmt: skip
        if kind == "flood":
            return web.Response(body=b"x" * 1_000_000)
        if kind == "drip":
            reply = web.StreamResponse()
            await reply.prepare(request)
            while True:
                await reply.write(b"x")
                await asyncio.sleep(0.05)
        return web.Response(text=await request.text(), headers={"X-Kind": "echo"})


@pytest.fixture
def receiver(loopback):
    with in_a_thread(Receiver()) as double:
        yield double


def test_a_reply_comes_back_whole(receiver):
    reply = http.send(
        "POST", f"{receiver.url}/a?b=c#d", headers={"X-A": "1"}, content=b"body"
    )

    assert (reply.status, reply.body, reply.truncated) == (200, b"body", False)
    assert reply.headers["x-kind"] == "echo"
    assert receiver.requests[0][:2] == ("POST", "/a?b=c")


def test_host_stays_the_name(receiver, names):
    names["hooks.example.com"] = ["127.0.0.1"]
    port = receiver.url.rsplit(":", 1)[1]

    http.send("GET", f"http://hooks.example.com:{port}/")

    assert receiver.requests[0][2]["Host"] == f"hooks.example.com:{port}"


@pytest.mark.parametrize("header", ["Host", "content-length", "Connection"])
def test_a_caller_cannot_set_the_sender_s_own_headers(sockets, header):
    with pytest.raises(http.Forbidden):
        http.send("GET", "https://93.184.216.34/", headers={header: "x"})

    assert sockets == []


@pytest.mark.parametrize("value", ["a\r\nHost: evil", "a\x00", "ü"])
def test_a_header_cannot_smuggle_another(receiver, value):
    with pytest.raises(http.Forbidden):
        http.send("GET", receiver.url, headers={"X-A": value})

    assert receiver.requests == []


@pytest.mark.parametrize("target", ["meta", "file", "loop", "port"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(receiver, status, target):
    reply = http.send("POST", f"{receiver.url}/redirect-{status}-{target}")

    assert reply.status == status
    assert len(receiver.requests) == 1


def test_proxy_variables_are_not_read(receiver, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert http.send("GET", f"{receiver.url}/").status == 200


def test_a_flood_is_cut(receiver):
    reply = http.send("GET", f"{receiver.url}/flood", max_bytes=1000)

    assert (len(reply.body), reply.truncated) == (1000, True)


def test_a_drip_ends_at_the_deadline(receiver):
    with pytest.raises(http.Unreachable) as failure:
        http.send("GET", f"{receiver.url}/drip", timeout_s=0.5)

    assert failure.value.reason == "timed out"


def test_the_operator_s_proxy_makes_the_calls(receiver):
    http.configure(allow=[], proxy=receiver.url)

    reply = http.send("GET", "http://hooks.example.com/there")

    assert reply.status == 200
    assert receiver.requests[0][2]["Host"] == "hooks.example.com"


@pytest.mark.parametrize(
    "manner", ["junk", "reset", "headers for ever", "endless header"]
)
def test_a_receiver_that_speaks_no_http_is_unreachable(loopback, manner):
    def misbehave(server):
        peer, _ = server.accept()
        with peer:
            peer.recv(65_536)
            if manner == "junk":
                peer.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
            elif manner == "endless header":
                for _ in range(200):
                    peer.sendall(b"X" * 10_000)
            elif manner == "headers for ever":
                peer.sendall(b"HTTP/1.1 200 OK\r\n")
                while True:
                    peer.sendall(b"X-A: b\r\n")
                    time.sleep(0.05)

    def quietly(server):
        with contextlib.suppress(OSError):
            misbehave(server)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=quietly, args=(server,), daemon=True)
        thread.start()

        with pytest.raises(http.Unreachable):
            http.send(
                "GET", f"http://127.0.0.1:{server.getsockname()[1]}/", timeout_s=1
            )

        thread.join(10)


def test_tls_asks_for_the_name_and_checks_it(loopback, names, monkeypatch, tmp_path):
    asked = []
    names["hooks.example.com"] = ["127.0.0.1"]
    certificate, key = _certificate(tmp_path, "hooks.example.com")
    http._tls.cache_clear()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    context.sni_callback = lambda _, name, __: asked.append(name)

    async def exchange(url):
        async def answer(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        try:
            return (await http.asend("GET", url.format(port), timeout_s=10)).status
        finally:
            await http.close()
            server.close()

    assert asyncio.run(exchange("https://hooks.example.com:{}/")) == 204
    assert asked == ["hooks.example.com"]
    with pytest.raises(http.Unreachable):
        asyncio.run(exchange("https://127.0.0.1:{}/"))  # not the certificate's name
    http._tls.cache_clear()


def _certificate(folder, name):
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"
