"""The corpus of addresses that no door may reach, and sockets that count who is called."""

import socket

import pytest

PRIVATE = """
127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 0x7f.1 0 0.0.0.0 169.254.169.254 2852039166 [::1] [::]
[::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:169.254.169.254] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe]
[64:ff9b:1::a00:1] [2002:7f00:1::] [2002:a00:1::] [2001:0:7f00:1::1] [fe80::5efe:7f00:1] [fd00:ec2::254] [fec0::1]
[ff02::1] 224.0.0.1 255.255.255.255 100.64.0.1 100.100.100.200 168.63.129.16 192.0.0.192 192.0.0.8 192.88.99.1
198.18.0.1 240.0.0.1 192.0.2.1 [5f00::1] [3fff::1] [100::1] 10.0.0.1 172.16.0.1 192.168.0.1 ①②⑦.⓪.⓪.① １２７.0.0.1
127。0。0。1 127.0.0.1. [fe80::1%25eth0] [fe80::1%eth0] localhost localhost. LOCALHOST app.localhost ⓛocalhost
metadata.google.internal printer.local ｌocalhost 127.0.0.1%00.example.com %31%32%37.0.0.1 [::1]. 0x7f000001.
""".split()
SHAPES = [
    "http://user@127.0.0.1/", "http://user:secret@example.com/", "http://good@evil@127.0.0.1/", "http:\\\\127.0.0.1/",
    "http:///127.0.0.1/", "http://", "", "//127.0.0.1/", "127.0.0.1", "file:///etc/passwd", "gopher://127.0.0.1/",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/", "ftp://example.com/", "data:text/plain,hi", "javascript:alert(1)",
    "http://example.com:22/", "http://example.com:25/", "http://example.com:6379/", "http://example.com:99999/",
    "http://example.com:-1/", "http://exa\tmple.com/", "http://exa\nmple.com/", "http://example.com\r\nHost: a/",
    "http://example.com /", "http://exam%70le.com/", "http://127.0.0.1\\@example.com/", "http://[::1/",
    "http://example.com:80:80/", "http://exa\u00admple\u2044.com/", "http://-example.com/", "http://" + "a" * 254 + "/",
]  # fmt: skip
ANSWERS = {
    "loopback": ["127.0.0.1"], "ten": ["10.0.0.7"], "metadata": ["169.254.169.254"], "mapped": ["::ffff:10.0.0.1"],
    "cgnat": ["100.64.1.1"], "six": ["::1"], "unique-local": ["fd00::1"], "nat64": ["64:ff9b::7f00:1"],
    "six-to-four": ["2002:7f00:1::"], "azure": ["168.63.129.16"], "zero": ["0.0.0.1"],
    "mixed": ["93.184.216.34", "10.0.0.1"], "mixed-back": ["10.0.0.1", "93.184.216.34"],
    "a-and-aaaa": ["93.184.216.34", "fd00::1"], "multicast": ["224.0.0.1"],
}  # fmt: skip


@pytest.fixture
def sockets(monkeypatch):
    """Count connections, and let none be made."""
    reached = []

    def connect(self, address):
        reached.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return reached


@pytest.fixture
def names(monkeypatch):
    """Answer look-ups: a list of addresses, or a list of such lists in turn."""
    book, asked, real = {}, [], socket.getaddrinfo

    def getaddrinfo(host, port, *rest, **options):
        name = host.decode() if isinstance(host, bytes) else host
        if name not in book:
            return real(host, port, *rest, **options)
        asked.append(name)
        in_turn = book[name] and isinstance(book[name][0], list)
        answers = book[name].pop(0) if in_turn else book[name]
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (a, port, 0, 0)) if ":" in a
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port))
            for a in answers
        ]  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    book["asked"] = asked
    return book
