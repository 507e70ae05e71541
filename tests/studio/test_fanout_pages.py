"""Queue & Fanout and who picked up, in a real browser."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from common import clock
from telephony import pickups
from telephony.models import Fanout, Leg, Recipient
from tests.browser import accessible, fits, picture
from tests.factories import CallFactory

pytestmark = pytest.mark.browser
STATES = (
    [("completed", True)] * 14
    + [("no_answer", False)] * 5
    + [("busy", False)] * 2
    + [("failed", False)] * 1
    + [("answered", True)] * 2
    + [("ringing", False)] * 2
)


@pytest.fixture
def queue(agent):
    fanout = Fanout.objects.create(
        workspace=agent.workspace, agent=agent, name="Redelivery, November"
    )
    for n in range(38):
        fanout.recipients.create(position=n, number=f"+4477009005{n:02}")
    fanout.recipients.create(
        position=38, number="12", state="skipped", reason="invalid_phone"
    )
    now = clock.now()
    for row, (state, answered) in zip(
        fanout.recipients.filter(state="waiting"), STATES, strict=False
    ):
        over = state not in ("answered", "ringing")
        call = CallFactory(
            agent=agent,
            caller=row.number,
            channel="phone",
            direction="outbound",
            status={
                "completed": "completed",
                "answered": "in_progress",
                "ringing": "ringing",
            }.get(state, state),
            started_at=now - timedelta(minutes=3) if answered else None,
            ended_at=now if over else None,
            heartbeat_at=now,
        )
        leg = Leg.objects.create(
            workspace=agent.workspace, call=call, provider="twilio", direction="outbound",
            participant=call.participants.create(transport="pstn", role="customer", identity=row.number),
            to_number=row.number, from_number="+15550100200", state=state,
            answered_at=now if answered else None, ended_at=now if over else None, dialed_at=now,
        )  # fmt: skip
        Recipient.objects.filter(pk=row.pk).update(state="called", leg=leg)
    Fanout.objects.update(held_by="quota_exceeded.concurrent_calls")
    return fanout


def test_a_list_is_called_watched_paused_and_canceled(signed_in, agent, queue):
    page = signed_in
    page.goto("/calls/queue/")
    expect(page.get_by_role("link", name="Redelivery, November")).to_be_visible()
    accessible(page)
    fits(page)
    picture(page, "queues")

    page.get_by_role("button", name="Call a list").first.click()
    expect(page.get_by_role("textbox", name="People")).to_be_visible()
    accessible(page, within="#dialog")
    picture(page, "queue-new", full=False)
    page.get_by_role("textbox", name="People").fill("nonsense")
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Redelivery, November").click()
    expect(page.get_by_text("All lines are taken")).to_be_visible()
    accessible(page)
    fits(page)
    picture(page, "queue")
    page.get_by_role("link", name="No answer 5").click()
    expect(page.locator("tbody tr")).to_have_count(5)

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused. Who is on the line talks on.")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator(".tag", has_text="Canceled")).to_be_visible()
    queue.refresh_from_db()
    assert queue.status == "canceled"


def test_the_first_queue_begins_on_an_empty_page(signed_in, agent):
    signed_in.goto("/calls/queue/")
    expect(signed_in.get_by_text("No list was called yet")).to_be_visible()
    accessible(signed_in)
    fits(signed_in)
    picture(signed_in, "queues-empty")


def test_who_picked_up_is_corrected_on_the_calls_page(signed_in, agent):
    call = CallFactory(
        agent=agent, caller="+447700900500", channel="phone", direction="outbound",
        started_at=clock.now() - timedelta(seconds=20), ended_at=clock.now(),
        end_reason="closed", end_detail="voicemail",
    )  # fmt: skip
    signals = [
        {"kind": "cadence", "says": "machine", "at_ms": 4300, "why": "4.3 s in one go"},
        {"kind": "tone", "says": "recorder", "at_ms": 6900, "why": "a beep of 1000 Hz behind speech"},
    ]  # fmt: skip
    pickups.keep(
        workspace_id=call.workspace_id, call_id=call.id, judged="voicemail",
        signals=signals, action="hung_up", at_ms=7000,
    )  # fmt: skip

    signed_in.goto(f"/calls/{call.id}/")
    panel = signed_in.locator("#pickup")
    expect(panel.get_by_text("a beep of 1000 Hz")).to_be_visible()
    accessible(signed_in, within="#pickup")
    fits(signed_in)
    picture(signed_in, "pickup")
    panel.get_by_label("It was").select_option("human")
    panel.get_by_role("button").click()

    expect(panel.get_by_text("Judged to be a voicemail, corrected")).to_be_visible()
    expect(panel.get_by_text("1 wrong: 100.0 % of those")).to_be_visible()
