from datetime import timedelta

import pytest
from django.urls import reverse

from agents.models import Snapshot
from billing import wallet
from common import clock
from rymi_site import pages
from tests.factories import AgentFactory, CallFactory, MembershipFactory


@pytest.fixture
def agent(workspace):
    return AgentFactory(workspace=workspace, name="Reception")


def publish(agent, revision=None):
    agent.published = Snapshot.objects.create(
        agent=agent,
        number=3,
        revision=revision or agent.revision,
        config={},
        compiled_prompt="",
    )
    agent.save()


def pay(workspace):
    wallet.top_up(
        workspace=workspace, amount_micros=10**9, key=f"t:{workspace.pk}", note=""
    )


def home(client):
    return client.get(reverse("home"))


def wire(client):
    (only,) = home(client).context["wires"]
    return [(node.tone, node.word) for node in only.nodes]


def test_a_draft_does_not_pick_up(studio, workspace, agent):
    pay(workspace)

    _, who, money, verdict = wire(studio)

    assert (who[0], money[0]) == ("bad", "off")
    assert verdict == ("bad", "Does not pick up")


def test_without_credit_nobody_picks_up(studio, agent):
    publish(agent)

    _, who, money, verdict = wire(studio)

    assert (who[0], money[0], verdict[0]) == ("ok", "bad", "bad")


def test_published_and_paid_picks_up(studio, workspace, agent):
    pay(workspace)
    publish(agent)

    assert wire(studio)[-1] == ("ok", "Ready to pick up")


@pytest.mark.parametrize(
    ("binding", "number", "verdict"),
    [
        ("configured", "ok", ("ok", "Picks up")),
        ("manual_required", "warn", ("warn", "Not sure")),
        ("failed", "bad", ("bad", "Does not pick up")),
        ("no_carrier", "bad", ("bad", "Does not pick up")),
    ],
)
def test_a_wire_begins_at_the_number(
    studio, workspace, agent, binding, number, verdict
):
    pay(workspace)
    publish(agent)
    workspace.numbers.create(number="+15550100200", agent=agent, binding=binding)

    stations = wire(studio)

    assert stations[0] == (number, "+1 555-010-0200")
    assert stations[-1] == verdict


def test_a_number_without_an_agent_does_not_pick_up(studio, workspace):
    pay(workspace)
    workspace.numbers.create(number="+15550100200", binding="configured")

    assert [tone for tone, _ in wire(studio)] == ["ok", "bad", "off", "bad"]


def test_a_draft_that_is_ahead_is_told(studio, agent):
    agent.revision = 5
    publish(agent, revision=4)

    assert "Published v3, draft is ahead" in home(studio).content.decode()


def test_home_makes_few_queries_however_much_there_is(
    studio, workspace, django_assert_max_num_queries
):
    for agent in AgentFactory.create_batch(5, workspace=workspace):
        publish(agent)
        CallFactory.create_batch(3, agent=agent)
        CallFactory(agent=agent, status="in_progress", end_reason="")
    home(studio)

    with django_assert_max_num_queries(12):
        home(studio)


def test_today_adds_up_only_today(studio, agent):
    now = clock.now()
    CallFactory(agent=agent, started_at=now, billed_ms=90_000, charge_micros=3 * 10**6)
    CallFactory(agent=agent, status="failed")

    today = home(studio).context["today"]

    assert (today.calls, today.connected, today.failed) == (2, 1, 1)
    assert today.billed_ms == 90_000


def test_the_checklist_knows_what_is_missing(studio, workspace, agent):
    pay(workspace)
    CallFactory(agent=agent)

    steps = home(studio).context["steps"]

    done = {step.key for step in steps if step.is_done}
    assert done == {"agent", "talk", "credit"}


def test_a_hidden_checklist_returns_when_something_else_is_missing(
    studio, workspace, agent
):
    pay(workspace)
    studio.post(reverse("setup-hidden"))
    assert home(studio).context["steps"] == []

    agent.deleted_at = clock.now()
    agent.save()

    assert home(studio).context["steps"] != []


def test_a_viewer_is_asked_to_do_nothing(client, viewer, agent):
    client.force_login(viewer)

    assert home(client).context["steps"] == []
    assert client.post(reverse("setup-hidden")).status_code == 403


def test_an_editor_is_not_asked_for_keys(client, workspace):
    client.force_login(MembershipFactory(workspace=workspace, role="editor").user)

    keys = {step.key for step in home(client).context["steps"]}

    assert keys == {"agent", "talk", "publish", "number", "credit"}


@pytest.mark.parametrize("name", ["home", "home-live", "home-wires"])
def test_strangers_work_is_not_on_home(studio, name):
    other = AgentFactory(name="Theirs")
    CallFactory(agent=other, caller="+15550009", status="in_progress")

    page = studio.get(reverse(name)).content.decode()

    assert "Theirs" not in page
    assert "+1 555" not in page


def test_live_calls_count_their_seconds(studio, agent):
    CallFactory(
        agent=agent,
        status="in_progress",
        started_at=clock.now() - timedelta(seconds=83),
    )

    page = studio.get(reverse("home-live")).content.decode()

    assert 'data-since="83"' in page
    assert "1:23" in page


def test_the_palette_finds_own_agents_and_calls(studio, agent):
    call, theirs = CallFactory(agent=agent), CallFactory()
    AgentFactory(name="Reception of theirs")
    gone = AgentFactory(workspace=agent.workspace, name="Reception that was")
    gone.deleted_at = clock.now()
    gone.save()

    def found(wanted):
        return studio.get(reverse("jump"), {"q": wanted}).content.decode()

    assert found("recep").count("<a ") == 1
    assert str(call.id) in found(str(call.id))
    assert str(theirs.id) not in found(str(theirs.id))
    assert found("").strip() == ""


def test_a_lost_page_keeps_the_frame(studio):
    page = studio.get("/nowhere/")

    assert page.status_code == 404
    assert b'class="side"' in page.content


def test_a_lost_stranger_gets_no_frame(client, db):
    page = client.get("/nowhere/")

    assert page.status_code == 404
    assert b'class="side"' not in page.content


def test_a_refusal_is_a_page_and_to_htmx_a_receipt(client, viewer):
    client.force_login(viewer)
    hidden = reverse("setup-hidden")

    page = client.post(hidden)
    receipt = client.post(hidden, headers={"HX-Request": "true"})

    assert b"That was not done" in page.content
    assert receipt["HX-Retarget"] == "[data-toasts]"
    assert b"<html" not in receipt.content


def test_our_fault_is_a_page_that_needs_nothing(client, rf):
    response = pages.server_error(rf.get("/calls/"))

    assert response.status_code == 500
    assert b"The fault is ours" in response.content
