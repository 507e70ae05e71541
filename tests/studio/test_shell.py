"""The shell in a real browser: it looks right, obeys the keyboard, keeps the theme."""

import pytest

from tests.browser import accessible, fits, picture

pytestmark = pytest.mark.browser


def test_the_shell_is_accessible_and_fits(signed_in):
    signed_in.goto("/")

    accessible(signed_in)
    picture(signed_in, "home-empty")


@pytest.mark.parametrize("width", [390, 768, 1024, 1440, 1920])
def test_the_shell_fits(signed_in, width):
    signed_in.set_viewport_size({"width": width, "height": 900})
    signed_in.goto("/")

    fits(signed_in)


def test_the_palette_opens_filters_and_goes(signed_in):
    signed_in.goto("/nowhere/")

    signed_in.keyboard.press("Control+k")
    signed_in.keyboard.type("home")
    accessible(signed_in, within="#palette")
    picture(signed_in, "palette", full=False)
    signed_in.keyboard.press("Enter")

    signed_in.wait_for_url("**/")


def test_the_theme_is_kept(signed_in):
    signed_in.goto("/")
    signed_in.get_by_title("Your account").click()

    signed_in.get_by_role("button", name="Dark", exact=True).click()
    signed_in.reload()

    assert signed_in.evaluate("document.documentElement.dataset.theme") == "dark"
