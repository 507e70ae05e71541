import pytest

from common.public import is_public

PRIVATE = """
127.0.0.1 0.0.0.0 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 100.100.100.200
168.63.129.16 192.0.0.192 192.0.0.8 192.88.99.1 198.18.0.1 240.0.0.1 255.255.255.255 192.0.2.1 224.0.0.1
::1 :: ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1
2002:7f00:1:: 2002:a00:1:: 2001:0:7f00:1::1 fe80::5efe:7f00:1 fd00:ec2::254 fec0::1 ff02::1 5f00::1 3fff::1
100::1 2001:db8::1 fe80::1%eth0 not-an-address 1.2.3 0x7f000001
""".split()
PUBLIC = "8.8.8.8 1.1.1.1 172.32.0.1 100.128.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808".split()


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are(address):
    assert is_public(address)
