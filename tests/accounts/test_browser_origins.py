import pytest

from accounts import browser_origins


def test_addresses_as_people_type_them_become_origins():
    typed = """
        shop.example.com
        https://Shop.example.com/talk?to=us
        http://localhost:3000

        https://[::1]:8443/
    """

    assert browser_origins.read(typed) == [
        "http://localhost:3000",
        "https://[::1]:8443",
        "https://shop.example.com",
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "ftp://shop.example.com",
        "https://",
        "shop .example.com",
        "javascript:alert(1)",
        "https://user@shop.example.com",
        "https://[::1",
        "*",
    ],
)
def test_what_is_no_address_of_a_page_is_named(typed):
    with pytest.raises(browser_origins.NoAddress, match="is no address"):
        browser_origins.read(typed)
