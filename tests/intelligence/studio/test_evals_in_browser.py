import pytest

from common import clock
from intelligence.evals import runs
from intelligence.models import EvalRun, Scenario
from tests.browser import accessible, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_scenarios_are_made_run_and_read(signed_in, agent):
    signed_in.goto(f"/agents/{agent.id}/?section=evals")
    signed_in.click("text=Make them")
    signed_in.wait_for_selector("#h-scenarios")
    only = Scenario.objects.get(name="Leaves at once")
    Scenario.objects.exclude(pk=only.pk).update(is_active=False)

    signed_in.click("text=Run offline")
    signed_in.wait_for_selector("#h-runs")
    if run := EvalRun.objects.exclude(state="completed").first():
        while runs.play(run.pk, now=clock.now()):
            pass
    signed_in.wait_for_selector("text=1 of 1 passed")
    accessible(signed_in, within="#evals")
    picture(signed_in, "evals")

    signed_in.click("text=1 of 1 passed")
    signed_in.click("#drawer summary")
    signed_in.wait_for_selector("#drawer .turn")
    picture(signed_in, "evals-run", full=False)
