"""The call page with what was worked out, in a real browser."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.browser import accessible, picture
from tests.intelligence.test_pipeline import work_out
from tests.studio import sample

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def recorded(agent):
    folder = Path(settings.RECORDINGS_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    return sample.talk(agent, config=agent.config, directory=folder)


def test_a_field_leads_to_the_line_it_rests_on(signed_in, recorded):
    work_out(recorded)
    signed_in.goto(f"/calls/{recorded.id}/")
    signed_in.wait_for_selector("#h-ext")

    signed_in.click("dl.facts a[data-seek='12700']")

    assert signed_in.url.endswith("#line-3")
    assert "0:12" in signed_in.inner_text("[data-clock]")
    accessible(signed_in, within="#analysis")
    picture(signed_in, "call-analysis")


def test_running_again_is_followed_to_its_end(signed_in, recorded):
    work_out(recorded)
    signed_in.goto(f"/calls/{recorded.id}/")

    signed_in.click("text=Run again")

    signed_in.wait_for_selector("text=2 times")
