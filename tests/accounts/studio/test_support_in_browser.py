"""Help & support and the status page, in a real browser."""

from datetime import timedelta

import pytest

from accounts import support, system_status
from accounts.models import ComponentCheck, ComponentDay
from common import clock
from tests.browser import accessible, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def measured():
    now = clock.now()
    for n, name in enumerate(
        ["studio", "calls", "speech", "database", "cache", "webhooks", "analysis"]
    ):
        ComponentCheck.objects.create(
            component=name,
            level="degraded" if name == "webhooks" else "operational",
            took_ms=12,
            checked_at=now,
            since=now - timedelta(days=2),
        )
        for back in range(40):
            ComponentDay.objects.create(
                component=name,
                day=now.date() - timedelta(days=back),
                looks=1_440,
                degraded=30 if (back + n) % 13 == 0 else 0,
                outages=40 if (back + n) % 29 == 0 else 0,
            )


@pytest.fixture
def incidents(owner):
    over = system_status.open_incident(
        title="Webhooks were late",
        level="degraded",
        parts=["webhooks"],
        message="Events come up to four minutes late.",
        by=owner,
    )
    system_status.update(
        over, stage="resolved", message="All events have been sent.", by=owner
    )
    system_status.open_incident(
        title="Some calls have no sound",
        level="outage",
        parts=["calls"],
        message="Callers of one carrier hear nothing. We are on it with the carrier.",
        by=owner,
    )


def test_the_status_page_for_everybody(open_page, measured, incidents):
    page = open_page(path="/status/")

    assert page.get_by_role("heading", name="System status").is_visible()
    assert page.get_by_text("Callers of one carrier hear nothing").first.is_visible()
    accessible(page)
    picture(page, "status-open")


def test_the_status_page_in_studio(signed_in, measured):
    signed_in.goto("/status/")

    assert signed_in.get_by_role("link", name="Your questions").is_visible()
    accessible(signed_in)
    picture(signed_in, "status-studio")


def test_asking_and_reading(signed_in, owner, workspace):
    page = signed_in
    page.goto("/support/")
    picture(page, "support-empty")
    page.get_by_role("link", name="Ask support").first.click()
    accessible(page)
    picture(page, "support-new")
    page.get_by_label("In one line").fill("Callers hear nothing")
    page.get_by_label("What happened").fill("Since noon every call to +44 is silent.")
    page.get_by_label("About").select_option("telephony")
    page.get_by_role("button", name="Send to support").click()
    ticket = workspace.support_tickets.get()
    support.answer(
        ticket,
        body="Thank you.\n\nWhich carrier is the number with?",
        by=owner,
        status="awaiting_user",
    )

    page.reload()
    page.get_by_label("Add to it").fill("With Twilio.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.get_by_text("With Twilio.").wait_for()
    accessible(page)
    picture(page, "support-detail")
    page.goto("/support/")
    accessible(page)
    picture(page, "support-list")
