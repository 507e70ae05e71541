"""Scenarios, played in writing, offline and with a model."""

from datetime import timedelta

import pytest

from agents import authoring, config, gallery, gates, publishing
from agents.models import Agent
from common import clock
from intelligence.evals import runs, seeding
from intelligence.models import EvalResult, EvalRun, Scenario
from tests.intelligence.test_pipeline import work_out
from tests.studio import sample

pytestmark = pytest.mark.django_db


@pytest.fixture
def dentist(workspace, owner):
    template = gallery.find("dental-receptionist")
    return authoring.create(
        workspace=workspace,
        name="Dentist",
        config=template.configure({"company_name": "Harbour Dental"}),
        by=owner,
    )


def played(agent, owner, **how):
    run = runs.start(
        agent, mode=how.pop("mode", "synthetic"), now=clock.now(), by=owner, **how
    )
    while runs.play(run.pk, now=clock.now()):
        pass
    run.refresh_from_db()
    return run


def test_scenarios_follow_from_the_configuration(dentist):
    seeding.seed(dentist)

    names = list(dentist.scenarios.values_list("name", flat=True))
    assert "Answers every question" in names
    assert "Leaves at once" in names
    assert "Wants a person" in names
    assert len(names) == len(set(names)) >= 5


def test_seeding_again_changes_nothing_unless_it_is_wanted(dentist):
    seeding.seed(dentist)
    first = set(dentist.scenarios.values_list("pk", flat=True))
    seeding.seed(dentist)
    assert set(dentist.scenarios.values_list("pk", flat=True)) == first

    seeding.seed(dentist, anew=True)

    assert first.isdisjoint(dentist.scenarios.values_list("pk", flat=True))


@pytest.mark.models
def test_an_agent_from_a_template_passes_its_own_scenarios(dentist, owner):
    run = played(dentist, owner)

    failed = {
        result.name: [check for check in result.checks if not check["passed"]]
        for result in run.results.filter(passed=False)
    }
    assert run.state == "completed"
    assert failed == {}
    assert (run.passed, run.score) == (run.total, 1.0)
    answers = run.results.get(name="Answers every question")
    assert answers.transcript[0]["who"] == "agent"
    assert len(answers.transcript) > 6


@pytest.mark.models
@pytest.mark.parametrize(
    "template",
    [
        "appointment-reminders",
        "lead-qualification",
        "payment-reminders",
        "product-support",
    ],
)
def test_a_template_passes_its_own_scenarios(workspace, owner, template):
    agent = authoring.create(
        workspace=workspace,
        name="Own",
        config=gallery.find(template).configure({"company_name": "Banco Azul"}),
        by=owner,
    )

    run = played(agent, owner)

    assert not list(run.results.filter(passed=False).values_list("name", "checks"))
    assert (run.state, run.score) == ("completed", 1.0)


def test_an_agent_without_answers_fails_and_says_at_what(dentist, owner):
    seeding.seed(dentist)
    Scenario.objects.filter(name="Leaves at once").update(
        expects={"says": ["We sell submarines on Mondays."], "tools": ["book_table"]}
    )
    only = list(
        Scenario.objects.filter(name="Leaves at once").values_list("pk", flat=True)
    )

    run = played(dentist, owner, scenarios=only)

    (result,) = run.results.all()
    assert (run.passed, run.total) == (0, 1)
    bad = [check["name"] for check in result.checks if not check["passed"]]
    assert bad == ["It says: We sell submarines on Mondays.", "It uses book_table"]
    assert 0 < result.score < 1


def test_a_run_goes_on_where_its_worker_died(dentist, owner):
    run = runs.start(dentist, mode="synthetic", now=clock.now(), by=owner)
    runs.play(run.pk, now=clock.now())
    first = list(run.results.values_list("pk", flat=True))
    assert runs._claim(run.pk, clock.now())  # and the worker dies

    assert not runs.play(run.pk, now=clock.now())
    later = clock.now() + timedelta(minutes=4)
    assert runs.sweep(now=later) == 1
    while runs.play(run.pk, now=later):
        pass

    run.refresh_from_db()
    assert run.state == "completed"
    assert run.results.count() == run.total
    assert first[0] in set(run.results.values_list("pk", flat=True))


def test_a_live_run_needs_a_model(dentist, owner):
    with pytest.raises(runs.NoModel):
        runs.start(dentist, mode="live", now=clock.now(), by=owner)
    with pytest.raises(runs.NoModel):
        runs.start(dentist, mode="synthetic", judge=True, now=clock.now(), by=owner)


def test_a_live_run_lets_models_talk_and_judge(dentist, owner, model):
    seeding.seed(dentist)
    only = list(
        Scenario.objects.filter(name="Leaves at once").values_list("pk", flat=True)
    )
    model.words = "Oh sorry, wrong number, goodbye."
    model.answer = {"reasoning": "It let them go.", "score": 1, "passed": True}

    run = played(dentist, owner, mode="live", judge=True, scenarios=only)

    (result,) = run.results.all()
    assert result.reasoning == "It let them go."
    assert "The judge is satisfied" in [check["name"] for check in result.checks]
    systems = [body["messages"][0]["content"] for body in model.requests]
    assert any(system.startswith("You play a caller") for system in systems)
    assert not model.complaints


def test_a_model_that_refuses_fails_the_run_in_words(dentist, owner, model):
    model.fault = "401"
    run = played(dentist, owner, mode="live")

    assert run.state == "failed"
    assert run.error


def test_a_real_call_becomes_a_test_once(call):
    work_out(call)

    scenario = seeding.from_call(call)

    assert seeding.from_call(call) == scenario
    assert scenario.caller["turns"][0].startswith("Hi, I can’t make")
    assert scenario.expects["slots"] == {"phone": "07700900418"}
    assert scenario.mocks["check_calendar_availability"] == "2 slots"
    assert "lookup_customer" in scenario.expects["tools"]


def test_past_callers_are_played_against_the_draft(agent, call, owner):
    work_out(call)
    run = runs.replay(agent, calls=[call.pk], now=clock.now(), by=owner)
    while runs.play(run.pk, now=clock.now()):
        pass

    result = EvalResult.objects.get()
    said = [turn["text"] for turn in result.transcript if turn["who"] == "caller"]
    assert said[0] == sample.SAID[1][4]
    phone = next(check for check in result.checks if check["name"] == "phone")
    assert phone["passed"]
    assert result.scenario is None


def test_a_replay_names_what_would_come_out_differently(agent, call, owner):
    work_out(call)
    authoring.edit(agent, changes={"playbook.qualificationFlow": []}, by=owner)
    authoring.edit(agent, changes={"playbook.requiredSlots": []}, by=owner)
    authoring.edit(
        agent,
        changes={
            "post_call.structured_extraction.json_schema": {
                "type": "object",
                "properties": {"shoe_size": {"type": "integer"}},
            }
        },
        by=owner,
    )
    agent.refresh_from_db()

    run = runs.replay(agent, calls=[call.pk], now=clock.now(), by=owner)
    while runs.play(run.pk, now=clock.now()):
        pass

    bad = {c["name"] for c in EvalResult.objects.get().checks if not c["passed"]}
    assert "phone" in bad
    assert EvalRun.objects.get().passed == 0


def test_the_gate_warns_or_blocks(dentist, owner):
    def titles():
        issues = publishing.validate(fresh(dentist)).issues
        return {issue.title: issue.severity for issue in issues}

    untried = "The draft was not tried on its scenarios"
    assert untried not in titles()

    gates.set_gate(dentist, "block", by=owner)
    assert titles()[untried] == "blocker"

    gates.note(fresh(dentist), revision=dentist.revision, passed=4, total=5, run="x")
    assert titles()["1 of 5 scenarios failed"] == "blocker"
    with pytest.raises(publishing.Blocked):
        publishing.publish(fresh(dentist), by=owner)

    gates.set_gate(fresh(dentist), "warn", by=owner)
    assert titles()["1 of 5 scenarios failed"] == "warning"

    gates.note(fresh(dentist), revision=dentist.revision, passed=5, total=5, run="x")
    assert not [title for title in titles() if "scenario" in title]


def fresh(agent):
    return Agent.objects.get(pk=agent.pk)


def test_no_gate_is_off_by_default(dentist):
    assert dentist.eval_gate == "off"


def test_a_gate_of_another_name_is_refused(dentist, owner):
    with pytest.raises(gates.NoSuchGate):
        gates.set_gate(dentist, "maybe", by=owner)


def test_a_german_agent_is_not_judged_by_english_rules(workspace, owner):
    german = authoring.create(
        workspace=workspace,
        name="Empfang",
        config=config.parse({"language": "de-DE", "persona": {"role": "Empfang"}}),
        by=owner,
    )

    with pytest.raises(runs.EnglishOnly):
        runs.start(german, mode="synthetic", now=clock.now(), by=owner)
