"""The board of live calls and a call being supervised, in a real browser."""

from datetime import timedelta

import pytest
from django.urls import reverse

from common import clock
from telephony.models import Participant, TimelineEvent, TranscriptSegment
from tests import factories
from tests.browser import accessible, fits, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def call(workspace, agent):
    call = factories.CallFactory(
        agent=agent,
        status="in_progress",
        end_reason="",
        channel="phone",
        direction="inbound",
        caller="+442079460123",
        started_at=clock.now() - timedelta(seconds=134),
    )
    internal = Participant.objects.create(
        call=call, transport="internal", role="agent", identity="Front desk",
        status="active", joined_at=call.started_at,
    )  # fmt: skip
    caller = Participant.objects.create(
        call=call, transport="pstn", role="customer", identity="+442079460123",
        status="active", joined_at=call.started_at,
    )  # fmt: skip
    colleague = Participant.objects.create(
        call=call, transport="pstn", role="agent", identity="+441174960100",
        place="aside", status="active", joined_at=clock.now(),
    )  # fmt: skip
    said = [
        ("agent", "Harbour Dental, this is Ada. How can I help?", internal, {}),
        ("user", "My crown came off and I would like to talk to a person.", caller, {}),
        ("agent", "One moment, I am calling a colleague. Please stay on the line.", internal, {}),
        ("agent", "Hello, this is Ada. I have a caller on the line whose crown came off. Press 1 to take the call, or 2 to decline.", internal, {"to": "+441174960100"}),
        ("user", "Hello, this is Ruth. What happened to your crown?", colleague, {}),
    ]  # fmt: skip
    for number, (who, text, by, metadata) in enumerate(said):
        TranscriptSegment.objects.create(
            call=call, speaker=who, text=text, participant=by, sequence=number,
            started_at_ms=number * 9_000, ended_at_ms=number * 9_000 + 4_000,
            metadata=metadata,
        )  # fmt: skip
    for number, state in enumerate(("calling", "briefing", "accepted")):
        TimelineEvent.objects.create(
            call=call, sequence=number, kind="transfer", at_ms=20_000 + number * 8_000,
            detail={"state": state, "to": "+441174960100"},
        )  # fmt: skip
    return call


def open_board(open_page, owner):
    """Open it without its socket, which this server does not have: it polls, too."""
    page = open_page(user=owner)
    page.route_web_socket("/ws/live/", lambda socket: None)
    page.goto(reverse("telephony:live-board"))
    return page


def test_the_board(open_page, owner, call, agent):
    factories.CallFactory(
        agent=agent, status="ringing", end_reason="", caller="+15550100300",
        channel="phone", direction="outbound",
    )  # fmt: skip
    page = open_board(open_page, owner)

    listen = page.get_by_role("button", name="Listen to +44 20 7946 0123")
    assert listen.is_visible()
    assert page.get_by_text("What happened to your crown?").is_visible()
    accessible(page)
    fits(page)
    picture(page, "live-board")


def test_an_empty_board(open_page, owner, workspace):
    page = open_board(open_page, owner)

    assert page.get_by_text("Nobody is on the line").is_visible()
    accessible(page)
    picture(page, "live-board-empty")


def test_a_live_call(open_page, owner, call):
    page = open_page(user=owner, path=reverse("telephony:call-detail", args=[call.id]))

    assert page.get_by_role("button", name="Listen", exact=True).is_visible()
    assert page.get_by_text("took the call, and the agent left it").is_visible()
    accessible(page)
    fits(page)
    picture(page, "live-call")
    for state in ("listening", "in-charge"):
        page.evaluate(
            """state => {
              const panel = document.querySelector("[data-supervise]");
              panel.dataset.state = state;
              for (const part of panel.querySelectorAll("[data-on]"))
                part.hidden = !part.dataset.on.split(" ").includes(state);
            }""",
            state,
        )
        accessible(page, within="#supervise")
        fits(page)
        picture(page, f"live-call-{state}")


def test_adding_somebody(open_page, owner, call):
    page = open_page(user=owner, path=reverse("telephony:call-detail", args=[call.id]))

    page.get_by_role("button", name="Add somebody").click()
    page.get_by_label("Phone number").fill("+442079460001")
    page.get_by_role("button", name="Call them").click()

    assert page.get_by_text("No carrier is connected").wait_for() is None
    accessible(page, within="#dialog")
    picture(page, "add-somebody")


def test_a_call_that_was_handed_over(open_page, owner, call):
    call.status, call.end_reason = "completed", "handoff_to_human"
    call.end_detail, call.ended_at = "handed_over_here", clock.now()
    call.duration_ms, call.turn_count = 62_000, 2
    call.save()
    page = open_page(user=owner, path=reverse("telephony:call-detail", args=[call.id]))

    assert page.get_by_text("left them to talk").first.is_visible()
    assert page.get_by_text("to +44 117 496 0100 alone").is_visible()
    accessible(page)
    fits(page)
    picture(page, "call-handed-over")
