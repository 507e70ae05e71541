"""The editor in a real browser: looks, keyboard, saving as one types."""

import pytest

from agents.studio.sections import SECTIONS
from tests.browser import accessible, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("section", [one.name for one in SECTIONS])
def test_sections_are_accessible_and_fit(signed_in, agent, section):
    signed_in.goto(f"/agents/{agent.id}/?section={section}")

    accessible(signed_in)
    picture(signed_in, f"agent-{section}", full=False)
