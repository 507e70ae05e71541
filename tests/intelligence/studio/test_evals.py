"""Evals in the editor."""

import pytest
from django.urls import reverse

from agents.models import Agent
from common import clock
from intelligence.evals import runs, seeding
from intelligence.models import EvalRun, Scenario
from tests.intelligence.test_pipeline import work_out

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"intelligence:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


def test_the_editor_has_a_section_for_it(studio, agent):
    shown = text(
        studio.get(
            reverse("agents:agent-detail", args=[agent.id]), {"section": "evals"}
        )
    )

    assert url("eval-panel", agent.id) in shown


def test_without_scenarios_it_offers_to_make_them(studio, agent):
    assert "No scenarios yet" in text(studio.get(url("eval-panel", agent.id)))

    shown = text(studio.post(url("eval-seed", agent.id)))

    assert "Answers every question" in shown
    assert "not run yet" in shown


def test_a_run_is_followed_and_read(studio, agent):
    shown = text(studio.post(url("eval-run", agent.id), {"mode": "synthetic"}))
    assert 'hx-trigger="every 2s"' in shown
    run = EvalRun.objects.get()
    while runs.play(run.pk, now=clock.now()):
        pass

    shown = text(studio.get(url("eval-panel", agent.id)))
    assert "every 2s" not in shown
    assert " passed" in shown
    detail = text(studio.get(url("eval-detail", agent.id, run.id)))
    assert "Wants a person" in detail
    assert "It promises nothing that it does not do" in detail


def test_what_cannot_be_run_says_why(studio, agent):
    shown = text(studio.post(url("eval-run", agent.id), {"mode": "live"}))

    assert "A live run needs a language model." in shown
    assert "None of these calls" in text(
        studio.post(url("eval-run", agent.id), {"mode": "replay"})
    )


def test_a_scenario_is_written_by_hand_changed_and_deleted(studio, agent):
    form = {
        "name": "Wants Sunday",
        "opening": "Are you open on Sunday?",
        "answers": "phone: 555 0123 444",
        "says": "We are closed on Sundays.",
        "mocks": "lookup_customer: nobody",
    }
    studio.post(url("scenario-new", agent.id), form)
    made = Scenario.objects.get()
    assert made.caller["answers"] == {"phone": "555 0123 444"}
    assert made.mocks == {"lookup_customer": "nobody"}

    shown = text(studio.get(url("scenario-edit", agent.id, made.id)))
    assert "Are you open on Sunday?" in shown
    studio.post(url("scenario-edit", agent.id, made.id), {**form, "name": "Sunday"})
    studio.post(url("scenario-switch", agent.id, made.id))
    made.refresh_from_db()
    assert (made.name, made.is_active) == ("Sunday", False)

    studio.post(url("scenario-removal", agent.id, made.id))
    assert not Scenario.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "Give the scenario a name."),
        ({"opening": ""}, "Say what the caller begins with"),
        ({"answers": "no colon"}, "write each line as"),
    ],
)
def test_what_cannot_be_played_is_refused_and_kept(studio, agent, wrong, told):
    form = {"name": "A", "opening": "Hello", "goal": "Something kept"} | wrong

    answer = studio.post(url("scenario-new", agent.id), form)

    assert answer.status_code == 422
    assert told in text(answer)
    assert "Something kept" in text(answer)
    assert not Scenario.objects.exists()


def test_the_gate_is_chosen(studio, agent):
    studio.post(url("eval-gate", agent.id), {"gate": "block"})

    assert Agent.objects.get(pk=agent.pk).eval_gate == "block"


def test_a_call_becomes_a_test_with_one_click(studio, call):
    work_out(call)

    shown = text(studio.post(url("call-test", call.id)))

    assert "It is a test now" in shown
    assert Scenario.objects.get().call == call


def test_a_strangers_scenario_is_not_there(client, stranger, agent):
    seeding.seed(agent)
    one = Scenario.objects.first()
    client.force_login(stranger)

    assert client.get(url("eval-panel", agent.id)).status_code == 404
    assert client.get(url("scenario-edit", agent.id, one.id)).status_code == 404
    assert client.post(url("eval-run", agent.id)).status_code == 404


def test_the_panel_takes_few_queries(studio, agent, django_assert_max_num_queries):
    seeding.seed(agent)
    studio.get(url("eval-panel", agent.id))

    with django_assert_max_num_queries(14):
        studio.get(url("eval-panel", agent.id))
