"""Who picked up: on the call's page, corrected by people, with the share of errors."""

import pytest

from telephony import pickups
from telephony.models import Pickup
from tests import factories

pytestmark = pytest.mark.django_db
SIGNALS = [
    {"kind": "cadence", "says": "machine", "at_ms": 4300, "why": "4.3 s in one go"},
    {"kind": "words", "says": "voicemail", "at_ms": 4700, "why": "“leave a message”"},
]


@pytest.fixture
def call(workspace):
    agent = factories.AgentFactory(workspace=workspace)
    call = factories.CallFactory(agent=agent, channel="phone", direction="outbound")
    keep(call)
    return call


def keep(call, judged="voicemail", action="hung_up"):
    pickups.keep(
        workspace_id=call.workspace_id,
        call_id=call.id,
        judged=judged,
        signals=SIGNALS,
        action=action,
        at_ms=4700,
    )


def test_the_page_shows_who_picked_up_and_why(studio, call):
    page = studio.get(f"/calls/{call.id}/pickup/").content.decode()

    assert "A voicemail" in page
    assert "4.3 s in one go" in page
    assert "“leave a message”" in page
    assert "1 judged in 30 days, 0 looked at by people, 0 wrong" in page


def test_a_person_corrects_it_and_the_share_of_errors_is_told(
    studio, call, workspace, owner
):
    other = factories.CallFactory(
        agent=call.agent, channel="phone", direction="outbound"
    )
    keep(other, "human", "greeted")
    studio.post(f"/calls/{other.id}/pickup/review/", {"who": "human"})

    page = studio.post(
        f"/calls/{call.id}/pickup/review/", {"who": "human"}
    ).content.decode()

    found = Pickup.objects.get(call=call)
    assert (found.judged, found.reviewed, found.who) == ("voicemail", "human", "human")
    assert found.reviewed_by == owner
    assert "Judged to be a voicemail, corrected" in page
    assert (
        "2 judged in 30 days, 2 looked at by people, 1 wrong: 50.0 % of those" in page
    )


def test_what_nobody_can_be_is_refused(studio, call):
    answer = studio.post(f"/calls/{call.id}/pickup/review/", {"who": "martian"})

    assert answer.status_code == 400
    assert Pickup.objects.get().reviewed == ""


def test_strangers_and_viewers_correct_nothing(client, call, stranger, viewer):
    client.force_login(stranger)
    assert client.get(f"/calls/{call.id}/pickup/").status_code == 404
    assert (
        client.post(f"/calls/{call.id}/pickup/review/", {"who": "human"}).status_code
        == 404
    )
    client.force_login(viewer)
    assert client.get(f"/calls/{call.id}/pickup/").status_code == 200
    assert (
        client.post(f"/calls/{call.id}/pickup/review/", {"who": "human"}).status_code
        == 403
    )
    assert Pickup.objects.get().reviewed == ""


def test_a_call_that_nobody_judged_shows_nothing(studio, workspace):
    agent = factories.AgentFactory(workspace=workspace)
    call = factories.CallFactory(agent=agent)

    assert studio.get(f"/calls/{call.id}/pickup/").content == b""


def test_the_api_says_who_answered(api, call):
    assert api.get(f"/calls/{call.id}").json()["answered_by"] == "voicemail"
