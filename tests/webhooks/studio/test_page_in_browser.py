"""Settings → Webhooks, in a real browser."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from common import clock
from tests import factories
from tests.browser import accessible, picture
from tests.webhooks.studio import sample
from webhooks.models import Delivery, Endpoint

pytestmark = pytest.mark.browser


@pytest.fixture
def log(workspace):
    return sample.log(workspace)


def test_the_page_looks_right(signed_in, log):
    signed_in.goto("/settings/webhooks/")

    accessible(signed_in)
    picture(signed_in, "webhooks")


def test_the_empty_page_says_what_comes(signed_in):
    signed_in.goto("/settings/webhooks/")

    accessible(signed_in)
    picture(signed_in, "webhooks-empty")


def test_a_delivery_shows_every_try(signed_in, log):
    signed_in.goto("/settings/webhooks/")

    signed_in.get_by_role(
        "link", name="call.intelligence.ready: Delivered on try 3"
    ).first.click()

    drawer = signed_in.locator("#drawer")
    expect(drawer.get_by_text("Try 3", exact=True)).to_be_visible()
    expect(drawer.get_by_text("waited 2 s")).to_be_visible()
    accessible(signed_in, within="#drawer")
    picture(signed_in, "webhooks-delivery")


def test_adding_an_endpoint_shows_its_secret_once(signed_in, workspace):
    signed_in.goto("/settings/webhooks/")
    signed_in.get_by_role("button", name="Add an endpoint").first.click()
    drawer = signed_in.locator("#drawer")
    expect(drawer.get_by_label("URL")).to_be_visible()
    picture(signed_in, "webhooks-new")

    drawer.get_by_label("URL").fill("https://10.0.0.1/hook")
    drawer.get_by_role("button", name="Add and show the secret").click()
    expect(drawer.get_by_role("alert")).to_contain_text("not on the public internet")
    drawer.get_by_label("URL").fill("https://hooks.example.com/rymi")
    drawer.get_by_role("button", name="Add and show the secret").click()

    expect(drawer.get_by_text("Shown once")).to_be_visible()
    secret = Endpoint.objects.get().secret
    expect(drawer.locator("#raw-secret")).to_have_text(secret)
    accessible(signed_in, within="#drawer")
    picture(signed_in, "webhooks-secret")
    drawer.get_by_role("button", name="I have stored it").click()
    expect(signed_in.locator("#endpoints")).to_contain_text("hooks.example.com/rymi")
    assert secret not in signed_in.content()


def test_an_endpoint_is_paused_resumed_and_deleted(signed_in, log):
    signed_in.goto("/settings/webhooks/")
    signed_in.on("dialog", lambda dialog: dialog.accept())
    signed_in.get_by_role("link", name="crm.parcelway.example").first.click()
    drawer = signed_in.locator("#drawer")
    picture(signed_in, "webhooks-endpoint")
    accessible(signed_in, within="#drawer")

    drawer.get_by_role("button", name="Pause").click()
    expect(drawer.get_by_text("What comes is held")).to_be_visible()
    drawer.get_by_role("button", name="Resume").click()
    expect(drawer.get_by_role("button", name="Pause")).to_be_visible()
    drawer.get_by_role("button", name="Delete").click()

    expect(signed_in.locator("#endpoints")).not_to_contain_text(
        "crm.parcelway.example", timeout=20_000
    )


def test_filters_narrow_the_log(signed_in, log):
    signed_in.goto("/settings/webhooks/")
    rows = signed_in.locator("#deliveries tbody tr")

    signed_in.get_by_text("Failed", exact=True).click()
    expect(rows).to_have_count(1)
    signed_in.get_by_label("Search deliveries").fill("agent.")
    expect(signed_in.get_by_text("No delivery matches")).to_be_visible()
    assert "state=failed" in signed_in.url

    signed_in.get_by_role("link", name="Clear all filters").click()
    expect(signed_in.locator("#deliveries tbody tr")).not_to_have_count(1)


def test_what_failed_is_resent_as_a_range(signed_in, log):
    signed_in.goto("/settings/webhooks/")

    signed_in.get_by_role("button", name="Resend what failed").click()
    dialog = signed_in.locator("#dialog")
    expect(dialog.get_by_label("From")).to_be_visible()
    picture(signed_in, "webhooks-resend")
    dialog.get_by_role("button", name="Resend", exact=True).click()

    expect(signed_in.get_by_text("1 delivery is on its way.")).to_be_visible()


def test_a_call_shows_where_its_events_went(signed_in, workspace, log):
    call = factories.CallFactory(
        agent=factories.AgentFactory(workspace=workspace), ended_at=clock.now()
    )
    Delivery.objects.filter(event_type="call.completed").update(
        subject=f"call:{call.id}", created_at=clock.now() - timedelta(minutes=1)
    )

    signed_in.goto(f"/calls/{call.id}/")

    panel = signed_in.get_by_role("region", name="Webhooks")
    expect(panel.get_by_role("link", name="call.completed").first).to_be_visible()
    picture(signed_in, "webhooks-call")
