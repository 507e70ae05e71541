"""The support desk sees how far the work after calls is, and nothing of its content."""

from html import unescape

import pytest
from django.urls import reverse

from common import clock
from intelligence.evals import runs
from tests import factories
from tests.intelligence.test_pipeline import work_out

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    staff = factories.UserFactory(is_staff=True, is_superuser=True)
    client.force_login(staff)
    return client


def test_the_steps_of_a_call_are_found_by_its_id(desk, call):
    work_out(call)
    url = reverse("admin:intelligence_analysisstep_changelist")

    shown = desk.get(url, {"q": str(call.pk)}).content.decode()

    assert "sentiment" in shown
    assert "hygiene" not in shown


@pytest.mark.parametrize("model", ["evalrun", "legalhold", "erasurereceipt"])
def test_the_other_desks_open(desk, model):
    assert (
        desk.get(reverse(f"admin:intelligence_{model}_changelist")).status_code == 200
    )


def test_a_run_of_evals_opens_without_what_is_asked_in_it(desk, agent):
    run = runs.start(agent, mode="synthetic", now=clock.now(), by=None)

    page = desk.get(reverse("admin:intelligence_evalrun_change", args=[run.pk]))

    assert page.status_code == 200
    assert agent.name in page.content.decode()
    assert agent.config["playbook"]["opener"] not in unescape(page.content.decode())
